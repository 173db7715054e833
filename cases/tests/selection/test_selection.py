"""Sums, facets, regions and clusters, each against a naive recount."""

import json
from itertools import pairwise
from unittest.mock import patch

from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.test import TestCase, TransactionTestCase
from django.urls import reverse

from cases.actions import summing
from cases.loading import synthetic
from cases.models import Case, Rig
from cases.selection.clusters import MOST_FEATURES, clusters
from cases.selection.selection import Selection
from cases.tests.builders import make_case, make_figure, make_raid, make_rig, make_seizure
from regions.models import Region
from regions.tests.builders import make_agency, make_factor, make_person, make_policy, make_region

WORLD = "-180,-85,180,85"


def select(query=""):
    return Selection(QueryDict(query), AnonymousUser())


class TotalsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.china = make_region(code="CN", name_en="China")
        make_rig(slug="s19", model="S19", power_w=3250, released_year=2020, is_generic=True)
        make_factor(kind="grid_co2", region=cls.china, scope="China", series="mee_nbs", year=2021, value="0.5568",
                    unit="kgCO2/kWh")  # fmt: skip

    def case(self, count=None, **values):
        case = make_case(region=self.china, published=True, **values)
        if count is not None:
            make_seizure(make_raid(case), count=count, qualifier=values.pop("qualifier", "exact"))
        summing.sum_up(Case.objects.filter(pk=case.pk))
        return case

    def test_a_case_inside_its_aggregate_is_not_counted_twice(self):
        campaign = self.case(count=2957)
        self.case(count=260, part_of=campaign, counts_in_totals=False)
        self.case()
        totals = select().totals()
        self.assertEqual((totals.cases, totals.counted), (3, 2))
        self.assertEqual((totals.rigs, totals.rigs_cases), (2957, 1))

    def test_a_count_of_zero_is_stated_and_no_count_is_not(self):
        self.case(count=0)
        self.case()
        totals = select().totals()
        self.assertEqual((totals.rigs, totals.rigs_cases), (0, 1))

    def test_rigs_in_storage_make_no_load_and_no_saving(self):
        self.case(count=10100, electricity_check="implausible")
        totals = select().totals()
        self.assertEqual(totals.rigs, 10100)
        self.assertIsNone(totals.kw)
        self.assertIsNone(totals.kwh_a_year)
        self.assertIsNone(totals.t_co2)

    def test_load_energy_coal_and_carbon_follow_from_the_lines(self):
        self.case(count=100, occurred_on="2021-05-18")
        totals = select().totals()
        self.assertAlmostEqual(totals.kw.best, 100 * 3.25 * 1.10)
        self.assertAlmostEqual(totals.kw.low, 100 * 3.25 * 0.95 * 1.01)
        self.assertAlmostEqual(totals.kwh_a_year.best, 357.5 * 8766)
        self.assertAlmostEqual(totals.tce.best, 357.5 * 8766 * 305.5 / 1e6)
        self.assertAlmostEqual(totals.t_co2.best, 357.5 * 8766 * 0.5568 / 1000)
        self.assertEqual(totals.t_co2_cases, 1)

    def test_a_rig_that_the_catalogue_cannot_rate_leaves_the_load_unsaid(self):
        Rig.objects.all().delete()
        self.case(count=100)
        totals = select().totals()
        self.assertEqual((totals.rigs, totals.kw), (100, None))

    def test_a_case_loses_once_and_only_losses_stated_in_total_are_summed(self):
        stated = [(10, "MYR", "total"), (5, "MYR", "total"), (7, "CNY", "total"), (9, "CNY", "per_month")]
        for amount, currency, basis in stated:
            make_figure(self.case(), quantity="loss", amount=amount, currency=currency, basis=basis)
        make_figure(self.case(counts_in_totals=False), quantity="loss", amount=99, currency="MYR", basis="total")
        twice = self.case()
        make_figure(twice, quantity="loss", amount=3, currency="MYR", basis="total")
        make_figure(twice, quantity="loss", amount=1, currency="USD", basis="total")
        summing.sum_up(Case.objects.all())
        losses = [(loss.currency, loss.amount, loss.cases) for loss in select().totals().losses]
        self.assertEqual(losses, [("MYR", 18, 3), ("CNY", 7, 1)])

    def test_synthetic_cases_carry_the_sums_and_words_that_summing_up_finds(self):
        for _ in range(3):
            make_agency(name_zh="公安局")
        make_policy(region=self.china)
        make_rig()
        make_rig(kind="gpu", is_generic=True, released_year=2018)
        Region.objects.update(latitude=1, longitude=1)
        synthetic.make(30)
        before = list(Case.objects.order_by("pk").values())
        summing.sum_up(Case.objects.all())
        self.assertEqual(list(Case.objects.order_by("pk").values()), before)
        self.assertEqual((synthetic.remove_all(), Case.objects.count()), (30, 0))

    def test_a_changed_line_changes_the_sums_after_sum_up(self):
        case = self.case(count=5)
        make_seizure(case.raids.get(), count=7, qualifier="about", models_as_published="more")
        summing.sum_up(Case.objects.filter(pk=case.pk))
        case.refresh_from_db()
        self.assertEqual((case.rigs, case.rigs_qualifier), (12, "about"))


