"""Each query parameter keeps its promise; what is not understood answers nothing and says so."""

from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.test import TestCase
from django.urls import reverse
from django.utils import translation

from cases.actions import signing, summing
from cases.models import Case
from cases.selection.filters import CaseFilter
from cases.tests.builders import make_case, make_citation, make_figure, make_raid, make_rig, make_seizure
from regions.tests.builders import make_agency, make_person, make_policy, make_region


class CaseFilterTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        china = make_region(code="CN", name_en="China")
        inner = make_region(code="CN-NM", parent=china, name_en="Inner Mongolia")
        bayannur = make_region(code="CN-150800", parent=inner, name_en="Bayannur")
        malaysia = make_region(code="MY", name_en="Malaysia", currency="MYR")
        make_region(code="CN-N", parent=china, name_en="A code that another begins with")
        make_rig(slug="unknown", model="Unknown", is_generic=True, released_year=2017, power_w=1000)
        s19 = make_rig(slug="s19", model="S19", power_w=3250)

        warehouse = make_case(
            ref="warehouse", region=bayannur, published=True, kind="raid", occurred_on="2021-09-01",
            date_precision="month", lead_source="public_tip", site_type="warehouse", theft=False, latitude=40.7,
            longitude=107.4, location_precision="admin2", status="found", confidence="high", arrests=1,
        )  # fmt: skip
        make_seizure(make_raid(warehouse), count=10100)
        warehouse.agencies.add(make_agency(slug="drc"))
        tally = make_case(
            ref="tally", region=inner, published=True, kind="sweep", occurred_on="2022-01-01", date_precision="year",
            theft=None, confidence="low", counts_in_totals=False, outcome="Closed",
        )  # fmt: skip
        make_citation(tally, policy=make_policy(ref="ban", region=inner))
        shop = make_case(
            ref="shop", region=malaysia, published=True, kind="raid", occurred_on="2021-02-17", theft=True,
            latitude=-17, longitude=179.5, location_precision="site", status="disposed", confidence="medium",
        )  # fmt: skip
        make_seizure(make_raid(shop), count=100, rig=s19, kind="asic")
        make_figure(shop, quantity="loss", amount=5, currency="CNY", basis="total")
        make_case(ref="internal", region=inner, published=False, kind="raid", occurred_on="2021-09-02", theft=True)
        summing.sum_up(Case.objects.all())
        for case, day in [(warehouse, "2024-05-05"), (shop, "2024-05-04"), (tally, "2023-12-31")]:
            Case.objects.filter(pk=case.pk).update(changed_at=f"{day}T12:00Z")

    def ask(self, query):
        return self.client.get(reverse("cases:case-list"), query)

    def test_the_ends_of_the_calendar_can_be_asked_for(self):
        for address in ("/cases/", "/cases/feed.atom"):
            for query in ({"occurred_before": "9999-12-31"}, {"occurred_after": "0001-01-01"}):
                with self.subTest(address, query=query):
                    self.assertEqual(self.client.get(address, query).status_code, 200)

    def test_filters(self):
        everything = ["tally", "warehouse", "shop"]
        for query, expected in [
            ({}, everything),
            ({"region": "CN-NM"}, ["tally", "warehouse"]),
            ({"region": "CN-N"}, []),
            ({"region": "CN"}, ["tally", "warehouse"]),
            ({"region": ["CN-150800", "MY"]}, ["warehouse", "shop"]),
            ({"region__not": "CN"}, ["shop"]),
            ({"kind": "raid"}, ["warehouse", "shop"]),
            ({"kind": ["raid", "sweep"]}, everything),
            ({"kind__not": "sweep"}, ["warehouse", "shop"]),
            ({"status": "disposed"}, ["shop"]),
            ({"site_type": "warehouse"}, ["warehouse"]),
            ({"lead_source": "public_tip"}, ["warehouse"]),
            ({"confidence": ["low", "medium"]}, ["tally", "shop"]),
            ({"theft": "true"}, ["shop"]),
            ({"theft": "false"}, ["warehouse"]),
            ({"theft": "unknown"}, ["tally"]),
            ({"theft__not": "true"}, ["tally", "warehouse"]),
            ({"agency": "drc"}, ["warehouse"]),
            ({"agency__not": "drc"}, ["tally", "shop"]),
            ({"policy": "ban"}, ["tally"]),
            ({"policy__not": "ban"}, ["warehouse", "shop"]),
            ({"rig": "s19"}, ["shop"]),
            ({"rig__not": "s19"}, ["tally", "warehouse"]),
            # Of a month or a year any day may be meant.
            ({"occurred_after": "2021-09-30"}, ["tally", "warehouse"]),
            ({"occurred_after": "2021-10-01"}, ["tally"]),
            ({"occurred_after": "2022-12-31"}, ["tally"]),
            ({"occurred_after": "2023-01-01"}, []),
            ({"occurred_before": "2021-09-01"}, ["warehouse", "shop"]),
            ({"occurred_after": "2021-02", "occurred_before": "2021-02"}, ["shop"]),
            ({"occurred_before": "2021"}, ["warehouse", "shop"]),
            ({"rigs_min": "101"}, ["warehouse"]),
            ({"rigs_min": "10,100"}, ["warehouse"]),
            ({"rigs_max": "１００"}, ["shop"]),
            # 100 × 3.25 kW × 1.10
            ({"kw_min": "357", "kw_max": "358"}, ["shop"]),
            ({"empty": "rigs"}, ["tally"]),
            ({"present": ["rigs", "coordinates"]}, ["warehouse", "shop"]),
            ({"present": "loss"}, ["shop"]),
            ({"empty": ["arrests", "agency"]}, ["tally", "shop"]),
            ({"empty": "grid_factor"}, everything),
            ({"doubt": "currency_of_country"}, ["shop"]),
            ({"doubt": ["currency_of_country", "twin"]}, ["shop"]),
            ({"doubt__not": "currency_of_country"}, ["tally", "warehouse"]),
            ({"doubt": "twin"}, []),
            ({"changed_after": "2024"}, ["warehouse", "shop"]),
            ({"changed_after": "2024-05-05"}, ["warehouse"]),
            ({"bbox": "100,30,110,50"}, ["warehouse"]),
            ({"bbox": "170,-60,-170,60"}, ["shop"]),
            ({"sort": "rigs"}, ["shop", "warehouse", "tally"]),
            ({"sort": "-rigs"}, ["warehouse", "shop", "tally"]),
            ({"sort": "occurred_on"}, ["shop", "warehouse", "tally"]),
            ({"region": "", "rigs_min": ""}, everything),
        ]:
            with self.subTest(query):
                response = self.ask(query)
                self.assertEqual(response.context["selection"].problems, {})
                self.assertEqual([case.ref for case in response.context["page"]], expected)

    def test_what_is_not_understood_answers_nothing_and_names_the_parameter(self):
        for name, value in [
            ("region", "nowhere"),
            ("kind", "burglary"),
            ("kind__not", "burglary"),
            ("agency", "nobody"),
            ("policy", "none"),
            ("rig", "abacus"),
            ("theft", "maybe"),
            ("occurred_after", "2021-02-30"),
            ("occurred_after", "yesterday"),
            ("occurred_before", "01/02/2026"),
            ("rigs_min", "-5"),
            ("rigs_min", "1_000"),
            ("rigs_min", "1e400"),
            ("rigs_min", "NaN"),
            ("rigs_max", str(10**30)),
            ("rigs_max", "9" * 5000),
            ("kw_min", "٣x٤"),
            ("empty", "everything"),
            ("doubt", "everything"),
            ("changed_after", "yesterday"),
            ("bbox", "1,2,3"),
            ("bbox", "nan,0,1,1"),
            ("bbox", "0,0,inf,1"),
            ("bbox", "0,50,1,40"),
            ("bbox", "0,-91,1,40"),
            ("page", "0"),
            ("page", "-1"),
            ("page", "abc"),
            ("page", str(10**30)),
            ("page", "2"),
            ("per_page", "1000000"),
            ("sort", "password"),
            ("sort", "region__parent"),
            ("kind__regex", ".*"),
            ("published", "false"),
            ("q", "x" * 201),
        ]:
            with self.subTest(f"{name}={value[:40]}"):
                response = self.ask({name: value})
                self.assertEqual(response.status_code, 200)
                self.assertEqual(list(response.context["page"]), [])
                self.assertIn(name, response.context["selection"].problems)
                self.assertContains(response, "nothing is listed")

    def test_machines_are_told_the_parameter_with_status_400(self):
        for address in ["facets", "totals", "trend", "regions", "map"]:
            with self.subTest(address):
                response = self.client.get(reverse(f"cases:{address}"), {"region": "nowhere"})
                self.assertEqual(response.status_code, 400)
                self.assertEqual(list(response.json()["errors"]), ["region"])

    def test_a_single_value_given_twice_is_not_guessed_at(self):
        response = self.client.get(reverse("cases:case-list") + "?rigs_min=1&rigs_min=5")
        self.assertIn("rigs_min", response.context["selection"].problems)

    def test_the_sentence_names_every_filter_that_is_on(self):
        for query, sentence in [
            ({}, "3 cases"),
            ({"region": "MY"}, "1 case in Malaysia"),
            (
                {"kind": "raid", "region": "CN-NM", "occurred_after": "2021-03", "rigs_min": "1,000"},
                "1 raid in Inner Mongolia since Mar 2021, at least 1,000 rigs",
            ),
            ({"kind__not": "sweep", "theft": "unknown"}, "0 cases, power theft not stated, excluding Sweep"),
        ]:
            with self.subTest(query):
                response = self.ask(query)
                self.assertEqual(response.context["sentence"], sentence)
                self.assertContains(response, f"<title>{sentence}")

    def test_what_is_kept_of_the_form_is_in_the_language_of_who_asks(self):
        labels = {}
        for language in ("en", "zh-hans", "en"):
            with translation.override(language):
                fields = CaseFilter(QueryDict("kind=raid")).form.fields
                label = str(fields["kind"].label), str(dict(fields["kind"].choices)["raid"])
                self.assertEqual(labels.setdefault(language, label), label)
        self.assertEqual(labels["en"], ("Type", "Raid"))
        self.assertNotEqual(labels["en"], labels["zh-hans"])

    def test_an_agency_of_a_hidden_case_is_known_to_who_sees_the_case_whoever_asked_before(self):
        with signing.changing(signing.Verb.ENTERED, "officer"):
            Case.objects.get(ref="internal").agencies.add(make_agency(slug="bureau"))
        officer = make_person("view_case", everywhere=True)
        for reader, knows in ((officer, True), (AnonymousUser(), False), (officer, True)):
            for name in ("agency", "agency__not"):
                with self.subTest(reader=reader, name=name):
                    question = CaseFilter(QueryDict(f"{name}=bureau"), user=reader)
                    self.assertEqual(name not in question.problems, knows)
