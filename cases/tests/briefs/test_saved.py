"""Saved briefs: they keep the figures of their day, say what changed, and tell nothing that may not be told now."""

from datetime import date
from io import BytesIO

from django.http import QueryDict
from django.test import TestCase
from django.utils import translation
from docx import Document

from cases.actions import summing
from cases.briefs import saved
from cases.briefs.content import Brief
from cases.briefs.period import BriefPeriod
from cases.models import Case, SavedBrief, SavedView, Seizure
from cases.selection import sums
from cases.tests import real_record
from cases.tests.builders import make_case, make_figure, make_raid, make_saved_view, make_seizure
from regions.models import Scope
from regions.tests.builders import make_person, make_region

ASKED = "region=CN-NM&from=2021-05-01&to=2021-05-31"


class SavedBriefTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region(code="CN-NM", name_en="Inner Mongolia", name_zh="内蒙古")
        cls.other = make_region(code="CN-SC", name_en="Sichuan")
        cls.ann = make_person("view_case", username="ann", regions=[cls.region])
        cls.bob = make_person("view_case", username="bob", regions=[cls.region])
        cls.first = cls.case(title_en="First", rigs=40)
        cls.second = cls.case(title_en="Second", rigs=5)

    @classmethod
    def case(cls, *, rigs, **values):
        case = make_case(**{"region": cls.region, "published": True, "occurred_on": "2021-05-18"} | values)
        make_seizure(make_raid(case), count=rigs)
        make_figure(case, quantity="loss", basis="total", amount=10 * rigs, currency="CNY")
        cls.sum_up()
        return case

    @staticmethod
    def sum_up():
        summing.sum_up(Case.objects.all())

    def setUp(self):
        self.client.force_login(self.ann)

    def save(self, asked=ASKED):
        answer = self.client.post("/cases/brief/save/", {"query": asked})
        self.assertRegex(answer["Location"], r"^/cases/brief/[0-9a-f-]{36}/$")
        return answer["Location"]

    def figures(self, address, person=None):
        """{label: (then, now; None where it has not changed)} of the period itself, as a person reads it."""
        kept = SavedBrief.objects.get(pk=address.split("/")[3])
        brief = saved.BriefOfItsDay(kept, person or self.ann, kept.last_day)
        cells = {row.label: row.by_period[0] for row in brief.rows}
        return {
            label: (cell.value and cell.value.best, cell.has_changed and (cell.now.best if cell.now else "nothing"))
            for label, cell in cells.items()
        }

    def texts(self, address):
        body = Document(BytesIO(self.client.get(f"{address.rstrip('/')}.docx").content)).element.body
        words = "\n".join(node.text or "" for node in body.iter() if node.tag.endswith("}t"))
        return words.replace(address, "")  # whose key is random, and may hold any number

    def test_figures_that_nobody_touched_are_those_of_now(self):
        figures = self.figures(self.save())
        self.assertEqual(figures["Rigs seized"], ("45", False))
        self.assertEqual(figures["Reported losses (yuan)"], ("450 yuan", False))
        self.assertEqual({changed for _then, changed in figures.values()}, {False})
        self.assertContains(self.client.get(self.save()), "none has changed since")

    def test_it_keeps_the_figures_of_its_day_and_says_what_they_are_now(self):
        address = self.save()
        self.case(title_en="Third", rigs=7)
        Seizure.objects.filter(raid__case=self.second).update(count=2)
        self.sum_up()
        figures = self.figures(address)
        self.assertEqual(figures["Cases"], ("2", "3"))
        self.assertEqual(figures["Rigs seized"], ("45", "49"))
        self.assertEqual(figures["Reported losses (yuan)"], ("450 yuan", "520 yuan"))
        page = self.client.get(address)
        for told in ("1 new case", "Third", "1 case changed", "Second", "Rigs: 2 (before: 5)"):
            self.assertContains(page, told)
        told = self.texts(address)
        self.assertIn("45", told)
        self.assertNotIn("49", told)
        self.assertNotIn("Third", told)

    def test_a_case_that_moved_elsewhere_is_named_and_stays_in_the_figures_of_its_day(self):
        address = self.save()
        Case.objects.filter(pk=self.first.pk).update(region=self.other)
        self.assertEqual(self.figures(address)["Rigs seized"], ("45", "5"))
        page = self.client.get(address)
        self.assertContains(page, "1 case is no longer among these")
        self.assertContains(page, "First")

    def test_what_may_not_be_told_any_more_is_in_no_figure_and_no_name(self):
        address = self.save()

        def hidden():
            page = self.client.get(address)
            self.assertNotContains(page, "First")
            self.assertNotContains(page, "450 yuan")
            self.assertContains(page, "1 case of that day may not be told of any more")
            self.assertContains(page, "1 case was withdrawn")
            self.assertEqual(self.figures(address)["Rigs seized"], ("5", False))
            for text in ("First", "45", "450"):
                self.assertNotIn(text, self.texts(address))

        with self.subTest("internal, of a region that is hers no more"):
            Scope.objects.all().delete()
            Case.objects.filter(pk=self.first.pk).update(published=False)
            hidden()
        with self.subTest("sensitive, and elsewhere: that it was here may not be told"):
            Case.objects.filter(pk=self.first.pk).update(published=True, sensitive=True, region=self.other)
            hidden()
        with self.subTest("deleted"):
            self.first.delete()
            hidden()

    def test_a_sensitive_case_that_is_still_in_the_answer_is_told_of(self):
        address = self.save()
        Scope.objects.all().delete()
        Case.objects.filter(pk=self.first.pk).update(sensitive=True)
        self.assertEqual(self.figures(address)["Rigs seized"], ("45", False))

    def test_nobody_else_sees_it(self):
        address = self.save()
        ways = [address, f"{address.rstrip('/')}.docx", f"{address}remove/"]
        self.assertEqual([self.client.get(way).status_code for way in ways], [200, 200, 200])
        self.client.force_login(self.bob)
        self.assertEqual([self.client.get(way).status_code for way in ways], [404, 404, 404])
        self.assertEqual(self.client.post(f"{address}remove/").status_code, 404)
        self.assertNotContains(self.client.get("/cases/v/"), address)
        self.client.logout()
        self.assertEqual([self.client.get(way).status_code for way in ways], [302, 302, 302])
        self.assertEqual(self.client.post("/cases/brief/save/", {"query": ASKED}).status_code, 302)
        self.assertEqual(SavedBrief.objects.count(), 1)

    def test_it_is_listed_and_removed_after_a_question(self):
        address = self.save()
        self.assertContains(self.client.get("/cases/v/"), f'href="{address}"')
        self.assertContains(self.client.get(f"{address}remove/"), "cannot be brought back")
        self.assertEqual(SavedBrief.objects.count(), 1)
        self.assertRedirects(self.client.post(f"{address}remove/"), "/cases/v/")
        self.assertEqual(SavedBrief.objects.count(), 0)

    def test_a_second_press_of_the_button_saves_nothing_more(self):
        self.assertEqual(self.save(), self.save())
        self.assertEqual(SavedBrief.objects.count(), 1)

    def test_of_a_view_it_keeps_question_and_name_when_the_view_is_gone(self):
        make_saved_view(slug="many", name="Many rigs", query="rigs_min=20", shared=True)
        address = self.save("view=many&from=2021-05&to=2021-05")
        SavedView.objects.all().delete()
        self.assertContains(self.client.get(address), "Many rigs")
        self.assertEqual(self.figures(address)["Rigs seized"], ("40", False))

    def test_what_is_not_understood_is_not_saved_and_said(self):
        for asked in ("from=2022&to=2021", "rigs_min=many&from=2021&to=2021", "view=none&from=2021&to=2021"):
            answer = self.client.post("/cases/brief/save/", {"query": asked}, follow=True)
            self.assertContains(answer, "notice bad", msg_prefix=asked)
        self.assertEqual(SavedBrief.objects.count(), 0)

    def test_a_question_that_its_owner_may_not_ask_any_more_has_no_figures(self):
        Case.objects.filter(pk=self.first.pk).update(region=self.region)
        address = self.save()
        self.assertContains(self.client.get(address), "45 rigs")
        SavedBrief.objects.update(query="region=XX-NO")
        page = self.client.get(address)
        self.assertNotContains(page, "45 rigs")
        self.assertNotContains(page, "First")
        self.assertEqual(self.client.get(f"{address.rstrip('/')}.docx").status_code, 400)
        self.assertContains(self.client.get("/cases/v/"), "no longer valid")

    def test_it_is_whole_in_chinese(self):
        address = self.save()
        self.case(title_zh="第三起", title_en="Third", rigs=7)
        page = self.client.get(address, headers={"Accept-Language": "zh-hans"}).content.decode()
        with translation.override("zh-hans"):
            for text in ("Since", "now", "Figures of", "The brief of today"):
                self.assertNotIn(f">{text}", page)
        self.assertIn("新增1起案件", page)


class PartsTests(TestCase):
    def test_the_sums_of_parts_are_those_of_the_cases(self):
        real_record.load()
        for query in ("", "region=CN", "region=KZ", "kind=sweep", "region=IS&rigs_min=100000"):
            brief = Brief(QueryDict(query), make_person(), BriefPeriod(date(2019, 1, 1), date(2026, 12, 31)), None)
            totals = brief.totals
            found = sums.totals_of_parts(sums.parts_by_case(brief.cases).values(), totals.given)
            with self.subTest(query):
                self.assertEqual(_rounded(found), _rounded(totals))


def _rounded(totals):
    ranges = [totals.kw, totals.t_co2]
    return (
        totals.cases, totals.counted, totals.placed, totals.coarse, totals.rigs, totals.rigs_cases, totals.arrests,
        totals.arrests_cases, totals.kw_cases, totals.t_co2_cases, totals.t_co2_cases_co2e, totals.losses,
        [found and tuple(round(bound, 3) for bound in found) for found in ranges],
    )  # fmt: skip
