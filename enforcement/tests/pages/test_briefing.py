"""The briefing of a region: each sentence is made of the record, in both languages, and left out without it."""

import re
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.test import TestCase
from django.utils import translation
from django.utils.html import strip_tags

from cases.briefs import briefing
from cases.models import Case
from cases.pictures.dots import Dot, plot, round_ticks
from cases.pictures.labels import width_of
from cases.pictures.strip import Dated, Stretch, in_two_lines, strip
from cases.tests.builders import make_case
from enforcement.pages.regions import RegionPage
from regions.grammar.durations import distance
from regions.tests.builders import make_policy, make_position, make_region, make_savings_claim

TODAY = date(2026, 11, 26)


class BriefingTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.country = make_region(code="CN", name_en="China", name_zh="中国")
        cls.province = make_region(code="CN-NM", parent=cls.country, name_en="Inner Mongolia", name_zh="内蒙古自治区")
        cls.prefecture = make_region(code="CN-150800", parent=cls.province, name_en="Bayannur", name_zh="巴彦淖尔市")

    def page(self, region=None):
        return RegionPage(region or self.province, TODAY, Case.objects.visible_to(AnonymousUser()))

    def said(self, region=None, language="en"):
        with translation.override(language):
            page = self.page(region)
            return page.between_sentences.join(strip_tags(str(sentence)) for sentence in page.sentences)

    def case(self, region, rigs=None, **values):
        case = make_case(region=region, published=True, **values)
        Case.objects.filter(pk=case.pk).update(rigs=rigs, rigs_qualifier="exact" if rigs else "")

    def test_an_empty_region_says_what_the_record_does_not_know_and_has_no_figures(self):
        self.assertEqual(
            self.said(),
            "No source states whether mining is allowed here; this does not mean that it is."
            " No case is on record here.",
        )
        self.assertEqual(self.page().figures, [])
        self.assertEqual(self.page().strips, [])
        self.assertEqual(self.page().plots, [])

    def test_all_four_questions_are_answered_in_both_languages(self):
        make_position(region=self.province, stance="banned", first_day="2021-03-09")
        make_policy(region=self.province, deadline_on="2019-09-30")
        make_policy(region=self.province, deadline_on="2021-04-30")
        self.case(self.prefecture, rigs=10_100)
        self.case(self.province)
        make_savings_claim(
            region=self.province, energy_kwh_per_year=6_580_000_000, coal_tce=2_000_000, basis="theoretical",
            projects_closed=45, projects_unit="projects",
        )  # fmt: skip
        english, chinese = self.said(), self.said(language="zh-hans")
        for words in (
            "Mining has been banned in Inner Mongolia since",
            "2 deadlines are overdue; the last,",
            "passed 5½ years ago.",
            "2 cases are on record; 1 of them reports rigs: 10,100 rigs, all in Bayannur.",
            "Authorities claim that 45 closed projects save 6.58 TWh a year.",
            "The figure is theoretical, not measured. Its coal fits what power plants burn.",
            "No recorded case confirms the amount.",
        ):
            self.assertIn(words, english)
        for words in (
            "禁止虚拟货币“挖矿”。",
            "2个期限已届满，最近一个为",
            "（已过5年6个月）。",
            "有2起案件在案，其中1起公布矿机数量，共10,100台矿机，均在巴彦淖尔市。",
            "官方称关停45个项目后，每年可节电65.8亿千瓦时。",
            "该数为理论值，并非实测。折煤数与发电煤耗吻合。尚无在案案件可以印证数量。",
        ):
            self.assertIn(words, chinese)
        self.assertNotIn(" ", chinese)

    def test_a_law_from_above_names_its_region(self):
        make_position(region=self.country, stance="eliminated_class", first_day="2021-09-24")
        self.assertIn("industry to be eliminated in Bayannur since", self.said(self.prefecture))
        self.assertIn("by the law of China.", self.said(self.prefecture))
        self.assertNotIn("by the law of", self.said(self.country))

    def test_every_stance_has_its_sentence(self):
        for stance in briefing.Stance:
            region = make_region(name_en="Aland")
            make_position(region=region, stance=stance, first_day="2021-03-09")
            with self.subTest(stance):
                self.assertRegex(self.said(region), r"^Mining .* in Aland.*2021.*\. No case is on record here\.$")

    def test_a_deadline_ahead_and_one_that_passed_are_told_apart(self):
        make_policy(region=self.province, deadline_on="2026-12-26")
        make_policy(region=self.province, deadline_on="2026-11-01")
        said = self.said()
        self.assertIn("The next deadline is", said)
        self.assertIn("in 30 days.", said)
        self.assertIn("is overdue: it passed 25 days ago.", said)

    def test_a_draft_sets_no_deadline(self):
        make_policy(region=self.province, kind="draft", status="draft", deadline_on="2021-04-30")
        self.assertNotIn("deadline", self.said())

    def test_cases_without_rigs_and_one_case_are_in_good_grammar(self):
        self.case(self.province)
        self.assertIn("1 case is on record; it reports no number of rigs.", self.said())
        self.case(self.province)
        self.assertIn("2 cases are on record; none reports a number of rigs.", self.said())
        self.case(self.country, rigs=1)
        self.assertIn("3 cases are on record; 1 of them reports rigs: 1 rig.", self.said(self.country))

    def test_rigs_in_two_places_are_not_all_in_one(self):
        other = make_region(parent=self.province, name_en="Wuhai")
        self.case(self.prefecture, rigs=10)
        self.case(other, rigs=20)
        self.assertIn("2 cases are on record, with 30 rigs.", self.said())

    def test_a_claimed_loss_is_set_beside_the_losses_of_cases(self):
        make_savings_claim(
            region=self.province, kind="loss", energy_kwh_per_year=None, loss_amount=1_000_000, loss_currency="MYR",
            loss_basis="total",
        )  # fmt: skip
        self.assertIn("Authorities put losses at RM1 million. No recorded case", self.said())
        make_case(region=self.province, published=True)
        Case.objects.update(loss_amount=9_000, loss_currency="MYR")
        self.assertIn("state RM9,000, 0.9% of it.", self.said())

    def test_a_quadrillion_is_written_out_and_nothing_breaks(self):
        make_savings_claim(region=self.province, energy_kwh_per_year=10**15, coal_tce=10**12)
        self.case(self.province, rigs=2_000_000_000)
        self.assertIn("1,000,000 TWh", self.said())
        self.assertIn("1,000万亿千瓦时", self.said(language="zh-hans"))
        self.assertEqual(len(self.page().plots), 1)

    def test_a_name_is_escaped_also_where_it_is_written_from_right_to_left(self):
        region = make_region(name_en="<script>alert(1)</script>", name_zh="‮עברית")
        make_position(region=region, stance="banned", first_day="2021-03-09")
        answer = self.client.get(f"/regions/{region.code}/")
        self.assertNotContains(answer, "<script>alert")
        self.assertContains(answer, "&lt;script&gt;alert(1)&lt;/script&gt; since")

    def test_at_most_four_figures_and_none_without_a_value(self):
        make_policy(region=self.province, deadline_on="2021-04-30")
        make_savings_claim(region=self.province, energy_kwh_per_year=1_000)
        self.case(self.province, rigs=5)
        Case.objects.update(kw_low=1, kw_best=2, kw_high=3, loss_amount=5, loss_currency="CNY")
        figures = self.page().figures
        self.assertEqual(
            [tile.label for tile in figures],
            ["Cases on record", "Rigs seized", "Claimed yearly saving", "Last deadline"],
        )
        self.assertNotIn("–", [tile.number for tile in figures])


