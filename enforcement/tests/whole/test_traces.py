"""What one may not see leaves no trace: not by what was entered with it, not in a refusal, not through its place."""

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client, RequestFactory, TestCase, override_settings
from django.utils.timezone import now

from cases import access
from cases import admin as case_admin
from cases.actions import signing, summing
from cases.imports.cells import unusable_reference
from cases.leads import keys
from cases.models import Case, Inspection, InspectionPhoto, Lead, OpenDoubt, SavedView, TipPart
from cases.tests import builders as cases
from cases.tests.imports.tables import check, new_row
from enforcement import admin as enforcement_admin
from enforcement import roles
from regions.admin.base import RecordAdmin
from regions.models import Agency, Source
from regions.tests import builders as regions

from .test_visibility import _told

KEPT_HEADERS = ("Location", "Allow", "Last-Modified", "ETag", "Content-Disposition")
SLUG, REF = "clandestine-bureau", "secret-raid"
KEY = "0b0f7f0e-5a2c-4d3e-9a57-2f1d1c9b0a11"  # of a draft


def people(mongolia, sarawak):
    """{viewer: account}: the public, an officer of another region, one of this region."""
    roles.sync()
    found = {"public": None}
    for name, region in (("officer", mongolia), ("neighbour", sarawak)):
        found[name] = regions.make_person(username=name, regions=[region], is_staff=True)
        found[name].groups.add(Group.objects.get(name="Case officer"))
    return found


def told(response):
    kept = {name: response[name] for name in KEPT_HEADERS if name in response}
    if "html" in response.get("Content-Type", ""):
        kept.pop("ETag", None)  # a digest of the token against forgery too
    return *_told(response), kept


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Traces(TestCase):
    """A record with something hidden. `take_away` takes it away; `exits` are (method, address, data)."""

    def answers(self, viewer, exits):
        client = Client(raise_request_exception=False)
        if self.people[viewer]:
            client.force_login(self.people[viewer])
        return {
            (viewer, method, address): told(getattr(client, method)(address, data)) for method, address, data in exits
        }

    def differences(self, viewer, exits):
        """The exits that answer `viewer` otherwise with what is hidden than without it."""
        with mock.patch("cases.views.entry.now", return_value=now()):  # a page says in which minute its draft was kept
            with undone():
                before = self.answers(viewer, exits)
            with undone():
                self.take_away()
                after = self.answers(viewer, exits)
        return [exit_ for exit_ in before if before[exit_] != after[exit_]]


