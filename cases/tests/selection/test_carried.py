"""What carriers append to a link is no question; codes are read whatever their case; what is left out is said."""

import datetime
import re
from unittest.mock import patch

from django.http import QueryDict
from django.test import SimpleTestCase, TestCase
from django.urls import reverse

from cases.actions import summing
from cases.models import Case
from cases.selection import saved_views
from cases.tests.builders import make_case, make_citation, make_raid, make_rig, make_seizure
from regions.carried import without_carried
from regions.tests.builders import make_agency, make_person, make_policy, make_region

CARRIED = [
    "from=singlemessage&isappinstalled=0", "utm_source=x&utm_campaign=y", "UTM_SOURCE=x", "fbclid=x", "gclid=x",
    "msclkid=x", "nsukey=x", "spm=a.b.c", "share_token=x", "scene=1&clicktime=2&enterid=3", "mc_cid=x&mc_eid=y",
    "_ga=1.2", "igshid=x",
]  # fmt: skip


class NameTests(SimpleTestCase):
    def test_what_is_ours_stays_as_it_was_written(self):
        query = "region=CN-NM&q=%E7%9F%BF%E6%9C%BA+x&rigs_min=1,000"
        for carried in CARRIED:
            with self.subTest(carried):
                self.assertEqual(without_carried(f"{query}&{carried}"), query)
                self.assertEqual(without_carried(f"{carried}&{query}"), query)
                self.assertEqual(without_carried(carried), "")
        for own in (query, "", "kind=raid&kind=sweep", "unknown=1", "%66oo=1"):
            self.assertEqual(without_carried(own), own)
        self.assertEqual(without_carried("%66rom=x&q=y"), "q=y")

    def test_a_page_that_has_a_parameter_of_that_name_keeps_it(self):
        self.assertEqual(without_carried("from=2021-01&fbclid=x", {"from", "to"}), "from=2021-01")


class LinkTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        china = make_region(code="CN", name_en="China")
        inner = make_region(code="CN-NM", parent=china, name_en="Inner Mongolia")
        make_rig(manufacturer="generic", model="ASIC 2020", is_generic=True, released_year=2020, power_w=3334)
        s19 = make_rig(slug="s19-pro", model="S19 Pro", power_w=3250)
        case = make_case(ref="here", region=inner, published=True, kind="raid", occurred_on="2021-09-25")
        make_seizure(make_raid(case), count=9, rig=s19, kind="asic")
        case.agencies.add(make_agency(slug="drc"))
        make_citation(case, policy=make_policy(ref="Ban-2021", region=inner))
        cls.year = make_case(
            ref="in-a-year", region=china, published=True, kind="sweep", occurred_on="2021-01-01", date_precision="year"
        )
        make_seizure(make_raid(cls.year), count=1200)
        summing.sum_up(Case.objects.all())

    def test_every_address_ignores_it(self):
        ann = make_person("view_case", everywhere=True)
        self.client.force_login(ann)
        names = [
            "case-list", "figures", "quality", "facets", "totals", "trend", "regions", "map", "feed", "export-csv",
            "export-geojson", "export-parquet", "export-xlsx", "export-manifest",
        ]  # fmt: skip
        addresses = [reverse(f"cases:{name}") + "?region=CN-NM" for name in names]
        addresses += ["/api/v1/cases/?region=CN-NM", "/api/v1/cases/here/?", "/api/v1/regions/?parent=CN"]
        addresses += ["/api/v1/schema/?", "/api/v1/estimate/?rigs=5", "/policies/?region=CN-NM", "/regions/?q=in"]
        for address in addresses:
            for carried in CARRIED:
                with self.subTest(address, carried=carried):
                    response = self.client.get(f"{address}&{carried}")
                    self.assertEqual(response.status_code, 200)
                    problems = (response.context or {}).get("selection") if response.context else None
                    self.assertFalse(problems and problems.problems)
        page = self.client.get(reverse("cases:case-list") + f"?region=CN-NM&{'&'.join(CARRIED)}")
        self.assertEqual(page.context["sentence"], "1 case in Inner Mongolia")
        for part in CARRIED:
            self.assertNotContains(page, part.partition("=")[0] + "=")

    def test_a_saved_view_does_not_keep_it(self):
        ann = make_person()
        self.assertEqual(saved_views.understood("region=CN-NM&from=timeline&utm_source=x", ann), "region=CN-NM")

    def test_of_a_question_that_is_not_understood_no_count_is_said(self):
        for query in ({"colour": "red"}, {"region": "XX"}, {"page": "x"}):
            for name in ("case-list", "figures", "quality"):
                with self.subTest(query, name=name):
                    response = self.client.get(reverse(f"cases:{name}"), query)
                    self.assertEqual(response.context["sentence"], "Some filters are not valid")
                    self.assertNotContains(response, "0 cases")
        past = self.client.get(reverse("cases:case-list"), {"page": "9"})
        self.assertEqual(past.context["sentence"], "2 cases")

    def test_codes_are_read_whatever_their_case(self):
        for query in ("region=cn-nm", "kind=Raid", "rig=S19-PRO", "agency=DRC", "policy=ban-2021", "kind__not=SWEEP"):
            with self.subTest(query):
                page = self.client.get(reverse("cases:case-list") + f"?{query}")
                self.assertEqual([case.ref for case in page.context["page"]], ["here"])
                for address in ("/api/v1/cases/", reverse("cases:totals")):
                    self.assertEqual(self.client.get(f"{address}?{query}").status_code, 200)
        page = self.client.get(reverse("cases:case-list") + "?region=cn-nm&kind=Raid&kind=RAID")
        self.assertEqual(page.context["selection"].address(), "region=CN-NM&kind=raid")
        self.assertEqual(page.context["sentence"], "1 raid in Inner Mongolia")
        self.assertContains(page, "region=CN-NM")
        # Language and login come back to the address as it was typed; every other link has the code.
        links = re.findall(r'href="([^"]*)"', page.content.decode())
        self.assertEqual([link for link in links if "cn-nm" in link and "next=" not in link], [])
        self.assertEqual(saved_views.understood("region=cn-nm&kind=Raid", make_person()), "region=CN-NM&kind=raid")
        for address in ("policies/?region=cn-nm", "regions/?parent=cn", "estimate/?rigs=5&kind=ASIC"):
            self.assertEqual(self.client.get(f"/api/v1/{address}").status_code, 200, address)
        self.assertEqual(self.client.get("/api/v1/cases/?region=cn-xx").status_code, 400)

    def test_what_is_known_only_to_the_year_is_said_beside_the_months(self):
        trend = self.client.get(reverse("cases:trend")).json()
        self.assertEqual([(row["month"], row["cases"], row["rigs"]) for row in trend["months"]], [("2021-09-01", 1, 9)])
        self.assertEqual(trend["year_only"], {"cases": 1, "rigs": 1200, "rigs_cases": 1})
        none = self.client.get(reverse("cases:trend"), {"region": "CN-NM"}).json()
        self.assertEqual(none["year_only"], {"cases": 0, "rigs": None, "rigs_cases": 0})

    def test_a_head_never_says_that_a_file_is_empty(self):
        for name in ("export-csv", "export-geojson", "export-parquet", "export-xlsx", "export-manifest"):
            with self.subTest(name):
                head = self.client.head(reverse(f"cases:{name}"))
                self.assertEqual(head.status_code, 200)
                self.assertNotEqual(head.get("Content-Length"), "0")
                self.assertEqual(head["Content-Type"], self.client.get(reverse(f"cases:{name}"))["Content-Type"])

    def test_the_api_takes_format_json_and_no_other(self):
        for address in ("schema/", "cases/", "cases/here/", "regions/", "estimate/?rigs=5"):
            joint = "&" if "?" in address else "?"
            with self.subTest(address):
                answer = self.client.get(f"/api/v1/{address}{joint}format=json", headers={"Accept": "text/html"})
                self.assertEqual(answer.status_code, 200)
                answer.json()
                self.assertIn(self.client.get(f"/api/v1/{address}{joint}format=xml").status_code, (400, 404))


class OfficeDayTests(SimpleTestCase):
    def test_a_day_is_in_the_future_when_it_has_begun_nowhere(self):
        from django.core.exceptions import ValidationError

        from regions.grammar import days

        at = datetime.datetime(2026, 3, 1, 18, 0, tzinfo=datetime.UTC)  # 02:00 of the 2nd in Beijing
        with patch("regions.grammar.days.now", lambda: at), patch("regions.grammar.days.localdate", at.date):
            self.assertEqual(days.when("2026-03-02")[0], datetime.date(2026, 3, 2))
            with self.assertRaisesMessage(ValidationError, "in the future: today is 2026-03-01"):
                days.when("2026-03-03")

    def test_times_are_those_of_the_office(self):
        from regions.grammar.dates import moment

        at = datetime.datetime(2026, 3, 1, 18, 0, tzinfo=datetime.UTC)
        for zone, said in [
            ("UTC", "1 Mar 2026, 18:00 UTC"),
            ("Asia/Shanghai", "2 Mar 2026, 02:00 UTC+8"),
            ("Asia/Kolkata", "1 Mar 2026, 23:30 UTC+5:30"),
            ("America/Caracas", "1 Mar 2026, 14:00 UTC-4"),
        ]:
            with self.subTest(zone), self.settings(TIME_ZONE=zone):
                self.assertEqual(moment(at), said)

    def test_a_query_of_ours_is_not_changed(self):
        query = QueryDict("kind=raid&q=from")
        self.assertEqual(without_carried(query.urlencode()), query.urlencode())