class StripTests(TestCase):
    def event(self, day, title="A rule with a name", kind="rule", **values):
        return Dated(date.fromisoformat(day), kind, title, day, **values)

    def drawn(self, *events, spans=(), months=None, width=1190, today=TODAY):
        return strip(list(spans), [("Rules", list(events))], today, width, months)

    def test_names_in_one_lane_never_overlap_and_none_leaves_the_picture(self):
        events = [self.event(f"2021-{month:02}-{day:02}") for month in range(1, 13) for day in (1, 15)]
        found = self.drawn(*events)
        (row,) = found.rows
        self.assertEqual(len(row.marks), 24)
        for is_above in (True, False):
            ends = 0.0
            for mark in [mark for mark in row.marks if mark.lines and mark.is_above is is_above]:
                across = max(width_of(text) for text, _css in mark.lines)
                self.assertGreaterEqual(mark.text_x - across / 2, ends)
                ends = mark.text_x + across / 2
            self.assertGreater(ends, 0)
            self.assertLessEqual(ends, found.width)

    def test_a_long_empty_tail_is_cut_and_said(self):
        found = self.drawn(self.event("2019-09-01"), self.event("2022-06-01"))
        self.assertIsNotNone(found.break_x)
        self.assertIn("no entry since", " ".join(text for _y, text in found.after))
        self.assertIsNone(self.drawn(self.event("2019-09-01"), self.event("2026-06-01")).break_x)

    def test_what_is_long_before_all_others_is_counted_and_does_not_stretch_the_axis(self):
        days = ["1936-01-01", "2019-01-01", "2020-01-01", "2021-01-01", "2022-01-01"]
        found = self.drawn(*[self.event(day) for day in days])
        self.assertEqual((found.rows[0].earlier, len(found.rows[0].marks)), (1, 4))

    def test_a_case_known_to_the_month_is_a_bar_over_the_month(self):
        found = self.drawn(
            self.event("2021-01-01"),
            self.event("2021-09-01", kind="case", last=date(2021, 9, 30)),
            today=date(2021, 12, 1),
        )  # fmt: skip
        day, month = found.rows[0].marks
        self.assertEqual(day.width, 0)
        self.assertGreater(month.width, 20)

    def test_bands_follow_each_other(self):
        spans = [
            Stretch(date(2018, 1, 2), date(2021, 3, 8), "restricted", "Restricted"),
            Stretch(date(2021, 3, 9), None, "banned", "Banned"),
        ]
        found = self.drawn(self.event("2018-06-01"), self.event("2021-06-01"), spans=spans)
        (x, width, _css, _label), (next_x, _width, css, label) = found.bands
        self.assertAlmostEqual(x + width, next_x, delta=2)
        self.assertEqual((css, label), ("banned", "Banned"))

    def test_many_cases_are_columns_by_month(self):
        found = self.drawn(self.event("2021-01-01"), months=[(date(2021, 2, 1), 2_999), (date(2021, 3, 1), 1)])
        self.assertEqual([round(height, 1) for _x, _width, height in found.rows[-1].columns], [44, 1.5])
        outline, bottom = found.rows[-1].outline, found.rows[-1].y
        self.assertEqual(
            re.findall(r"M[\d.]+ ([\d.]+)v([-\d.]+)", outline), [(f"{bottom}", "-44.0"), (f"{bottom}", "-1.5")]
        )

    def test_nothing_is_no_strip_and_one_day_is_one(self):
        self.assertIsNone(self.drawn())
        self.assertEqual(len(self.drawn(self.event("2026-11-26")).rows), 1)

    def test_long_names_in_both_scripts_have_two_lines_with_an_ellipsis(self):
        for name in (
            "Notice on inspecting, clearing and rectifying mining enterprises " * 3,
            "关于检查清理整顿虚拟货币" * 20,
            "x" * 200,
        ):
            lines = in_two_lines(name, 150)
            self.assertEqual(len(lines), 2)
            self.assertTrue(lines[1].endswith("…"))
            self.assertTrue(all(width_of(line) <= 150 for line in lines))


