"""The page of a case is kept over writes to other cases; whatever it shows is shown as it is now, to each reader."""

import re
from unittest.mock import patch

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from cases.actions import summing
from cases.models import Case, Citation, Disposal, FactorSet, Figure, OpenDoubt, Raid, Rig, Seizure, versions
from cases.tests.builders import (
    make_case,
    make_citation,
    make_disposal,
    make_document,
    make_factor_set,
    make_figure,
    make_office_number,
    make_open_doubt,
    make_party,
    make_raid,
    make_rig,
    make_sanction,
    make_seizure,
)
from cases.views.cases import CasePage
from regions.models import Agency, Factor, Policy, Provision, Region, Source
from regions.tests.builders import (
    make_agency,
    make_factor,
    make_person,
    make_policy,
    make_provision,
    make_region,
    make_source,
)


class KeptCaseTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        country = make_region(code="CN", name_en="China", level="country")
        cls.region = make_region(code="CN-NM", name_en="Inner Mongolia", parent=country)
        make_factor(
            kind="grid_co2", region=country, scope="China", series="mee_nbs", year=2021, value="0.5568",
            unit="kgCO2/kWh", measure="average", source_text="A yearbook",
        )  # fmt: skip
        make_factor_set()
        make_rig(is_generic=True, released_year=2017, power_w=1400)
        policy = make_policy(region=country, title_en="A ban", deadline_on="2020-12-31")
        cls.wider = make_case(region=cls.region, published=True, title_en="A wide sweep")
        cls.case = make_case(
            ref="a-case", region=cls.region, published=True, title_en="A farm", part_of=cls.wider, arrests=2_000
        )
        cls.part = make_case(region=cls.region, published=True, title_en="A small raid", part_of=cls.case)
        cls.other = make_case(region=cls.region, published=True, title_en="Elsewhere")
        cls.case.agencies.add(make_agency(name_en="A bureau"))
        cls.case.sources.add(make_source(publisher="A paper"))
        make_citation(cls.case, text="Article 12", policy=policy, provision=make_provision(policy, number="12"))
        seizure = make_seizure(make_raid(cls.case, raided_on="2021-05-18"), count=1104, rig=make_rig(model="S19"))
        make_disposal(seizure, note="Crushed", disposed_on="2022-01-01")
        make_sanction(cls.case, party=make_party(cls.case, name="A firm"), note="Fined", decided_on="2022-01-01")
        make_figure(cls.case, amount=5_000)
        make_office_number(cls.case, number="NM-77")
        make_open_doubt(cls.case)
        summing.sum_up(Case.objects.all())

    def page(self, language="en"):
        return self.client.get("/cases/a-case/", headers={"accept-language": language}).content.decode()

    def test_it_is_made_once_also_where_another_case_is_written(self):
        first = self.page()
        Case.objects.filter(pk=self.other.pk).update(title_en="Somewhere")
        Raid.objects.create(case=self.other)
        with patch.object(CasePage, "whole", None):  # nothing of it is read
            self.assertEqual(self.page(), first)

    def test_all_that_is_read_for_it_is_in_its_key(self):
        with CaptureQueriesContext(connection) as asked:
            self.page("zh-hans")
        read = {name for query in asked for name in re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])}
        self.assertIn("cases_disposal", read)
        of_cases = [model._meta.db_table for model in (Case, *versions.OF_A_CASE, Seizure, Disposal)]
        self.assertLessEqual(read, {*of_cases, *versions.standing_tables()})

    def test_what_it_shows_is_as_it_is_now(self):
        self.assertIn("A farm", self.page())
        changes = [
            ("A shed", lambda: Case.objects.filter(pk=self.case.pk).update(title_en="A shed")),
            ("A wider sweep", lambda: Case.objects.filter(pk=self.wider.pk).update(title_en="A wider sweep")),
            ("A tiny raid", lambda: Case.objects.filter(pk=self.part.pk).update(title_en="A tiny raid")),
            ("Elsewhere", lambda: Case.objects.filter(pk=self.other.pk).update(part_of=self.case)),
            ("Nei Mongol", lambda: Region.objects.filter(pk=self.region.pk).update(name_en="Nei Mongol")),
            ("An office", lambda: Agency.objects.filter(name_en="A bureau").update(name_en="An office")),
            ("A gazette", lambda: Source.objects.filter(publisher="A paper").update(publisher="A gazette")),
            ("Another paper", lambda: self.case.sources.add(make_source(publisher="Another paper"))),
            ("Article 13", lambda: Citation.objects.update(text="Article 13")),
            ("A prohibition", lambda: Policy.objects.update(title_en="A prohibition")),
            ("Clause 9", lambda: Provision.objects.update(number="Clause 9")),
            ("1,234", lambda: Seizure.objects.update(count=1234)),
            ("S21", lambda: Rig.objects.filter(model="S19").update(model="S21")),
            ("6,789", lambda: Figure.objects.update(amount=6_789)),
            ("An almanac", lambda: Factor.objects.update(source_text="An almanac")),
            ("Method v2", lambda: FactorSet.objects.create(number=2)),
            ("NM-78", lambda: make_office_number(self.case, number="NM-78")),
            ("3 raids", lambda: Raid.objects.filter(case=self.case).update(visits=3)),
        ]
        for word, change in changes:
            with self.subTest(word):
                self.assertNotIn(word, self.page())
                change()
                self.assertIn(word, self.page())
        with self.subTest("a doubt that was answered"):
            self.assertIn("Needs checking", self.page())
            OpenDoubt.objects.all().delete()
            self.assertNotIn("Needs checking", self.page())

    def test_what_was_not_there_is_shown_as_soon_as_it_is(self):
        bare = Case.objects.get(pk=self.part.pk)

        def page():
            return self.client.get(bare.get_absolute_url()).content.decode()

        for word, add in [
            ("A new office", lambda: bare.agencies.add(make_agency(name_en="A new office"))),
            ("A first paper", lambda: bare.sources.add(make_source(publisher="A first paper"))),
            ("Article 77", lambda: make_citation(bare, text="Article 77")),
            ("NM-99", lambda: make_office_number(bare, number="NM-99")),
            ("8,765", lambda: make_figure(bare, amount=8_765)),
            ("Fined twice", lambda: make_sanction(bare, note="Fined twice", decided_on="2022-01-01")),
            ("4 raids", lambda: make_raid(bare, visits=4, raided_on="2021-05-18")),
            ("4,321", lambda: make_seizure(bare.raids.get(), count=4_321)),
            ("Crushed twice", lambda: make_disposal(Seizure.objects.get(count=4_321), note="Crushed twice")),
        ]:
            with self.subTest(word):
                self.assertNotIn(word, page())
                add()
                self.assertIn(word, page())

    def test_each_reader_and_language_has_its_own(self):
        Case.objects.filter(pk=self.case.pk).update(sensitive=True, place="Pioneer park")
        Case.objects.filter(pk=self.part.pk).update(published=False)
        make_document(self.case, title="A warrant")
        reader = make_person("view_case", everywhere=True)
        editor = make_person("view_case", "change_case", everywhere=True)
        for _turn in range(2):
            for words in ("Pioneer park", "A small raid", "A warrant", "/cases/a-case/edit/"):
                self.assertNotIn(words, self.page())
            self.client.force_login(reader)
            for words in ("Pioneer park", "A small raid", "A warrant"):
                self.assertIn(words, self.page())
            self.assertNotIn("/cases/a-case/edit/", self.page())
            self.client.force_login(editor)
            self.assertIn("/cases/a-case/edit/", self.page())
            self.client.logout()
            self.assertIn("<h2", self.page("zh-hans"))
            self.assertNotIn("Timeline", self.page("zh-hans"))
