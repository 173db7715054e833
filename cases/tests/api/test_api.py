"""Cases, raids, seizures and rigs as data: whose they are, what can be asked, and how pages are walked."""

import base64
import json
import os
from datetime import date, timedelta
from io import StringIO
from unittest import mock

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Permission
from django.core.management import call_command
from django.core.signing import Signer
from django.db import OperationalError
from django.http import QueryDict
from django.test import TestCase, override_settings
from django.urls import reverse
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as PropertyTestCase

from cases.actions import summing
from cases.models import Case, SavedView
from cases.selection import selection
from cases.selection.selection import SORTS, Selection
from cases.tests.builders import (
    make_case,
    make_citation,
    make_disposal,
    make_document,
    make_figure,
    make_office_number,
    make_party,
    make_raid,
    make_rig,
    make_sanction,
    make_seizure,
)
from regions.api import access, keyset
from regions.tests.builders import make_agency, make_policy, make_provision, make_region, make_source

CASES = "/api/v1/cases/"
EVERY_ORDER = [*SORTS, *(f"-{name}" for name in SORTS)]
unthrottled = override_settings(API_RATES={"anon": None, "user": None})


def full_case(region, **values):
    """A published case with a row of everything that its page shows."""
    case = make_case(region=region, **{"published": True} | values)
    case.agencies.add(make_agency())
    case.sources.add(make_source())
    seizure = make_seizure(make_raid(case, raided_on="2021-05-18"), count=5, rig=make_rig())
    make_disposal(seizure, authority=make_agency())
    policy = make_policy(region=region)
    make_citation(case, policy=policy, provision=make_provision(policy))
    make_figure(case)
    make_sanction(case, party=make_party(case), amount=5, currency="CNY")
    make_document(case)
    summing.sum_up(Case.objects.filter(pk=case.pk))
    return case


def token_of(name, *permissions):
    """Headers of somebody with these permissions."""
    user = get_user_model().objects.create_user(name)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    told = StringIO()
    call_command("make_token", name, stdout=told)
    return {"Authorization": f"Token {told.getvalue().strip()}"}


def refs(answer):
    return [row["ref"] for row in answer.json()["results"]]


