"""Saved views and feeds, as their owner, others and the public meet them."""

import base64
import threading
from datetime import timedelta
from xml.etree import ElementTree

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connections, transaction
from django.http import QueryDict
from django.test import Client, TestCase, TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from cases.actions import summing
from cases.models import Case, SavedView
from cases.selection import saved_views
from cases.selection.selection import Selection
from cases.tests.builders import make_case, make_raid, make_seizure
from cases.views.saved_views import ENTRIES
from regions.tests.builders import make_agency, make_person, make_policy, make_region, make_source

ATOM = {"atom": "http://www.w3.org/2005/Atom"}
LIST = "cases:saved-view-list"


def make_view(owner, **values):
    number = SavedView.objects.count() + 1
    return SavedView.objects.create(**{"slug": f"view-{number}", "name": f"View {number}", "owner": owner} | values)


def parsed(response):
    return ElementTree.fromstring(response.content)  # noqa: S314 - our own answer


def entries(response):
    return [entry.findtext("atom:title", namespaces=ATOM) for entry in parsed(response).findall("atom:entry", ATOM)]


class SavedViewCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.china = make_region(code="CN", name_en="China")
        cls.inner = make_region(code="CN-NM", parent=cls.china, name_en="Inner Mongolia")
        cls.malaysia = make_region(code="MY", name_en="Malaysia")
        make_case(ref="raid-cn", region=cls.inner, kind="raid", published=True, title_en="Raid in China")
        make_case(ref="sweep-cn", region=cls.china, kind="sweep", published=True, title_en="Sweep in China")
        make_case(ref="raid-my", region=cls.malaysia, kind="raid", published=True, title_en="Raid in Malaysia")
        make_case(ref="hidden", region=cls.china, kind="raid", published=False, title_en="Must not leak")
        cls.ann = make_person("add_savedview", username="ann")
        cls.bob = make_person(username="bob")

    def post(self, verb, /, *args, follow=False, **values):
        return self.client.post(reverse(f"cases:saved-view-{verb}", args=args), values, follow=follow)

    def refs(self, response):
        return sorted(case.ref for case in response.context["page"])


