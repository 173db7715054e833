"""What followers are told by mail: what is new to them, only what they may see, and each thing once."""

import hmac
import json
import re
import smtplib
import threading
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from unittest import mock

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test import TestCase, override_settings
from django.urls import reverse

from cases.alerts import following, hooks, news, outbox, tokens
from cases.leads import limits
from cases.models import Case, Follow, Notice, SavedView
from cases.models.follow import NoticeState
from cases.tests.builders import make_case, make_lead, make_saved_view
from regions.tests.builders import make_person, make_policy, make_region

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)  # a Tuesday
LATER = NOON + timedelta(minutes=5)
LINK = re.compile(rf"{re.escape(settings.SITE)}(\S+)")


class DiesError(BaseException):
    """The machine stops: nothing of ours is done after it."""


class Dying(BaseEmailBackend):
    """A mail server that takes the text, or not, and then the machine stops."""

    takes_it = True

    def send_messages(self, messages):
        if self.takes_it:
            mail.outbox += messages
        raise DiesError


class Refusing(BaseEmailBackend):
    """A mail server that refuses one address, and takes all others."""

    def send_messages(self, messages):
        for message in messages:
            if "nobody" in message.to[0]:
                raise smtplib.SMTPRecipientsRefused({message.to[0]: (550, b"no such user")})
            mail.outbox.append(message)


class Away(BaseEmailBackend):
    """A mail server that does not answer."""

    def open(self):
        raise TimeoutError("timed out")


def served_by(backend):
    return override_settings(EMAIL_BACKEND=f"{backend.__module__}.{backend.__name__}")


@override_settings(MAIL_IS_SENT=True)
class AlertCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.malaysia = make_region(code="MY", name_en="Malaysia")
        cls.sarawak = make_region(code="MY-13", name_en="Sarawak", parent=cls.malaysia)
        cls.china = make_region(code="CN", name_en="China")
        cls.old = make_case(ref="old", region=cls.sarawak, title_en="Old raid", published=True)
        cls.officer = make_person(
            "view_case", "work_on_leads", regions=[cls.sarawak], username="officer", email="officer@office.example"
        )

    def setUp(self):
        limits.begin_anew()

    def follow(self, query="region=MY", **values):
        values = {"address": "" if "owner" in values else "ann@example.org", "rhythm": "at_once"} | values
        found = Follow.objects.create(query=query, name="Malaysia", language="en", **values)
        news.begin_to_follow(found, NOON)
        return found

    def run_at(self, now):
        news.write_all(now)
        outbox.send_all(now)

    def told(self):
        """[(to, subject)] of what was sent since the last time it was asked."""
        sent = [(message.to[0], message.subject) for message in mail.outbox]
        mail.outbox.clear()
        return sent


