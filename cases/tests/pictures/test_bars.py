"""Where bars stand: one axis from 0 with few round marks, years below their quarters, the highest bar named."""

from datetime import date

from django.test import SimpleTestCase

from cases.pictures import bars


def slot(year, quarter, amount, unfinished=False):
    first = date(year, 3 * quarter - 2, 1)
    last = date(year, 3 * quarter, 30 if quarter in (2, 3) else 31)
    return bars.Slot(first, last, amount, f"{year} Q{quarter}", unfinished)


class AxisTests(SimpleTestCase):
    def test_an_axis_has_few_round_marks_from_0_to_the_highest(self):
        for most in [*range(1, 200), 999, 1_069, 88_224, 67_000_001, 10**15]:
            with self.subTest(most):
                marks = bars.axis(most)
                self.assertEqual(marks[0], 0)
                self.assertGreaterEqual(marks[-1], most)
                self.assertLessEqual(len(marks), 5)
                step = marks[1]
                self.assertIn(str(int(step)).rstrip("0") or "1", {"1", "2", "5"})
        self.assertEqual(bars.axis(0), [0, 1])
        self.assertEqual(bars.axis(21), [0, 10, 20, 30])
        self.assertEqual(bars.axis(2), [0, 1, 2])


class ColumnsTests(SimpleTestCase):
    def drawn(self, *slots, **others):
        return bars.columns(list(slots), str, **others)

    def test_heights_are_in_proportion_and_no_bar_leaves_the_field(self):
        found = self.drawn(slot(2021, 1, 2), slot(2021, 2, 8), slot(2021, 3, None), slot(2021, 4, 4))
        heights = [column.height for column in found.columns]
        self.assertEqual([heights[1] / heights[0], heights[1] / heights[2]], [4, 2])
        self.assertEqual([column.slot.name for column in found.columns], ["2021 Q1", "2021 Q2", "2021 Q4"])
        for column in found.columns:
            self.assertGreaterEqual(column.top, found.above)
            self.assertEqual(column.top + column.height, found.bottom)

    def test_a_year_stands_below_the_middle_of_its_quarters_and_the_peak_is_named(self):
        found = self.drawn(*(slot(2020 + place // 4, place % 4 + 1, place) for place in range(8)))
        self.assertEqual([(year.text, year.x) for year in found.years], [("2020", 25), ("2021", 75)])
        self.assertEqual(found.peak.text, "7")

    def test_many_years_are_named_only_as_far_as_there_is_room(self):
        found = self.drawn(
            *(bars.Slot(date(year, 1, 1), date(year, 12, 31), 1, str(year)) for year in range(1990, 2027))
        )
        self.assertLessEqual(len(found.years), bars.MOST_NAMED)
        self.assertIn("2026", [year.text for year in found.years])

    def test_a_rule_stands_at_its_day_and_its_words_stay_inside(self):
        quarters = [slot(2021, quarter, 1) for quarter in (1, 2, 3, 4)]
        for day, anchor in ((date(2021, 1, 2), "start"), (date(2021, 12, 30), "end")):
            found = self.drawn(*quarters, rule=(day, "ban"))
            self.assertEqual((found.rule.text, found.rule.anchor), ("ban", anchor))
        self.assertIsNone(self.drawn(*quarters, rule=(date(2019, 1, 1), "ban")).rule)

    def test_what_is_still_filling_up_has_a_ground_from_its_first_slot_to_the_end(self):
        found = self.drawn(slot(2021, 1, 3), slot(2021, 2, 1, True), slot(2021, 3, None, True), still_filling_up="late")
        self.assertAlmostEqual(found.unfinished_from, 100 / 3, places=1)
        self.assertEqual(found.unfinished.text, "late")
        self.assertIsNone(self.drawn(slot(2021, 1, 3)).unfinished)


class RowsTests(SimpleTestCase):
    def row(self, name, amount, **others):
        return bars.LyingBar(name, name, amount, str(amount), **others)

    def test_the_largest_is_first_and_what_is_not_stated_last(self):
        found = bars.rows([self.row("a", 2), self.row("?", 9, unstated=True), self.row("b", 5)])
        self.assertEqual([(row.name, row.share) for row in found], [("b", 55.56), ("a", 22.22), ("?", 100)])

    def test_no_bar_is_drawn_in_relation_to_itself_alone(self):
        for rows in ([self.row("a", 7)], [self.row("a", 1), self.row("b", 1)]):
            self.assertEqual({row.share for row in bars.rows(rows)}, {None})
