"""What is kept for the public: given again while nothing has changed, never after, and to nobody else."""

import gzip
import re
from unittest.mock import PropertyMock, patch

import brotli
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Permission
from django.db import connection, transaction
from django.http import QueryDict
from django.middleware.csrf import _does_token_match
from django.test import Client, TransactionTestCase
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from cases.api.serializers import CaseSerializer
from cases.models import Case, SavedView
from cases.selection import rollups
from cases.selection.measures import Metric
from cases.selection.selection import Selection
from cases.templatetags.kept import KeptPart
from cases.tests.builders import make_case
from cases.views.cases import CasePage
from enforcement.accounts import tokens
from enforcement.serving import keeping
from regions import keeping as regions_keeping
from regions.models import Region
from regions.tests.builders import make_person, make_region

ADDRESSES = ["/", "/cases/", "/cases/a-case/", "/regions/CN-NM/", "/cases/facets.json", "/api/v1/cases/"]


def _asked_and_the_same(state):
    connection.cursor().execute("SELECT 1")
    return state


class KeepingTests(TransactionTestCase):
    def setUp(self):
        country = make_region(code="CN", name_en="China", name_zh="中国", level="country")
        self.region = make_region(code="CN-NM", name_en="Inner Mongolia", name_zh="内蒙古", parent=country)
        self.case = make_case(ref="a-case", region=self.region, published=True, title_en="A farm", title_zh="一处矿场")
        patcher = patch.object(keeping.KeptAnswers, "_made", autospec=True, side_effect=keeping.KeptAnswers._made)
        self.made = patcher.start()
        self.addCleanup(patcher.stop)

    def alone(self):
        """Nobody writes meanwhile: the state is that of the whole server, and other tests write to it too."""
        state = keeping.state_of_the_database()
        return patch.object(keeping, "state_of_the_database", side_effect=lambda: _asked_and_the_same(state))

    def ask(self, address="/cases/", **headers):
        return self.client.get(address, headers={"accept-language": "en", **headers})

    def text(self, address="/cases/", **headers):
        return self.ask(address, **headers).content.decode()

    def test_it_is_made_once_and_asks_only_for_the_state_again(self):
        for address in ADDRESSES:
            with self.subTest(address), self.alone():
                first = self.ask(address)
                with self.assertNumQueries(1):
                    again = self.ask(address)
                self.assertEqual((again.status_code, again.content), (200, first.content))
                self.assertEqual(dict(again.items()), dict(first.items()))
        self.assertEqual(self.made.call_count, len(ADDRESSES))

    def test_whatever_changes_the_record_is_seen_at_once(self):
        def edit():
            self.case.title_en = "A shed"
            self.case.save()

        def name_the_region():
            Region.objects.filter(pk=self.region.pk).update(name_en="Nei Mongol")

        def past_django():
            with connection.cursor() as cursor:
                cursor.execute("UPDATE cases_case SET title_en = 'A barn'")

        def withdraw():
            Case.objects.update(published=False)

        for change, word in [(edit, "A shed"), (name_the_region, "Nei Mongol"), (past_django, "A barn")]:
            with self.subTest(change.__name__):
                self.assertNotIn(word, self.text())
                change()
                self.assertIn(word, self.text())
        withdraw()
        self.assertNotIn("A barn", self.text())
        self.assertEqual(self.ask("/cases/a-case/").status_code, 404)

    def test_what_another_commits_after_the_page_was_made_is_seen(self):
        other = connection.copy()
        try:
            other.set_autocommit(False)
            with other.cursor() as cursor:
                cursor.execute("UPDATE cases_case SET title_en = 'A mill'")
            self.assertNotIn("A mill", self.text())
            self.assertNotIn("A mill", self.text())
            other.commit()
            self.assertIn("A mill", self.text())
        finally:
            other.close()

    def test_each_language_has_its_own(self):
        self.enterContext(self.alone())
        for _turn in range(2):
            self.assertIn("A farm", self.text())
            self.assertIn("一处矿场", self.text(**{"accept-language": "zh-hans"}))
        self.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
        self.assertIn("一处矿场", self.text())
        self.assertEqual(self.made.call_count, 2)

    def test_nobody_gets_what_is_for_another(self):
        make_case(ref="hidden", region=self.region, title_en="A secret")
        officer = make_person("view_case", regions=[self.region])
        self.text()
        self.client.force_login(officer)
        answer = self.ask()
        self.assertIn("A secret", answer.content.decode())
        self.assertEqual(answer["Cache-Control"], "private, no-store")
        self.client.logout()
        self.assertNotIn("A secret", self.text())
        token = tokens.issue_token(officer, "program", 30)
        self.text("/api/v1/cases/")
        self.assertIn("A secret", self.text("/api/v1/cases/", authorization=f"Token {token}"))
        self.assertNotIn("A secret", self.text("/api/v1/cases/"))

    def test_no_page_with_a_token_or_a_cookie_is_kept(self):
        for _turn in range(2):
            self.assertIn("csrftoken", self.ask("/login/").cookies)
            self.assertIn("django_language", self.ask("/cases/?lang=zh-hans").cookies)
            self.client.cookies.clear()

    def test_a_part_of_a_page_is_not_the_page(self):
        page = self.text()
        part = self.text(**{"hx-request": "true", "hx-target": "results"})
        self.assertNotIn("<html", part)
        self.assertEqual(self.text(), page)

    def test_what_has_not_changed_is_not_sent_again(self):
        for address in ADDRESSES:
            with self.subTest(address):
                answer = self.ask(address)
                self.assertEqual(answer["Cache-Control"], "public, max-age=0, must-revalidate")
                same = self.ask(address, **{"if-none-match": answer["ETag"]})
                self.assertEqual((same.status_code, same.content), (304, b""))
                self.case.save()
                Case.objects.update(title_en=f"As told by {address}", region=self.region)
                if address != "/cases/facets.json":
                    self.assertEqual(self.ask(address, **{"if-none-match": answer["ETag"]}).status_code, 200)

    def test_it_is_packed_as_the_reader_can_unpack_it(self):
        plain = self.ask().content
        unpacked = {"br": brotli.decompress, "gzip": gzip.decompress}
        for accepted, packing in [("gzip, br", "br"), ("gzip", "gzip"), ("gzip, br;q=0", "gzip")]:
            for _turn in range(2):
                answer = self.ask(**{"accept-encoding": accepted})
                self.assertEqual(answer["Content-Encoding"], packing)
                self.assertEqual(unpacked[packing](answer.content), plain)
                self.assertEqual(int(answer["Content-Length"]), len(answer.content))
                self.assertIn("Accept-Encoding", answer["Vary"])

    def test_the_oldest_go_where_there_is_too_much(self):
        self.enterContext(self.alone())
        with patch.object(keeping, "MOST_BYTES", 100_000):
            for page in ("/cases/", "/cases/?kind=raid", "/cases/?kind=sweep", "/cases/?kind=sanction"):
                self.ask(page)
        self.assertEqual(self.made.call_count, 4)
        self.ask("/cases/")
        self.assertEqual(self.made.call_count, 5)


