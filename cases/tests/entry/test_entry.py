"""Recording a raid and editing a case, through the page: what is read, kept, refused and brought together."""

import threading
import uuid
from datetime import date

import pytest
from django.db import connection, connections
from django.test import Client, TestCase, TransactionTestCase
from django.urls import reverse
from django.utils.timezone import localdate, timedelta

from cases.actions import summing
from cases.entry import edit_conflicts
from cases.history import changes, undo
from cases.models import Case, Draft, Reason
from cases.tests.builders import make_case, make_figure, make_raid, make_rig, make_seizure
from cases.views import entry as entry_views
from regions import places
from regions.grammar.keys import UNMISTAKABLE
from regions.models import Source
from regions.tests.builders import make_agency, make_boundary, make_person, make_policy, make_region
from regions.tests.test_places import square

RIGHTS = [
    "view_case", "add_case", "change_case", "publish_case", "add_source", "add_agency",
]  # fmt: skip
NEW = "/cases/new/"
ENDING = f"cn-bayannur-202109-[{UNMISTAKABLE}]{{4}}"
BAYANNUR = {
    "region": "CN-150800",
    "place": "SME pioneer park",
    "latitude": "40.743",
    "longitude": "107.388",
    "location_precision": "locality",
    "when": "2021年9月",
    "lead_source": "public_tip",
    "site_type": "warehouse",
    "kind": "raid",
    "status": "found",
    "title_en": "Over ten thousand rigs in a Bayannur warehouse",
    "title_zh": "巴彦淖尔仓库查获矿机10100台",
    "confidence": "high",
    "raids-TOTAL_FORMS": "1",
    "raids-INITIAL_FORMS": "0",
    "raids-0-lines-TOTAL_FORMS": "1",
    "raids-0-lines-INITIAL_FORMS": "0",
    "raids-0-lines-0-kind": "unknown",
    "raids-0-lines-0-count": "1.01万",
    "figures-TOTAL_FORMS": "1",
    "figures-INITIAL_FORMS": "0",
    "figures-0-quantity": "energy_kwh",
    "figures-0-amount": "1104千瓦时",
    "agencies-TOTAL_FORMS": "1",
    "agencies-INITIAL_FORMS": "0",
    "agencies-0-agency": "bayannur-drc",
    "sources-TOTAL_FORMS": "1",
    "sources-INITIAL_FORMS": "0",
    "sources-0-publisher": "Xinhua",
    "reason-energy_per_rig": "Read on the spot; the rigs were cleared out elsewhere and stored here.",
}


def make_world(case):
    """Regions with shapes, an officer of Inner Mongolia, what the raid needs."""
    case.china = make_region(code="CN", name_en="China", name_zh="中国", currency="CNY")
    case.mongolia = make_region(code="CN-NM", name_en="Inner Mongolia", name_zh="内蒙古", parent=case.china)
    case.bayannur = make_region(code="CN-150800", name_en="Bayannur", name_zh="巴彦淖尔", parent=case.mongolia)
    case.sarawak = make_region(code="MY-13", name_en="Sarawak", parent=make_region(code="MY", name_en="Malaysia"))
    make_boundary(case.china, geometry=square(73, 18, 135, 53))
    make_boundary(case.bayannur, geometry=square(105, 40, 109, 43))
    make_boundary(case.sarawak, geometry=square(109, 0, 116, 5))
    make_rig(
        slug="generic-asic",
        manufacturer="generic",
        model="ASIC 2020",
        is_generic=True,
        released_year=2020,
        power_w=3334,
    )
    case.agency = make_agency(slug="bayannur-drc", name_en="Bayannur Development and Reform Commission")
    case.officer = make_person(*RIGHTS, username="officer", regions=[case.mongolia])
    places.forget()


