"""What one may not see leaves no trace, at any way out: each answers as if the case were not there."""

import io
import re
import zipfile
from datetime import timedelta
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import Client, TestCase
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from cases.actions import signing, summing
from cases.alerts import letters, news
from cases.models import Case, Follow, Lead, ScreeningRun
from cases.tests import builders as cases
from enforcement import roles
from regions.tests import builders as regions

REF, LEAD = "secret-raid", "secret22"
RUN = UUID("7b0e3a52-5d2c-4a6f-9a44-0a3c1c7f2f10")
LIST = "?region=MY&sort=-rigs"
# name of the address → the ways to ask it: (arguments, query).
EXITS = {
    "dashboard": [((), ""), ((), "?view=all"), ((), "?view=all&metric=rigs")],
    "search": [((), "?q=clandestine"), ((), "?q=sarawak&all=1")],
    "regions:region-list": [((), "")],
    "regions:region-detail": [(("MY",), ""), (("MY-13",), "")],
    "policies:policy-list": [((), "")],
    "regions:positions": [((), "?region=MY")],
    "policies:policy-detail": [(("rule",), "")],
    "method:savings": [((), "")],
    "regions:brief": [(("MY-13",), "?from=2021&to=2022"), (("MY",), "?from=2021-08&to=2021-08")],
    "regions:brief-docx": [(("MY-13",), "?from=2021&to=2022")],
    "cases:brief": [((), "?from=2021-08&to=2021-08"), ((), "?region=MY&q=clandestine&from=2021&to=2022")],
    "cases:brief-docx": [((), "?from=2021&to=2022&theft=true")],
    "cases:case-list": [
        ((), ""),
        ((), LIST),
        ((), "?q=clandestine"),
        ((), "?rigs_min=31337"),
        ((), "?bbox=110,0,115,5"),
    ],
    "cases:case-detail": [((REF,), ""), (("shown-raid",), "")],
    "cases:figures": [((), ""), ((), LIST)],
    **{
        f"cases:chart-{ending}": [
            (("site_type",), ""),
            (("region",), "?region=MY&metric=rigs"),
            (("lead_source",), "?metric=mw"),
        ]
        for ending in ("svg", "png", "csv")
    },
    "cases:quality": [((), ""), ((), LIST)],
    "cases:case-answer": [((REF, "energy_per_rig"), "")],
    "cases:facets": [((), ""), ((), LIST)],
    "cases:totals": [((), ""), ((), LIST)],
    "cases:trend": [((), ""), ((), LIST)],
    "cases:regions": [((), ""), ((), LIST)],
    "cases:map": [((), "?zoom=3"), ((), "?zoom=12&bbox=110,0,115,5")],
    "cases:export-csv": [((), ""), ((), LIST)],
    "cases:export-manifest": [((), "")],
    "cases:export-geojson": [((), "")],
    "cases:export-parquet": [((), "")],
    "cases:export-xlsx": [((), "")],
    "cases:feed": [((), "")],
    "cases:import-sheet-csv": [((), "")],
    "cases:import-sheet-xlsx": [((), "")],
    "cases:deleted": [((), "")],
    **{
        f"cases:case-{page}": [((REF,), "")]
        for page in ("edit", "history", "publish", "withdraw", "delete", "merge", "custody", "documents")
    },
    "cases:saved-view-feed": [(("everything",), "")],
    "leads:lead-list": [((), ""), ((), "?state=all"), ((), "?kind=referral&region=MY")],
    "leads:lead-map": [((), ""), ((), "?state=all")],
    "leads:export-csv": [((), ""), ((), "?state=all")],
    "leads:export-xlsx": [((), "")],
    "leads:lead": [((LEAD,), "")],
    "leads:lead-figures": [((), "")],
    "screening:run-list": [((), "")],
    "screening:run-quality": [((), "")],
    "screening:cleared-list": [((), "")],
    "screening:run": [((RUN,), "")],
    "screening:run-map": [((RUN,), "")],
    "screening:meter": [((RUN, "31337"), "")],
    "screening:measured": [((REF,), "")],
    "api:case-list": [((), ""), ((), LIST), ((), "?q=clandestine")],
    "api:case-detail": [((REF,), ""), (("shown-raid",), "")],
    "api:raid-list": [((), "")],
    "api:seizure-list": [((), "")],
    "admin:cases_case_changelist": [((), ""), ((), "?q=clandestine")],
    "admin:cases_raid_changelist": [((), "")],
    "admin:cases_seizure_changelist": [((), "")],
    "admin:cases_disposal_changelist": [((), "")],
    "admin:cases_figure_changelist": [((), "")],
    "admin:cases_citation_changelist": [((), "")],
    "admin:cases_party_changelist": [((), "")],
    "admin:cases_sanction_changelist": [((), "")],
    "admin:cases_document_changelist": [((), "")],
    "admin:autocomplete": [
        ((), "?term=clandestine&app_label=cases&model_name=raid&field_name=case"),
        ((), "?term=secret&app_label=cases&model_name=case&field_name=part_of"),
    ],
}
# Ways out that lead to no case: nothing of one is in them.
OTHER = {
    "policies:liability", "cases:case-new", "cases:bulletin-new", "cases:draft-discard", "login", "logout", "account",
    "account-token",
    "account-token-revoke",
    "account-sessions",
    "second-factor",
    "login-code",
    "login-provider",
    "login-provider-back",
    "password_change",
    "password_reset",
    "password_reset_confirm",
    "set_language", "healthz", "readyz", "metrics", "method:calculator", "method:method", "method:revise",
    "method:revise-factor", "method:screening", "regions:at",
    "regions:boundaries", "cases:names", "cases:saved-view", "cases:saved-view-list", "cases:saved-view-save",
    "cases:saved-view-open-feed", "cases:saved-view-close-feed", "cases:saved-view-rename",
    "cases:saved-view-share", "cases:saved-view-delete", "cases:saved-view-restore",
    "cases:import", "cases:import-template-csv", "cases:import-template-xlsx", "cases:import-detail",
    "cases:import-run", "cases:import-again", "cases:import-undo", "cases:import-errors", "cases:import-changes",
    "cases:import-mapping", "cases:import-layout", "cases:layout-file", "cases:layout-delete", "cases:import-mend",
    "cases:import-leave-out", "cases:import-given-back",
    # The same for everybody: `test_links.SameForAllTests`.
    "cases:picture", "cases:case-picture", "regions:region-picture", "embeds:page", "embeds:svg", "embeds:png",
    # What it shows depends on its owner and not on who asks: tried in cases/tests/selection/test_saved_views.py.
    "cases:secret-feed",
    # Its owner's alone: tried in cases/tests/briefs/test_saved.py.
    "cases:brief-save", "cases:saved-brief", "cases:saved-brief-docx", "cases:saved-brief-remove",
    # Files that are the same for everybody: tried in cases/tests/releases/test_releases.py.
    "releases:list", "releases:release", "releases:file",
    # What somebody follows, without a case; what its mails tell is tried below.
    "alerts:follow-list", "alerts:new", "alerts:confirm", "alerts:follow", "alerts:stop",
    # The same for everybody: who asks is not known there.
    "tips:tip-new", "tips:tip-status", "tips:tip-shapes",
    "leads:lead-new", "screening:run-new",
    # A registrar's alone: tried in cases/tests/screening/test_weights.py.
    "screening:weights",
    # What is done, not shown: tried in cases/tests/leads/test_handling.py.
    "leads:bulk", "leads:lead-case",
    # Below a page that is tried: who may not open that one is not let in here either.
    "cases:case-undo", "cases:custody-close", "cases:custody-take-back", "cases:document-original",
    "cases:document-shown", "cases:document-remove", "leads:lead-photo", "leads:inspection-photo",
}  # fmt: skip
IN_PLACE = [
    ("/cases/", "results"), ("/cases/", "insights"), ("/cases/?metric=rigs", "charts"), ("/?view=all", "figures"),
    ("/regions/MY-13/", ""), ("/search/?q=clandestine", ""), ("/search/?q=sarawak", ""),
]  # fmt: skip
CHANGING = re.compile(
    rb'csrfmiddlewaretoken" value="[^"]*"|"?X-CSRFToken"?: ?"[^"]*"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(Z|\+00:00)?'
)