class KeptSumsTests(TransactionTestCase):
    """Sums are asked once while nobody writes; they are those of the moment, and of what the reader may see."""

    def setUp(self):
        country = make_region(code="CN", name_en="China", level="country")
        self.region = make_region(code="CN-NM", name_en="Inner Mongolia", parent=country)
        point = {"latitude": 40.0, "longitude": 110.0, "location_precision": "site"}
        self.case = make_case(ref="a-case", region=self.region, published=True, rigs=10, **point)
        make_case(ref="hidden", region=self.region, rigs=300, **point)
        make_case(ref="sensitive", region=self.region, published=True, sensitive=True, rigs=5, **point)

    def sums(self, user=None):
        """What a page, the facets, the charts and the map are told, in short."""
        selection = Selection(QueryDict(), user or AnonymousUser())
        circles = [feature["properties"] | feature["geometry"] for feature in selection.clusters(5)]
        return {
            "rigs": selection.totals().rigs,
            "raids": selection.facet("kind")[0]["count"],
            "country": selection.by_region()[0].rigs,
            "chart": selection.measures_of([Metric.RIGS]).total.amount(Metric.RIGS),
            "map": sorted((circle["count"], circle["rigs"], *circle["coordinates"]) for circle in circles),
            "extent": selection.extent(),
            "number": Selection(QueryDict(), user or AnonymousUser()).count,
        }

    def test_they_are_asked_once(self):
        state = regions_keeping.state_of_the_database()
        self.enterContext(patch.object(regions_keeping, "state_of_the_database", return_value=state))
        first = self.sums()
        with CaptureQueriesContext(connection) as asked:
            self.assertEqual(self.sums(), first)
        self.assertEqual(
            [query["sql"] for query in asked if re.search(r"(?i)\b(count|sum|min|max)\(", query["sql"])], []
        )

    def test_whatever_is_written_is_in_them(self):
        def past_django():
            with connection.cursor() as cursor:
                cursor.execute("UPDATE cases_case SET rigs = 30 WHERE ref = 'a-case'")

        def by_another():
            other = connection.copy()
            other.cursor().execute("UPDATE cases_case SET rigs = 40 WHERE ref = 'a-case'")
            other.close()

        self.assertEqual(self.sums()["rigs"], 15)
        for change, rigs in [(past_django, 35), (by_another, 45)]:
            with self.subTest(change.__name__):
                change()
                told = self.sums()
                self.assertEqual([told[name] for name in ("rigs", "country", "chart")], [rigs] * 3)
        Case.objects.filter(ref="a-case").update(longitude=100.0)
        self.assertEqual(self.sums()["extent"][0], 100.0)

    def test_what_is_taken_back_was_never_in_them(self):
        with transaction.atomic():
            Case.objects.filter(ref="a-case").update(rigs=1_000)
            self.assertEqual(self.sums()["rigs"], 1_005)
            transaction.set_rollback(True)
        self.assertEqual(self.sums()["rigs"], 15)

    def test_each_reader_gets_those_of_what_they_may_see(self):
        officer = make_person("view_case", regions=[self.region])
        for _turn in range(2):
            public, own = self.sums(), self.sums(officer)
            self.assertEqual((public["number"], public["rigs"], own["number"], own["rigs"]), (2, 15, 3, 315))
            self.assertNotEqual(public["map"], own["map"])