def as_opened(case, client):
    """What the edit page of `case` holds, as a browser would send it."""
    response = client.get(reverse("cases:case-edit", args=[case.ref]))
    typed, data = response.context["entry"], {"key": str(response.context["key"]), "base": response.context["base"]}
    rows = [typed.form, *typed.raids.forms]
    for formset in (typed.raids, *(raid.lines for raid in typed.raids.forms), *typed.sections.values()):
        data[f"{formset.prefix}-TOTAL_FORMS"] = len(formset.forms)
        data[f"{formset.prefix}-INITIAL_FORMS"] = formset.initial_form_count()
        rows += [form for form in formset.forms if form not in rows]
    for form in rows:
        for field in form:
            value = field.value()
            if value not in (None, False, ""):
                data[field.html_name] = "on" if value is True else str(value)
    return data


class RecordTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_world(cls)
        cls.addClassCleanup(places.forget)

    def setUp(self):
        self.client.force_login(self.officer)

    def record(self, **typed):
        typed = {name.replace("__", "-"): value for name, value in typed.items()}
        return self.client.post(NEW, BAYANNUR | {"key": str(uuid.uuid4())} | typed)

    def errors(self, **typed):
        response = self.record(**typed)
        self.assertEqual(response.status_code, 400, response.get("Location"))
        self.assertEqual(Case.objects.count(), 0)
        return response.context["entry"].errors()

    def test_the_bayannur_raid_from_nothing(self):
        response = self.record()
        case = Case.objects.get()
        self.assertRedirects(response, f"/cases/{case.ref}/")
        self.assertRegex(case.ref, ENDING)
        self.assertEqual((case.occurred_on, case.date_precision), (date(2021, 9, 1), "month"))
        self.assertEqual((case.rigs, case.rigs_qualifier, case.published), (10_100, "exact", False))
        self.assertEqual((case.electricity_check, case.kw_best), ("implausible", None))
        line = case.raids.get().seizures.get()
        self.assertEqual((line.count, line.count_as_published), (10_100, "1.01万"))
        figure = case.figures.get()
        self.assertEqual((figure.amount, figure.as_published), (1104, "1104千瓦时"))
        self.assertEqual((case.agencies.get(), case.sources.get().publisher), (self.agency, "Xinhua"))
        reason = Reason.objects.get()
        self.assertEqual((reason.rule, reason.by), ("energy_per_rig", self.officer))
        self.assertIn("0.11 kWh per rig", reason.doubt)
        (change,) = changes.changes_of(case.pk)
        self.assertEqual((change.author, change.verb), ("officer", "record"))

    def test_saved_and_published_in_one_go(self):
        response = self.record(then="publish")
        self.assertTrue(Case.objects.get().published)
        self.client.logout()
        self.assertEqual(self.client.get(response["Location"]).status_code, 200)

    def test_without_a_source_it_is_saved_and_not_published(self):
        self.client.post(NEW, {**BAYANNUR, "key": str(uuid.uuid4()), "then": "publish", "sources-0-publisher": ""})
        self.assertFalse(Case.objects.get().published)

    def test_a_point_alone_says_the_region(self):
        self.record(region="")
        self.assertEqual(Case.objects.get().region, self.bayannur)

    def test_nonsense_is_said_at_its_field_and_nothing_is_written(self):
        tomorrow = (localdate() + timedelta(days=3)).isoformat()
        for typed, label in [
            ({"raids__0__lines__0__count": "-5"}, "Count"),
            ({"raids__0__lines__0__count": "10.5"}, "Count"),
            ({"raids__0__lines__0__count": "10000000000000"}, "Count"),
            ({"raids__0__lines__0__count": "几百"}, "Count"),
            ({"raids__0__lines__0__count": "5\x00"}, "Count"),
            ({"raids__0__lines__0__rig": "Abacus 3000"}, "Model (leave empty if not known)"),
            ({"when": "2021-02-31"}, "Date: a day, a month or a year"),
            ({"when": tomorrow}, "Date: a day, a month or a year"),
            ({"when": "September"}, "Date: a day, a month or a year"),
            ({"when": ""}, "Date: a day, a month or a year"),
            ({"latitude": "95"}, "Latitude"),
            ({"latitude": "nan"}, "Latitude"),
            ({"longitude": ""}, "Latitude"),
            ({"region": "Atlantis"}, "Region"),
            ({"figures__0__quantity": "loss", "figures__0__amount": "5000"}, "Currency"),
            ({"figures__0__amount": "12 kW"}, "Amount, as published"),
            ({"figures__0__currency": "CNY"}, "Currency"),
            ({"agencies__0__agency": "Nobody"}, "Agency"),
            ({"kind": "zz"}, "Type"),
            ({"title_en": "", "title_zh": ""}, "English title"),
            ({"title_en": "a\x00b"}, "English title"),
            ({"reason__energy_per_rig": ""}, "Electricity per rig"),
            ({"raids__TOTAL_FORMS": "x"}, "x"),
        ]:
            with self.subTest(typed):
                if label == "x":
                    self.assertIn(self.record(**typed).status_code, (302, 400))
                    Case.objects.all().delete()
                else:
                    self.assertIn(label, [str(field_label) for _id, field_label, _message in self.errors(**typed)])

    def test_a_name_nearly_right_is_answered_with_what_was_meant(self):
        messages = [message for _id, _label, message in self.errors(region="Bayanur")]
        self.assertIn("Bayannur", " ".join(messages))

    def test_exchanged_coordinates_are_seen_and_offered(self):
        response = self.record(latitude="107.388", longitude="40.743")
        self.assertContains(response, "data-swap", status_code=400)

    def test_money_says_its_currency_in_the_amount(self):
        self.record(
            figures__0__quantity="loss", figures__0__amount="RM1.43 million", reason__currency_of_country="As told"
        )
        figure = Case.objects.get().figures.get()
        self.assertEqual((figure.amount, figure.currency), (1_430_000, "MYR"))

    def test_an_unknown_agency_is_added_when_that_is_asked_for(self):
        self.record(agencies__0__agency="巴彦淖尔市公安局", agencies__0__add="on")
        self.assertEqual(Case.objects.get().agencies.get().name_en, "巴彦淖尔市公安局")

    def test_only_for_the_regions_one_works_for(self):
        messages = " ".join(str(error[2]) for error in self.errors(region="MY-13", latitude="", longitude=""))
        self.assertIn("not one of your regions: Inner Mongolia", messages)
        self.client.force_login(make_person("view_case", regions=[self.mongolia]))
        self.assertEqual(self.record().status_code, 403)
        self.assertEqual(self.client.get(NEW).status_code, 403)
        self.client.logout()
        self.assertRedirects(self.client.get(NEW), f"/login/?next={NEW}")

    def test_a_likely_twin_is_shown_and_a_reason_asked(self):
        twin = make_case(
            region=self.bayannur, occurred_on="2021-09-25", latitude=40.75, longitude=107.39, location_precision="site"
        )
        Case.objects.filter(pk=twin.pk).update(rigs=10_000)
        response = self.record()
        self.assertContains(response, "Same case: add my details to it", status_code=400)
        self.assertRegex(self.record(reason__twin="Another hall").get("Location"), f"^/cases/{ENDING}/$")

    def test_a_reference_tells_nothing_about_other_cases_of_the_place_and_day(self):
        alone = self.record()
        Case.objects.filter(ref=alone["Location"].split("/")[2]).update(ref="cn-bayannur-202109", rigs=1)
        make_case(ref="cn-bayannur-202109-2", region=self.bayannur, former_refs=["cn-bayannur-202109-3"])
        beside = self.record(reason__twin="Another hall")
        for answer in (alone, beside):
            self.assertRegex(answer.get("Location"), f"^/cases/{ENDING}/$")
        self.assertNotEqual(alone["Location"], beside["Location"])

    def test_it_is_that_one_adds_what_it_lacks_and_keeps_both_sources(self):
        twin = make_case(ref="there", region=self.bayannur, occurred_on="2021-09-25")
        twin.sources.add(Source.objects.create(publisher="CoinDesk"))
        make_seizure(make_raid(twin), count=10_000)
        self.assertRedirects(self.record(into="there"), "/cases/there/")
        self.assertEqual(Case.objects.count(), 1)
        self.assertEqual(sorted(twin.sources.values_list("publisher", flat=True)), ["CoinDesk", "Xinhua"])
        twin.refresh_from_db()
        self.assertEqual((twin.rigs, twin.figures.count(), twin.title_zh), (10_000, 1, BAYANNUR["title_zh"]))

    def test_while_typing_what_was_read_is_said_and_the_draft_is_kept(self):
        key = str(uuid.uuid4())
        typed = BAYANNUR | {"key": key, "reason-energy_per_rig": "", "figures-0-amount": "６５．８亿千瓦时"}
        response = self.client.post(NEW, typed, headers={"HX-Request": "true", "HX-Target": "checks"})
        for text in ("read as 10,100 rigs", "6,580,000,000 kWh", "estimate: about", "Bayannur", "Draft saved"):
            with self.subTest(text):
                self.assertContains(response, text)
        self.assertEqual(Case.objects.count(), 0)
        resumed = self.client.get(NEW, {"draft": key})
        self.assertContains(resumed, 'value="1.01万"')
        self.assertContains(self.client.get(NEW), f"?draft={key}")
        self.client.force_login(make_person(*RIGHTS, regions=[self.mongolia]))
        self.assertEqual(self.client.get(NEW, {"draft": key}).status_code, 404)

    def test_half_typed_text_never_fails(self):
        for typed in ({}, {"when": "2021-0"}, {"latitude": "x"}, {"raids-TOTAL_FORMS": "9999"}, {"key": "no key"}):
            with self.subTest(typed):
                response = self.client.post(NEW, typed, headers={"HX-Request": "true", "HX-Target": "checks"})
                self.assertEqual(response.status_code, 200)

    def test_half_a_point_is_refused_at_the_half_that_cannot_be_read(self):
        # Near enough in time and with a title that the search for twins compares their places.
        make_case(
            region=self.bayannur, occurred_on="2021-09-25", latitude=40.8, longitude=111.7, location_precision="site",
            title_en=BAYANNUR["title_en"],
        )  # fmt: skip
        for longitude, message in [
            ("111,7", "Not a valid number of degrees. Did you mean 111.7?"),
            ("abc", "Not a valid number of degrees."),
            ("211.7", "Must be from -180 to 180."),
            ("111.7N", "Not a valid number of degrees."),
            ("１１１，７", "Not a valid number of degrees. Did you mean 111.7?"),
        ]:
            with self.subTest(longitude):
                response = self.record(latitude="40.8", longitude=longitude)
                self.assertEqual(response.status_code, 400)
                self.assertIn(("id_longitude", "Longitude", message), response.context["entry"].errors())

    def test_half_a_point_while_typing_is_kept_and_its_draft_opens_again(self):
        make_case(region=self.bayannur, occurred_on="2021-09-25", latitude=40.8, longitude=107.4,
                  location_precision="site", title_en=BAYANNUR["title_en"])  # fmt: skip
        for half in ({"longitude": "111,7"}, {"longitude": ""}, {"latitude": "abc"}, {"latitude": "-"}):
            with self.subTest(half):
                key = str(uuid.uuid4())
                data = BAYANNUR | {"key": key} | half
                response = self.client.post(NEW, data, headers={"HX-Request": "true", "HX-Target": "checks"})
                self.assertEqual(response.status_code, 200)
                self.assertEqual("Did you mean 111.7?" in response.text, "111,7" in half.values())
                self.assertEqual(self.client.get(NEW, {"draft": key}).status_code, 200)

    def test_swapped_degrees_with_decimal_commas_are_asked_about_one_after_the_other(self):
        messages = [message for _id, _label, message in self.errors(latitude="40,743", longitude="107,388")]
        self.assertIn("Not a valid number of degrees. Did you mean 40.743?", messages)
        self.assertIn("Not a valid number of degrees. Did you mean 107.388?", messages)
        response = self.record(latitude="107.388°", longitude="40.743 °")
        self.assertContains(response, "data-swap", status_code=400)

    def test_degrees_may_name_their_direction(self):
        self.record(latitude="40.743°N", longitude="107.388E")
        self.assertEqual(Case.objects.values_list("latitude", "longitude").get(), (40.743, 107.388))

    def test_a_session_that_ended_says_so_where_one_types(self):
        self.client.logout()
        response = self.client.post(NEW, BAYANNUR, headers={"HX-Request": "true", "HX-Target": "checks"})
        self.assertContains(response, "You are logged out.")

    def test_the_same_form_sent_twice_makes_one_case(self):
        key = str(uuid.uuid4())
        answers = [self.client.post(NEW, BAYANNUR | {"key": key})["Location"] for _time in range(2)]
        self.assertEqual((len(set(answers)), Case.objects.count()), (1, 1))
        self.assertEqual(Draft.objects.get(key=key).typed, {})

    def test_a_discarded_draft_is_gone(self):
        draft = Draft.objects.create(by=self.officer, typed={"place": ["x"]})
        self.client.post(reverse("cases:draft-discard", args=[draft.key]))
        self.assertEqual(Draft.objects.count(), 0)

    def test_in_chinese_too(self):
        response = self.client.post(NEW, {"key": "x"}, headers={"Accept-Language": "zh-Hans"})
        self.assertEqual(response.status_code, 400)


class EditTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_world(cls)
        cls.addClassCleanup(places.forget)

    def setUp(self):
        self.client.force_login(self.officer)
        self.case = make_case(ref="warehouse", region=self.bayannur, title_en="Warehouse", occurred_on="2021-09-25")
        self.line = make_seizure(make_raid(self.case, raided_on="2021-09-25"), count=5)
        self.figure = make_figure(self.case, amount=100, basis="per_day")
        self.case.agencies.add(self.agency)
        summing.sum_up(Case.objects.all())
        self.page = reverse("cases:case-edit", args=["warehouse"])

    def save(self, data):
        return self.client.post(self.page, data)

    def test_saving_what_was_opened_changes_nothing(self):
        before = len(changes.changes_of(self.case.pk))
        self.assertEqual(self.save(as_opened(self.case, self.client)).status_code, 302)
        self.assertEqual(len(changes.changes_of(self.case.pk)), before)

    def test_what_is_on_record_is_not_asked_for_again(self):
        page = self.client.get(self.page)
        self.assertNotContains(page, "Still required: region")
        self.assertContains(self.client.get(reverse("cases:case-new")), "Still required: region, date, title, source")
        self.assertEqual({name for name, done in page.context["entry"].steps.items() if not done}, {"source"})

    def test_a_change_is_written_and_nothing_else(self):
        data = as_opened(self.case, self.client) | {"raids-0-lines-0-count": "近6台", "why": "Corrected by the police"}
        self.assertRedirects(self.save(data), "/cases/warehouse/")
        self.line.refresh_from_db()
        self.assertEqual((self.line.count, self.line.qualifier), (6, "exact"))  # the chooser said exactly
        (change,) = [change for change in changes.changes_of(self.case.pk) if change.verb == "edit"]
        self.assertEqual(
            (change.reason, [event.row for event in change.events]), ("Corrected by the police", ["Seizure"])
        )
        self.case.refresh_from_db()
        self.assertEqual(self.case.rigs, 6)

    def test_rows_are_added_and_removed(self):
        data = as_opened(self.case, self.client) | {
            "figures-0-DELETE": "on",
            "agencies-0-DELETE": "on",
            "raids-TOTAL_FORMS": "2",
            "raids-1-when": "2021-10-01",
            "raids-1-lines-TOTAL_FORMS": "1",
            "raids-1-lines-INITIAL_FORMS": "0",
            "raids-1-lines-0-count": "7",
            "raids-1-lines-0-kind": "asic",
        }
        self.assertEqual(self.save(data).status_code, 302)
        self.case.refresh_from_db()
        self.assertEqual((self.case.rigs, self.case.raids.count()), (12, 2))
        self.assertEqual((self.case.figures.count(), self.case.agencies.count()), (0, 0))

    def test_a_raid_that_is_thrown_away_is_not_asked_for_its_lines(self):
        data = as_opened(self.case, self.client) | {"raids-0-DELETE": "on", "raids-0-lines-0-count": "many"}
        self.assertEqual(self.save(data).status_code, 302)
        self.assertFalse(self.case.raids.exists())

    def test_who_saves_second_is_shown_both_versions_and_loses_nothing(self):
        data = as_opened(self.case, self.client) | {"title_en": "Mine", "place": "My place"}
        Case.objects.filter(pk=self.case.pk).update(title_en="Theirs", outcome="Their outcome")
        response = self.save(data)
        self.assertEqual(response.status_code, 409)
        (conflict,) = response.context["conflicts"]
        self.assertEqual((conflict.yours, conflict.theirs), ("Mine", "Theirs"))
        self.assertContains(response, "My place", status_code=409)
        self.assertContains(response, "Their outcome", status_code=409)
        self.case.refresh_from_db()
        self.assertEqual((self.case.title_en, self.case.place), ("Theirs", ""))
        self.assertEqual(self.save(data | {conflict.choice: "yours"}).status_code, 302)
        self.case.refresh_from_db()
        self.assertEqual(
            (self.case.title_en, self.case.place, self.case.outcome), ("Mine", "My place", "Their outcome")
        )

    def test_the_colleagues_version_may_be_chosen(self):
        data = as_opened(self.case, self.client) | {"title_en": "Mine"}
        Case.objects.filter(pk=self.case.pk).update(title_en="Theirs")
        self.save(data | {"choose-case-title_en": "theirs"})
        self.case.refresh_from_db()
        self.assertEqual(self.case.title_en, "Theirs")

    def test_changes_to_different_fields_and_rows_go_together(self):
        data = as_opened(self.case, self.client) | {"figures-0-amount": "200"}
        type(self.line).objects.update(count=9)
        self.assertEqual(self.save(data).status_code, 302)
        self.line.refresh_from_db()
        self.figure.refresh_from_db()
        self.assertEqual((self.line.count, self.figure.amount), (9, 200))

    def test_a_row_that_a_colleague_added_stays(self):
        data = as_opened(self.case, self.client) | {"title_en": "Mine"}
        make_figure(self.case, quantity="load_kw", amount=5)
        self.assertEqual(self.save(data).status_code, 302)
        self.assertEqual(self.case.figures.count(), 2)

    def test_a_base_that_was_tampered_with_takes_nothing_for_granted(self):
        data = as_opened(self.case, self.client) | {"title_en": "Mine", "base": "forged"}
        self.assertEqual(self.save(data).status_code, 409)

    def test_elsewhere_it_is_refused_and_not_offered(self):
        theirs = make_case(ref="theirs", region=self.sarawak, published=True)
        secret = make_case(ref="secret", region=self.sarawak)
        self.assertNotContains(self.client.get(theirs.get_absolute_url()), "/edit/")
        for ref, status in (("theirs", 403), ("secret", 404), ("nothing", 404)):
            page = reverse("cases:case-edit", args=[ref])
            with self.subTest(ref):
                self.assertEqual(self.client.get(page).status_code, status)
                self.assertEqual(self.client.post(page, {"title_en": "Mine"}).status_code, status)
        secret.refresh_from_db()
        self.assertNotEqual(secret.title_en, "Mine")
        self.assertContains(self.client.get(self.case.get_absolute_url()), self.page)

    def test_a_case_cannot_be_moved_where_one_does_not_work(self):
        data = as_opened(self.case, self.client) | {"region": "MY-13"}
        self.assertEqual(self.save(data).status_code, 400)

    def test_undo_takes_an_edit_back(self):
        self.save(as_opened(self.case, self.client) | {"title_en": "Mine", "raids-0-lines-0-count": "8"})
        (change,) = [change for change in changes.changes_of(self.case.pk) if change.verb == "edit"]
        undo.undo(change.key, by=self.officer)
        self.case.refresh_from_db()
        self.assertEqual((self.case.title_en, self.case.rigs), ("Warehouse", 5))

    def test_a_rule_is_cited_and_linked(self):
        make_policy(ref="ndrc-1283", issued_on="2021-09-03", title_en="Notice 1283")
        data = as_opened(self.case, self.client) | {
            "citations-TOTAL_FORMS": "1", "citations-0-text": "Notice No. 1283",
            "citations-0-policy": "Notice 1283 · ndrc-1283",
        }  # fmt: skip
        self.assertEqual(self.save(data).status_code, 302)
        self.assertEqual(self.case.citations.get().policy.ref, "ndrc-1283")
        self.save(as_opened(self.case, self.client) | {"citations-0-DELETE": "on"})
        self.assertFalse(self.case.citations.exists())


