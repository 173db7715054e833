"""Briefs: their figures are the selection's, on the page and in the document; what cannot be read is said."""

from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import QueryDict
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from docx import Document

from cases.actions import summing
from cases.briefs import document
from cases.briefs.content import Brief
from cases.briefs.period import BriefPeriod, PeriodForm, usual_periods
from cases.models import Case
from cases.selection.selection import Selection
from cases.tests import real_record
from cases.tests.builders import make_case, make_lead, make_raid, make_saved_view, make_seizure
from regions.grammar.quantities import figure
from regions.tests.builders import make_person, make_region

TODAY, LATER = date(2022, 3, 15), date(2026, 12, 31)


def period(first, last):
    return BriefPeriod(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("asked", "words", "before", "year_before"),
    [
        (("2021-01-01", "2021-12-31"), "2021", ("2020-01-01", "2020-12-31"), None),
        (("2021-03-01", "2021-03-31"), "Mar 2021", ("2021-02-01", "2021-02-28"), ("2020-03-01", "2020-03-31")),
        (("2024-02-01", "2024-02-29"), "Feb 2024", ("2024-01-01", "2024-01-31"), ("2023-02-01", "2023-02-28")),
        (
            ("2021-07-01", "2021-12-31"), "Jul 2021 – Dec 2021", ("2021-01-01", "2021-06-30"),
            ("2020-07-01", "2020-12-31"),
        ),
        (
            ("2021-03-03", "2021-03-09"), "3 Mar 2021 – 9 Mar 2021", ("2021-02-24", "2021-03-02"),
            ("2020-03-03", "2020-03-09"),
        ),
        (("2024-02-29", "2024-02-29"), "29 Feb 2024", ("2024-02-28", "2024-02-28"), ("2023-02-28", "2023-02-28")),
        (("2009-01-01", "2009-12-31"), "2009", None, None),
        (("0001-01-01", "0001-01-31"), "Jan 0001", None, None),
    ],
)  # fmt: skip
def test_a_period_and_those_it_is_compared_with(asked, words, before, year_before):
    found = period(*asked)
    assert found.in_words == words
    assert found.before() == (before and period(*before))
    assert found.a_year_before() == (year_before and period(*year_before))


def test_the_usual_periods_of_a_day():
    found = {str(name): (str(one.first), str(one.last)) for name, one in usual_periods(TODAY)}
    assert found == {
        "Last month": ("2022-02-01", "2022-02-28"),
        "Last quarter": ("2021-10-01", "2021-12-31"),
        "This year": ("2022-01-01", "2022-03-15"),
        "Last year": ("2021-01-01", "2021-12-31"),
    }


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("", "2022-02-01", "2022-02-28"),
        ("from=2021&to=2021-09", "2021-01-01", "2021-09-30"),
        ("from=2021-09-25", "2021-09-25", "2022-03-15"),
        ("to=2021-09", "2021-01-01", "2021-09-30"),
        ("from=singlemessage", "2022-02-01", "2022-02-28"),
        ("from=2021&to=2021&from=singlemessage", "2021-01-01", "2021-12-31"),
        ("occurred_after=2021-05&occurred_before=2021-06", "2021-05-01", "2021-06-30"),
    ],
)
def test_a_period_as_it_is_asked_for(query, first, last):
    assert PeriodForm(QueryDict(query), TODAY).period == period(first, last)


@pytest.mark.parametrize(
    ("query", "name", "problem"),
    [
        ("from=2022&to=2021", "to", "The end cannot be before the start."),
        ("from=1822&to=2022", "from", "at most 30 years"),
        ("from=soon", "from", "is not a date"),
        ("to=2021-13", "to", "is not a date"),
        ("from=%00&to=2021", "from", ""),
    ],
)
def test_a_period_that_cannot_be_read_is_said_at_its_field(query, name, problem):
    form = PeriodForm(QueryDict(query), TODAY)
    assert form.period is None
    assert problem in form.errors[name][0]