class KeptPagesTests(TransactionTestCase):
    """What is kept of pages for whoever may see the same: nobody is given what is for another."""

    ADDRESSES = ("/cases/", "/regions/CN-NM/", "/?view=all")

    def setUp(self):
        country = make_region(code="CN", name_en="China", name_zh="中国", level="country")
        self.region = make_region(code="CN-NM", name_en="Inner Mongolia", name_zh="内蒙古", parent=country)
        self.other = make_region(code="CN-SC", name_en="Sichuan", name_zh="四川", parent=country)
        known = {"region": self.region, "rigs": 10}
        make_case(ref="a-case", title_en="A farm", title_zh="一处矿场", published=True, **known)
        make_case(ref="hidden", title_en="A secret", title_zh="一个秘密", **known)

    def come(self, *people):
        """A client of each, None being the public; after that nothing is written."""
        clients = [Client() for _person in people]
        for client, person in zip(clients, people, strict=True):
            if person:
                client.force_login(person)
        state = regions_keeping.state_of_the_database()
        self.enterContext(patch.object(regions_keeping, "state_of_the_database", return_value=state))
        return clients

    def text(self, client, address, language="en"):
        return client.get(address, headers={"accept-language": language}).content.decode()

    def test_each_reader_sees_what_they_may_in_their_language(self):
        people = [
            (make_person("view_case", "work_everywhere"), True),
            (None, False),
            (make_person("view_case", regions=[self.region]), True),
            (make_person("view_case", regions=[self.other]), False),
        ]
        for client, (person, seen) in zip(self.come(*(person for person, _seen in people)), people, strict=True):
            for address in self.ADDRESSES:
                with self.subTest(address, person=person and person.pk):
                    shown = self.text(client, address)
                    self.assertIn("A farm", shown)
                    self.assertEqual("A secret" in shown, seen)
            self.assertIn("一处矿场", self.text(client, "/cases/", "zh-hans"))

    def test_a_list_of_the_api_is_made_once_for_whoever_may_see_the_same(self):
        people = [make_person("view_case", "work_everywhere"), make_person("view_case", "work_everywhere"), None]
        people += [make_person("view_case", regions=[region]) for region in (self.region, self.other)]
        clients, address = self.come(*people), "/api/v1/cases/"
        with patch.object(
            CaseSerializer, "to_representation", autospec=True, side_effect=CaseSerializer.to_representation
        ) as made:
            counts = [client.get(address).json()["count"] for client in clients * 2]
            self.assertEqual(counts, [2, 2, 1, 2, 1] * 2)
            self.assertEqual(made.call_count, 2 + 1 + 2 + 1)
            labels = {self.text(clients[0], address, language) for language in ("en", "zh-hans")}
            self.assertEqual(len(labels), 2)
        self.assertEqual(clients[0].get(address, {"per_page": "7"}).status_code, 400)

    def test_answers_in_json_are_made_once_for_readers_alike(self):
        people = [make_person("view_case", "work_everywhere"), make_person("view_case", "work_everywhere")]
        people += [make_person("view_case", regions=[region]) for region in (self.region, self.other)]
        clients = self.come(*people)
        with patch.object(Selection, "facets", autospec=True, side_effect=Selection.facets) as made:
            for counts in [[2, 2, 2, 1]] * 2:
                found = [client.get("/cases/facets.json").json()["kind"][0]["count"] for client in clients]
                self.assertEqual(found, counts)
            self.assertEqual(made.call_count, 3)
            in_each = {self.text(clients[0], "/cases/facets.json", language) for language in ("en", "zh-hans")}
            self.assertEqual(len(in_each), 2)
        self.assertEqual(clients[0].get("/cases/facets.json", {"kind": "no-kind"}).status_code, 400)

    def test_the_neighbours_of_a_region_are_made_once_for_readers_alike(self):
        people = [make_person("view_case", "work_everywhere") for _number in range(2)] + [None]
        clients, told = self.come(*people), []
        with patch("enforcement.pages.regions.rollups.neighbours", side_effect=rollups.neighbours) as made:
            for client in clients * 2:
                answer = client.get(f"/regions/{self.region.code}/", headers={"HX-Request": "true"})
                told.append(answer.content.count(b'aria-current="true"'))
        self.assertEqual(told, [1] * 6)
        self.assertEqual(made.call_count, 2)

    def test_answers_in_json_are_as_the_record_is_now(self):
        client = Client()
        client.force_login(make_person("view_case", "work_everywhere"))
        for address in ("/api/v1/cases/", "/cases/facets.json"):
            for name in (f"A hill at {address}", f"A dale at {address}"):
                with self.subTest(name):
                    self.text(client, address)
                    Region.objects.update(name_en=name)
                    self.assertIn(name, self.text(client, address))

    def test_where_a_sensitive_case_was_is_told_to_those_of_its_regions_alone(self):
        Case.objects.filter(ref="a-case").update(sensitive=True, place="A hidden yard")
        people = [make_person("view_case", regions=[region]) for region in (self.other, self.region, self.other)]
        for client, told in zip(self.come(*people), (False, True, False), strict=True):
            with self.subTest(told=told):
                self.assertEqual("A hidden yard" in self.text(client, "/api/v1/cases/"), told)

    def test_a_token_and_a_saved_question_are_the_reader_s_own(self):
        people = [make_person("view_case", "work_everywhere") for _number in range(2)]
        SavedView.objects.create(name="Mine", slug="mine", owner=people[0], query="region=CN-NM")
        clients = self.come(*people)
        for client, is_owner in zip(clients * 2, (True, False) * 2, strict=True):
            tokens = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', self.text(client, "/cases/"))
            self.assertGreater(len(tokens), 1)
            for token in tokens:
                self.assertTrue(_does_token_match(token, client.cookies[settings.CSRF_COOKIE_NAME].value))
            for address in ("/cases/?view=mine", "/cases/facets.json?view=mine", "/api/v1/cases/?view=mine"):
                with self.subTest(address, is_owner=is_owner):
                    self.assertEqual("There is no view" in self.text(client, address), not is_owner)

    def test_the_page_of_a_case_is_made_once_for_readers_alike_and_shows_each_what_is_theirs(self):
        Case.objects.filter(ref="a-case").update(sensitive=True, place="A hidden yard")
        edit, may = 'href="/cases/a-case/edit/"', ("view_case", "change_case")
        people = [make_person(*may, regions=[self.region]) for _number in range(2)]
        people += [make_person("view_case", regions=[self.region]), make_person(*may, regions=[self.other]), None]
        clients, told = self.come(*people), [(True, True), (True, True), (True, False), (False, False), (False, False)]
        with patch.object(CasePage, "beside", new_callable=PropertyMock, return_value=[]) as read:
            for client, expected in zip(clients * 2, told * 2, strict=True):
                shown = self.text(client, "/cases/a-case/")
                self.assertEqual(("A hidden yard" in shown, edit in shown), expected)
            times = read.call_count
            with patch.object(CasePage, "case", None):  # not even the case is read
                for client, expected in zip(clients[:4], told[:4], strict=True):
                    shown = self.text(client, "/cases/a-case/")
                    self.assertEqual(("A hidden yard" in shown, edit in shown), expected)
            self.assertEqual(read.call_count, times)
            self.assertGreater(times, 0)
        self.assertIn("一处矿场", self.text(clients[0], "/cases/a-case/", "zh-hans"))
        self.assertNotIn("A secret", self.text(clients[3], "/cases/hidden/"))

    def test_rights_that_are_given_and_taken_count_at_once(self):
        person = make_person("view_case", regions=[self.region])
        client = Client()
        client.force_login(person)
        edit = 'href="/cases/a-case/edit/"'
        may = Permission.objects.get(codename="change_case", content_type__app_label="cases")
        for change, expected in (
            (lambda: None, False),
            (lambda: person.user_permissions.add(may), True),
            (lambda: person.scopes.update(region=self.other), False),
            (lambda: person.scopes.update(region=self.region), True),
            (lambda: person.user_permissions.remove(may), False),
        ):
            change()
            for _turn in range(2):
                self.assertEqual(edit in self.text(client, "/cases/a-case/"), expected)

    def test_the_page_of_a_case_is_as_the_record_is_now(self):
        client = Client()
        client.force_login(make_person("view_case", "work_everywhere"))
        for name in ("A shed", "A barn"):
            with self.subTest(name):
                self.text(client, "/cases/a-case/")
                Case.objects.filter(ref="a-case").update(title_en=name)
                self.assertIn(name, self.text(client, "/cases/a-case/"))

    def test_what_a_role_may_do_is_shown_to_it_alone(self):
        clients = self.come(*(make_person("view_case", "work_everywhere", *rest) for rest in ((), ("change_case",))))
        for client, may in zip(clients * 2, (False, True) * 2, strict=True):
            self.assertEqual("Data quality" in self.text(client, "/cases/"), may)

    def test_it_is_as_the_record_is_now(self):
        client = Client()
        client.force_login(make_person("view_case", "work_everywhere"))
        for address in self.ADDRESSES:
            for name in (f"A shed at {address}", f"A barn at {address}"):
                with self.subTest(name):
                    self.text(client, address)
                    Case.objects.filter(ref="a-case").update(title_en=name)
                    self.assertIn(escape(name), self.text(client, address))

    def test_who_may_see_the_same_shares_it(self):
        first, second = self.come(*(make_person("view_case", "work_everywhere") for _number in range(2)))
        for address in self.ADDRESSES:
            with (
                self.subTest(address),
                patch.object(KeptPart, "render", autospec=True, side_effect=KeptPart.render) as made,
            ):
                self.text(first, address)
                once = made.call_count
                self.text(second, address)
                self.assertGreater(once, 0)
                self.assertEqual(made.call_count, once)
