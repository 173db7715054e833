"""Meters that were looked at and are no mines: marked in later runs, listed apart, taken back."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from cases.history.tables import all_tables
from cases.leads.handling import change_state, record_inspection
from cases.models import Clearance, Inspection, Lead
from cases.screening.results import leading
from cases.screening.results.cleared import cleared_in
from cases.tests.builders import make_clearance, make_screened_meter, make_screening_run
from regions.tests.builders import make_person, make_region

LIST = "/screening/looked-at/"
STORE = {"act": "clear", "kind": "cold_store", "looked_on": "2026-11-02", "note": "Fish"}


class ClearedTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region()
        cls.elsewhere = make_region()
        cls.officer = make_person("work_on_leads", regions=[cls.region], username="officer")
        cls.first = make_screening_run(region=cls.region)
        cls.store, cls.mine, cls.works = (
            make_screened_meter(cls.first, meter=meter, kw=10.0, points=50.0) for meter in ("STORE", "MINE", "WORKS")
        )
        cls.later = make_screening_run(region=make_region(parent=cls.region))

    def setUp(self):
        self.client.force_login(self.officer)

    def in_a_later_run(self, meter, kw=10.0):
        return make_screened_meter(self.later, meter=meter, kw=kw, points=50.0)

    def listed(self, **query):
        question = self.client.get(self.later.get_absolute_url(), query).context["page_of_run"].question
        return sorted(found.meter for found in question.found)

    def test_what_an_officer_says_marks_the_meter_and_lists_it_apart(self):
        for meter in ("STORE", "WORKS"):
            self.in_a_later_run(meter)
        self.assertEqual(self.listed(), ["STORE", "WORKS"])
        response = self.client.post(self.store.get_absolute_url(), STORE, follow=True)
        self.assertContains(response, "Looked at on 2 Nov 2026")
        self.assertEqual((self.listed(), self.listed(looked="yes")), (["WORKS"], ["STORE"]))
        self.assertEqual(self.listed(looked=["yes", "no"]), ["STORE", "WORKS"])
        page = self.client.get(self.later.get_absolute_url())
        self.assertContains(page, "1 meter that was looked at and is no mine is left out.")
        page = self.client.get(self.later.get_absolute_url(), {"looked": "yes"})
        self.assertContains(page, "Cold store")
        self.assertNotContains(page, "Choose meter STORE")
        refused = {"act": "leads", "meter": ["STORE", "WORKS"]}
        response = self.client.post(self.later.get_absolute_url(), refused, follow=True)
        self.assertContains(response, "No lead was made of meters that were looked at")
        self.assertEqual(list(Lead.objects.values_list("hits__meter", flat=True)), ["WORKS"])

    def test_what_an_inspection_found_to_be_none_is_on_the_list_and_a_mine_is_not(self):
        leading.make_leads(self.first, ["STORE", "MINE", "WORKS"], by=self.officer)
        store, mine, works = (Lead.objects.get(hits__meter=meter) for meter in ("STORE", "MINE", "WORKS"))
        record_inspection(store, Inspection(visited_on="2026-11-20", found="nothing"), by=self.officer)
        change_state(works, "not_mining", by=self.officer, reason="Three shifts")
        make_clearance(self.mine)
        for meter in ("STORE", "MINE", "WORKS"):
            self.in_a_later_run(meter)
        self.assertEqual(self.listed(), [])
        record_inspection(mine, Inspection(visited_on="2026-11-20", found="mining"), by=self.officer)
        self.assertEqual(self.listed(), ["MINE"])
        page = self.client.get(LIST)
        self.assertEqual({row.then.meter for row in page.context["rows"]}, {"STORE", "WORKS"})
        self.assertContains(page, store.ref)
        self.assertContains(page, "20 Nov 2026")

    def test_the_mark_ends_when_the_load_has_grown_and_another_lead_can_be_made(self):
        leading.make_leads(self.first, ["STORE"], by=self.officer)
        change_state(Lead.objects.get(), "not_mining", by=self.officer, reason="A cold store")
        for kw, listed in ((15.0, []), (15.1, ["STORE"])):
            with self.subTest(kw):
                meter = self.in_a_later_run("STORE", kw)
                self.assertEqual(self.listed(), listed)
                made, _known = leading.make_leads(self.later, ["STORE"], by=self.officer)
                self.assertEqual(len(made), len(listed))
                meter.delete()
        self.in_a_later_run("STORE", 15.1)
        self.assertContains(self.client.get(self.later.get_absolute_url()), "the load has grown since")

    def test_the_mark_ends_after_its_last_day(self):
        today = timezone.localdate()
        self.in_a_later_run("STORE")
        for until, listed in ((today, []), (today - timedelta(days=1), ["STORE"])):
            with self.subTest(until):
                clearance = make_clearance(self.store, until=until)
                self.assertEqual(self.listed(), listed)
                clearance.delete()

    def test_it_is_taken_back_and_stays_in_the_history(self):
        self.client.post(self.store.get_absolute_url(), STORE)
        self.assertContains(self.client.get(LIST), "Fish")
        self.client.post(self.store.get_absolute_url(), {"act": "suspect"})
        self.assertContains(self.client.get(LIST), "No meter is on this list yet")
        events = all_tables()[Clearance].objects.order_by("pgh_id")
        self.assertEqual([event.pgh_label for event in events], ["insert", "delete"])
        self.assertEqual({event.pgh_context.metadata["name"] for event in events}, {"officer"})

    def test_what_is_not_clear_is_said_at_its_place(self):
        for name, typed, message in [
            ("no kind", {"kind": ""}, "This field is required."),
            ("no such kind", {"kind": "castle"}, "is not one of the available choices"),
            ("something else", {"kind": "other", "note": ""}, "Say in the note what it is."),
            ("tomorrow", {"looked_on": "2999-01-01"}, "This day is still to come."),
            ("no day", {"looked_on": "lately"}, "Enter a valid date."),
            ("ends before it begins", {"until": "2026-11-01"}, "The end cannot be before the start."),
            ("a NUL byte", {"note": "a\0b"}, ""),
        ]:
            with self.subTest(name):
                response = self.client.post(self.store.get_absolute_url(), STORE | typed)
                self.assertContains(response, message, status_code=400)
                self.assertFalse(Clearance.objects.exists())

    def test_only_who_works_there_sees_or_says_it(self):
        make_clearance(self.works)
        for regions, codes in (([self.elsewhere], (404, 404)), ([self.region], (302, 200))):
            with self.subTest(regions):
                self.client.force_login(make_person("work_on_leads", regions=regions))
                sent = self.client.post(self.store.get_absolute_url(), STORE)
                page = self.client.get(self.works.get_absolute_url())
                self.assertEqual((sent.status_code, page.status_code), codes)
                self.assertEqual(Clearance.objects.filter(screened=self.store).exists(), codes[0] == 302)
                self.assertEqual(b"WORKS" in self.client.get(LIST).content, codes[0] == 302)
        self.client.force_login(make_person("view_case", regions=[self.region]))
        self.assertEqual(self.client.get(LIST).status_code, 403)

    def test_a_meter_of_the_same_number_elsewhere_is_another_one(self):
        make_clearance(self.store)
        apart = make_screening_run(region=self.elsewhere)
        make_screened_meter(apart, meter="STORE", kw=10.0)
        self.in_a_later_run("STORE")
        self.assertEqual((list(cleared_in(apart)), list(cleared_in(self.later))), ([], ["STORE"]))