class SavingTests(SavedViewCase):
    def test_a_question_is_saved_and_opens_at_its_own_address(self):
        self.client.force_login(self.ann)
        response = self.post("save", name="Raids in China", query="region=CN&kind=raid", follow=True)
        self.assertEqual(
            response.redirect_chain,
            [("/cases/v/raids-in-china/", 302), ("/cases/?view=raids-in-china", 302)],
        )
        self.assertEqual(self.refs(response), ["raid-cn"])
        self.assertContains(response, "Saved as “Raids in China”.")
        self.assertFalse(SavedView.objects.get().shared)

    def test_only_what_is_understood_is_kept_in_one_order_and_without_the_page(self):
        for query, kept in [
            ("", ""),
            ("page=3", ""),
            ("page=x", ""),
            ("zoom=4", ""),
            ("kind=raid&region=CN&kind=sweep&kind=raid", "region=CN&kind=raid&kind=sweep"),
            ("rigs_min=&sort=-rigs&per_page=25&q=%E7%9F%BF", "q=%E7%9F%BF&sort=-rigs&per_page=25"),
        ]:
            with self.subTest(query):
                self.assertEqual(saved_views.understood(query, self.ann), kept)

    def test_a_view_of_a_view_keeps_the_question_not_the_name(self):
        make_view(self.ann, slug="china", query="region=CN")
        self.assertEqual(saved_views.understood("view=china&kind=raid", self.ann), "region=CN&kind=raid")

    def test_what_cannot_be_a_name_is_refused_and_nothing_typed_is_lost(self):
        self.client.force_login(self.ann)
        unseen = ["abc\u202egpj.exe", "a\u200bb", "a\nb", "a\u0000b", "\u2066a", "a\u2028b", "\ufeffa", "\u3164"]
        for name in ["", "   ", "\u3000", "x" * 300, *unseen]:
            with self.subTest(ascii(name[:20])):
                response = self.post("save", name=name, query="region=CN", shared="1")
                self.assertEqual(response.status_code, 400)
                self.assertEqual(list(response.context["draft"]["problems"]), ["name"])
                self.assertContains(response, 'name="query" value="region=CN"', status_code=400)
                self.assertContains(response, 'name="shared" value="1" checked', status_code=400)
                if len(name) == 300:
                    self.assertContains(response, name, status_code=400)
        self.assertEqual(SavedView.objects.count(), 0)

    def test_a_question_that_is_not_understood_is_refused_by_name_and_the_typed_name_stays(self):
        self.client.force_login(self.ann)
        for query, named in [
            ("region=nowhere", "region"),
            ("published=false", "published"),
            ("view=none", "view"),
            ("sort=password", "sort"),
            ("q=a%00b", "NUL"),
            ("region=%00", "NUL"),
            ("q=" + "x" * 8000, "too long"),
        ]:
            with self.subTest(query[:30]):
                response = self.post("save", name="My <name>", query=query)
                self.assertContains(response, named, status_code=400)
                self.assertContains(response, 'value="My &lt;name&gt;"', status_code=400)
        self.assertEqual(SavedView.objects.count(), 0)

    def test_names_become_readable_addresses_that_are_given_once(self):
        for name, pattern in [
            ("Raids in China", r"^raids-in-china$"),
            ("Save", r"^save-[0-9a-f]{6}$"),
            ("内蒙古大案", r"^view-[0-9a-f]{6}$"),
            ("<script>alert(1)</script>", r"^scriptalert1script$"),
        ]:
            with self.subTest(name):
                self.assertRegex(saved_views.save_view(name=name, query="", by=self.ann).slug, pattern)
        self.assertRegex(
            saved_views.save_view(name="raids in China", query="", by=self.bob).slug, r"^raids-in-china-\w{6}$"
        )

    def test_the_same_once_more_is_the_same_view_and_another_question_under_the_name_is_refused(self):
        self.client.force_login(self.ann)
        first = self.post("save", name="China", query="region=CN")
        second = self.post("save", name=" China ", query="region=CN&page=2")
        self.assertEqual(first.url, second.url)
        third = self.post("save", name="China", query="region=MY")
        self.assertContains(third, "You already have a view with this name.", status_code=400)
        self.assertEqual(SavedView.objects.get().query, "region=CN")

    def test_one_person_has_not_more_views_than_a_page_can_list(self):
        SavedView.objects.bulk_create(
            SavedView(slug=f"v{number}", name=f"v{number}", owner=self.bob) for number in range(saved_views.MOST_VIEWS)
        )
        with self.assertRaises(ValidationError):
            saved_views.save_view(name="one more", query="", by=self.bob)

    def test_who_is_not_logged_in_saves_after_the_login_what_was_typed_before(self):
        response = self.post("save", name="China", query="region=CN&kind=raid", shared="")
        self.assertEqual(SavedView.objects.count(), 0)
        self.assertTrue(response.url.startswith("/login/?next=/cases/v/save/"))
        self.client.force_login(self.bob)
        address = QueryDict(response.url.partition("?")[2])["next"]
        form = self.client.get(address)
        self.assertContains(form, 'value="China"')
        self.assertContains(form, 'value="region=CN&amp;kind=raid"')
        self.assertEqual(SavedView.objects.count(), 0)

    def test_sharing_needs_the_permission_and_saving_does_not(self):
        self.client.force_login(self.bob)
        self.assertEqual(self.post("save", name="Mine", query="").status_code, 302)
        self.assertEqual(self.post("save", name="Ours", query="", shared="1").status_code, 403)
        self.assertEqual(self.post("share", SavedView.objects.get().slug, shared="1").status_code, 403)
        self.assertEqual(list(SavedView.objects.values_list("name", "shared")), [("Mine", False)])
        self.assertNotContains(self.client.get(reverse(LIST)), ">Share<")

    def test_the_roles_that_may_share(self):
        call_command("sync_roles", verbosity=0)
        for role, may in [("Reader", False), ("Analyst", True), ("Case officer", True), ("Registrar", True)]:
            with self.subTest(role):
                person = make_person()
                person.groups.add(Group.objects.get(name=role))
                self.assertEqual(person.has_perm("cases.add_savedview"), may)

    def test_a_form_from_elsewhere_is_refused(self):
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.ann)
        view = make_view(self.ann)
        for name, args in [("save", []), *((name, [view.slug]) for name in ("rename", "share", "delete", "restore"))]:
            with self.subTest(name):
                self.assertEqual(client.post(reverse(f"cases:saved-view-{name}", args=args)).status_code, 403)