class HiddenCaseTests(Traces):
    """An internal case of another region, with all that was entered with it."""

    @classmethod
    def setUpTestData(cls):
        cls.mongolia, cls.sarawak = regions.make_region(code="CN-NM"), regions.make_region(code="MY-13")
        cls.people = people(cls.mongolia, cls.sarawak)
        own = cls.own = cases.make_case(ref="own-raid", region=cls.mongolia, title_en="Own")
        cases.make_case(ref="shown-raid", region=cls.sarawak, title_en="Shown", published=True)
        secret = cls.secret = cases.make_case(
            ref=REF, region=cls.sarawak, title_en="Clandestine mine", place="Clandestine lane",
            latitude=4.3995, longitude=113.9914, location_precision="site", former_refs=["former-raid"],
        )  # fmt: skip
        Case.objects.filter(pk=secret.pk).update(part_of=own)
        with signing.changing(signing.Verb.ENTERED, "officer"):
            cls.agency = regions.make_agency(slug=SLUG, name_en="Clandestine bureau", name_zh="秘密局")
        cls.source = regions.make_source(publisher="Clandestine news", title="Clandestine title")
        secret.agencies.add(cls.agency)
        secret.sources.add(cls.source)
        seizure = cases.make_seizure(cases.make_raid(secret, place="Clandestine lane"), count=31337)
        cls.document = cases.make_document(secret, title="Clandestine photograph")
        cases.make_disposal(seizure, authority=cls.agency, document=cls.document)
        cases.make_citation(secret, text="Clandestine rule", policy=regions.make_policy(ref="rule"))
        cases.make_office_number(secret, agency=cls.agency, number="Clandestine 7")
        owner = cls.people["neighbour"]
        cases.make_saved_view(slug="clandestine", name="Clandestine view", owner=owner, query=f"agency={SLUG}")
        cls.shared = cases.make_saved_view(
            slug="shared", name="Shared", owner=owner, shared=True, query=f"agency={SLUG}"
        )
        summing.sum_up(Case.objects.all())

    def take_away(self):
        Case.objects.filter(pk=self.secret.pk).delete()
        Agency.objects.filter(pk=self.agency.pk).delete()
        Source.objects.filter(pk=self.source.pk).delete()
        SavedView.objects.filter(slug="clandestine").delete()

    @property
    def exits(self):
        """{what is asked: exits}."""
        pk, agency, source = self.secret.pk, self.agency.pk, self.source.pk
        case_page = "/admin/cases/case/"
        choices = "/admin/autocomplete/?app_label=cases&model_name="
        row = ContentType.objects.get_for_model(Case).pk
        entry = {
            "region": "CN-NM", "when": "2024-05-01", "title_en": "Another", "agencies-TOTAL_FORMS": "1",
            "agencies-INITIAL_FORMS": "0",
        }  # fmt: skip
        return {
            "completion": [("get", f"/cases/names/agency.json?q={word}", None) for word in ("Clandest", SLUG, "秘密")],
            "search": [("get", f"/search/?q={word}", None) for word in ("Clandest", SLUG, "秘密", "mine", REF)],
            "filters": [
                ("get", f"{address}?{name}={SLUG}", None)
                for name in ("agency", "agency__not")
                for address in (
                    "/cases/", "/cases/totals.json", "/cases/facets.json", "/cases/export.csv", "/cases/feed.atom",
                    "/cases/map.geojson", "/cases/quality/", "/api/v1/cases/", "/api/v1/raids/",
                )
            ],
            "saved views": [
                ("get", "/cases/v/", None),
                ("get", "/cases/v/shared/feed.atom", None),
                ("get", "/cases/v/clandestine/", None),
                ("get", "/cases/?view=clandestine", None),
                ("get", "/cases/?view=shared", None),
            ],
            "views in the administration": [("get", "/admin/cases/savedview/?q=clandestine", None)],
            "entry": [
                ("post", f"/cases/new/?{text}", entry | {"agencies-0-agency": text, "key": KEY})
                for text in (SLUG, "Clandestine bureau", "Clandestine burea", "秘密局")
            ],
            "lists of the administration": [
                ("get", f"/admin/{page}/?q=clandestine", None)
                for page in ("cases/case", "cases/raid", "cases/document", "cases/disposal", "cases/citation")
            ],
            "agencies in the administration": [
                ("get", "/admin/regions/agency/?q=clandestine", None),
                ("get", f"/admin/regions/agency/{agency}/change/", None),
                ("get", f"/admin/regions/agency/{agency}/delete/", None),
                ("get", f"/admin/regions/agency/{agency}/history/", None),
                ("get", f"{choices}case&field_name=agencies&term=clandestine", None),
                ("get", f"{choices}disposal&field_name=authority&term=clandestine", None),
                (
                    "post", "/admin/regions/agency/add/",
                    {"name_en": "Clandestine bureau", "slug": SLUG, "kind": "other"},
                ),
            ],
            "sources in the administration": [
                ("get", "/admin/regions/source/?q=clandestine", None),
                ("get", f"/admin/regions/source/{source}/change/", None),
                ("get", f"{choices}case&field_name=sources&term=clandestine", None),
                ("post", "/admin/regions/source/add/", {"publisher": "Clandestine news", "title": "Clandestine title"}),
            ],
            "rows of the administration": [
                ("get", f"{case_page}{pk}/{page}/", None) for page in ("change", "history", "delete")
            ],
            "lookups": [
                ("get", f"{case_page}?{lookup}", None)
                for lookup in ("parts__ref=secret-raid", "parts__latitude__gt=4", "agencies__slug=clandestine-bureau")
            ],
            "numbers of rows": [
                ("get", f"/admin/r/{row}/{pk}/", None),
                ("get", f"/admin/r/{ContentType.objects.get_for_model(Agency).pk}/{agency}/", None),
            ],
            "references": [
                (method, address, None)
                for method in ("head", "options", "get", "post")
                for address in (
                    f"/cases/{REF}/", f"/cases/{REF}/custody/", "/cases/former-raid/", f"/api/v1/cases/{REF}/"
                )
            ]
            + [
                ("get", f"/cases/{REF}/documents/{self.document.key}/original", None),
                ("post", "/cases/own-raid/merge/", {"into": REF}),
                ("get", "/cases/own-raid/merge/?into=former-raid", None),
                ("post", "/cases/new/", entry | {"into": REF, "key": KEY}),
            ],
        }  # fmt: skip

    def test_nothing_answers_otherwise_than_without_the_case(self):
        for what, exits in self.exits.items():
            for viewer in ("public", "officer"):
                with self.subTest(what, viewer=viewer):
                    self.assertEqual(self.differences(viewer, exits), [])

    def test_each_way_out_tells_as_soon_as_its_rule_is_dropped(self):
        everything = {
            "completion": mock.patch("cases.selection.completion.agencies_visible_to", _all_agencies),
            "search": mock.patch("enforcement.pages.finder.agencies_visible_to", _all_agencies),
            "filters": mock.patch("cases.selection.filters.agencies_visible_to", _all_agencies),
            "saved views": mock.patch("cases.selection.filters.agencies_visible_to", _all_agencies),
            "views in the administration": mock.patch.object(
                case_admin.SavedViewAdmin, "get_queryset", admin.ModelAdmin.get_queryset
            ),
            "entry": mock.patch("cases.fields.agencies_visible_to", _all_agencies),
            "lists of the administration": mock.patch.object(
                case_admin.CaseRowAdmin, "get_queryset", RecordAdmin.get_queryset
            ),
            "rows of the administration": mock.patch.object(
                case_admin.CaseRowAdmin, "get_queryset", RecordAdmin.get_queryset
            ),
            "agencies in the administration": mock.patch.object(
                enforcement_admin.VisibleAgencyAdmin, "visible_to", staticmethod(_all_agencies)
            ),
            "sources in the administration": mock.patch.object(
                enforcement_admin.VisibleSourceAdmin, "visible_to", staticmethod(lambda user: Source.objects.all())
            ),
            "lookups": mock.patch.object(RecordAdmin, "lookup_allowed", _any_lookup),
            "references": mock.patch.object(type(Case.objects), "visible_to", lambda rows, user: _of_all(rows)),
        }  # fmt: skip
        with self.subTest("cases in the search"), everything["references"]:
            self.assertNotEqual(self.differences("officer", self.exits["search"]), [])
        self.assertEqual(self.exits.keys() - everything.keys(), {"numbers of rows"})  # an address that is not there
        for what, dropped in everything.items():
            with self.subTest(what), dropped:
                self.assertNotEqual(self.differences("officer", self.exits[what]), [])

    def test_a_deletion_does_not_name_what_it_would_touch(self):
        """That something hidden is part of a case keeps it from being deleted; more is not told."""
        client, address = Client(), f"/admin/cases/case/{self.own.pk}/delete/"
        client.force_login(self.people["officer"])
        named = (f"/admin/cases/case/{self.secret.pk}/", "Clandestine", REF)
        body = client.get(address).content.decode()
        self.assertEqual([text for text in named if text in body], [])
        self.assertIn("Rows that you cannot see", body)
        request, page = RequestFactory().get(address), admin.site.get_model_admin(Case)
        request.user = self.people["officer"]
        self.assertIn("Clandestine mine", str(admin.ModelAdmin.get_deleted_objects(page, [self.own], request)))

    def test_a_reference_that_cannot_be_used_is_refused_in_the_same_words(self):
        """Whether it is that of a hidden case, a former one of it, or the address of a page."""
        found = set()
        for ref in (REF, "former-raid", "deleted"):
            [problem] = check(new_row(ref=ref, region_code="CN-NM"), self.people["officer"]).errors
            found.add((problem.column, problem.problem, str(problem.right)))
        self.assertEqual(found, {("ref", str(unusable_reference()), "a different reference")})

    def test_who_sees_the_case_knows_its_agency_and_its_source(self):
        for what in (
            "completion",
            "search",
            "filters",
            "agencies in the administration",
            "sources in the administration",
        ):
            with self.subTest(what):
                self.assertNotEqual(self.differences("neighbour", self.exits[what]), [])
        Case.objects.filter(pk=self.secret.pk).update(published=True)
        self.assertIn(self.agency, access.agencies_visible_to(self.people["officer"]))
        self.assertIn(self.source, access.sources_visible_to(self.people["officer"]))

    def test_a_name_that_is_hidden_can_be_entered_and_is_then_known(self):
        client = Client()
        client.force_login(self.people["officer"])
        response = client.post(
            "/cases/new/",
            {
                "region": "CN-NM", "when": "2024-05-01", "title_en": "Another", "agencies-TOTAL_FORMS": "1",
                "agencies-INITIAL_FORMS": "0", "agencies-0-agency": "Clandestine bureau", "agencies-0-add": "on",
                "kind": "raid", "status": "found", "site_type": "unknown", "lead_source": "unknown",
                "confidence": "medium",
            },
        )  # fmt: skip
        self.assertEqual(response.status_code, 302)
        self.assertIn(self.agency, access.agencies_visible_to(self.people["officer"]))
        self.assertNotIn(self.agency, access.agencies_visible_to(AnonymousUser()))


