"""`release=`: lists, files and the API answer from a release, whatever was changed since, as to the public."""

import csv
import io
import re

from django.apps import apps
from django.db import InternalError, connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from cases.models import Case
from cases.releases.as_of import MADE_OF
from cases.releases.asked import as_released, can_be_asked
from cases.releases.shelf import releases
from cases.tests.owner import as_owner

from .test_releases import Record, place, release  # noqa: F401 - the fixture

ANSWERS = [
    "/cases/", "/cases/figures/", "/cases/facets.json", "/cases/totals.json", "/cases/trend.json",
    "/cases/regions.json", "/cases/map.geojson", "/cases/export.csv", "/cases/export.geojson", "/cases/export.xlsx",
    "/cases/export.csv-metadata.json", "/cases/charts/kind.svg", "/api/v1/cases/",
]  # fmt: skip
REFUSED = ["/cases/quality/", "/cases/brief/", "/cases/feed.atom", "/api/v1/raids/", "/api/v1/cases/shown/"]
# Not of what happened: who asks, where shapes are, how what is worked out is worked out.
STANDING = {
    "auth_user", "auth_user_groups", "auth_group", "auth_permission", "auth_group_permissions",
    "auth_user_user_permissions", "django_content_type", "django_session", "regions_boundary", "cases_factorset",
    "regions_scope", "django_migrations",
}  # fmt: skip


class AskedTests(Record, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.make_record()

    def setUp(self):
        release()
        [self.release] = releases()
        self.version = self.release.version
        self.change_record()

    def get(self, address, **query):
        response = self.client.get(address, {"release": self.version, **query})
        return response, b"".join(response) if response.streaming else response.content

    def refs(self, **query):
        _response, content = self.get("/cases/export.csv", columns="ref", **query)
        return {line.strip() for line in content.decode().splitlines()[1:]}

    def test_the_list_of_a_release_is_of_its_day(self):
        assert self.refs() == {"shown", "twin", "leaving", "guarded"}
        assert set(Case.objects.filter(published=True).values_list("ref", flat=True)) == {"shown", "new", "guarded"}
        response, content = self.get("/cases/")
        assert response.context["totals"].cases == 4
        assert response.context["totals"].rigs == 10  # and 12 now
        assert f"release={self.version}" in content.decode()

    def test_its_file_is_that_of_the_release(self):
        kept = self.release.file("cases.csv").at.read_bytes().decode()
        names = kept.partition("\r\n")[0]
        _response, content = self.get("/cases/export.csv", columns=names)
        asked, released = (sorted(csv.DictReader(io.StringIO(text)), key=lambda row: row["ref"])
                           for text in (content.decode(), kept))  # fmt: skip
        # The addresses in a file are those of the site that made it.
        differing = {
            name for one, other in zip(asked, released, strict=True) for name in one if one[name] != other[name]
        }
        assert differing <= {"address"}
        assert len(asked) == 4

    def test_every_answer_reads_the_release_alone(self):
        released = {model._meta.db_table for model in MADE_OF}
        ours = {model._meta.db_table for model in apps.get_models(include_auto_created=True)} - released - STANDING
        self.client.force_login(self.officer)
        for address in ANSWERS:
            with self.subTest(address), CaptureQueriesContext(connection) as asked:
                response, _content = self.get(address)
                assert response.status_code == 200
            read = {name for query in asked for name in re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])}
            assert not read & ours, address
            assert any("search_path" in query["sql"] for query in asked)

    def test_words_find_what_the_release_says(self):
        assert self.refs(q="shown") == {"shown"}
        assert self.refs(q="new") == set()

    def test_an_officer_is_told_what_the_public_is_told(self):
        before = {address: self.get(address)[1] for address in ANSWERS if "export." not in address}
        self.client.force_login(self.officer)
        for address, content in before.items():
            with self.subTest(address):
                now = self.get(address)[1]
                assert b"Clandestine" not in now
                assert b"40.4242" not in now
                assert now == content or address in ("/cases/", "/cases/figures/")  # which say who is logged in
        told = self.get("/cases/export.csv")[1] + self.get("/cases/export.geojson")[1]
        assert b"guarded" in told
        assert b"Clandestine" not in told
        assert b"40.4242" not in told

    def test_what_cannot_answer_says_so(self):
        for address in REFUSED:
            with self.subTest(address):
                response = self.client.get(address, {"release": self.version})
                assert response.status_code == 400 or b"There is no release" in response.content
        for name, value in [("doubt", "twin"), ("changed_after", "2021")]:
            problems = self.get("/cases/totals.json", **{name: value})[0].json()["errors"]
            assert problems[name] == ["A release does not tell this."]

    def test_a_release_that_there_is_not(self):
        for version in ("1999-01-01", "nonsense", "2026-01-01; DROP", self.version + ".9"):
            with self.subTest(version):
                response = self.client.get("/cases/totals.json", {"release": version})
                assert response.status_code == 400
                assert "There is no release" in response.json()["errors"]["release"][0]
                assert self.client.get("/api/v1/cases/", {"release": version}).status_code == 400
        for both in ([self.version, "1999-01-01"], ["1999-01-01", self.version]):
            twice = self.client.get("/cases/totals.json", {"release": both})
            assert twice.json()["errors"]["release"] == ["Use this parameter only once."]

    def test_nothing_can_be_written_into_it(self):
        with self.assertRaises(InternalError), as_released(self.version):
            Case.objects.update(title_en="other")
        assert self.refs() == {"shown", "twin", "leaving", "guarded"}

    def test_after_a_migration_it_is_made_anew(self):
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('cases', '9999_later', now())")
        assert not can_be_asked(self.version)
        assert f"Can now be asked: {self.version}" in release()
        assert self.refs() == {"shown", "twin", "leaving", "guarded"}

    def test_what_is_no_longer_on_the_shelf_is_no_longer_asked(self):
        for path in self.release.folder.iterdir():
            path.unlink()
        self.release.folder.rmdir()
        assert not can_be_asked(self.version)
        release()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_namespace WHERE starts_with(nspname, 'release_')")
            assert cursor.fetchone()[0] == 1

    def test_its_page_leads_to_its_list(self):
        page = self.client.get(f"/releases/{self.version}/").content.decode()
        assert f'href="/cases/?release={self.version}"' in page
        assert self.client.get("/cases/", {"release": self.version}).status_code == 200