class DotTests(TestCase):
    def test_dots_are_on_one_axis_from_zero(self):
        found = plot([Dot("claim", "Claimed", 200.0, "200"), Dot("check", "Check", 100.0, "100", low=50, high=150)])
        claim, check = found.dots
        self.assertAlmostEqual((claim.at - 3) / (check.at - 3), 2)
        self.assertLess(check.band[0], check.at)
        self.assertEqual(found.ticks[0], (3.0, "0"))

    def test_ticks_are_round_and_few_whatever_the_size(self):
        for most in (0.07, 1, 7, 201, 5.14e9, 1e15):
            ticks = round_ticks(most)
            with self.subTest(most):
                self.assertTrue(4 <= len(ticks) <= 6, ticks)
                self.assertGreaterEqual(ticks[-1] * 1.0001, most)

    def test_a_value_that_is_not_known_is_no_dot(self):
        self.assertEqual(len(plot([Dot("claim", "", 1.0, "1"), Dot("check", "", None, "")]).dots), 1)
        self.assertIsNone(plot([Dot("claim", "", None, "")]))


class DistanceTests(TestCase):
    def test_how_far_off_a_day_is_in_the_words_of_people(self):
        for day, english, chinese in [
            (date(2021, 4, 30), "passed 5½ years ago", "已过5年6个月"),
            (date(2026, 11, 26), "today", "今天"),
            (date(2026, 11, 27), "in 1 day", "还有1天"),
        ]:
            self.assertEqual(distance(day, TODAY), english)
            with translation.override("zh-hans"):
                self.assertEqual(distance(day, TODAY), chinese)
