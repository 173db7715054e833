"""Who is told how long an answer took."""

import re
import subprocess
import sys
from unittest.mock import patch

from django.conf import settings
from django.test import TestCase

from enforcement.serving import timing
from regions.tests.builders import make_person


class TimingTests(TestCase):
    def test_administrators_are_told_and_nobody_else(self):
        self.assertNotIn("Server-Timing", self.client.get("/cases/"))
        person = make_person("view_case")
        self.client.force_login(person)
        self.assertNotIn("Server-Timing", self.client.get("/cases/"))
        person.is_superuser = True
        person.save()
        told = self.client.get("/cases/")["Server-Timing"]
        found = re.fullmatch(r'total;dur=([\d.]+), sql;dur=([\d.]+);desc="(\d+) queries"', told)
        self.assertGreater(float(found[1]), float(found[2]))
        self.assertGreater(int(found[3]), 5)

    def test_what_is_slow_is_said_without_what_was_asked(self):
        with patch.object(timing, "SLOW", 0), self.assertLogs(timing.log) as logged:
            self.client.get("/cases/?q=somebody")
        self.assertRegex(logged.output[0], r"Slow: GET /cases/ took \d+\.\d s, \d+ queries \d+\.\d s\.$")

    def test_what_is_fast_is_not_said(self):
        with patch.object(timing, "SLOW", 60), self.assertNoLogs(timing.log):
            self.client.get("/cases/")


class MetricsTests(TestCase):
    def told(self):
        return self.client.get("/metrics").content.decode()

    def test_administrators_read_them_and_nobody_else_without_the_token(self):
        self.assertEqual(self.client.get("/metrics").status_code, 404)
        person = make_person("view_case")
        self.client.force_login(person)
        self.assertEqual(self.client.get("/metrics").status_code, 404)
        person.is_superuser = True
        person.save()
        self.assertIn("enforcement_answer_seconds_bucket", self.told())

    def test_nothing_is_counted_of_reports_and_no_address_is_named(self):
        self.client.force_login(make_person(is_superuser=True))
        before = self.told()
        for address in ("/tips/new/", "/tips/nothing/", "/cases/no-such-case/?q=somebody"):
            self.client.get(address)
        told = self.told()
        self.assertNotIn("tip", told)
        self.assertNotIn("somebody", told)
        line = 'enforcement_answers_total{method="GET",status="404",view="cases:case-detail"}'
        self.assertEqual((before + told).count(line), 1 + before.count(line))

    def test_two_answers_that_come_first_at_once_are_counted_together(self):
        """As in a server with threads that is not ours. In a process of its own: these counters are made already."""
        first_at_once = """
from concurrent.futures import ThreadPoolExecutor
from enforcement.serving import metrics
with ThreadPoolExecutor(2) as threads:
    one, other = threads.map(lambda _: metrics.counters(), "12")
assert one is other
"""
        subprocess.run([sys.executable, "-c", first_at_once], cwd=settings.BASE_DIR, check=True)