class ContentTests(AlertCase):
    def test_a_follower_is_told_what_is_new_changed_and_withdrawn_and_each_of_it_once(self):
        self.follow()
        new = make_case(ref="new", region=self.sarawak, title_en="New <raid>", rigs=110, published=True)
        make_case(ref="other", region=self.china, title_en="Elsewhere", published=True)
        make_case(ref="hidden", region=self.sarawak, title_en="Clandestine", published=False)
        self.run_at(LATER)
        [letter] = mail.outbox
        self.assertEqual(letter.subject, "Malaysia: 1 new case")
        self.assertIn("New <raid>\n  Sarawak", letter.body)
        self.assertIn("Rigs: 110", letter.body)
        [(html, kind)] = letter.alternatives
        self.assertEqual(kind, "text/html")
        self.assertIn("New &lt;raid&gt;", html)
        self.assertIn(f"{settings.SITE}{new.get_absolute_url()}", letter.body)
        self.assertNotIn("Clandestine", letter.body + html)
        self.told()

        self.run_at(LATER + timedelta(hours=1))
        self.assertEqual(self.told(), [])

        Case.objects.filter(pk=new.pk).update(rigs=120, changed_at=F("changed_at") + timedelta(seconds=1))
        Case.objects.filter(pk=self.old.pk).update(published=False)
        self.run_at(LATER + timedelta(hours=2))
        [letter] = mail.outbox
        self.assertEqual(letter.subject, "Malaysia: 1 case changed, 1 case was withdrawn")
        self.assertIn("Rigs: 120 (before: 110)", letter.body)
        self.assertNotIn("Old raid", letter.body + letter.alternatives[0][0])

    def test_a_case_that_only_leaves_the_question_is_named(self):
        self.follow("region=MY&status=found")
        Case.objects.filter(pk=self.old.pk).update(status="disposed")
        self.run_at(LATER)
        self.assertEqual([subject for _to, subject in self.told()], ["Malaysia: 1 case is no longer among these"])

    def test_who_may_see_more_is_told_more_and_only_for_as_long(self):
        self.follow(owner=self.officer)
        self.follow()
        make_case(ref="inner", region=self.sarawak, title_en="Internal raid", published=False)
        news.write_all(LATER)
        self.assertEqual(Notice.objects.count(), 1)
        self.officer.scopes.all().delete()  # between the look and the mail
        outbox.send_all(LATER)
        self.assertEqual((self.told(), Notice.objects.count()), ([], 0))

        self.officer.scopes.create(region=self.sarawak)
        make_case(ref="inner-2", region=self.sarawak, title_en="Second internal raid", published=False)
        self.run_at(LATER + timedelta(hours=1))
        [letter] = mail.outbox
        self.assertEqual(letter.to, ["officer@office.example"])
        self.assertIn("Second internal raid", letter.body)

        for values in ({"is_active": False}, {"is_active": True, "email": ""}):
            mail.outbox.clear()
            with self.subTest(values):
                type(self.officer).objects.filter(pk=self.officer.pk).update(**values)
                make_case(region=self.sarawak, published=False)
                self.run_at(LATER + timedelta(hours=2))
                self.assertEqual(self.told(), [])

    @override_settings(PUBLIC=False)
    def test_an_address_is_told_nothing_where_the_public_reads_nothing(self):
        self.follow()
        make_case(region=self.sarawak, published=True)
        self.run_at(LATER)
        self.assertEqual(self.told(), [])

    def test_deadlines_ahead_are_told_when_they_come_near_and_once_more_when_they_are_close(self):
        self.follow()
        make_policy(region=self.malaysia, title_en="Close all mines", issued_on="2026-01-01", deadline_on="2026-04-20")
        sent = {}
        for day in (0, 17, 18, 19, 40, 41, 42, 49):
            self.run_at(NOON + timedelta(days=day, minutes=5))
            if subjects := self.told():
                sent[date(2026, 3, 3) + timedelta(days=day)] = subjects[0][1]
        self.assertEqual(
            sent,
            {
                date(2026, 3, 21): "Malaysia: 1 deadline ahead",
                date(2026, 4, 13): "Malaysia: 1 deadline ahead",
            },
        )

    def test_leads_that_wait_are_told_to_who_works_on_them_and_never_at_once(self):
        for rhythm in ("daily", "at_once"):
            with self.subTest(rhythm):
                Follow.objects.all().delete()
                self.follow(owner=self.officer, rhythm=rhythm)
                self.follow(rhythm=rhythm)
                with mock.patch("django.utils.timezone.now", return_value=NOON):
                    lead = make_lead(region=self.sarawak, arrived_on="2026-01-01")
                    self.run_at(NOON + timedelta(days=1))
                lead.delete()
                told = [("officer@office.example", "Malaysia: 1 lead waits")] if rhythm == "daily" else []
                self.assertEqual(self.told(), told)

    def test_daily_and_weekly_mails_are_written_in_the_morning(self):
        self.follow(rhythm="daily", address="day@example.org")
        self.follow(rhythm="weekly", address="week@example.org")
        sent = []
        for hours in range(18, 24 * 8, 24):
            make_case(region=self.sarawak, published=True)
            for now in (NOON + timedelta(hours=hours), NOON + timedelta(hours=hours + 1)):
                self.run_at(now)
                sent += [(to[:3], now.strftime("%a %H")) for to, _subject in self.told()]
        days = ("Wed", "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed")
        expected = [("day", f"{day} 07") for day in days]
        expected.insert(6, ("wee", "Mon 07"))
        self.assertEqual(sorted(sent), sorted(expected))

    def test_a_mail_is_in_the_language_of_its_follower(self):
        Follow.objects.filter(pk=self.follow().pk).update(language="zh-hans")
        make_case(region=self.sarawak, title_en="Raid", title_zh="砂拉越查处", published=True)
        self.run_at(LATER)
        [letter] = mail.outbox
        self.assertIn("砂拉越查处\n  Sarawak · 2021年5月18日", letter.body)

    def test_a_view_that_is_gone_or_closed_ends_its_follows_and_says_so_once(self):
        view = make_saved_view(name="Big ones", shared=True)
        for end in ({"deleted_at": NOON}, {"shared": False}, None):
            with self.subTest(end):
                follow = self.follow("", view=view)
                SavedView.objects.filter(pk=view.pk).update(**end) if end else view.delete()
                for hours in range(3):
                    self.run_at(LATER + timedelta(hours=hours))
                self.assertEqual(self.told(), [("ann@example.org", "No longer followed: Malaysia")])
                follow.delete()
                SavedView.objects.filter(pk=view.pk).update(deleted_at=None, shared=True)