class SyntheticTests(TransactionTestCase):
    def test_several_processes_make_what_one_makes(self):
        region = make_region(code="MY", latitude=3, longitude=101)
        for _ in range(3):
            make_agency()
        make_policy(region=region)
        make_rig()
        for kind in ("asic", "gpu"):
            make_rig(kind=kind, is_generic=True, released_year=2016)
        made = []
        with patch("cases.loading.synthetic.CHUNK", 7):
            for processes in (1, 2):
                with patch("os.cpu_count", return_value=processes):
                    self.assertGreater(synthetic.make(30, seed=3), 100)
                made.append(
                    list(Case.objects.order_by("ref").values("ref", "title_zh", "rigs", "occurred_on", "words"))
                )
                synthetic.remove_all()
        self.assertEqual(made[0], made[1])
        self.assertEqual(made[0][-1]["ref"], "synthetic-0000030")


class FacetTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        china = make_region(code="CN", name_en="China")
        inner = make_region(code="CN-NM", parent=china, name_en="Inner Mongolia")
        malaysia = make_region(code="MY", name_en="Malaysia")
        for region, kind, theft in [(inner, "raid", True), (china, "raid", None), (malaysia, "sweep", True)]:
            make_case(region=region, kind=kind, theft=theft, published=True)
        make_case(region=inner, kind="raid", theft=True, published=False)

    def counts(self, query, name):
        return {value["code"]: value["count"] for value in select(query).facets()[name]}

    def test_a_facet_is_counted_with_every_filter_but_its_own(self):
        self.assertEqual(self.counts("", "kind"), {"raid": 2, "sweep": 1})
        self.assertEqual(self.counts("kind=raid", "kind"), {"raid": 2, "sweep": 1})
        self.assertEqual(self.counts("kind=raid", "theft"), {"true": 1, "unknown": 1})
        self.assertEqual(self.counts("region=CN&kind=sweep", "kind"), {"raid": 2, "sweep": 0})

    def test_regions_are_counted_with_everything_below_them(self):
        found = [(row.region.code, row.cases) for row in select().by_region()]
        self.assertEqual(found, [("CN", 2), ("MY", 1)])

    def test_within_a_region_only_what_lies_below_it_is_listed(self):
        selection = select("region=CN")
        found = [(row.region.code, row.cases) for row in selection.by_region(selection.chosen["region"][0])]
        self.assertEqual(found, [("CN-NM", 1)])

    def test_the_facets_as_data(self):
        answer = self.client.get(reverse("cases:facets"), {"region": "CN"}).json()
        self.assertEqual([(one["code"], one["count"]) for one in answer["region"]], [("CN-NM", 1)])
        self.assertEqual(answer["kind"], [{"code": "raid", "name": "Raid", "count": 2, "chosen": False}])


class MapTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region(code="MY", name_en="Malaysia", latitude=3.0, longitude=102.0)
        for number in range(30):
            make_case(
                ref=f"pile-{number}", region=cls.region, published=True, latitude=4.3 + number / 1000,
                longitude=113.9, location_precision="locality",
            )  # fmt: skip
        make_case(
            ref="alone", region=cls.region, published=True, latitude=-33, longitude=-58, location_precision="site"
        )  # fmt: skip
        make_case(ref="nowhere", region=cls.region, published=True)
        make_case(ref="internal", region=cls.region, latitude=4.3, longitude=113.9, location_precision="site")

    def features(self, **query):
        response = self.client.get(reverse("cases:map"), {"bbox": WORLD, "zoom": 2} | query)
        self.assertEqual(response.status_code, 200)
        return json.loads(response.content)["features"]

    def test_no_case_vanishes_from_the_map(self):
        for zoom in (0, 2, 9, 18):
            with self.subTest(zoom=zoom):
                self.assertEqual(sum(one["properties"]["count"] for one in self.features(zoom=zoom)), 32)

    def test_a_case_without_a_point_is_drawn_in_the_middle_of_its_region_and_says_so(self):
        nowhere = next(one for one in self.features(zoom=9) if one["properties"].get("ref") == "nowhere")
        self.assertEqual(nowhere["geometry"]["coordinates"], [102, 3])
        self.assertEqual((nowhere["properties"]["precision"], nowhere["properties"]["coarse"]), ("country", 1))
        totals = select().totals()
        self.assertEqual((totals.cases, totals.placed, totals.coarse), (32, 32, 1))

    def test_where_the_middle_of_a_region_is_moved_its_cases_move_too(self):
        for longitude in (102, 82):
            Region.objects.filter(pk=self.region.pk).update(longitude=longitude)
            with self.subTest(longitude):
                drawn = [one["geometry"]["coordinates"] for one in self.features() if one["properties"]["coarse"]]
                self.assertEqual(drawn, [[longitude, 3]])

    def test_a_region_without_a_middle_draws_its_cases_in_that_above(self):
        Case.objects.filter(ref="nowhere").update(region=make_region(code="MY-99", parent=self.region))
        found = [one["geometry"]["coordinates"] for one in self.features(bbox="101,2,103,4")]
        self.assertEqual(found, [[102, 3]])

    def test_circles_merge_below_their_distance_and_never_across_a_border(self):
        other = make_region(code="BN", name_en="Brunei")
        for ref, region in (("near", self.region), ("over-the-border", other)):
            make_case(
                ref=ref, region=region, published=True, latitude=4.5, longitude=114.0, location_precision="locality"
            )
        for zoom, counts in ((2, [1, 31]), (6, [1, 31]), (9, [1, 1, 30])):
            with self.subTest(zoom=zoom):
                found = self.features(zoom=zoom, bbox="110,4,115,5")
                self.assertEqual(sorted(one["properties"]["count"] for one in found), counts)

    def test_circles_that_lie_in_neighbouring_cells_of_the_grid_merge_too(self):
        for at in range(60):
            make_case(
                ref=f"row-{at}", region=self.region, published=True, latitude=-50, longitude=at / 4,
                location_precision="locality",
            )  # fmt: skip
        found = self.features(zoom=4, bbox="-1,-51,16,-49")
        across = sorted(one["geometry"]["coordinates"][0] for one in found)
        self.assertEqual(sum(one["properties"]["count"] for one in found), 60)
        self.assertGreater(len(across), 3)
        apart = min(right - left for left, right in pairwise(across))
        self.assertGreaterEqual(apart, 360 / 2**4 * 22 / 256)

    def test_a_pile_is_one_cluster_with_a_box_to_zoom_to_and_a_single_case_says_what_it_is(self):
        pile, alone, _nowhere = sorted(
            self.features(), key=lambda one: (-one["properties"]["count"], one["geometry"]["coordinates"])
        )
        self.assertEqual(pile["properties"]["count"], 30)
        self.assertEqual(pile["properties"]["bbox"], [113.9, 4.3, 113.9, 4.329])
        self.assertEqual(alone["properties"]["ref"], "alone")
        self.assertEqual(alone["properties"]["precision"], "site")
        self.assertEqual(alone["geometry"]["coordinates"], [-58, -33])

    def test_a_box_leaves_out_what_lies_outside(self):
        self.assertEqual(sum(one["properties"]["count"] for one in self.features(bbox="110,0,120,10")), 30)

    def test_there_are_never_more_features_than_the_limit(self):
        Case.objects.bulk_create(
            Case(
                ref=f"grid-{row}-{column}", kind="raid", title_en="x", region=self.region, occurred_on="2021-01-01",
                confidence="low", published=True, latitude=row, longitude=column, location_precision="site",
            )
            for row in range(-60, 60, 2) for column in range(-170, 170, 4)
        )  # fmt: skip
        features = clusters(select().cases, (-180, -85, 180, 85), 12)
        self.assertLessEqual(len(features), MOST_FEATURES)
        self.assertEqual(sum(one["properties"]["count"] for one in features), select().cases.placed().count())

    def test_a_sensitive_case_is_listed_for_the_public_and_shows_no_point(self):
        secret = make_case(
            ref="secret", region=self.region, published=True, latitude=5.5, longitude=116.5,
            location_precision="site", sensitive=True,
        )  # fmt: skip
        self.assertEqual(self.features(bbox="116,5,117,6"), [])
        there = self.features(bbox="101,2,103,4")
        self.assertEqual([one["geometry"]["coordinates"] for one in there], [[102, 3]])
        self.assertEqual([one["properties"]["count"] for one in there], [2])
        listed = self.client.get(reverse("cases:case-list"), {"bbox": "116,5,117,6"})
        self.assertEqual(list(listed.context["page"]), [])
        self.assertContains(self.client.get(reverse("cases:case-list")), "secret")
        page = self.client.get(secret.get_absolute_url())
        self.assertNotContains(page, "116.5")
        self.assertContains(page, "not public")

    def test_a_sensitive_case_shows_its_point_to_those_who_may_read_the_whole_record(self):
        make_case(
            ref="secret", region=self.region, latitude=5.5, longitude=116.5, location_precision="site", sensitive=True
        )
        self.client.force_login(make_person("view_case", regions=[self.region]))
        self.assertEqual([one["properties"]["ref"] for one in self.features(bbox="116,5,117,6")], ["secret"])

    def test_a_zoom_that_is_no_number_is_refused(self):
        for zoom in ("x", "-1", "1.5.2", "999", "19", "²", "nan", "1e1", "."):
            with self.subTest(zoom):
                response = self.client.get(reverse("cases:map"), {"zoom": zoom})
                self.assertEqual(response.status_code, 400)
                self.assertEqual(list(response.json()["errors"]), ["zoom"])
