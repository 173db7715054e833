"""Many names tried from one address: slowed, and the right password still opens."""

import base64
import hashlib
import json
from unittest import mock

from django.test import Client, TestCase
from django.urls import reverse

from cases.leads import limits
from enforcement.accounts import spraying
from regions.tests.builders import make_person

PASSWORD = "correct horse battery"


class SprayingTests(TestCase):
    def setUp(self):
        limits.begin_anew()
        self.addCleanup(limits.begin_anew)
        make_person(username="officer", password=PASSWORD)

    def log_in(self, name="officer", password=PASSWORD, client=None, **more):
        return (client or Client()).post(reverse("login"), {"username": name, "password": password, **more})

    def spray(self):
        for number in range(spraying.FREE):
            self.assertEqual(self.log_in(f"name{number}", "Summer2026").status_code, 200)

    def asked(self):
        return self.client.get(reverse("login")).context

    def proof(self, challenge):
        number = next(
            number
            for number in range(challenge["maxNumber"] + 1)
            if hashlib.sha256(f"{challenge['salt']}{number}".encode()).hexdigest() == challenge["challenge"]
        )
        return base64.b64encode(json.dumps({**challenge, "number": number}).encode()).decode()

    def test_after_twenty_names_no_password_is_looked_at_without_a_proof(self):
        self.assertNotIn("challenge", self.asked())
        self.spray()
        answer = self.log_in()
        self.assertContains(answer, "Many wrong passwords", status_code=429)
        self.assertEqual(answer["Retry-After"], "1")
        self.assertRedirects(self.log_in(client=Client(REMOTE_ADDR="10.0.0.9")), reverse("dashboard"))

    def test_a_colleague_behind_the_same_address_gets_in_with_a_proof_that_counts_once(self):
        self.spray()
        asked = self.asked()
        proven = {"token": asked["token"], "proof": self.proof(asked["challenge"])}
        self.assertEqual(self.log_in(**proven).status_code, 302)
        self.assertEqual(self.log_in(**proven).status_code, 429)
        other = self.asked()
        self.assertEqual(self.log_in(token=other["token"], proof=proven["proof"]).status_code, 429)

    @mock.patch.object(spraying, "SUMS", (3, 600))
    def test_without_script_a_sum_is_enough_and_an_hour_has_few(self):
        self.spray()

        def add(name, password):
            asked = self.asked()
            return self.log_in(name, password, token=asked["token"], sum=str(sum(asked["sum"])))

        self.assertEqual([add(f"other{number}", "wrong").status_code for number in range(2)], [200, 200])
        self.assertRedirects(add("officer", PASSWORD), reverse("dashboard"))
        self.assertContains(add("officer", PASSWORD), "Many wrong passwords", status_code=429)
        for typed in ({}, {"token": "x", "sum": "1"}, {"token": self.asked()["token"], "proof": "!"}):
            self.assertEqual(self.log_in(**typed).status_code, 429)