class BriefOfTheRecordTests(TestCase):
    """The briefs of the real record."""

    @classmethod
    def setUpTestData(cls):
        real_record.load()

    def test_its_figures_are_those_of_the_selection(self):
        for region, first, last in [
            ("CN-NM", "2021-01-01", "2021-12-31"), ("MY", "2021-07-01", "2021-12-31"),
            ("KZ", "2022-01-01", "2022-03-31"), ("CN", "2018-01-01", "2024-12-31"), ("IS", "2021-01-01", "2021-01-31"),
        ]:  # fmt: skip
            asked = QueryDict(f"region={region}&occurred_after={first}&occurred_before={last}")
            totals = Selection(asked, AnonymousUser()).totals()
            brief = Brief(QueryDict(f"region={region}"), AnonymousUser(), period(first, last), LATER)
            values = {row.label: row.by_period[0].value for row in brief.rows}
            with self.subTest(region):
                self.assertEqual(values["Cases"].best if totals.cases else "0", figure(totals.cases))
                rigs = values.get("Rigs seized")
                self.assertEqual(rigs and rigs.best, figure(totals.rigs) if totals.rigs_cases else None)
                told = _texts(document.as_docx(brief, "https://example.org/brief/"))
                self.assertIn(brief.region.name, told)
                for row in brief.rows:
                    for cell in row.by_period:
                        self.assertIn(cell.value.best if cell.value else "not stated", told)
                drawn = sum(slot.amount for slot in brief.months.slots) + (
                    0 if brief.months.by_year else brief.selection.undated()["cases"]
                )
                self.assertEqual(drawn, totals.cases)

    def test_inner_mongolia_in_2021_says_what_the_article_says(self):
        for language, claimed in (("en", "6.58 TWh"), ("zh-hans", "65.8亿千瓦时"), ("zh-hant", "65.8億千瓦時")):
            page = self.client.get("/regions/CN-NM/brief/?from=2021&to=2021", headers={"Accept-Language": language})
            answer = self.client.get(
                "/regions/CN-NM/brief.docx?from=2021&to=2021", headers={"Accept-Language": language}
            )
            for told in (page.content.decode(), _texts(answer.content)):
                with self.subTest(language):
                    self.assertIn("10,100", told)
                    self.assertIn(claimed, told)
                    self.assertIn("券商中国", told)

    def test_the_document_has_pictures_with_words_a_page_number_and_links_to_sources(self):
        answer = self.client.get("/regions/MY/brief.docx?from=2021-07&to=2021-12")
        self.assertEqual(
            answer["Content-Disposition"].partition(";")[2].partition(";")[0].strip(),
            'filename="brief-MY-2021-07-01-2021-12-31.docx"',
        )
        with ZipFile(BytesIO(answer.content)) as book:
            body, footer = (book.read(f"word/{name}.xml").decode() for name in ("document", "footer1"))
            relations = book.read("word/_rels/document.xml.rels").decode()
            self.assertEqual(len([name for name in book.namelist() if name.startswith("word/media/")]), 2)
        self.assertIn('descr="Map: Malaysia"', body)
        self.assertIn('descr="Cases by month"', body)
        self.assertIn("PAGE", footer)
        self.assertIn("https://www.", relations)

    def test_a_long_period_is_drawn_by_year_and_adds_up(self):
        brief = Brief(QueryDict(""), AnonymousUser(), period("2014-01-01", "2026-12-31"), LATER)
        self.assertTrue(brief.months.by_year)
        self.assertEqual(sum(slot.amount for slot in brief.months.slots), 343)


def _texts(content):
    """All text of a DOCX, its tables and links included."""
    return "\n".join(
        node.text or "" for node in Document(BytesIO(content)).element.body.iter() if node.tag.endswith("}t")
    )


class BriefTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region(code="CN-NM", name_en="Inner Mongolia", name_zh="内蒙古")
        cls.officer = make_person("view_case", "change_case", "work_on_leads", username="officer", regions=[cls.region])

    def case(self, **values):
        case = make_case(**{"region": self.region, "published": True, "occurred_on": "2021-05-18"} | values)
        make_seizure(make_raid(case), count=5)
        summing.sum_up(Case.objects.all())
        return case

    def brief(self, user=None, query="region=CN-NM"):
        return Brief(QueryDict(query), user or AnonymousUser(), period("2021-05-01", "2021-05-31"), TODAY)

    def test_a_region_without_a_case_has_a_brief_that_says_so(self):
        page = self.client.get("/regions/CN-NM/brief/?from=2021&to=2021")
        self.assertContains(page, "Inner Mongolia, 2021: no case is on record.")
        answer = self.client.get("/regions/CN-NM/brief.docx?from=2021&to=2021")
        self.assertIn("no case is on record", _texts(answer.content))
        self.assertEqual(self.client.get("/regions/XX-YY/brief/").status_code, 404)

    def test_what_is_not_understood_is_said_and_nothing_is_counted(self):
        self.case()
        for query in ("from=2022&to=2021", "rigs_min=many", "colour=red", "view=none"):
            page = self.client.get(f"/regions/CN-NM/brief/?{query}")
            self.assertEqual(page.status_code, 200, query)
            self.assertNotContains(page, "Cases worth naming")
            answer = self.client.get(f"/regions/CN-NM/brief.docx?{query}")
            self.assertEqual(answer.status_code, 400, query)
            self.assertIn({"from": "to"}.get(query[:4], query.partition("=")[0]), answer.json()["errors"])

    def test_what_is_internal_is_in_the_brief_of_who_may_see_it_and_marked_so(self):
        self.case(published=False, title_en="Hidden")
        self.assertEqual([case.title for case in self.brief().named], [])
        own = self.brief(self.officer)
        self.assertEqual([case.title for case in own.named], ["Hidden"])
        self.assertIn("not for the public", _texts(document.as_docx(own, "")))
        client = Client()
        client.force_login(self.officer)
        self.assertContains(client.get("/regions/CN-NM/brief/?from=2021-05&to=2021-05"), "not for the public")

    def test_it_says_what_to_be_careful_with(self):
        self.case(occurred_on="2021-01-01", date_precision="year")
        make_case(region=self.region, published=True, occurred_on="2021-05-20")
        told = [one.text for one in self.brief().missing]
        self.assertEqual(
            told,
            [
                "1 of 2 cases states no number of rigs.",
                "1 case is known only by its year: it is in the brief of every period of that year.",
                "2 cases name no source.",
            ],
        )
        self.assertTrue(self.brief().is_unfinished is False)
        self.assertTrue(Brief(QueryDict(""), AnonymousUser(), period("2022-01-01", "2022-01-31"), TODAY).is_unfinished)
        [first, *_others] = self.brief().missing
        found = Selection(QueryDict(first.address), AnonymousUser()).cases
        self.assertEqual(found.count(), 1)

    def test_the_public_is_told_of_leads_only_where_they_are_many(self):
        for _number in range(4):
            make_lead(region=self.region, kind="plan", arrived_on="2021-05-03")
        self.assertEqual([sums.came for sums in self.brief(self.officer).leads], [4])
        self.assertEqual(self.brief().leads, [])
        make_lead(region=self.region, kind="plan", arrived_on="2021-05-04")
        make_lead(region=self.region, kind="plan", arrived_on="2021-06-04")
        self.assertEqual([sums.came for sums in self.brief().leads], [5])

    def test_of_a_saved_view(self):
        self.case()
        self.case(theft=True, title_en="Stolen power")
        make_saved_view(slug="theft", name="Power theft", query="theft=true", shared=True)
        page = self.client.get("/cases/brief/?view=theft&from=2021-05&to=2021-05").content.decode()
        self.assertIn("Power theft", page)
        self.assertIn("Stolen power", page)
        self.assertIn("power theft", page)
        self.assertEqual(self.brief(query="view=theft").totals.cases, 1)
        self.assertIn("Power theft", _texts(self.client.get("/cases/brief.docx?view=theft&from=2021&to=2021").content))

    def test_texts_that_xml_cannot_hold_do_not_break_the_document(self):
        self.case(title_en="A\x0bwarehouse <b> & “more”")
        self.assertIn("Awarehouse <b> & “more”", _texts(document.as_docx(self.brief(), "https://x/?a=1&b=2")))

    def test_the_number_of_questions_does_not_grow_with_the_cases(self):
        def asked():
            with CaptureQueriesContext(connection) as found:
                self.client.get("/regions/CN-NM/brief/?from=2021-05&to=2021-05")
            return len(found)

        self.case()
        asked()
        few = asked()
        for _number in range(3):
            self.case()
        self.assertLessEqual(asked(), few)
        self.assertEqual(Case.objects.count(), 4)

    def test_both_languages_are_whole(self):
        self.case(title_zh="查获矿机")
        with translation.override("zh-hans"):
            told = _texts(document.as_docx(self.brief(), ""))
        self.assertIn("内蒙古，2021年5月：1起案件，5台矿机。", told)
        self.assertNotIn("Figures", told)
