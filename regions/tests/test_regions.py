"""The tree of regions: who lies within whom, and the codes from a region up to its country."""

from django.db import connection
from django.test import TestCase

from regions.models import Region, Scope
from regions.models.region import REGIONS_WITHIN, code_right_below, codes_up, ids_within_sql, path_of
from regions.tests.builders import make_person, make_region


class TreeTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.china = make_region(code="CN")
        cls.mongolia = make_region(code="CN-NM", parent=cls.china)
        cls.bayannur = make_region(code="CN-150800", parent=cls.mongolia)
        cls.sichuan = make_region(code="CN-SC", parent=cls.china)
        cls.malaysia = make_region(code="MY")
        cls.sarawak = make_region(code="MY-13", parent=cls.malaysia)
        # Codes that begin like others are not below them.
        cls.lookalike = make_region(code="CN-NMX", parent=cls.china)

    def codes(self, regions):
        return sorted(regions.values_list("code", flat=True))

    def test_the_codes_of_a_region_run_up_to_its_country_and_down_from_it(self):
        self.assertEqual(self.bayannur.codes_up(), ("CN-150800", "CN-NM", "CN"))
        self.assertEqual(self.bayannur.codes_down(), ("CN", "CN-NM", "CN-150800"))
        self.assertEqual(self.china.codes_up(), ("CN",))
        self.assertEqual([region.country_code for region in (self.bayannur, self.china)], ["CN", "CN"])

    def test_a_path_read_by_a_query_names_the_same_codes(self):
        self.assertEqual(codes_up(self.bayannur.path), self.bayannur.codes_up())
        Scope.objects.create(user=make_person(), region=self.bayannur)
        [path] = Scope.objects.values_list(path_of("region"), flat=True)
        self.assertEqual(codes_up(path), ("CN-150800", "CN-NM", "CN"))

    def test_within_any_holds_each_region_and_all_below_it_once(self):
        self.assertEqual(self.codes(Region.objects.within(self.mongolia)), ["CN-150800", "CN-NM"])
        self.assertEqual(
            self.codes(Region.objects.within_any(self.mongolia, self.bayannur, self.malaysia)),
            ["CN-150800", "CN-NM", "MY", "MY-13"],
        )
        self.assertEqual(self.codes(Region.objects.within_any()), [])

    def test_a_region_is_within_itself_and_those_above_it(self):
        within = [region.code for region in Region.objects.all() if region.is_within(self.mongolia)]
        self.assertEqual(sorted(within), ["CN-150800", "CN-NM"])

    def test_tree_order_puts_each_region_before_those_below_it(self):
        codes = [region.code for region in Region.objects.within_any(self.mongolia, self.malaysia).in_tree_order()]
        self.assertEqual(codes, ["CN-NM", "CN-150800", "MY", "MY-13"])

    def test_a_row_knows_the_region_right_below_another_that_it_lies_in(self):
        person = make_person()
        for region in (self.china, self.bayannur, self.sarawak):
            Scope.objects.create(user=person, region=region)

        def below(parent):
            return list(Scope.objects.order_by("pk").values_list(code_right_below(parent), flat=True))

        self.assertEqual(below(None), ["CN", "CN", "MY"])
        self.assertEqual(below(self.china)[:2], ["", "CN-NM"])
        self.assertEqual(below(self.mongolia)[:2], ["", "CN-150800"])

    def test_the_conditions_in_sql_say_the_same_as_the_queryset(self):
        with connection.cursor() as cursor:
            cursor.execute(REGIONS_WITHIN)
            pairs = set(cursor.fetchall())
            cursor.execute(ids_within_sql("CN", "CN-NM"))
            ids = {pk for (pk,) in cursor.fetchall()}
        regions = Region.objects.all()
        expected = {(top.pk, below.pk) for top in regions for below in Region.objects.within(top)}
        self.assertEqual(pairs, expected)
        self.assertEqual(ids, {self.mongolia.pk, self.bayannur.pk})
