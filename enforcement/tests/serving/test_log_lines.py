"""The log is read by programs: a line has its time, and nobody writes a line into it."""

import logging
import re

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import TestCase
from django.urls import reverse

from cases.tests.builders import make_case
from enforcement.serving.log_lines import LogLine
from regions.tests.builders import make_person


def line(message, *arguments, **more):
    record = logging.makeLogRecord({"name": "part", "levelname": "WARNING", "msg": message, "args": arguments, **more})
    return LogLine().format(record)


class LogLineTests(TestCase):
    def test_it_says_when_in_utc_and_which_part(self):
        self.assertEqual(line("It is %s.", "so", created=0), "1970-01-01T00:00:00Z WARNING part: It is so.")

    def test_nobody_writes_a_line_of_their_own(self):
        self.assertEqual(len(line("Not Found: %s", "/x\n2026 WARNING part: forged\r\n").splitlines()), 1)

    def test_the_terminal_gets_such_lines(self):
        self.assertEqual(settings.LOGGING["handlers"]["terminal"]["formatter"], "line")
        self.assertEqual(settings.LOGGING["formatters"]["line"]["()"], "enforcement.serving.log_lines.LogLine")

    def test_what_was_refused_is_logged_with_the_account(self):
        reader = make_person("view_case", everywhere=True)
        self.client.force_login(reader)
        case = make_case(published=True)
        with self.assertLogs("django.request", "WARNING") as logged:
            self.assertEqual(self.client.get(reverse("cases:case-edit", args=[case.ref])).status_code, 403)
        [record] = logged.records
        written = LogLine().format(record).partition("\n")[0]  # a traceback follows
        self.assertRegex(written, rf"Forbidden.*/cases/{re.escape(case.ref)}/edit/ \[account {reader.pk}\]$")

    def test_who_is_not_known_is_not_asked_for(self):
        request = type("Request", (), {"_cached_user": AnonymousUser()})()
        self.assertNotIn("account", line("x", request=request))
        with self.assertNumQueries(0):
            self.assertNotIn("account", line("x", request=object()))