class KilledTests(AlertCase):
    """The command is broken off at every write, and repeated."""

    def setUp(self):
        super().setUp()
        for name in ("ann", "bob"):
            self.follow(address=f"{name}@example.org")

    def broken_off(self, number):
        """Run until the write `number`, which fails. Whether it came so far."""
        left = iter(range(number))

        def write(execute, sql, params, many, context):
            if sql.startswith(("INSERT", "UPDATE", "DELETE")) and next(left, None) is None:
                raise DiesError
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(write):
                self.run_at(LATER)
        except DiesError:
            return True
        return False

    def begin_anew(self):
        Notice.objects.all().delete()
        Follow.objects.update(looked_at=NOON, seen={"cases": {}, "deadlines": {}, "late": 0})
        mail.outbox.clear()

    def test_broken_off_at_any_write_and_repeated_nobody_is_told_twice_and_nobody_not_at_all(self):
        number = 0
        while True:
            self.begin_anew()
            came_so_far = self.broken_off(number)
            self.run_at(LATER)
            self.run_at(LATER + timedelta(minutes=1))
            with self.subTest(write=number):
                self.assertEqual(sorted(message.to[0][:3] for message in mail.outbox), ["ann", "bob"])
                ids = {message.extra_headers["Message-ID"] for message in mail.outbox}
                self.assertEqual(len(ids), 2)
            if not came_so_far:
                break
            number += 1
        # Each of the two: its notice, its position, "being sent", "sent". And once: hooks that are unclear wait again.
        self.assertEqual(number, 9)

    def test_what_may_have_been_taken_is_asked_about_and_not_sent_again(self):
        for takes_it in (True, False):
            with self.subTest(takes_it=takes_it):
                self.begin_anew()
                with served_by(Dying), mock.patch.object(Dying, "takes_it", takes_it), self.assertRaises(DiesError):
                    self.run_at(LATER)
                self.run_at(LATER + timedelta(hours=1))
                self.assertEqual(len({message.to[0] for message in mail.outbox}), 2 if takes_it else 1)
                self.assertEqual(len(mail.outbox), 2 if takes_it else 1)
                [notice] = outbox.unclear()
                with self.assertRaises(CommandError), mock.patch("sys.stderr") as said:
                    call_command("send_alerts", stderr=said)
                self.assertIn(outbox.message_id_of(notice), said.write.call_args[0][0])
                call_command("send_alerts", "--unclear", "sent" if takes_it else "again", stdout=mock.Mock())
                self.assertEqual(sorted(message.to[0][:3] for message in mail.outbox), ["ann", "bob"])
                self.assertFalse(Notice.objects.exclude(state=NoticeState.SENT).exists())

    def test_two_who_send_at_the_same_time_send_it_once(self):
        news.write_all(LATER)
        pk = Notice.objects.values_list("pk", flat=True).first()
        claim = outbox._claim

        def other_first(*args):
            Notice.objects.filter(pk=pk).update(state=NoticeState.SENDING)
            claim(*args)

        with mock.patch.object(outbox, "_claim", other_first):
            self.assertFalse(outbox.send_one(pk, LATER))
        self.assertEqual(mail.outbox, [])