@unthrottled
class VisibilityTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region(code="MY", name_en="Malaysia", latitude=3.0, longitude=102.0)
        cls.internal = full_case(cls.region, ref="internal", title_en="Must not be seen", published=False)
        cls.shown = full_case(cls.region, ref="shown", part_of=cls.internal)
        cls.part = make_case(region=cls.region, ref="inner", title_en="Not this either", part_of=cls.shown)
        cls.secret = make_case(
            ref="secret", region=cls.region, published=True, sensitive=True, latitude=5.512345, longitude=116.512345,
            location_precision="site",
        )  # fmt: skip

    def test_the_public_sees_nothing_of_an_internal_case(self):
        raid = self.internal.raids.get()
        for address in (
            f"{CASES}internal/", f"{CASES}inner/", f"/api/v1/raids/{raid.pk}/",
            f"/api/v1/seizures/{raid.seizures.get().pk}/",
        ):  # fmt: skip
            with self.subTest(address):
                self.assertEqual(self.client.get(address).status_code, 404)
        for noun, count in (("cases", 2), ("raids", 1), ("seizures", 1)):
            with self.subTest(noun):
                answer = self.client.get(f"/api/v1/{noun}/")
                self.assertEqual((answer.json()["count"], len(answer.json()["results"])), (count, count))
                self.assertNotContains(answer, "internal")
        self.assertNotContains(self.client.get(f"{CASES}?q=Must"), "Must not be seen")

    def test_a_wider_or_narrower_case_that_one_may_not_see_is_not_named(self):
        case = self.client.get(f"{CASES}shown/").json()
        self.assertEqual((case["part_of"], case["parts"]), (None, []))
        self.assertEqual([row["part_of"] for row in self.client.get(CASES).json()["results"]], [None, None])

    def test_who_may_read_them_sees_internal_cases_by_token_and_by_session(self):
        headers = token_of("reader", "view_case", "work_everywhere")
        case = self.client.get(f"{CASES}shown/", headers=headers).json()
        self.assertEqual((case["part_of"]["ref"], [part["ref"] for part in case["parts"]]), ("internal", ["inner"]))
        self.assertEqual(self.client.get(CASES, headers=headers).json()["count"], 4)
        self.assertEqual(self.client.get("/api/v1/seizures/", headers=headers).json()["count"], 2)
        self.client.force_login(get_user_model().objects.get())
        self.assertEqual(self.client.get("/api/v1/raids/").json()["count"], 2)

    def test_an_account_without_permissions_sees_what_the_public_sees(self):
        self.assertEqual(self.client.get(CASES, headers=token_of("visitor")).json()["count"], 2)

    def test_the_public_gets_no_point_of_a_sensitive_case(self):
        for address in (f"{CASES}secret/", CASES, f"{CASES}?bbox=116,5,117,6"):
            with self.subTest(address):
                self.assertNotContains(self.client.get(address), "12345")
        self.assertIsNone(self.client.get(f"{CASES}secret/").json()["point"])
        self.assertEqual(refs(self.client.get(f"{CASES}?bbox=116,5,117,6")), [])
        headers = token_of("reader", "view_case", "work_everywhere")
        point = self.client.get(f"{CASES}secret/", headers=headers).json()["point"]
        self.assertEqual((point["latitude"], point["longitude"], point["precision"]), (5.512345, 116.512345, "site"))

    def test_a_token_that_is_not_one_is_401(self):
        answer = self.client.get(CASES, headers={"Authorization": "Token nonsense"})
        self.assertEqual((answer.status_code, list(answer.json())), (401, ["detail"]))
        self.assertEqual(answer["WWW-Authenticate"], "Token")

    def test_no_cache_may_take_one_readers_answer_for_anothers(self):
        vary = self.client.get(CASES)["Vary"]
        for header in ("Authorization", "Cookie", "Accept-Language"):
            self.assertIn(header, vary)

    @override_settings(
        PUBLIC=False,
        MIDDLEWARE=[*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"],
    )
    def test_an_office_that_is_not_public_asks_programs_for_a_token(self):
        for noun in ("", "cases/", "cases/shown/", "regions/", "schema/"):
            with self.subTest(noun):
                answer = self.client.get(f"/api/v1/{noun}")
                self.assertEqual((answer.status_code, list(answer.json())), (401, ["detail"]))
        self.assertEqual(self.client.get(CASES, headers=token_of("visitor")).status_code, 200)


@unthrottled
class QuestionTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.china = make_region(code="CN", name_en="China", name_zh="中国")
        inner = make_region(code="CN-NM", parent=cls.china, name_en="Inner Mongolia")
        for number, (region, kind, rigs) in enumerate(
            [(inner, "raid", 500), (inner, "sweep", None), (cls.china, "raid", 20), (make_region(code="MY"), "raid", 7)]
        ):
            case = make_case(
                ref=f"case-{'abcd'[number]}",
                region=region,
                kind=kind,
                published=True,
                occurred_on=f"2021-0{number + 1}-01",
            )
            make_seizure(make_raid(case), count=rigs)
        summing.sum_up(Case.objects.all())

    def test_a_question_has_the_answer_of_the_page_in_its_order(self):
        for query in (
            "", "region=CN", "region=CN&kind=raid", "region__not=CN-NM", "rigs_min=10&sort=rigs", "empty=rigs",
            "occurred_after=2021-02&occurred_before=2021-03", "kind=raid&kind=sweep&sort=-rigs", "kind=", "cursor=",
        ):  # fmt: skip
            with self.subTest(query):
                answer = self.client.get(f"{CASES}?{query}")
                page = self.client.get(f"{reverse('cases:case-list')}?{query.removeprefix('cursor=')}").context["page"]
                self.assertEqual(refs(answer), [case.ref for case in page])
                self.assertEqual(answer.json()["count"], page.paginator.count)

    def test_raids_and_seizures_are_those_of_the_selection(self):
        for query, count in (("", 4), ("region=CN", 3), ("region=CN&rigs_min=10", 2), ("kind__not=raid", 1)):
            for noun in ("raids", "seizures"):
                with self.subTest(noun=noun, query=query):
                    answer = self.client.get(f"/api/v1/{noun}/?{query}").json()
                    self.assertEqual((answer["count"], len(answer["results"])), (count, count))

    def test_a_saved_view_stands_for_its_question(self):
        owner = get_user_model().objects.create_user("analyst")
        SavedView.objects.create(slug="big", name="Big", owner=owner, query="rigs_min=10&sort=rigs", shared=True)
        SavedView.objects.create(slug="mine", name="Mine", owner=owner, query="kind=sweep")
        self.assertEqual(refs(self.client.get(f"{CASES}?view=big")), ["case-c", "case-a"])
        self.assertEqual(refs(self.client.get(f"{CASES}?view=big&region=CN-NM")), ["case-a"])
        self.assertEqual(self.client.get("/api/v1/raids/?view=big").json()["count"], 2)
        self.assertEqual(list(self.client.get(f"{CASES}?view=mine").json()["errors"]), ["view"])

    def test_what_is_not_understood_is_400_and_named(self):
        for noun, query, names in (
            ("cases", "kind=x", ["kind"]),
            ("cases", "region=nowhere&rigs_min=x3", ["region", "rigs_min"]),
            ("cases", "colour=red", ["colour"]),
            ("cases", "kind__regex=a", ["kind__regex"]),
            ("cases", "title_en__contains=a", ["title_en__contains"]),
            ("cases", "sort=words", ["sort"]),
            ("cases", "sort=rigs&sort=kw", ["sort"]),
            ("cases", "bbox=nan,0,1,1", ["bbox"]),
            ("cases", "bbox=0,2,1,1", ["bbox"]),
            ("cases", "rigs_max=1e400", ["rigs_max"]),
            ("cases", f"rigs_min={'9' * 5000}", ["rigs_min"]),
            ("cases", "occurred_after=2021-02-30", ["occurred_after"]),
            *(("cases", f"page={page}", ["page"]) for page in ("1", "2", "-1", "abc", 10**30)),
            *(("cases", f"per_page={size}", ["per_page"]) for size in ("0", "-1", "26", "abc", 10**30, "５０")),
            ("cases", "per_page=25&per_page=50", ["per_page"]),
            ("cases", "columns=rigs&zoom=3&format=xml&offset=1", ["columns", "format", "offset", "zoom"]),
            ("cases", "view=none", ["view"]),
            ("cases/case-a", "kind=raid", ["kind"]),
            ("raids", "sort=rigs", ["sort"]),
            ("raids", "kind=x", ["kind"]),
            ("seizures", "colour=red", ["colour"]),
            ("rigs", "kind=x&manufacturer=a&manufacturer=b&power_w=1", ["kind", "manufacturer", "power_w"]),
        ):  # fmt: skip
            with self.subTest(noun=noun, query=query[:60]):
                answer = self.client.get(f"/api/v1/{noun}/?{query}")
                self.assertEqual(answer.status_code, 400)
                self.assertEqual(sorted(answer.json()["errors"]), names)
                self.assertTrue(all(isinstance(said, list) for said in answer.json()["errors"].values()))

    def test_rigs_are_asked_for_by_kind_and_manufacturer(self):
        make_rig(slug="s19", manufacturer="Bitmain", kind="asic")
        make_rig(slug="rx", manufacturer="AMD", kind="gpu")
        for query, expected in (("", ["rx", "s19"]), ("kind=gpu", ["rx"]), ("manufacturer=bitmain", ["s19"])):
            with self.subTest(query):
                answer = self.client.get(f"/api/v1/rigs/?{query}").json()
                self.assertEqual([row["slug"] for row in answer["results"]], expected)
        self.assertEqual(self.client.get("/api/v1/rigs/s19/").json()["power_w"], 3250)


@unthrottled
class RowTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region(code="CN", name_en="China", name_zh="中国")
        make_rig(slug="generic", is_generic=True, released_year=2017, power_w=1000)

    def test_a_row_of_the_list(self):
        case = make_case(
            ref="warehouse", region=self.region, published=True, title_en="A warehouse", title_zh="一处仓库",
            theft=False, occurred_on="2021-09-01", date_precision="month", site_type="warehouse", latitude=40.7,
            longitude=107.4, location_precision="admin2",
        )  # fmt: skip
        case.sources.add(make_source(publisher="Xinhua", url="https://example.org/1"))
        make_seizure(make_raid(case), count=10, qualifier="at_least")
        summing.sum_up(Case.objects.all())
        [row] = self.client.get(CASES).json()["results"]
        load = row.pop("kw")
        self.assertAlmostEqual(load["best"], 10 * 1.0 * 1.10)
        self.assertTrue(load["low"] < load["best"] < load["high"])
        self.assertEqual(
            row,
            {
                "ref": "warehouse", "title": "A warehouse", "title_en": "A warehouse", "title_zh": "一处仓库",
                "kind": "raid", "kind_label": "Raid", "status": "found", "status_label": "Mining found",
                "region": {"code": "CN", "name_en": "China", "name_zh": "中国"}, "place": None, "place_zh": None,
                "point": {"latitude": 40.7, "longitude": 107.4, "precision": "admin2",
                          "precision_label": "Prefecture or district"},
                "occurred_on": "2021-09-01", "date_precision": "month", "date_precision_label": "Month",
                "occurred_until": "2021-09-30", "site_type": "warehouse", "site_type_label": "Warehouse",
                "lead_source": "unknown", "lead_source_label": "Not stated", "rig_kind": "unknown",
                "rig_kind_label": "Not stated", "theft": False, "arrests": None, "premises": None, "rigs": 10,
                "rigs_qualifier": "at_least", "rigs_qualifier_label": "at least", "confidence": "high",
                "confidence_label": "High", "part_of": None, "counts_in_totals": True, "published": True,
                "office_numbers": [], "sources": [{"publisher": "Xinhua", "title": None, "url": "https://example.org/1",
                             "published_on": None}],
                "url": "http://testserver/cases/warehouse/", "api_url": "http://testserver/api/v1/cases/warehouse/",
            },
        )  # fmt: skip

    def test_labels_and_messages_are_in_the_readers_language(self):
        make_case(region=self.region, published=True, title_en="A warehouse", title_zh="一处仓库")
        chinese = {"Accept-Language": "zh-CN"}
        [row] = self.client.get(CASES, headers=chinese).json()["results"]
        self.assertEqual((row["title"], row["kind"]), ("一处仓库", "raid"))
        self.assertNotEqual(row["kind_label"], "Raid")

    def test_a_case_alone_says_everything(self):
        case = full_case(self.region, ref="whole", outcome="Closed", latitude=1, longitude=2, location_precision="site")
        answer = self.client.get(f"{CASES}whole/").json()
        self.assertEqual(answer["agencies"][0]["name_en"], case.agencies.get().name_en)
        self.assertEqual(answer["figures"][0]["amount"], 1104)
        self.assertEqual(answer["citations"][0]["policy"]["ref"], case.citations.get().policy.ref)
        self.assertEqual(answer["citations"][0]["provision"], case.citations.get().provision.number)
        self.assertEqual((answer["sanctions"][0]["amount"], answer["sanctions"][0]["party"]["kind"]), (5, "company"))
        self.assertEqual(answer["documents"], [])  # those are internal
        inside = token_of("officer", "view_case", "work_everywhere")
        told = self.client.get(f"{CASES}whole/", headers=inside).json()["documents"]
        self.assertEqual([one["sha256"] for one in told], [case.documents.get().sha256])
        [raid] = answer["raids"]
        self.assertEqual((raid["raided_on"], raid["seizures"][0]["count"]), ("2021-05-18", 5))
        self.assertEqual(raid["seizures"][0]["disposals"][0]["kind"], "destroyed")
        for part in (raid, raid["seizures"][0]):
            self.assertEqual(self.client.get(part["api_url"]).json()["case"]["ref"], "whole")

    def test_every_address_in_an_answer_leads_somewhere(self):
        full_case(self.region, ref="whole", part_of=full_case(self.region, ref="wider"))
        for noun in ("cases", "raids", "seizures", "rigs"):
            for row in self.client.get(f"/api/v1/{noun}/").json()["results"]:
                for address in _addresses(row):
                    with self.subTest(address):
                        self.assertEqual(self.client.get(address).status_code, 200)

    def test_no_nan_reaches_a_reader(self):
        make_case(region=self.region, published=True, ref="odd", rigs=1)
        Case.objects.update(kw_low=float("nan"), kw_best=float("inf"), kw_high=2.5)
        [row] = self.client.get(CASES).json()["results"]
        self.assertEqual(row["kw"], {"low": None, "best": None, "high": 2.5})

    def test_query_count_does_not_grow(self):
        wider = make_case(region=self.region, ref="wider")
        for rows in (1, 3):
            while Case.objects.filter(part_of=wider).count() < rows:
                make_office_number(full_case(self.region, part_of=wider))
            for noun, queries in (("cases", 6), ("raids", 7), ("seizures", 4), ("rigs", 2)):
                with self.subTest(noun=noun, rows=rows), self.assertNumQueries(queries):
                    self.client.get(f"/api/v1/{noun}/")

    def test_query_count_of_one_case_does_not_grow_with_what_it_holds(self):
        case = full_case(self.region, ref="whole")
        for lines in (1, 3):
            while case.raids.count() < lines:
                seizure = make_seizure(make_raid(case), rig=make_rig())
                make_disposal(seizure, authority=make_agency())
                make_citation(case, policy=make_policy(region=self.region))
                make_sanction(case, party=make_party(case))
                make_case(region=self.region, published=True, part_of=case)
            with self.subTest(lines=lines), self.assertNumQueries(16):
                self.client.get(f"{CASES}whole/")


def _addresses(value):
    if isinstance(value, dict):
        for name, part in value.items():
            if name in ("url", "api_url") and part and part.startswith("http://testserver"):
                yield part
            else:
                yield from _addresses(part)
    elif isinstance(value, list):
        for part in value:
            yield from _addresses(part)


def walk(client, address, *, by="next"):
    """The refs from `address` on, page by page, and the address of the last page."""
    found = []
    while address:
        answer = client.get(address).json()
        results = [row["ref"] for row in answer["results"]]
        found += results if by == "next" else results[::-1]
        last, address = address, answer[by]
    return found, last


@unthrottled
class PageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        regions = [make_region(name_en=name) for name in ("Alpha", "Beta", "Alpha")]
        Case.objects.bulk_create(
            Case(
                ref=f"row-{number * 37 % 101:03}", region=regions[number % 3], published=number % 10 != 0,
                title_en=f"Title {number % 7}", kind=["raid", "sweep"][number % 2],
                confidence=["low", "high"][number % 2],
                occurred_on=date(2021, 1, 1) + timedelta(days=number % 9), rigs=[None, 0, 1, 500][number % 4],
                kw_best=[None, 0.1 + 0.2, 1e-9, 1e12 / 3][number % 4], status=["found", "disposed"][number // 3 % 2],
            )
            for number in range(100)
        )  # fmt: skip

    def test_the_pages_are_the_rows_in_order_and_back_is_the_reverse(self):
        for sort in EVERY_ORDER:
            with self.subTest(sort):
                expected = [case.ref for case in Selection(QueryDict(f"sort={sort}"), AnonymousUser()).rows()]
                self.assertEqual(len(expected), 90)
                forwards, last = walk(self.client, f"{CASES}?sort={sort}&per_page=25")
                self.assertEqual(forwards, expected)
                backwards, _first = walk(self.client, last, by="previous")
                self.assertEqual(backwards, expected[::-1])

    def test_the_filters_stay_while_one_walks(self):
        found, _last = walk(self.client, f"{CASES}?kind=raid&sort=-rigs&per_page=25")
        expected = Selection(QueryDict("kind=raid&sort=-rigs"), AnonymousUser()).rows()
        self.assertEqual(found, [case.ref for case in expected])
        self.assertEqual(len(set(found)), Case.objects.filter(kind="raid", published=True).count())

    def test_the_first_page_has_none_before_it_and_the_last_none_after(self):
        first = self.client.get(f"{CASES}?per_page=50").json()
        second = self.client.get(first["next"]).json()
        self.assertEqual((first["previous"], second["next"], first["count"], second["count"]), (None, None, 90, 90))
        self.assertIsNone(self.client.get(second["previous"]).json()["previous"])

    def test_what_is_added_or_removed_meanwhile_moves_no_other_row(self):
        first = self.client.get(f"{CASES}?per_page=25&sort=title").json()
        expected, _last = walk(self.client, first["next"])
        Case.objects.filter(ref=first["results"][-1]["ref"]).delete()
        make_case(region=Case.objects.first().region, published=True, title_en="A first one")
        self.assertEqual(walk(self.client, first["next"])[0], expected)

    def test_back_from_the_end_of_what_is_gone_leads_to_the_beginning(self):
        second = self.client.get(self.client.get(f"{CASES}?per_page=50").json()["next"]).json()
        Case.objects.exclude(ref__in=[row["ref"] for row in second["results"]]).delete()
        answer = self.client.get(second["previous"]).json()
        self.assertEqual((answer["results"], answer["previous"]), ([], None))
        self.assertEqual(len(refs(self.client.get(answer["next"]))), 40)

    def test_a_cursor_made_by_hand_is_400(self):
        real = self.client.get(f"{CASES}?per_page=25").json()["next"]
        real = QueryDict(real.partition("?")[2])["cursor"]
        payload, _dot, signature = real.partition(".")
        by_hand = [
            "x", ".", "..", "%", "ü", "－", "[]", "null", "0", "9" * 5000, payload, f"{payload}.", f".{signature}",
            f"{real}.", f"{real}=", f"{real} ", real.lower(), real[:-1], real[1:], f"{payload}={signature}",
            base64.urlsafe_b64encode(b"p=2021-01-01").decode(),
            base64.urlsafe_b64encode(b"p=not-a-date").decode(),
            base64.urlsafe_b64encode(b"o=1000000000000000000000000&p=x").decode(),
            base64.urlsafe_b64encode(json.dumps([False, "2021-01-01", "row-000"]).encode()).decode(),
            base64.urlsafe_b64encode(json.dumps([False, "not a date", "\ud800"]).encode()).decode() + "." + signature,
        ]  # fmt: skip
        for cursor in by_hand:
            with self.subTest(cursor[:80]):
                answer = self.client.get(CASES, {"cursor": cursor, "per_page": 25})
                self.assertEqual((answer.status_code, list(answer.json()["errors"])), (400, ["cursor"]))
        answer = self.client.get(f"{CASES}?cursor=a%00b")
        self.assertEqual((answer.status_code, list(answer.json())), (400, ["errors"]))

    def test_a_cursor_of_another_list_or_another_order_is_400(self):
        make_seizure(make_raid(Case.objects.filter(published=True).first()))
        real = QueryDict(self.client.get(f"{CASES}?per_page=25").json()["next"].partition("?")[2])["cursor"]
        for address in (f"{CASES}?sort=occurred_on", f"{CASES}?sort=rigs", "/api/v1/raids/?", "/api/v1/regions/?"):
            with self.subTest(address):
                answer = self.client.get(f"{address}&cursor={real}")
                self.assertEqual((answer.status_code, list(answer.json()["errors"])), (400, ["cursor"]))
        self.assertEqual(self.client.get(f"{CASES}?cursor={real}&cursor={real}").status_code, 400)

    def test_a_cursor_that_no_longer_fits_its_columns_is_400(self):
        # Signed by us, but of a release that sorted by something else.
        order = keyset.Order("occurred_on", descending=True, tie="ref")
        signer = Signer(salt=f"api.cursor.cases.Case.{order}", sep=".")
        fitting = signer.sign_object([False, "2021-01-03", "row-050"])
        self.assertEqual(self.client.get(CASES, {"cursor": fitting}).status_code, 200)
        for position in ([False, "not a date", "x"], [False, 10**24, "x"], [False, "x"], {}, 5, [1, 2, 3, 4], None):
            with self.subTest(position):
                answer = self.client.get(CASES, {"cursor": signer.sign_object(position)})
                self.assertEqual(answer.status_code, 400)

    def test_a_page_is_as_long_as_that_of_the_list(self):
        self.assertEqual((keyset.PAGE_SIZES, keyset.PAGE_SIZE), (selection.PAGE_SIZES, selection.PAGE_SIZES[1]))


@unthrottled
class WalkPropertyTests(PropertyTestCase):
    """Whatever ties and gaps the rows have, and however short the pages are."""

    rows = st.lists(
        st.tuples(
            st.sampled_from(["2020-01-01", "2021-05-18"]),
            st.sampled_from([None, 0, 7]),
            st.sampled_from([None, 0.5, 1 / 3]),
            st.sampled_from(["A", "a", "中国", "é"]),
        ),
        max_size=9,
    )

    @given(rows=rows, sort=st.sampled_from(EVERY_ORDER), size=st.integers(1, 4))
    @effort(max_examples=30, deadline=None)
    def test_walking_on_gives_the_rows_and_walking_back_their_reverse(self, rows, sort, size):
        region = make_region()
        for day, rigs, kw, title in rows:
            make_case(region=region, published=True, occurred_on=day, rigs=rigs, kw_best=kw, title_en=title)
        expected = [case.ref for case in Selection(QueryDict(f"sort={sort}"), AnonymousUser()).rows()]
        with mock.patch.object(keyset.Keyset, "_size", return_value=size):
            forwards, last = walk(self.client, f"{CASES}?sort={sort}")
            backwards, _first = walk(self.client, last, by="previous")
        self.assertEqual((forwards, backwards), (expected, expected[::-1]))

    @given(st.text(max_size=60))
    @effort(max_examples=60, deadline=None)
    def test_no_text_is_a_cursor(self, text):
        answer = self.client.get(CASES, {"cursor": text})
        self.assertEqual(answer.status_code, 400 if text else 200)


class ManyQuestionsTests(TestCase):
    def setUp(self):
        access.of_the_minute.begin_anew()
        self.addCleanup(access.of_the_minute.begin_anew)

    @override_settings(API_RATES={"anon": 2, "user": 3})
    def test_too_many_questions_are_429_with_a_time_to_come_back(self):
        answers = [self.client.get(CASES) for _again in range(3)]
        self.assertEqual([answer.status_code for answer in answers], [200, 200, 429])
        self.assertEqual(list(answers[-1].json()), ["detail"])
        self.assertTrue(0 < int(answers[-1]["Retry-After"]) <= 60)
        # What the client says of itself is not believed.
        self.assertEqual(self.client.get(CASES, headers={"X-Forwarded-For": "203.0.113.9"}).status_code, 429)
        headers = token_of("analyst")
        known = [self.client.get(CASES, headers=headers).status_code for _again in range(4)]
        self.assertEqual(known, [200, 200, 200, 429])

    def test_processes_count_together(self):
        """The processes of the server are forked from one: what one of them counts, the others know."""
        sender = access.of_the_minute.sender_of("198.51.100.77")
        child = os.fork()
        if not child:
            os._exit(0 if access.of_the_minute.allows("address", sender, 2) else 1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        told = [access.of_the_minute.allows("address", sender, 2) for _again in range(2)]
        self.assertEqual(told, [True, False])


@unthrottled
class ProtocolTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_case(ref="one", region=make_region(), published=True)

    def test_what_has_not_changed_is_304(self):
        for address in (CASES, f"{CASES}one/", "/api/v1/raids/"):
            with self.subTest(address):
                first = self.client.get(address)
                again = self.client.get(address, headers={"If-None-Match": first["ETag"]})
                self.assertEqual((again.status_code, again.content), (304, b""))
        Case.objects.update(title_en="Another title")
        tag = self.client.get(CASES)["ETag"]
        Case.objects.update(title_en="Yet another")
        self.assertEqual(self.client.get(CASES, headers={"If-None-Match": tag}).status_code, 200)

    def test_other_methods_are_405_whoever_asks(self):
        self.client.force_login(get_user_model().objects.create_superuser("admin"))
        for method in ("post", "put", "patch", "delete", "trace"):
            for address in (CASES, f"{CASES}one/"):
                with self.subTest(method=method, address=address):
                    answer = getattr(self.client, method)(address)
                    self.assertEqual((answer.status_code, list(answer.json())), (405, ["detail"]))
                    self.assertIn("GET", answer["Allow"])
        self.assertTrue(Case.objects.exists())

    def test_a_method_cannot_be_slipped_in_by_a_header_or_a_parameter(self):
        headers = {"X-HTTP-Method-Override": "DELETE", "X-Method-Override": "DELETE"}
        self.assertEqual(self.client.get(f"{CASES}one/", headers=headers).status_code, 200)
        self.assertEqual(self.client.post(f"{CASES}one/", headers={"X-HTTP-Method-Override": "GET"}).status_code, 405)
        self.assertEqual(list(self.client.get(f"{CASES}one/?_method=DELETE").json()["errors"]), ["_method"])

    def test_addresses_that_lead_nowhere_are_404_in_json(self):
        for address in (
            f"{CASES}none/", f"{CASES}a b/", "/api/v1/nowhere/", "/api/", "/api/v1/raids/x/",
            f"/api/v1/raids/{10**18}/", f"/api/v1/raids/{10**30}/",
            f"/api/v1/seizures/{'9' * 5000}/", "/api/v1/raids/-1/", "/api/v1/cases.json/",
        ):  # fmt: skip
            with self.subTest(address[:60]):
                answer = self.client.get(address)
                self.assertEqual((answer.status_code, list(answer.json())), (404, ["detail"]))

    def test_an_unreadable_address_is_400_in_json(self):
        for address in (f"{CASES}?q=%00", f"{CASES}a%00b/", f"{CASES}?q={'x' * 9000}", f"{CASES}?{'a=1&' * 1999}"):
            with self.subTest(address[:60]):
                answer = self.client.get(address)
                self.assertEqual((answer.status_code, list(answer.json())), (400, ["errors"]))

    def test_only_json_is_spoken(self):
        answer = self.client.get(CASES, headers={"Accept": "application/xml"})
        self.assertEqual((answer.status_code, list(answer.json())), (406, ["detail"]))
        browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
        self.assertEqual(self.client.get(CASES, headers=browser)["Content-Type"], "application/json")

    def test_a_database_that_is_away_is_503_in_json_with_a_time_to_come_back(self):
        with mock.patch("cases.api.views.Selection", side_effect=OperationalError("the server closed the connection")):
            answer = self.client.get(CASES)
        self.assertEqual((answer.status_code, list(answer.json()), answer["Retry-After"]), (503, ["detail"], "5"))
