"""Where the readings of an indicator stand."""

from datetime import date

from cases.pictures.series import Measured, series


def month(year, number, amount):
    return Measured(date(year, number, 1), date(year, number, 28), amount, f"{year}-{number}: {amount}")


def test_dots_follow_in_order_of_time_and_are_joined():
    drawn = series([month(2021, 4, 3.44), month(2019, 9, 4.5), month(2020, 4, 4.33)], str)
    assert [dot.words for dot in drawn.dots] == ["2019-9: 4.5", "2020-4: 4.33", "2021-4: 3.44"]
    assert [(one.words, other.words) for one, other in drawn.joints] == [
        ("2019-9: 4.5", "2020-4: 4.33"), ("2020-4: 4.33", "2021-4: 3.44"),
    ]  # fmt: skip


def test_a_year_stands_in_its_middle_and_the_largest_highest():
    drawn = series(
        [
            Measured(date(2020, 1, 1), date(2020, 12, 31), 10, "less"),
            Measured(date(2021, 1, 1), date(2021, 12, 31), 40, "more"),
        ],
        str,
    )
    less, more = drawn.dots
    assert (round(less.x), round(more.x)) == (25, 75)
    assert more.y < less.y
    assert more.y == drawn.ticks[-1].y  # the axis ends at the largest


def test_readings_of_nothing_lie_on_the_axis():
    drawn = series([month(2020, 1, 0), month(2020, 2, 0)], str)
    assert {dot.y for dot in drawn.dots} == {drawn.ticks[0].y}
