"""It looks like a duplicate: what does and what does not."""

from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.test import TestCase

from cases.doubts.twins import Sighting, _columns, _near_in_place, likely_twins, twins_within
from cases.models import Case
from cases.tests import real_record
from cases.tests.builders import make_case
from regions.tests.builders import make_region

BAYANNUR = {"latitude": 40.743, "longitude": 107.388}


class TwinTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        china = make_region(code="CN")
        mongolia = make_region(code="CN-NM", parent=china)
        cls.bayannur = make_region(code="CN-150800", parent=mongolia)
        cls.ordos = make_region(code="CN-150600", parent=mongolia)
        cls.case = make_case(
            ref="known", region=cls.bayannur, occurred_on="2021-09-25", published=True,
            title_en="Warehouse in Bayannur", title_zh="巴彦淖尔仓库查获矿机", location_precision="site", **BAYANNUR,
        )  # fmt: skip
        Case.objects.filter(pk=cls.case.pk).update(rigs=10_100)

    def twins(self, **values):
        values = {"region": self.bayannur, "occurred_on": date(2021, 9, 27)} | BAYANNUR | values
        found = likely_twins([Sighting(**values)], Case.objects.visible_to(AnonymousUser()))
        return [twin.case.ref for twin in found.get(0, [])]

    def test_the_same_count_near_by_in_the_same_days(self):
        (twin,) = likely_twins(
            [Sighting(self.bayannur, date(2021, 9, 27), rigs=10_000, latitude=40.75, longitude=107.388)],
            Case.objects.visible_to(AnonymousUser()),
        )[0]
        self.assertEqual((twin.case, twin.days, round(twin.km, 1)), (self.case, 2, 0.8))
        self.assertEqual(twin.why, ["0.8 km away", "2 days apart", "10,100 rigs"])

    def test_what_is_far_in_place_time_or_count_is_no_twin(self):
        self.assertEqual(self.twins(rigs=10_100), ["known"])
        self.assertEqual(self.twins(rigs=10_100, latitude=41.743), [])
        self.assertEqual(self.twins(rigs=10_100, occurred_on=date(2022, 9, 27)), [])
        self.assertEqual(self.twins(rigs=50), [])
        self.assertEqual(self.twins(), [])  # neither count nor title speaks for it

    def test_the_ends_of_the_calendar_are_days_like_others(self):
        for day in (date.min, date.max):
            with self.subTest(day):
                self.assertEqual(self.twins(rigs=10_100, occurred_on=day, date_precision="year"), [])
        make_case(region=self.bayannur, occurred_on=date.max)
        self.assertEqual(self.twins(rigs=10_100), ["known"])

    def test_the_database_is_asked_for_what_lies_beyond_an_edge_of_the_map_too(self):
        edges = {
            "antimeridian": (0, 179.99, 0, -179.99),
            "cell": (40.01, 107.26, 39.99, 107.24),
            "north": (82, 5, 82, 3.8),
        }
        for name, (latitude, longitude, *beyond) in edges.items():
            with self.subTest(name):
                place = dict(zip(("latitude", "longitude"), beyond, strict=True))
                Case.objects.filter(pk=self.case.pk).update(**place)
                self.assertEqual(self.twins(rigs=10_100, latitude=latitude, longitude=longitude), ["known"])
        far = _columns([Sighting(self.bayannur, date(2021, 9, 27), latitude=10, longitude=10)])
        self.assertFalse(_near_in_place(far, Case.objects.all(), "public_latitude").exists())

    def test_a_title_speaks_too_in_either_script(self):
        for title in ("A warehouse in Bayannur raided", "巴彥淖爾倉庫查獲礦機一萬餘臺"):
            with self.subTest(title):
                self.assertEqual(self.twins(titles=[title]), ["known"])

    def test_a_month_that_holds_the_day_is_the_same_time(self):
        self.assertEqual(self.twins(rigs=10_100, occurred_on=date(2021, 9, 1), date_precision="month"), ["known"])
        self.assertEqual(self.twins(rigs=10_100, occurred_on=date(2021, 1, 1), date_precision="year"), ["known"])

    def test_without_a_point_the_district_decides_and_the_province_does_not(self):
        bare = {"latitude": None, "longitude": None, "rigs": 10_100}
        self.assertEqual(self.twins(**bare), ["known"])
        self.assertEqual(self.twins(**bare, region=self.ordos), [])
        self.assertEqual(self.twins(**bare, region=self.bayannur.parent), [])

    def test_a_case_is_not_its_own_twin_and_one_that_may_not_be_seen_is_none(self):
        self.assertEqual(self.twins(rigs=10_100, ref="known"), [])
        Case.objects.update(published=False)
        self.assertEqual(self.twins(rigs=10_100), [])

    def test_rows_of_one_file_are_compared_among_themselves(self):
        row = Sighting(self.bayannur, date(2021, 9, 27), rigs=5, **BAYANNUR)
        other = Sighting(self.bayannur, date(2021, 9, 28), rigs=5, **BAYANNUR)
        apart = Sighting(self.bayannur, date(2023, 9, 28), rigs=5, **BAYANNUR)
        found = twins_within([row, other, apart])
        self.assertEqual({index: [twin.case for twin in twins] for index, twins in found.items()}, {0: [1], 1: [0]})

    def test_many_ask_the_database_no_more_often_than_one(self):
        cases = Case.objects.visible_to(AnonymousUser())
        for number in (1, 50):
            some = [Sighting(self.bayannur, date(2021, 9, 27), rigs=10_100, **BAYANNUR) for _ in range(number)]
            with self.subTest(number), self.assertNumQueries(2):
                self.assertEqual(len(likely_twins(some, cases)), number)


class RecordTests(TestCase):
    def test_the_record_has_few_that_look_alike(self):
        real_record.load()
        cases = Case.objects.visible_to(AnonymousUser())
        sightings = [
            Sighting(
                one.region, one.occurred_on, one.date_precision, one.latitude, one.longitude, one.rigs,
                [one.title_en, one.title_zh], one.ref,
            )
            for one in cases.select_related("region")
        ]  # fmt: skip
        pairs = {
            frozenset((sightings[index].ref, twin.case.ref))
            for index, twins in likely_twins(sightings, cases).items()
            for twin in twins
        }
        self.assertIn(frozenset(("my-penang-20210611", "my-penang-20210612")), pairs)
        self.assertLess(len(pairs), 5, pairs)
