"""What became of the rigs, step by step."""

from datetime import timedelta

from django.test import TestCase
from django.urls import reverse
from django.utils.timezone import localdate

from cases.models import Case, Disposal
from cases.tests.builders import make_case, make_disposal, make_document, make_raid, make_seizure
from regions.tests.builders import make_agency, make_person, make_region


class CustodyTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region()
        cls.case = make_case(ref="warehouse", region=cls.region)
        cls.line = make_seizure(make_raid(cls.case, raided_on="2021-05-18"), count=136)
        cls.court = make_agency(name_en="Miri Court", slug="miri-court")
        cls.order = make_document(cls.case, title="Court order")
        cls.officer = make_person("view_case", "change_case", regions=[cls.region])

    def setUp(self):
        self.client.force_login(self.officer)
        self.page = reverse("cases:case-custody", args=["warehouse"])

    def step(self, kind="destroyed", **typed):
        return self.client.post(self.page, {"seizure": self.line.pk, "kind": kind} | typed, follow=True)

    def left(self):
        ((chain, _form),) = self.client.get(self.page).context["chains"]
        return chain.left

    def test_a_step_has_its_count_day_authority_and_document(self):
        answer = self.step(
            count="100", when="2021年7月16日", authority="Miri Court", document=self.order.pk, note="Crushed"
        )
        self.assertContains(answer, "136 seized · 100 accounted for · 36 not accounted for")
        self.assertContains(answer, self.order.sha256)
        step = Disposal.objects.get()
        self.assertEqual((step.count, str(step.disposed_on), step.authority), (100, "2021-07-16", self.court))

    def test_stored_rigs_are_still_there_and_count_once_when_they_are_destroyed(self):
        self.step("stored", count="136")
        self.assertEqual(self.left(), 136)
        self.step("destroyed", count="136")
        self.assertEqual(self.left(), 0)

    def test_a_step_without_a_count_is_the_whole_line(self):
        self.step("auctioned")
        self.assertEqual(self.left(), 0)

    def test_what_cannot_be_is_said_at_its_field_and_nothing_is_written(self):
        make_disposal(self.line, kind="destroyed", count=100)
        tomorrow = (localdate() + timedelta(days=2)).isoformat()
        for typed, field in [
            ({"count": "37"}, "count"),
            ({"count": "0"}, "count"),
            ({"count": "-1"}, "count"),
            ({"count": "1.5"}, "count"),
            ({"count": "many"}, "count"),
            ({"when": tomorrow}, "when"),
            ({"when": "2021-05-17"}, "when"),
            ({"when": "2021-02-31"}, "when"),
            ({"authority": "Nobody"}, "authority"),
            ({"kind": "eaten"}, "kind"),
            ({"document": make_document(make_case()).pk}, "document"),
        ]:
            with self.subTest(typed):
                answer = self.step(**typed)
                self.assertEqual(answer.status_code, 400)
                ((_chain, form),) = answer.context["chains"]
                self.assertEqual(list(form.errors), [field])
        self.assertEqual(Disposal.objects.count(), 1)

    def test_nothing_more_becomes_of_what_is_gone(self):
        self.step("destroyed")
        self.assertEqual(self.step("auctioned", count="1").status_code, 400)

    def test_when_all_is_accounted_for_the_officer_says_so(self):
        close = reverse("cases:custody-close", args=["warehouse"])
        self.client.post(close)
        self.case.refresh_from_db()
        self.assertEqual(self.case.status, "found")
        self.assertContains(self.step("returned"), "Every rig is accounted for.")
        self.client.post(close)
        self.case.refresh_from_db()
        self.assertEqual(self.case.status, "disposed")

    def test_a_step_is_taken_back_with_a_reason(self):
        step = make_disposal(self.line)
        page = reverse("cases:custody-take-back", args=["warehouse", step.pk])
        self.assertContains(self.client.post(page), "Give a reason", status_code=400)
        self.client.post(page, {"reason": "Another line"})
        self.assertEqual(Disposal.objects.count(), 0)

    def test_a_line_of_another_case_cannot_be_reached_through_this_one(self):
        other = make_seizure(make_raid(make_case()), count=5)
        self.assertEqual(self.client.post(self.page, {"seizure": other.pk, "kind": "destroyed"}).status_code, 404)
        step = make_disposal(other)
        page = reverse("cases:custody-take-back", args=["warehouse", step.pk])
        self.assertEqual(self.client.post(page, {"reason": "x"}).status_code, 404)

    def test_who_only_reads_takes_no_step(self):
        self.client.force_login(make_person("view_case", regions=[self.region]))
        self.assertNotContains(self.client.get(self.page), "Save the step")
        self.assertEqual(self.step().status_code, 403)
        self.client.force_login(make_person("view_case", "change_case", regions=[make_region()]))
        self.assertEqual(self.step().status_code, 404)

    def test_the_place_is_named_in_the_language_of_the_reader(self):
        self.case.raids.update(place="Old mill")
        Case.objects.update(place="Old mill", place_zh="旧磨坊")
        self.assertContains(self.client.get(self.page), "Old mill")
        answer = self.client.get(self.page, headers={"Accept-Language": "zh-Hans"})
        self.assertContains(answer, "旧磨坊")
        self.assertNotContains(answer, "Old mill")

    def test_in_chinese_too(self):
        make_disposal(self.line, document=self.order, authority=self.court)
        answer = self.client.get(self.page, headers={"Accept-Language": "zh-Hans"})
        self.assertContains(answer, self.order.sha256)
