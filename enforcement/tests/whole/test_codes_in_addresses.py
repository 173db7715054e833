"""Codes in addresses are read in any letters, and tell nothing about what is hidden."""

from django.test import TestCase

from cases.tests.builders import make_case
from regions.tests.builders import make_person, make_policy, make_region


class CodesInAddressesTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region(code="CN-NM", name_en="Inner Mongolia")
        make_policy(ref="cn-2021-notice")
        make_case(ref="Raid-1", region=cls.region, published=True)
        make_case(ref="hidden-raid", region=cls.region)

    def test_a_page_leads_to_the_address_as_it_is_on_record(self):
        for asked, found in [
            ("/regions/cn-nm/", "/regions/CN-NM/"),
            ("/regions/Cn-nM/?tab=1&x=%2F", "/regions/CN-NM/?tab=1&x=%2F"),
            ("/regions/cn-nm/boundaries.geojson", "/regions/CN-NM/boundaries.geojson"),
            ("/policies/CN-2021-Notice/", "/policies/cn-2021-notice/"),
            ("/cases/raid-1/", "/cases/Raid-1/"),
        ]:
            for ask in (self.client.get, self.client.head):
                with self.subTest(asked):
                    answer = ask(asked)
                    self.assertEqual((answer.status_code, answer.headers.get("Location")), (301, found))
        for there in ("/regions/CN-NM/", "/policies/cn-2021-notice/", "/cases/Raid-1/"):
            self.assertEqual(self.client.get(there).status_code, 200)

    def test_the_api_answers(self):
        for asked in ("regions/cn-nm", "policies/CN-2021-NOTICE", "cases/raid-1"):
            with self.subTest(asked):
                answer = self.client.get(f"/api/v1/{asked}/")
                self.assertEqual(answer.status_code, 200)
                self.assertEqual(
                    (answer.json().get("code") or answer.json()["ref"]).lower(), asked.split("/")[1].lower()
                )

    def test_a_hidden_case_is_as_missing_as_none(self):
        for address in ("/cases/{}/", "/api/v1/cases/{}/"):
            for ref in ("HIDDEN-RAID", "Hidden-raid", "nothing-at-all"):
                with self.subTest(address, ref=ref):
                    answer = self.client.get(address.format(ref))
                    self.assertEqual((answer.status_code, answer.headers.get("Location")), (404, None))
        self.client.force_login(make_person("view_case", regions=[self.region]))
        for end in ("", "history/"):
            led = self.client.get(f"/cases/HIDDEN-RAID/{end}")
            self.assertEqual((led.status_code, led.headers.get("Location")), (301, f"/cases/hidden-raid/{end}"))
        self.assertEqual(self.client.get("/api/v1/cases/HIDDEN-RAID/").json()["ref"], "hidden-raid")

    def test_two_that_differ_in_letters_only_are_not_guessed(self):
        make_case(ref="raid-1", region=self.region, published=True)
        self.assertEqual(self.client.get("/cases/RAID-1/").status_code, 404)
        self.assertEqual(self.client.get("/cases/raid-1/").status_code, 200)

    def test_what_changes_something_is_not_led_elsewhere(self):
        self.client.force_login(make_person("view_case", "change_case", regions=[self.region]))
        self.assertEqual(self.client.post("/cases/RAID-1/publish/").status_code, 404)