class ServerTests(AlertCase):
    def setUp(self):
        super().setUp()
        self.bad, self.good = self.follow(address="nobody@example.org"), self.follow()
        make_case(region=self.sarawak, published=True)

    def test_what_is_refused_is_tried_later_and_later_others_go_on_and_in_the_end_the_follow_ends(self):
        tried, now = [], LATER
        with served_by(Refusing):
            while now:
                tried.append(now)
                self.run_at(now)
                self.run_at(now + timedelta(seconds=1))  # nothing is tried before its time
                now = Notice.objects.filter(follow=self.bad).values_list("next_try_at", flat=True).first()
        self.assertEqual([to for to, _subject in self.told()], ["ann@example.org"])
        self.bad.refresh_from_db()
        self.assertIsNotNone(self.bad.ended_at)
        pauses = [later - earlier for earlier, later in pairwise(tried)]
        self.assertEqual(pauses, outbox.PAUSES)

    def test_a_server_that_does_not_answer_costs_no_try(self):
        with served_by(Away), self.assertRaises(outbox.ServerAwayError):
            self.run_at(LATER)
        self.assertEqual(set(Notice.objects.values_list("state", "tries")), {("waiting", 0)})
        self.run_at(LATER)
        self.assertEqual(len(self.told()), 2)

    def test_with_smtp_the_last_step_before_the_text_says_that_it_is_being_sent(self):
        class Server:
            """Of smtplib.SMTP what matters: the text comes after sender and receiver were taken."""

            sock = mock.Mock()

            def data(self, text):
                states.append(Notice.objects.get(pk=pk).state)
                raise problem

        news.write_all(LATER)
        pk = Notice.objects.filter(follow=self.good).values_list("pk", flat=True).get()
        for problem, later in (
            (smtplib.SMTPDataError(451, b"busy"), NoticeState.WAITING),
            (smtplib.SMTPServerDisconnected("gone"), NoticeState.SENDING),
            (TimeoutError("timed out"), NoticeState.SENDING),
        ):
            states, server = [], Server()
            Notice.objects.filter(pk=pk).update(state=NoticeState.WAITING)
            backend = mock.Mock(connection=server, send_messages=lambda _messages, server=server: server.data("text"))
            with self.subTest(problem), mock.patch.object(outbox, "get_connection", return_value=backend):
                self.assertFalse(outbox.send_one(pk, LATER))
                self.assertEqual((states, Notice.objects.get(pk=pk).state), ([NoticeState.SENDING], later))

    def test_a_name_with_a_line_break_breaks_no_head_of_a_mail(self):
        Follow.objects.update(name="Malaysia\r\nBcc: all@example.org")
        self.run_at(LATER)
        subjects = {subject for _to, subject in self.told()}
        self.assertEqual(subjects, {"Malaysia Bcc: all@example.org: 1 new case"})