def at_once(*calls):
    """Run `calls` in threads of their own that start together."""
    start, threads = threading.Barrier(len(calls)), []

    def run(call):
        start.wait()
        try:
            call()
        finally:
            connections.close_all()

    for call in calls:
        threads.append(threading.Thread(target=run, args=[call]))
        threads[-1].start()
    for thread in threads:
        thread.join()


class RaceTests(TransactionTestCase):
    def setUp(self):
        make_world(self)
        self.addCleanup(places.forget)

    def clicks(self, number=4):
        key, answers = str(uuid.uuid4()), []

        def click():
            client = Client()
            client.force_login(self.officer)
            answers.append(client.post(NEW, BAYANNUR | {"key": key, "reason-twin": "Clicked again"}))

        at_once(*[click] * number)
        return answers

    def test_a_quadruple_click_makes_one_case_and_all_are_told_where_it_is(self):
        answers = self.clicks()
        self.assertEqual(Case.objects.count(), 1)
        self.assertEqual({answer.get("Location") for answer in answers}, {Case.objects.get().get_absolute_url()})

    def test_the_control_without_the_lock_on_the_draft_makes_several(self):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                entry_views, "_locked_draft", lambda request, case, key: Draft(key=uuid.uuid4(), by=request.user)
            )
            self.clicks()
        self.assertGreater(Case.objects.count(), 1)

    def two_editors(self):
        """Two open the same page, then save at once. Returns (the stored title and place, the two statuses)."""
        case = make_case(ref="warehouse", region=self.bayannur, title_en="Warehouse")
        clients = [Client(), Client()]
        for client in clients:
            client.force_login(self.officer)
        typed = [as_opened(case, client) | {"title_en": f"Title {at}"} for at, client in enumerate(clients)]
        statuses = []

        def save(at):
            statuses.append(clients[at].post(reverse("cases:case-edit", args=["warehouse"]), typed[at]).status_code)

        at_once(lambda: save(0), lambda: save(1))
        case.refresh_from_db()
        return case.title_en, sorted(statuses)

    def test_of_two_who_save_at_once_one_is_told(self):
        title, statuses = self.two_editors()
        self.assertIn(title, ("Title 0", "Title 1"))
        self.assertEqual(statuses, [302, 409])

    def test_the_control_without_the_comparison_loses_an_edit_silently(self):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(edit_conflicts, "merged", lambda typed, base: (typed.data, [], []))
            _title, statuses = self.two_editors()
        self.assertEqual(statuses, [302, 302])


def test_the_page_asks_the_database_no_more_often_for_more_rows(client, db, django_assert_max_num_queries):
    person = make_person(*RIGHTS, is_superuser=True)
    client.force_login(person)
    case = make_case(ref="rows")
    client.get("/cases/rows/edit/")  # the first page of a session also renews it
    counts = []
    for _more in (1, 3):
        while case.raids.count() < _more:
            make_seizure(make_raid(case), count=1)
        with django_assert_max_num_queries(60) as found:
            client.get("/cases/rows/edit/")
        counts.append(len(found))
    assert counts[0] == counts[1]
    assert connection.connection is not None