class RaceTests(TransactionTestCase):
    def test_four_clicks_at_once_make_one_view_and_get_one_answer(self):
        ann = make_person(username="ann")
        address, barrier, answers = reverse("cases:saved-view-save"), threading.Barrier(4), []
        clients = [Client() for _ in range(4)]
        for client in clients:
            client.force_login(ann)

        def click(client):
            barrier.wait()
            answers.append(client.post(address, {"name": "Big", "query": "rigs_min=1000"}).headers.get("Location"))
            connections.close_all()

        clicks = [threading.Thread(target=click, args=[client]) for client in clients]
        for thread in clicks:
            thread.start()
        for thread in clicks:
            thread.join()
        self.assertEqual(SavedView.objects.count(), 1)
        self.assertEqual(answers, [SavedView.objects.get().get_absolute_url()] * 4)


class OpeningTests(SavedViewCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.private = make_view(cls.ann, slug="private", name="Ann's own", query="region=CN")
        cls.shared = make_view(cls.ann, slug="shared", name="For all", query="region=CN&sort=rigs", shared=True)

    def ask(self, **query):
        return self.client.get(reverse("cases:case-list"), query)

    def test_a_view_stands_for_its_question_in_every_answer(self):
        self.assertEqual(self.refs(self.ask(view="shared")), ["raid-cn", "sweep-cn"])
        self.assertEqual(self.client.get(reverse("cases:totals"), {"view": "shared"}).json()["cases"], 2)
        trend = self.client.get(reverse("cases:trend"), {"view": "shared"}).json()
        self.assertEqual(sum(month["cases"] for month in trend["months"]), 2)

    def test_what_the_address_says_itself_takes_the_place_of_what_the_view_says(self):
        for query, expected in [
            ({"kind": "raid"}, ["raid-cn"]),
            ({"region": "MY"}, ["raid-my"]),
            ({"region": ""}, ["raid-cn", "raid-my", "sweep-cn"]),
            ({"kind": ["raid", "sweep"]}, ["raid-cn", "sweep-cn"]),
        ]:
            with self.subTest(query):
                self.assertEqual(self.refs(self.ask(view="shared", **query)), expected)
        selection = Selection(QueryDict("view=shared&sort=-occurred_on"), AnonymousUser())
        self.assertEqual((selection.sort, selection.view), ("-occurred_on", self.shared))

    def test_links_on_the_page_say_the_whole_question_so_that_a_filter_can_be_taken_out(self):
        selection = Selection(QueryDict("view=shared&kind=raid"), AnonymousUser())
        self.assertEqual(selection.address(), "region=CN&sort=rigs&kind=raid")
        self.assertEqual(selection.without("region").count, 2)

    def test_a_view_that_one_may_not_open_answers_nothing_and_not_everything(self):
        SavedView.objects.create(slug="gone", name="x", owner=self.ann, shared=True, deleted_at=timezone.now())
        for slug in ("private", "gone", "none", "x" * 500, "<b>", "内蒙古"):
            with self.subTest(slug[:10]):
                response = self.ask(view=slug)
                self.assertEqual(self.refs(response), [])
                self.assertEqual(list(response.context["selection"].problems), ["view"])
                for name in ("totals", "facets", "trend", "regions", "map", "feed"):
                    answer = self.client.get(reverse(f"cases:{name}"), {"view": slug})
                    self.assertEqual((answer.status_code, list(answer.json()["errors"])), (400, ["view"]))
        response = self.client.get(reverse("cases:case-list") + "?view=shared&view=private")
        self.assertEqual(list(response.context["selection"].problems), ["view"])
        self.assertEqual(self.refs(self.ask(view="")), ["raid-cn", "raid-my", "sweep-cn"])

    def test_a_filter_set_by_itself_does_not_take_a_view_for_nothing(self):
        from cases.selection.filters import CaseFilter

        self.assertEqual(list(CaseFilter(QueryDict("view=shared")).qs), [])

    def test_a_private_view_is_not_there_for_others(self):
        for person in (None, self.bob):
            if person:
                self.client.force_login(person)
            for name in ("saved-view", "saved-view-feed"):
                with self.subTest(f"{name} {person}"):
                    self.assertEqual(self.client.get(reverse(f"cases:{name}", args=["private"])).status_code, 404)
            self.assertNotContains(self.client.get(reverse(LIST)), "Ann")
        self.client.force_login(self.ann)
        self.assertEqual(self.client.get(reverse("cases:saved-view", args=["private"])).status_code, 302)
        self.assertContains(self.client.get(reverse(LIST)), "Ann&#x27;s own")

    def test_a_shared_view_shows_each_reader_no_more_than_they_may_see(self):
        reader = make_person("view_case", username="reader", everywhere=True)
        self.assertNotIn("hidden", self.refs(self.ask(view="shared")))
        self.client.force_login(reader)
        self.assertIn("hidden", self.refs(self.ask(view="shared")))

    def test_its_address_passes_on_what_is_asked_besides(self):
        response = self.client.get("/cases/v/shared/?kind=raid&view=private")
        self.assertEqual(response.url, "/cases/?view=shared&kind=raid")

    def test_a_view_whose_region_left_the_record_says_so_and_lists_nothing(self):
        make_view(self.ann, slug="lost", name="Lost", query="region=ZZ", shared=True)
        response = self.ask(view="lost")
        self.assertEqual((self.refs(response), list(response.context["selection"].problems)), ([], ["region"]))
        self.assertContains(self.client.get(reverse(LIST)), "no longer valid")


class ListTests(SavedViewCase):
    def test_each_view_says_in_words_what_it_asks(self):
        make_policy(region=self.china).issuers.add(make_agency(slug="police", name_en="Police"))
        for query, words in [
            ("", "All cases"),
            ("region=CN", "Cases in China"),
            ("region=CN-NM&region=MY&kind=raid&occurred_after=2021-03&rigs_min=1,000&kind__not=sweep",
             "Raid in Inner Mongolia or Malaysia since Mar 2021, at least 1,000 rigs, excluding Sweep"),
            ("agency__not=police&theft=unknown", "Cases, power theft not stated, excluding Police"),
            ("q=rigs&bbox=1,2,3,4&empty=rigs", "Cases, with the words “rigs”, not stated: rigs, in the map area"),
            ("sort=-rigs", "All cases"),
            ("region=ZZ", ""),
            ("kind=burglary", ""),
        ]:  # fmt: skip
            with self.subTest(query):
                self.assertEqual(
                    [said for _view, said in saved_views.views_in_words([SavedView(query=query)], self.ann)], [words]
                )

    def test_query_count_does_not_grow_with_the_list(self):
        policy = make_policy(region=self.china)
        self.client.force_login(self.ann)
        self.client.get(reverse(LIST))
        for count in (1, 3):
            while SavedView.objects.of(self.ann).count() < count:
                query = f"region=CN&region__not=CN-NM&policy={policy.ref}"
                make_view(self.ann, query=query)
                make_view(self.bob, query=query, shared=True)
            with self.subTest(views=count), self.assertNumQueries(11):
                response = self.client.get(reverse(LIST))
            self.assertEqual((len(response.context["mine"]), len(response.context["shared"])), (count, count))

    def test_an_empty_list_says_where_to_begin(self):
        self.assertContains(self.client.get(reverse(LIST)), "No shared views.")
        self.client.force_login(self.ann)
        self.assertContains(self.client.get(reverse(LIST)), "You have no saved views")

    def test_the_public_is_not_told_who_shares(self):
        make_view(self.ann, name="For everybody", shared=True)
        self.assertNotContains(self.client.get(reverse(LIST)), "ann")
        self.client.force_login(self.bob)
        self.assertContains(self.client.get(reverse(LIST)), "ann")

    def test_the_list_in_chinese(self):
        make_view(self.ann, query="region=CN", shared=True)
        with override("zh-hans"):
            self.assertEqual(self.client.get(reverse(LIST), headers={"accept-language": "zh-CN"}).status_code, 200)


class ChangingTests(SavedViewCase):
    def setUp(self):
        self.view = make_view(self.ann, slug="china", name="China", query="region=CN", shared=True)
        self.client.force_login(self.ann)

    def test_a_renamed_view_keeps_its_address(self):
        response = self.post("rename", "china", name="  Middle Kingdom ", follow=True)
        self.assertContains(response, "Renamed to “Middle Kingdom”")
        self.view.refresh_from_db()
        self.assertEqual((self.view.name, self.view.slug), ("Middle Kingdom", "china"))

    def test_a_name_that_is_refused_stays_in_its_field(self):
        make_view(self.ann, name="Taken")
        for name in ("", "Taken", "x" * 101, "a\u202eb"):
            with self.subTest(ascii(name[:8])):
                response = self.post("rename", "china", name=name)
                self.assertEqual(response.status_code, 400)
                self.assertContains(response, f'value="{name}" aria-invalid="true"', status_code=400)
        self.view.refresh_from_db()
        self.assertEqual(self.view.name, "China")

    def test_sharing_is_given_and_taken_back(self):
        for wanted, shared in [("0", False), ("1", True), ("nonsense", False)]:
            self.post("share", "china", shared=wanted)
            self.view.refresh_from_db()
            with self.subTest(wanted):
                self.assertEqual(self.view.shared, shared)

    def test_a_deleted_view_is_gone_and_comes_back_as_it_was(self):
        deleted = self.post("delete", "china", follow=True)
        self.assertContains(deleted, "“China” was deleted.")
        self.assertContains(deleted, 'action="/cases/v/china/restore/"')
        self.assertEqual(self.client.get("/cases/v/china/").status_code, 404)
        self.assertEqual(self.client.get("/cases/v/china/feed.atom").status_code, 404)
        self.assertEqual(self.post("rename", "china", name="x").status_code, 404)
        self.assertEqual(self.post("delete", "china").url, deleted.redirect_chain[0][0])
        self.assertContains(self.post("restore", "china", follow=True), "“China” is restored.")
        self.assertEqual(self.post("restore", "china").status_code, 302)
        self.assertEqual(self.client.get("/cases/v/china/").url, "/cases/?view=china")

    def test_after_thirty_days_a_deleted_view_does_not_come_back(self):
        for days, back in [(29, True), (31, False)]:
            SavedView.objects.update(deleted_at=timezone.now() - timedelta(days=days))
            response = self.post("restore", "china", follow=True)
            with self.subTest(days=days):
                self.assertEqual(SavedView.objects.kept().exists(), back)
        self.assertContains(response, "more than 30 days ago")

    def test_a_view_does_not_come_back_beside_another_of_its_name(self):
        self.post("delete", "china")
        self.post("save", name="China", query="kind=raid")
        self.assertContains(self.post("restore", "china", follow=True), "You already have a view with this name.")
        self.assertEqual(SavedView.objects.kept().get().query, "kind=raid")

    def test_only_the_owner_and_the_administrator_change_a_view(self):
        make_view(self.ann, slug="private")
        make_view(self.ann, slug="gone", shared=True, deleted_at=timezone.now())
        before = list(SavedView.objects.order_by("pk").values())
        self.client.force_login(make_person("add_savedview", "change_savedview", "delete_savedview", username="eve"))
        for name, values in [
            ("rename", {"name": "Hacked"}),
            ("share", {"shared": "0"}),
            ("delete", {}),
            ("restore", {}),
        ]:
            with self.subTest(name):
                self.assertEqual(self.post(name, "china", **values).status_code, 403)
                # What one cannot know of is not there, rather than forbidden.
                self.assertEqual(self.post(name, "private", **values).status_code, 404)
                self.assertEqual(self.post(name, "gone", **values).status_code, 404)
        self.assertEqual(list(SavedView.objects.order_by("pk").values()), before)
        self.assertNotContains(self.client.get(reverse(LIST), {"deleted": "gone"}), "Undo")
        self.client.force_login(get_user_model().objects.create_superuser("root"))
        self.assertEqual(self.post("rename", "china", name="Put right").status_code, 302)
        self.assertContains(self.post("delete", "china", follow=True), "Undo")
        self.assertEqual(self.post("restore", "china").status_code, 302)

    def test_verbs_refuse_whoever_calls_them(self):
        for verb, values in [
            (saved_views.rename_view, {"name": "x"}),
            (saved_views.share_view, {"shared": False}),
            (saved_views.delete_view, {}),
            (saved_views.restore_view, {}),
        ]:
            for person in (self.bob, AnonymousUser()):
                with self.subTest(f"{verb.__name__} {person}"), self.assertRaises(PermissionDenied):
                    verb(self.view, by=person, **values)

    def test_changes_are_posted_by_people_who_are_logged_in(self):
        for name in ("rename", "share", "delete", "restore"):
            with self.subTest(name):
                address = reverse(f"cases:saved-view-{name}", args=["china"])
                self.assertEqual(self.client.get(address).status_code, 405)
                self.assertEqual(Client().post(address).url, f"/login/?next={address}")
        self.assertTrue(SavedView.objects.kept().exists())

    def test_the_database_refuses_a_second_of_the_name_and_none(self):
        for values, rule in [
            ({"name": "China"}, "savedview_name_once_an_owner"),
            ({"name": ""}, "savedview_has_a_name"),
        ]:
            with self.subTest(rule), self.assertRaises(IntegrityError) as refusal, transaction.atomic():
                make_view(self.ann, slug="other", **values)
            self.assertIn(rule, str(refusal.exception))
        make_view(self.ann, name="China", deleted_at=timezone.now())
        make_view(self.bob, name="China")


class FeedTests(SavedViewCase):
    def feed(self, name="feed", /, *args, **query):
        return self.client.get(reverse(f"cases:{name}", args=args), query)

    def test_a_feed_is_the_selection_newest_change_first(self):
        raid = Case.objects.get(ref="raid-cn")
        raid.place = "Pioneer <park>"
        raid.occurred_on, raid.date_precision = "2021-05-01", "month"
        raid.save()
        raid.sources.add(make_source(publisher="Xinhua", title="Rigs & more"))
        make_seizure(make_raid(raid), count=1069, qualifier="about")
        summing.sum_up(Case.objects.filter(pk=raid.pk))
        raid.refresh_from_db()
        response = self.feed(region="CN")
        self.assertEqual(response["Content-Type"], "application/atom+xml; charset=utf-8")
        self.assertEqual(entries(response), ["Raid in China", "Sweep in China"])
        feed = parsed(response)
        self.assertEqual(feed.findtext("atom:title", namespaces=ATOM), "2 cases in China")
        self.assertEqual(
            feed.find("atom:link[@rel='self']", ATOM).get("href"), "http://testserver/cases/feed.atom?region=CN"
        )
        entry = feed.find("atom:entry", ATOM)
        self.assertEqual(entry.find("atom:link", ATOM).get("href"), "http://testserver/cases/raid-cn/")
        self.assertEqual(entry.findtext("atom:updated", namespaces=ATOM), raid.changed_at.isoformat())
        summary = entry.findtext("atom:summary", namespaces=ATOM)
        self.assertEqual(
            summary,
            "<p>Where: Pioneer &lt;park&gt;, Inner Mongolia</p><p>When: May 2021</p><p>Rigs: about 1,069</p>"
            "<p>Source: Xinhua: Rigs &amp; more</p>",
        )

    def test_an_internal_case_is_in_no_feed_of_the_public_and_in_those_of_readers(self):
        view = make_view(self.ann, slug="all", shared=True)
        addresses = [("feed",), ("saved-view-feed", view.slug)]
        for address in addresses:
            with self.subTest(address):
                self.assertNotContains(self.feed(*address), "leak")
        self.client.force_login(make_person("view_case", username="reader", everywhere=True))
        for address in addresses:
            with self.subTest(address):
                self.assertContains(self.feed(*address), "Must not leak")

    def test_a_feed_is_answered_apart_for_each_reader(self):
        self.assertIn("Cookie", self.feed()["Vary"])

    def test_a_withdrawn_case_leaves_the_feed_of_a_reader_that_asks_by_date(self):
        first = self.feed()
        Case.objects.filter(ref="raid-my").update(published=False)
        again = self.client.get(
            reverse("cases:feed"),
            headers={"If-None-Match": first["ETag"], "If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"},
        )
        self.assertNotIn("Raid in Malaysia", entries(again))
        same = self.client.get(reverse("cases:feed"), headers={"If-None-Match": again["ETag"]})
        self.assertEqual(same.status_code, 304)
        by_date = self.client.get(reverse("cases:feed"), headers={"If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"})
        self.assertEqual(by_date.status_code, 200)

    def test_a_question_that_is_not_understood_is_400_and_named(self):
        for query in ({"region": "nowhere"}, {"view": "none"}, {"published": "false"}, {"page": "x"}):
            with self.subTest(query):
                response = self.feed(**query)
                self.assertEqual((response.status_code, list(response.json()["errors"])), (400, list(query)))

    def test_a_feed_of_nothing_is_a_feed(self):
        self.assertEqual(entries(self.feed(region="MY", kind="sweep")), [])

    def test_it_holds_the_newest_fifty_with_as_many_queries_as_of_one(self):
        asked = []
        for count in (1, ENTRIES + 1):
            while Case.objects.filter(kind="disposal").count() < count:
                make_case(region=self.malaysia, kind="disposal", published=True).sources.add(make_source())
            with self.subTest(cases=count), self.assertNumQueries(4):
                asked.append(self.feed(kind="disposal"))
        self.assertEqual([len(entries(response)) for response in asked], [1, ENTRIES])

    def test_what_xml_cannot_carry_does_not_break_the_feed(self):
        make_case(region=self.china, published=True, kind="disposal", title_en="a\x0bb]]>\ufffe<i>", place="\x01")
        self.assertEqual(entries(self.feed(kind="disposal")), ["a\ufffdb]]>\ufffd<i>"])
        self.assertEqual(entries(self.feed(q="a\x0bc")), [])

    def test_a_named_feed_has_its_name_and_its_address(self):
        make_view(self.ann, slug="china", name="My <China>", query="region=CN&kind=raid", shared=True)
        feed = parsed(self.feed("saved-view-feed", "china"))
        self.assertEqual(feed.findtext("atom:subtitle", namespaces=ATOM), "My <China>")
        self.assertEqual(feed.find("atom:link[@rel='alternate']", ATOM).get("href"), "http://testserver/cases/v/china/")
        self.assertEqual(entries(self.feed("saved-view-feed", "china", kind="sweep")), ["Sweep in China"])


class SecretFeedTests(SavedViewCase):
    """A feed reader cannot log in: a password that nobody can guess shows it one view, as its owner sees it."""

    ADDRESS = "/cases/feed/own.atom"

    def setUp(self):
        self.reader = make_person("view_case", username="reader", everywhere=True)
        self.view = make_view(self.reader, slug="china", name="China", query="region=CN")
        make_view(self.reader, slug="malaysia", query="region=MY")

    def open(self, view="china"):
        """The password of a new feed, as its owner reads it on the page."""
        self.client.force_login(self.reader)
        page = self.post("open-feed", view)
        self.assertEqual(page["Cache-Control"], "private, no-store")
        opened = page.context["opened"]
        self.assertContains(page, opened["password"])
        self.assertEqual(opened["address"], f"http://testserver{self.ADDRESS}")
        return opened["password"]

    def ask(self, password, query="", name="china", **headers):
        sent = base64.b64encode(f"{name}:{password}".encode()).decode()
        return Client().get(self.ADDRESS + query, headers={"Authorization": f"Basic {sent}", **headers})

    def test_whoever_has_the_password_reads_the_view_as_its_owner_does(self):
        answer = self.ask(self.open())
        self.assertEqual(entries(answer), ["Must not leak", "Sweep in China", "Raid in China"])
        self.assertEqual(answer["Cache-Control"], "private, no-cache")

    def test_an_unchanged_feed_is_not_sent_again(self):
        password = self.open()
        first = self.ask(password)
        self.assertEqual(self.ask(password, **{"If-None-Match": first["ETag"]}).status_code, 304)

    def test_what_is_no_password_is_asked_for_one(self):
        good = base64.b64encode(f"china:{self.open()}".encode()).decode()
        for sent in ("", "Basic", "Basic !", "Basic /w==", f"Bearer {good}", f"Basic {good[:-4]}", "Basic AAAA"):
            with self.subTest(sent):
                answer = Client().get(self.ADDRESS, headers={"Authorization": sent} if sent else {})
                self.assertEqual(answer.status_code, 401)
                self.assertEqual(answer["WWW-Authenticate"], 'Basic realm="feed", charset="UTF-8"')
        self.assertEqual(entries(self.ask(self.open(), name="anybody"))[0], "Must not leak")

    def test_no_address_has_it(self):
        self.assertEqual(Client().get(f"/cases/feed/{self.open()}.atom").status_code, 404)

    def test_it_opens_this_view_alone(self):
        password = self.open()
        for query in ("?region=MY", "?view=malaysia", "?q=Malaysia", "?nonsense=1"):
            with self.subTest(query):
                self.assertEqual(len(entries(self.ask(password, query))), 3)
        self.assertEqual(Client().get("/cases/v/china/feed.atom").status_code, 404)
        self.assertNotContains(Client().get("/cases/"), "leak")

    def test_only_a_digest_is_kept(self):
        secret = self.open()
        kept = SavedView.objects.values().get(slug="china")
        self.assertNotIn(secret, str(kept))
        self.assertGreaterEqual(len(secret), 43)
        self.assertEqual(self.ask(kept["feed_digest"]).status_code, 401)
        self.assertNotContains(self.client.get(reverse(LIST)), secret)

    def test_a_new_password_and_closing_cut_off_subscribers(self):
        first, second = self.open(), self.open()
        self.assertEqual([self.ask(password).status_code for password in (first, second)], [401, 200])
        self.post("close-feed", "china")
        self.assertEqual(self.ask(second).status_code, 401)

    def test_it_shows_what_the_owner_may_see_today(self):
        password = self.open()
        self.reader.user_permissions.clear()
        self.assertEqual(entries(self.ask(password)), ["Sweep in China", "Raid in China"])

    def test_it_ends_with_the_account_and_with_the_view(self):
        password = self.open()
        for ended in (
            lambda: get_user_model().objects.filter(pk=self.reader.pk).update(is_active=False),
            lambda: self.post("delete", "china"),
        ):
            with transaction.atomic():
                ended()
                self.assertEqual(self.ask(password).status_code, 401)
                transaction.set_rollback(True)
        self.assertEqual(self.ask(password).status_code, 200)

    def test_only_the_owner_opens_one(self):
        self.client.force_login(self.bob)
        self.assertEqual(self.post("open-feed", "china").status_code, 404)
        self.client.force_login(make_person(username="root", is_superuser=True))
        self.assertEqual(self.post("open-feed", "china").status_code, 403)
        shared = make_view(self.reader, slug="shared", shared=True)
        self.client.force_login(self.bob)
        for verb in ("open-feed", "close-feed"):
            self.assertEqual(self.post(verb, "shared").status_code, 403)
        shared.refresh_from_db()
        self.assertIsNone(shared.feed_digest)

    def test_the_day_it_was_fetched_is_kept_with_one_write_a_day(self):
        password = self.open()
        self.assertContains(self.client.get(reverse(LIST)), "Not fetched yet.")
        for writes in (1, 0):
            with CaptureQueriesContext(connections["default"]) as asked:
                self.ask(password)
            self.assertEqual(sum(query["sql"].startswith("UPDATE") for query in asked), writes)
        self.assertContains(self.client.get(reverse(LIST)), "Last fetched on")

    @override_settings(
        MIDDLEWARE=[*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"], PUBLIC=False
    )
    def test_it_answers_where_everybody_else_must_log_in(self):
        password = self.open()
        self.assertEqual(self.ask(password).status_code, 200)
        self.assertEqual(Client().get("/cases/feed.atom").status_code, 302)