class Receiver(BaseHTTPRequestHandler):
    """A program that is called; it answers what it is told to."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((self.path, dict(self.headers), body))
        self.send_response(self.server.answers.pop(0))
        self.send_header("Location", "http://127.0.0.1/elsewhere")
        self.end_headers()

    def log_message(self, *args):
        pass


class HookTests(AlertCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.analyst = make_person("view_case", "add_apitoken", regions=[cls.sarawak], username="analyst")

    def setUp(self):
        super().setUp()
        self.server = HTTPServer(("127.0.0.1", 0), Receiver)
        self.server.calls, self.server.answers = [], []
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(self.server.shutdown)
        self.address = f"http://127.0.0.1:{self.server.server_port}/told?by=us"

    @override_settings(HOOKS_INSIDE=True)
    def test_a_program_is_called_signed_and_again_until_it_says_yes(self):
        follow = self.follow(owner=self.analyst, hook=self.address)
        make_case(ref="inner", region=self.sarawak, rigs=9, published=False)
        hidden = make_case(ref="hidden", region=self.sarawak, published=False)
        self.server.answers = [302, 500, 204]
        news.write_all(LATER)
        hidden.delete()
        now = LATER
        with self.assertLogs("cases.alerts.outbox", "WARNING"):
            for pause in outbox.PAUSES[:2]:
                self.assertEqual(outbox.send_all(now), 0)
                now += pause
        self.assertEqual(outbox.send_all(now), 1)
        self.assertEqual([path for path, _heads, _body in self.server.calls], ["/told?by=us"] * 3)
        self.assertEqual(len({body for _path, _heads, body in self.server.calls}), 1, "the same each time")
        _path, heads, body = self.server.calls[-1]
        told = json.loads(body)
        self.assertEqual([case["ref"] for case in told["new"]], ["inner"])
        self.assertEqual(told["id"], heads[hooks.DELIVERY])
        seconds, digest = re.fullmatch(r"t=(\d+),v1=(\w{64})", heads[hooks.SIGNATURE]).groups()
        again = hmac.new(hooks.secret_of(follow).encode(), seconds.encode() + b"." + body, "sha256").hexdigest()
        self.assertEqual(digest, again)
        self.assertEqual(Notice.objects.get().state, NoticeState.SENT)

        # Killed between the call and the note of it: called again, as the program knows the id.
        Notice.objects.update(state=NoticeState.SENDING)
        self.server.answers = [200]
        self.assertEqual(
            (list(outbox.unclear(now + timedelta(hours=1))), outbox.send_all(now + timedelta(hours=1))), ([], 1)
        )

        for rights in ("is_active", "permission"):
            with self.subTest(rights):
                make_case(region=self.sarawak, published=True)
                news.write_all(now)
                self.analyst.user_permissions.clear()
                type(self.analyst).objects.update(is_active=rights != "is_active")
                self.assertEqual(outbox.send_all(now), 0)
                self.assertFalse(Notice.objects.filter(state=NoticeState.WAITING).exists())

    def test_no_address_of_an_inner_network_is_called(self):
        follow = self.follow(owner=self.analyst, hook=self.address)
        notice = Notice(follow=follow, kind="news")
        for number in (
            "127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",  # noqa: S104
            "::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "2002:7f00:1::",
        ):  # fmt: skip
            found = [(0, 0, 0, "", ("93.184.215.14", 443)), (0, 0, 0, "", (number, 443))]
            follow.hook = "https://hook.example.org/"
            with (
                self.subTest(number),
                mock.patch.object(hooks.socket, "getaddrinfo", return_value=found),
                mock.patch.object(hooks.socket, "create_connection") as connecting,
            ):
                with self.assertRaisesMessage(hooks.RefusedError, "inner network"):
                    hooks.post(notice, {})
                self.assertFalse(connecting.called)
        found = [(0, 0, 0, "", ("93.184.215.14", 443))]
        with (
            mock.patch.object(hooks.socket, "getaddrinfo", return_value=found) as asked,
            mock.patch.object(hooks.socket, "create_connection", side_effect=OSError("away")) as connecting,
            self.assertRaisesMessage(hooks.RefusedError, "away"),
        ):
            hooks.post(notice, {})
        self.assertEqual(connecting.call_args[0][0], ("93.184.215.14", 443), "what was looked at is called")
        self.assertEqual(asked.call_count, 1)

    def test_who_may_have_programs_gives_an_address_and_sees_secret_and_calls(self):
        new = reverse("alerts:new") + "?region=MY"
        self.client.force_login(self.officer)
        self.assertNotContains(self.client.get(new), "hook")
        self.client.force_login(self.analyst)
        self.assertContains(self.client.get(new), "hook")
        for address in (
            "http://hook.example.org/",
            "https://user@hook.example.org/",
            "ftp://x/",
            "https://",
            "https://x:0/",
            "x",
        ):
            with self.subTest(address):
                self.assertEqual(self.client.post(new, {"rhythm": "daily", "hook": address}).status_code, 400)
        page = self.client.post(new, {"rhythm": "daily", "hook": "https://hook.example.org/"}, follow=True)
        [follow] = Follow.objects.of(self.analyst)
        self.assertContains(page, hooks.secret_of(follow))
        self.client.logout()
        self.assertNotContains(self.client.get(page.request["PATH_INFO"]), hooks.secret_of(follow))


class PageTests(AlertCase):
    def ask(self, query="?region=MY", **typed):
        return self.client.post(reverse("alerts:new") + query, {"rhythm": "daily"} | typed)

    def sent_link(self):
        outbox.send_all()
        link = LINK.findall(mail.outbox[-1].body)[-1]
        mail.outbox.clear()
        return link

    def test_an_address_is_asked_first_by_a_button_and_ends_by_one_click(self):
        response = self.ask(address="ann@example.org")
        self.assertContains(response, "ann@example.org")
        self.assertContains(response, "A mail is on its way")
        make_case(region=self.sarawak, published=True)
        link = self.sent_link()
        self.run_at(datetime.now(UTC) + timedelta(days=2))
        self.assertEqual(self.told(), [])
        self.assertContains(self.client.get(link), "Confirm")
        self.assertFalse(Follow.objects.active().exists(), "a program opened the link")
        self.assertContains(self.client.post(link), "you follow")
        self.assertContains(self.client.post(link), "you follow")

        make_case(region=self.sarawak, published=True)
        self.run_at(datetime.now(UTC) + timedelta(days=2))
        [letter] = mail.outbox
        self.assertEqual(letter.extra_headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        stop = LINK.search(letter.extra_headers["List-Unsubscribe"])[1].rstrip(">")
        self.assertContains(self.client.get(stop), "Stop these mails")
        self.assertTrue(Follow.objects.exists(), "a program opened the link")
        enforcing = type(self.client)(enforce_csrf_checks=True)
        for said in ("You get no more mails", "not followed any more"):
            answer = enforcing.post(stop, {"List-Unsubscribe": "One-Click"})
            self.assertContains(answer, said)
        self.assertEqual((Follow.objects.count(), Notice.objects.count()), (0, 0))
        self.assertContains(self.client.get(stop), "not followed any more")
        self.assertEqual(self.client.get(stop.replace("/stop/", "x/")).status_code, 404)

    def test_an_account_follows_at_once_changes_the_rhythm_and_stops(self):
        self.client.force_login(self.officer)
        view = make_saved_view(name="Mine", owner=self.officer, query="region=MY")
        self.ask(f"?view={view.slug}", rhythm="at_once")
        self.ask("?region=my&sort=-rigs&columns=title", rhythm="weekly")
        self.ask("?region=MY")
        rows = list(Follow.objects.of(self.officer).order_by("name").values_list("name", "rhythm", "query"))
        self.assertEqual(rows, [("Malaysia", "daily", "region=MY"), ("Mine", "at_once", "")])
        page = self.client.get(reverse("alerts:follow-list"))
        self.assertContains(page, "Mine")
        follow = Follow.objects.get(view=view)
        one = reverse("alerts:follow", args=[tokens.of(follow)])
        self.assertEqual(self.client.post(one, {"rhythm": "hourly"}).status_code, 400)
        self.client.post(one, {"rhythm": "weekly"})
        follow.refresh_from_db()
        self.assertEqual(follow.rhythm, "weekly")
        self.client.post(f"{one}stop/")
        self.assertNotContains(self.client.get(reverse("alerts:follow-list")), "Mine")

    def test_what_cannot_be_followed_is_refused(self):
        private = make_saved_view(name="Private", shared=False)
        for query, typed in (
            ("?region=MY", {"address": "ann@example.org\nBcc: all@example.org"}),
            ("?region=MY", {"address": "ann\x00@example.org"}),
            ("?region=MY", {"address": ""}),
            ("?region=MY", {"address": "ann@example.org", "rhythm": "hourly"}),
            ("?region=nowhere", {"address": "ann@example.org"}),
            ("?rigs_min=many", {"address": "ann@example.org"}),
            (f"?view={private.slug}", {"address": "ann@example.org"}),
        ):
            with self.subTest(query, **typed):
                self.assertEqual(self.ask(query, **typed).status_code, 400)
        with override_settings(MAIL_IS_SENT=False):
            self.assertEqual(self.ask(address="ann@example.org").status_code, 400)
        self.assertEqual((Follow.objects.count(), Notice.objects.count()), (0, 0))

    def test_nobody_is_flooded(self):
        regions = ["MY", "MY-13", "CN"]
        for query in [*(f"?region={code}" for code in regions), "?theft=true", "?theft=false"]:
            self.assertContains(self.ask(query, address="ann@example.org"), "A mail is on its way")
        self.assertEqual(Notice.objects.count(), following.MOST_UNCONFIRMED)
        answers = [self.ask(address=f"ann{number}@example.org").status_code for number in range(6)]
        self.assertEqual(answers, [200] * 5 + [429])

    def test_what_nobody_confirmed_and_what_ended_is_forgotten(self):
        follow = self.follow()
        Follow.objects.create(address="x@example.org", name="X", language="en", rhythm="daily", made_at=NOON)
        outbox.delete_old(NOON + timedelta(days=6))
        self.assertEqual(Follow.objects.count(), 2)
        outbox.delete_old(NOON + timedelta(days=8))
        self.assertEqual(list(Follow.objects.all()), [follow])
        Follow.objects.update(ended_at=NOON)
        outbox.delete_old(NOON + timedelta(days=31))
        self.assertEqual(Follow.objects.count(), 0)

    def test_the_question_of_who_has_no_address_is_asked_as_the_public(self):
        question = following.question_of(self.client.get("/").wsgi_request.GET, AnonymousUser())
        self.assertEqual((question.name, question.query), ("All cases", ""))