def names_of(resolver=None, prefix=""):
    """Every name of an address of ours; the API's of cases, the administration's not."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLPattern):
            yield f"{prefix}{one.name}"
        elif one.namespace != "admin":
            yield from names_of(one, f"{one.namespace}:" if one.namespace else prefix)


class VisibilityTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        roles.sync()
        china = regions.make_region(code="CN", name_en="China")
        malaysia = regions.make_region(code="MY", name_en="Malaysia")
        cls.mongolia = regions.make_region(code="CN-NM", name_en="Inner Mongolia", parent=china)
        cls.sarawak = regions.make_region(code="MY-13", name_en="Sarawak", parent=malaysia)
        regions.make_savings_claim(region=malaysia, energy_kwh_per_year=1000)
        cases.make_rig(manufacturer="generic", is_generic=True, released_year=2018, power_w=1400)
        policy = regions.make_policy(ref="rule", region=malaysia, deadline_on="2021-01-01")
        shown = cases.make_case(ref="shown-raid", region=cls.sarawak, title_en="Shown", published=True)
        secret = cls.secret = cases.make_case(
            ref=REF, region=cls.sarawak, title_en="Clandestine mine", place="Clandestine lane", outcome="Clandestine",
            latitude=4.3995, longitude=113.9914, location_precision="site", kind="closure_order",
            occurred_on="2021-08-05", site_type="farm", lead_source="audit", theft=True, arrests=7, part_of=None,
        )  # fmt: skip
        Case.objects.filter(pk=shown.pk).update(part_of=secret)
        raid = cases.make_raid(secret, raided_on="2021-08-05", place="Clandestine lane")
        seizure = cases.make_seizure(raid, count=31337)
        cases.make_disposal(seizure, note="Clandestine disposal")
        cases.make_figure(secret, quantity="loss", basis="total", amount=31337, currency="MYR")
        cases.make_citation(secret, text="Clandestine rule", policy=policy)
        cases.make_office_number(secret, number="Clandestine 7")
        cases.make_sanction(secret, party=cases.make_party(secret, name="Clandestine Sdn Bhd"))
        cases.make_document(secret, title="Clandestine photograph")
        cases.make_reason(secret)
        cases.make_lead(
            ref=LEAD,
            region=cls.sarawak,
            place="Clandestine lane",
            arrived_on="2020-01-01",
            latitude=4.4,
            longitude=114.0,
        )
        screening = cases.make_screening_run(key=RUN, region=cls.sarawak, file_name="Clandestine readings")
        cases.make_screened_meter(
            screening,
            meter="31337",
            tariff_class="Clandestine",
            latitude=4.4,
            longitude=114.0,
            lead=cases.make_lead(region=cls.sarawak, kind="hit", state="not_mining"),
        )
        cases.make_measured_avoided(secret, name="Clandestine feeder")
        with signing.changing(signing.Verb.ENTERED, "officer"):
            secret.agencies.add(regions.make_agency(name_en="Clandestine bureau"))
        secret.sources.add(regions.make_source(title="Clandestine news"))
        cases.make_saved_view(slug="everything", name="Everything", shared=True)
        summing.sum_up(Case.objects.all())

        officer = regions.make_person(username="officer", regions=[cls.mongolia], is_staff=True)
        officer.groups.add(Group.objects.get(name="Case officer"))
        neighbour = regions.make_person(username="neighbour", regions=[cls.sarawak], is_staff=True)
        neighbour.groups.add(Group.objects.get(name="Case officer"))
        registrar = regions.make_person(username="registrar", is_staff=True)
        registrar.groups.add(Group.objects.get(name="Registrar"))
        get_user_model().objects.update(email=Concat("username", Value("@office.example")))
        cls.viewers = {"public": None, "officer": officer, "neighbour": neighbour, "registrar": registrar}

    def answers(self, viewer):
        """{(address, query, in place): what is answered} to somebody, without what differs each time."""
        client, found = Client(), {}
        if self.viewers[viewer]:
            client.force_login(self.viewers[viewer])
        for name, ways in EXITS.items():
            for arguments, query in ways:
                address = reverse(name, args=arguments) + query
                found[address] = _told(client.get(address))
        for address, target in IN_PLACE:
            headers = {"HX-Request": "true", "HX-Target": target}
            found[f"{address} in place {target}"] = _told(client.get(address, headers=headers))
        for query in ("", "region=MY&theft=true"):
            found[f"mail {query}"] = 200, self.mailed(viewer, query)
        return found

    def mailed(self, viewer, query):
        """The mail to somebody who follows a question, of everything that it finds now."""
        whose = {"owner_id": self.viewers[viewer].pk} if self.viewers[viewer] else {"address": "ann@example.org"}
        seen, began = {"cases": {}, "deadlines": {}, "late": 0}, timezone.now() - timedelta(days=9)
        follow = Follow.objects.create(
            pk=UUID(int=1), query=query, name="Followed", language="en", rhythm="daily", confirmed_at=began,
            looked_at=began, seen=seen, **whose,
        )  # fmt: skip
        notice = news.write_one(follow.pk, timezone.now())
        letter = notice and letters.letter_of(notice)
        follow.delete()
        return f"{letter.subject}{letter.text}{letter.html}".encode() if letter else b""

    def test_every_way_out_answers_as_if_the_case_were_not_there_and_shows_it_to_those_who_may(self):
        before = {viewer: self.answers(viewer) for viewer in self.viewers}
        Case.objects.update(part_of=None)
        self.secret.delete()
        Lead.objects.all().delete()
        ScreeningRun.objects.all().delete()
        after = {viewer: self.answers(viewer) for viewer in self.viewers}
        for address in before["public"]:
            for viewer in ("public", "officer"):
                with self.subTest(f"{viewer} {address}"):
                    self.assertEqual(before[viewer][address], after[viewer][address])
                    self.assertNotIn(b"Clandestine", before[viewer][address][1])
            # If nobody saw a difference, the way out would prove nothing.
            for viewer in ("neighbour", "registrar"):
                with self.subTest(f"{viewer} {address}"):
                    self.assertNotEqual(before[viewer][address], after[viewer][address])

    def test_no_way_out_is_left_untried(self):
        named = {name for name in names_of() if name != "None" and not name.startswith("api:")}
        self.assertEqual(named - OTHER, {name for name in EXITS if not name.startswith(("api:", "admin:"))})


def _told(response):
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b"\n".join(book.read(name) for name in sorted(book.namelist()) if name.startswith(("xl/", "word/")))
    return response.status_code, CHANGING.sub(b"", body)