class HiddenLeadTests(Traces):
    """A tip of another region: with photos, an inspection and a colleague that it was merged with."""

    @classmethod
    def setUpTestData(cls):
        folder = Path(cls.enterClassContext(TemporaryDirectory()))
        cls.enterClassContext(override_settings(TIP_KEY=folder / "public", TIP_SECRET=folder / "secret"))
        keys.make_keys()
        cls.mongolia = regions.make_region(code="CN-NM")
        cls.sarawak = regions.make_region(code="MY-13", latitude=2.5, longitude=113.0)
        cls.people = people(cls.mongolia, cls.sarawak)
        for name in ("Reader", "Analyst"):
            cls.people[name] = regions.make_person(username=name, regions=[cls.sarawak])
            cls.people[name].groups.add(Group.objects.get(name=name))
        cls.own = cases.make_lead(ref="ownlead2", region=cls.mongolia, latitude=44.0, longitude=113.0)
        tip = cases.make_tip(text="Clandestine")
        Lead.objects.filter(pk=tip.pk).update(
            ref="secret22", region=cls.sarawak, place="Clandestine lane", summary="Clandestine",
            arrived_on="2020-01-01", latitude=44.001, longitude=113.001,
        )  # fmt: skip
        secret = cls.secret = Lead.objects.get(pk=tip.pk)
        cases.make_lead(ref="merged22", region=cls.sarawak, state="merged", merged_into=secret)
        key, sealed = keys.sealed_for_office(b"Clandestine photograph")
        cls.photo = TipPart.objects.create(tip=tip, kind="photo", key=key, sealed=sealed)
        inspection = Inspection.objects.create(
            lead=secret, visited_on="2024-05-01", found="mining", findings="Clandestine"
        )
        cls.inspection_photo = InspectionPhoto.objects.create(inspection=inspection, content=b"Clandestine photograph")
        cases.make_saved_view(
            slug="queue", name="Queue", owner=cls.people["officer"], query="state=all", of="leads", shared=True
        )

    def take_away(self):
        Lead.objects.exclude(pk=self.own.pk).delete()

    @property
    def exits(self):
        """{what is asked: exits}."""
        return {
            "list": [
                ("get", f"/leads/{query}", None)
                for query in (
                    "", "?state=all", "?kind=tip", "?region=MY-13", "?waiting=14", "?assigned=nobody&state=all",
                    "?view=queue",
                )
            ],
            "map": [("get", "/leads/map.geojson?state=all", None)],
            "CSV": [("get", "/leads/export.csv?state=all", None)],
            "XLSX": [("get", "/leads/export.xlsx?state=all", None)],
            "page": [("get", "/leads/secret22/", None), ("head", "/leads/secret22/", None)],
            "page of what was merged": [("get", "/leads/merged22/", None)],
            "nearby": [("get", "/leads/ownlead2/", None)],
            "figures": [("get", "/leads/figures/", None)],
            "steps": [("post", "/leads/secret22/", {"act": "note", "note": "x"})],
            "a case from it": [("post", "/leads/secret22/case/", None)],
            "merging": [("post", "/leads/ownlead2/", {"act": "merge", "into": "secret22", "version": "0"})],
            # What was done is said on the next page, whichever it is.
            "many at once": [
                ("post", "/leads/bulk/", {"act": "take", "lead": ["secret22:0"]}), ("get", "/cases/v/", None),
            ],
            "photo of the sender": [("get", f"/leads/secret22/photos/{self.photo.pk}", None)],
            "photo of an inspection": [("get", f"/leads/secret22/inspections/{self.inspection_photo.pk}", None)],
            "first page": [("get", "/", None), ("get", "/?view=all", None)],
            "region": [("get", "/regions/MY-13/", None), ("get", "/regions/CN-NM/", None)],
            "search": [("get", "/search/?q=clandestine", None), ("get", "/search/?q=secret22", None)],
        }  # fmt: skip

    def test_nothing_answers_otherwise_than_without_the_lead(self):
        for what, exits in self.exits.items():
            for viewer in ("public", "officer", "Reader", "Analyst"):
                with self.subTest(what, viewer=viewer):
                    self.assertEqual(self.differences(viewer, exits), [])

    def test_who_works_for_the_region_is_told(self):
        for what in self.exits.keys() - {"search", "merging", "nearby"}:  # of their own lead, which is not hers
            with self.subTest(what):
                self.assertNotEqual(self.differences("neighbour", self.exits[what]), [])

    def test_each_way_out_tells_as_soon_as_the_rule_is_dropped(self):
        dropped = mock.patch.object(type(Lead.objects), "visible_to", lambda leads, user: leads)
        # The search asks no leads; the first page counts those of the own regions whatever may be seen.
        for what in self.exits.keys() - {"search", "first page"}:
            with self.subTest(what), dropped:
                self.assertNotEqual(self.differences("officer", self.exits[what]), [])

    def test_fewer_than_five_leads_are_told_to_nobody_beside_the_office(self):
        many = [("get", "/regions/MY-13/", None)]
        for _number in range(3):
            cases.make_lead(kind="tip", region=self.sarawak)
        self.assertEqual(self.differences("public", many), [])
        cases.make_lead(kind="tip", region=self.sarawak)
        self.assertNotEqual(self.differences("public", many), [])
        page = Client().get("/regions/MY-13/").content.decode()
        self.assertIn("Counted from the leads that this office keeps, not from the cases above.", page)


