"""Which doubts are open about stored cases, who is told, and how they are answered."""

from unittest import mock

from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.test import TestCase, TransactionTestCase
from django.urls import reverse

from cases.actions import publishing, summing
from cases.doubts import open_doubts
from cases.doubts.data_quality import DataQuality
from cases.history import changes, undo
from cases.models import Case, OpenDoubt, Reason
from cases.models.intake import DoubtRule
from cases.selection.selection import Selection
from cases.tests import real_record
from cases.tests.builders import make_case, make_figure, make_open_doubt, make_raid, make_reason, make_rig, make_seizure
from regions import places
from regions.tests.builders import make_factor, make_person, make_region, make_source
from regions.tests.pages import text_of

OFFICER = ("view_case", "change_case")
ALIKE = {"title_en": "Night raid on a warehouse in Bayannur", "occurred_on": "2021-09-25"}


def open_about(case):
    return sorted(OpenDoubt.objects.filter(case=case).values_list("rule", "other__ref"))


class ReviewTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.china = make_region(code="CN", name_en="China", currency="CNY")
        cls.district = make_region(
            code="CN-150800", name_en="Bayannur", parent=make_region(code="CN-NM", parent=cls.china)
        )
        make_rig(manufacturer="generic", is_generic=True, released_year=2018, power_w=1400)

    def make(self, rigs=None, **values):
        case = make_case(**{"region": self.district, "published": True} | values)
        if rigs is not None:
            make_seizure(make_raid(case), count=rigs)
        summing.sum_up(Case.objects.filter(pk=case.pk))
        return case

    def test_a_doubt_is_open_until_the_case_changes(self):
        case = self.make(rigs=10_100)
        figure = make_figure(case, amount=1104)
        summing.sum_up(Case.objects.filter(pk=case.pk))
        self.assertEqual(open_about(case), [("energy_per_rig", None)])
        figure.delete()
        summing.sum_up(Case.objects.filter(pk=case.pk))
        self.assertEqual(open_about(case), [])

    def test_a_reason_answers_it_and_no_other(self):
        case = self.make(rigs=10_100, arrests=2000)
        make_figure(case, amount=1104)
        make_reason(case, rule="energy_per_rig")
        summing.sum_up(Case.objects.filter(pk=case.pk))
        self.assertEqual(open_about(case), [("many_arrests", None)])

    def test_the_factor_that_is_used_is_of_another_time(self):
        make_factor(
            kind="grid_co2", region=self.china, scope="China", series="mee_nbs", year=2022, value="0.5366",
            unit="kgCO2/kWh",
        )  # fmt: skip
        old, near = self.make(rigs=5, occurred_on="2019-05-01"), self.make(rigs=5, occurred_on="2020-05-01")
        self.assertEqual((open_about(old), open_about(near)), ([("old_factor", None)], []))
        self.assertEqual(open_about(self.make(occurred_on="2017-01-01")), [])  # no load: it is not used

    def test_twins_are_told_of_each_other_and_no_longer_when_one_moves_away(self):
        one = self.make(**ALIKE)
        other = self.make(**ALIKE | {"occurred_on": "2021-09-27"})
        self.assertEqual(open_about(one), [("twin", other.ref)])
        self.assertEqual(open_about(other), [("twin", one.ref)])
        Case.objects.filter(pk=other.pk).update(occurred_on="2023-01-01")
        summing.sum_up(Case.objects.filter(pk=other.pk))
        self.assertEqual(OpenDoubt.objects.count(), 0)

    def test_the_reason_of_one_twin_answers_for_both(self):
        one, other = self.make(**ALIKE), self.make(**ALIKE)
        make_reason(other, rule="twin")
        summing.sum_up(Case.objects.filter(pk=one.pk))
        self.assertEqual(OpenDoubt.objects.count(), 0)

    def test_a_case_and_its_parts_are_no_twins(self):
        whole = self.make(**ALIKE)
        self.make(**ALIKE, part_of=whole)
        self.make(**ALIKE, part_of=whole)
        self.assertEqual(OpenDoubt.objects.count(), 0)

    def test_a_twin_does_not_tell_where_a_sensitive_case_is(self):
        point = {"latitude": 40.7, "longitude": 107.4, "location_precision": "site", "region": self.china}
        self.make(**ALIKE, **point, sensitive=True)
        self.make(**ALIKE, **point)
        self.assertEqual(OpenDoubt.objects.count(), 0)
        self.make(**ALIKE, **point)
        self.assertEqual(OpenDoubt.objects.count(), 2)

    def test_an_internal_twin_is_not_told_of(self):
        internal, shown = self.make(**ALIKE, published=False), self.make(**ALIKE)
        self.assertEqual((open_about(shown), open_about(internal)), ([], [("twin", shown.ref)]))
        public = Selection(QueryDict("doubt=twin"), AnonymousUser())
        self.assertEqual(
            (list(public.cases), DataQuality(public.cases).doubted, DataQuality(public.cases).most_doubted),
            ([], {}, []),
        )
        self.assertNotContains(self.client.get(shown.get_absolute_url()), "Possible duplicate")
        internal.sources.add(make_source())
        publishing.publish_case(internal, by=make_person(is_superuser=True))
        public = Selection(QueryDict("doubt=twin"), AnonymousUser())
        self.assertEqual((public.count, DataQuality(public.cases).doubted), (2, {"twin": 2}))
        self.assertContains(self.client.get(shown.get_absolute_url()), "Possible duplicate")
        publishing.withdraw_case(internal, by=make_person(is_superuser=True), reason="A test")
        self.assertEqual(open_about(shown), [])

    def test_what_is_deleted_leaves_no_doubt_and_comes_back_with_it(self):
        registrar = make_person(is_superuser=True)
        one, other = self.make(**ALIKE), self.make(**ALIKE)
        publishing.delete_case(one, by=registrar, reason="A test")
        self.assertEqual(open_about(other), [])
        (change, *_) = [change.key for change in changes.changes_of(one.pk, registrar)]
        undo.undo(change, by=registrar, reason="A test")
        self.assertEqual(open_about(other), [("twin", one.ref)])

    def test_what_is_open_still_is_not_written_again(self):
        one, other = self.make(**ALIKE), self.make(**ALIKE)
        before = set(OpenDoubt.objects.values_list("pk", flat=True))
        self.assertEqual(len(before), 2)
        summing.sum_up(Case.objects.filter(pk__in=[one.pk, other.pk]))
        self.assertEqual(set(OpenDoubt.objects.values_list("pk", flat=True)), before)

    def test_as_many_queries_for_many_cases_as_for_one(self):
        for some in (1, 4):
            pks = [make_case(region=self.district, occurred_on=f"202{some + n}-01-01").pk for n in range(some)]
            for pk in pks:
                make_figure(Case.objects.get(pk=pk), quantity="loss", amount=5, currency="CNY", basis="total")
            with self.subTest(some), self.assertNumQueries(31):
                summing.sum_up(Case.objects.filter(pk__in=pks))


class AnswerTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region()
        cls.officer = make_person(*OFFICER, regions=[cls.region])
        cls.stranger = make_person(*OFFICER, regions=[make_region()])
        cls.case = make_case(ref="crowd", region=cls.region, published=True, arrests=2000)
        summing.sum_up(Case.objects.all())
        cls.address = reverse("cases:case-answer", args=["crowd", "many_arrests"])

    def test_who_works_for_the_region_says_why_it_stands(self):
        self.client.force_login(self.officer)
        self.assertContains(self.client.get("/cases/crowd/"), self.address)
        self.assertContains(self.client.get(self.address), "2,000 people detained")
        empty = self.client.post(self.address, {"reason": "  "})
        self.assertContains(empty, "Give a reason why the data is correct.", status_code=400)
        self.assertRedirects(self.client.post(self.address, {"reason": "A sweep of a province"}), "/cases/crowd/")
        (reason,) = Reason.objects.all()
        self.assertEqual(
            (reason.reason, reason.doubt, reason.by), ("A sweep of a province", "2,000 people detained.", self.officer)
        )
        self.assertEqual(OpenDoubt.objects.count(), 0)
        self.assertContains(self.client.get("/cases/crowd/history/"), "Doubt answered")
        again = self.client.post(self.address, {"reason": "Twice"}, follow=True)
        self.assertContains(again, "Already answered.")
        self.assertEqual(Reason.objects.count(), 1)

    def test_nobody_else_does(self):
        public = self.client.get("/cases/crowd/")
        self.assertContains(public, "2,000 people detained")
        self.assertNotContains(public, self.address)
        self.assertEqual(self.client.post(self.address, {"reason": "So"}).status_code, 302)
        self.client.force_login(self.stranger)
        self.assertEqual(self.client.post(self.address, {"reason": "So"}).status_code, 403)
        self.assertEqual(Reason.objects.count(), 0)

    def test_an_answer_that_is_undone_opens_the_doubt_again(self):
        self.client.force_login(self.officer)
        self.client.post(self.address, {"reason": "A sweep"})
        change = changes.changes_of(self.case.pk, self.officer)[0]
        undo.undo(change.key, by=self.officer, reason="Too quick")
        self.assertEqual(open_about(self.case), [("many_arrests", None)])

    def test_there_is_no_such_doubt(self):
        self.client.force_login(self.officer)
        self.assertEqual(self.client.get(reverse("cases:case-answer", args=["crowd", "nonsense"])).status_code, 404)


class PagesOfTheRealRecordTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        real_record.load()
        places.forget()
        cls.addClassCleanup(places.forget)

    def listed(self, query):
        response = self.client.get(f"/cases/?{query}")
        self.assertEqual(response.context["selection"].problems, {})
        return response.context["selection"].count

    def test_every_number_leads_to_its_cases(self):
        for region in ("", "region=MY"):
            page = self.client.get(f"/cases/quality/?{region}")
            numbers = [(f"empty={fact}", count) for fact, _label, count in page.context["lacking"]]
            numbers += [(f"doubt={rule}", count) for rule, _label, count, _asks in page.context["doubted"]]
            numbers += [(f"confidence={value['code']}", value["count"]) for value in page.context["confidence"][1]]
            self.assertGreater(sum(count for _query, count in numbers), 100)
            for query, count in numbers:
                with self.subTest(f"{region} {query}"):
                    self.assertEqual(self.listed(f"{query}&{region}".strip("&")), count)

    def test_what_the_real_record_is_doubted_for(self):
        found = dict(DataQuality(Selection(QueryDict(""), AnonymousUser()).cases).doubted)
        self.assertEqual(
            {rule: found.get(rule, 0) for rule in ("energy_per_rig", "twin")}, {"energy_per_rig": 1, "twin": 4}
        )
        self.assertContains(self.client.get("/cases/cn-bayannur-202109/"), "0.11 kWh per rig: stored, not running")

    def test_a_question_that_is_not_understood_is_told_so(self):
        self.assertContains(self.client.get("/cases/quality/?region=XX"), "“XX” is not in the record.")
        for page in ("/cases/quality/", "/cases/figures/", "/cases/"):
            self.assertRegex(text_of(self.client.get(f"{page}?region=XX")), "Region: “XX” is not in the record. Remove")
        self.assertContains(self.client.get("/cases/quality/?rigs_min=900000"), "No cases match these filters")

    def test_the_rules_are_all_explained(self):
        page = self.client.get("/cases/quality/")
        for rule in DoubtRule:
            self.assertContains(page, str(rule.label))


class MostDoubtedTests(TestCase):
    def doubted(self, number, *rules, day):
        made = [make_case(published=True, occurred_on=day) for _time in range(number)]
        for case in made:
            for rule in rules:
                make_open_doubt(case, rule=rule)
        return made

    def most(self):
        return DataQuality(Case.objects.visible_to(AnonymousUser())).most_doubted

    def test_of_as_many_doubts_the_newest_come_first_whatever_their_rules(self):
        (twice,) = self.doubted(1, "old_factor", "many_arrests", day="2019-05-01")
        newest = self.doubted(5, "old_factor", day="2024-05-01")
        newer = self.doubted(5, "many_arrests", day="2023-05-01")
        self.doubted(5, "old_factor", day="2021-05-01")
        self.doubted(5, "many_arrests", day="2020-05-01")
        found = self.most()
        self.assertEqual([case for case, _rules in found], [twice, *newest, *newer[:4]])
        self.assertEqual(found[0][1], ["many_arrests", "old_factor"])

    def test_where_ten_have_more_doubts_the_others_are_not_asked_for(self):
        self.doubted(11, "old_factor", "many_arrests", day="2020-05-01")
        self.doubted(1, "many_arrests", day="2024-05-01")
        self.assertEqual([rules for _case, rules in self.most()], [["many_arrests", "old_factor"]] * 10)

    def test_nothing_is_doubted(self):
        make_case(published=True)
        self.assertEqual(self.most(), [])


class ManyTests(TransactionTestCase):
    def test_other_processes_find_what_this_one_finds(self):
        district = make_region(code="MY-13-01", parent=make_region(code="MY-13", parent=make_region(code="MY")))
        for day in range(1, 7):
            make_case(region=district, title_en="Rigs in a shophouse", occurred_on=f"2025-03-0{day}", published=True)
        keys = list(Case.objects.values_list("pk", flat=True))
        summing.sum_up(Case.objects.all())
        found = []
        with mock.patch.object(open_doubts, "AT_A_TIME", 2):
            for processes in (1, 2):
                OpenDoubt.objects.all().delete()
                open_doubts.review(keys, processes=processes)
                found.append(sorted(OpenDoubt.objects.values_list("case", "rule", "other")))
        self.assertEqual(found[0], found[1])
        self.assertEqual(found[0], sorted((one, DoubtRule.TWIN, two) for one in keys for two in keys if one != two))