class SensitiveCaseTests(Traces):
    """A published case that is sensitive: nothing finer than its region leaves, in whatever way."""

    @classmethod
    def setUpTestData(cls):
        cls.mongolia, cls.sarawak = regions.make_region(code="CN-NM"), regions.make_region(code="MY-13")
        cls.people = people(cls.mongolia, cls.sarawak)
        case = cls.case = cases.make_case(
            ref="shown-raid", region=cls.sarawak, title_en="Shown", published=True, sensitive=True,
            place="Xanadu hollow", latitude=4.3995, longitude=113.9914, location_precision="site",
        )  # fmt: skip
        cls.raid = cases.make_raid(case, raided_on="2021-05-18", place="Xanadu hollow")
        cases.make_seizure(cls.raid, count=31337)
        cases.make_document(case, title="Xanadu photograph")
        summing.sum_up(Case.objects.all())
        cases.make_open_doubt(case, rule="point_off_region")

    def take_away(self):
        """The same case as if no place of it were known."""
        Case.objects.update(place="", latitude=None, longitude=None, location_precision="")
        self.case.raids.update(place="")
        self.case.documents.all().delete()
        OpenDoubt.objects.all().delete()
        # The index of words cannot depend on the reader: it never held the place.

    @property
    def exits(self):
        addresses = [
            "/cases/shown-raid/", "/cases/", "/cases/?q=xanadu", "/cases/?empty=place", "/cases/?present=place",
            "/cases/?empty=coordinates", "/cases/?present=coordinates", "/cases/?bbox=113,4,114,5",
            "/cases/?doubt=point_off_region", "/cases/?doubt__not=point_off_region", "/cases/quality/",
            "/cases/figures/", "/cases/totals.json", "/cases/facets.json?present=place",
            "/cases/map.geojson?zoom=12&bbox=110,0,115,5", "/cases/export.csv", "/cases/export.geojson",
            "/cases/export.xlsx", "/cases/import/sheet.csv", "/cases/feed.atom", "/", "/regions/MY-13/",
            "/api/v1/cases/", "/api/v1/cases/shown-raid/", "/api/v1/raids/",
            f"/api/v1/raids/{self.raid.pk}/", "/api/v1/cases/?present=place", "/api/v1/seizures/",
            "/cases/shown-raid/history/", "/cases/shown-raid/documents/", "/cases/shown-raid/custody/",
            "/cases/names/region.json?q=xanadu", "/search/?q=xanadu", "/search/?q=shown&all=1",
            "/admin/cases/case/?q=xanadu", "/admin/cases/raid/?q=xanadu", "/admin/cases/document/?q=xanadu",
            "/admin/cases/case/?latitude__gt=4", "/admin/cases/opendoubt/", f"/admin/cases/case/{self.case.pk}/change/",
            f"/admin/cases/raid/{self.raid.pk}/change/",
            "/admin/autocomplete/?app_label=cases&model_name=raid&field_name=case&term=xanadu",
            "/admin/autocomplete/?app_label=cases&model_name=case&field_name=part_of&term=xanadu",
        ]  # fmt: skip
        return [("get", address, None) for address in addresses]

    def test_nothing_finer_than_the_region_is_told(self):
        for viewer in ("public", "officer"):
            with self.subTest(viewer):
                self.assertEqual(self.differences(viewer, self.exits), [])
                for exit_, (_status, body, _headers) in self.answers(viewer, self.exits).items():
                    self.assertNotIn(b"hollow", body, exit_)
                    self.assertNotIn(b"113.99", body, exit_)

    def test_who_works_for_the_region_is_told(self):
        differing = {address for _viewer, _method, address in self.differences("neighbour", self.exits)}
        # The index of words has no place of a sensitive case for anybody.
        same = {
            "/cases/?q=xanadu",
            "/cases/names/region.json?q=xanadu",
            "/search/?q=xanadu",
            "/admin/cases/case/?latitude__gt=4",
        }
        self.assertGreaterEqual(len(differing), len(self.exits) - len(same) - 12)
        for address in ("/cases/shown-raid/", "/cases/export.csv", "/api/v1/raids/", "/admin/cases/raid/?q=xanadu"):
            self.assertIn(address, differing)

    def test_each_way_out_tells_as_soon_as_the_rule_is_dropped(self):
        with mock.patch.object(type(Case.objects), "visible_to", lambda rows, user: _of_all(rows)):
            told_by = {address for _viewer, _method, address in self.differences("public", self.exits)}
        for address in (
            "/cases/shown-raid/", "/cases/?empty=place", "/cases/?present=coordinates", "/cases/?bbox=113,4,114,5",
            "/cases/?doubt=point_off_region", "/cases/?doubt__not=point_off_region", "/cases/quality/",
            "/cases/map.geojson?zoom=12&bbox=110,0,115,5", "/cases/export.csv", "/cases/export.geojson",
            "/cases/export.xlsx", "/cases/import/sheet.csv", "/cases/feed.atom", "/api/v1/cases/",
            "/api/v1/cases/shown-raid/", "/api/v1/raids/", "/api/v1/cases/?present=place", "/search/?q=shown&all=1",
        ):  # fmt: skip
            with self.subTest(address):
                self.assertIn(address, told_by)

    def test_the_words_of_its_place_are_not_indexed(self):
        self.assertFalse(Case.objects.having_words("'xanadu'").exists())
        Case.objects.update(sensitive=False)
        summing.sum_up(Case.objects.all())
        self.assertTrue(Case.objects.having_words("'xanadu'").exists())


def _any_lookup(page, lookup, value, request):
    return True


def _all_agencies(user):
    return Agency.objects.all()


def _of_all(rows):
    registrar = mock.Mock()
    registrar.has_perm.return_value = True
    return VISIBLE_TO(rows, registrar)


VISIBLE_TO = type(Case.objects).visible_to
