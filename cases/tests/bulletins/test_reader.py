"""Bulletins of our own making, read with the names of the record: no sentence here is from an announcement."""

import json
from datetime import date
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from unittest import mock

from django.core.management import CommandError, call_command
from django.test import TestCase

from cases.bulletins import languages, reader
from cases.bulletins.facts import Certainty
from cases.bulletins.gazetteer import Gazetteer
from cases.bulletins.languages import english
from cases.bulletins.score import Score
from cases.tests import real_record

MADE_UP = Path(__file__).parent / "made_up.jsonl"
TWO_CASES = """浙江省通报整治虚拟货币“挖矿”典型案例。
案例一：2021年11月3日，杭州市余杭区网信办在某科技园查获矿机45台，责令关停。
案例二：2021年11月9日，宁波市鄞州区公安分局查处一处出租房，查扣“挖矿机”112台，抓获2人，涉案电费约30万元。
"""
TWO_RAIDS = """KUALA LUMPUR, May 6 - Police gave details of two raids against bitcoin mining.
Case 1: On May 2, a shophouse in Klang was raided and 60 mining machines worth RM90,000 were seized.
Case 2: On May 4, police raided a house in Sepang, found 25 mining rigs and arrested two men.
"""


def bulletins():
    with MADE_UP.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class WithTheRecord(TestCase):
    @classmethod
    def setUpTestData(cls):
        real_record.load()
        cls.gazetteer = Gazetteer.of_record()

    def read(self, text, published=date(2022, 1, 14)):
        return reader.read_bulletin(text, published=published, gazetteer=self.gazetteer)

    def only_case(self, text, **options):
        (case,) = self.read(text, **options).cases
        return case


class MadeUpTests(WithTheRecord):
    def test_every_fact_that_is_expected_is_read_and_nothing_else_of_its_kind(self):
        for line in bulletins():
            found = self.only_case(line["text"], published=date.fromisoformat(line["published"])).as_json()
            for key, expected in line["facts"].items():
                with self.subTest(line["ref"], key=key):
                    self.assertEqual(found.get(key), expected)

    def test_each_fact_stands_at_words_of_the_text(self):
        for line in bulletins():
            case = self.only_case(line["text"], published=date.fromisoformat(line["published"]))
            for fact in case.facts:
                with self.subTest(line["ref"], key=fact.key):
                    self.assertTrue(line["text"][fact.start : fact.end].strip() or fact.certainty != "certain")

    def test_there_are_bulletins_in_each_language_and_script(self):
        self.assertLessEqual({"en", "zh-Hans", "zh-Hant"}, {line["language"] for line in bulletins()})


class WordsTests(WithTheRecord):
    def words(self, text, key, **options):
        fact = self.only_case(text, **options).first(key)
        return text[fact.start : fact.end], fact.value

    def test_full_width_digits_keep_their_place(self):
        text = "６月３日，成都市公安局查获比特币矿机３２０台。"
        self.assertEqual(self.words(text, "rigs_seized"), ("３２０台", 320))

    def test_traditional_characters_keep_their_place(self):
        text = "高雄市警方於2021年5月16日查扣礦機共142台。"
        self.assertEqual(self.words(text, "rigs_seized"), ("共142台", 142))

    def test_number_words(self):
        text = "On May 2, police in Klang seized one thousand seven hundred and forty-six mining machines."
        self.assertEqual(self.words(text, "rigs_seized")[1], 1746)

    def test_a_relative_day_is_that_of_the_week_before_publication(self):
        text = "Police raided a shop in Klang last Thursday and seized 60 bitcoin mining machines."
        self.assertEqual(self.words(text, "occurred_on", published=date(2020, 12, 5)), ("last Thursday", "2020-12-03"))

    def test_a_year_that_is_not_named_is_the_last_in_which_the_day_was(self):
        text = "12月28日，成都市公安局查获比特币矿机320台。"
        self.assertEqual(self.words(text, "occurred_on", published=date(2022, 1, 14))[1], "2021-12-28")

    def test_a_day_on_which_something_was_only_announced_is_not_the_day_of_the_case(self):
        text = "Police announced on Monday that 60 mining machines had been seized in Klang."
        self.assertIsNone(self.only_case(text).first("occurred_on"))

    def test_other_machines_are_not_counted(self):
        text = "6月3日，成都市公安局查获比特币矿机320台、变压器7台、手机56部。"
        self.assertEqual(self.words(text, "rigs_seized")[1], 320)

    def test_a_fine_is_no_loss(self):
        text = "On May 2, police in Klang seized 60 mining machines. The owner was fined RM5,000."
        self.assertIsNone(self.only_case(text).first("loss_amount"))


class SeveralCasesTests(WithTheRecord):
    def test_each_case_of_a_chinese_text_is_read_for_itself(self):
        first, second = self.read(TWO_CASES).cases
        self.assertEqual((first.first("rigs_seized").value, second.first("rigs_seized").value), (45, 112))
        self.assertEqual(second.first("admin2_name_local").value, "宁波市鄞州区")
        self.assertIsNone(first.first("arrests"))

    def test_each_case_of_an_english_text_is_read_for_itself(self):
        first, second = self.read(TWO_RAIDS, published=date(2022, 5, 6)).cases
        self.assertEqual((first.first("admin2_name").value, second.first("admin2_name").value), ("Klang", "Sepang"))
        self.assertEqual(second.first("occurred_on").value, "2022-05-04")

    def test_the_words_are_those_of_the_whole_text(self):
        _first, second = self.read(TWO_CASES).cases
        fact = second.first("rigs_seized")
        self.assertEqual(TWO_CASES[fact.start : fact.end], "112台")


class BadInputTests(WithTheRecord):
    def test_a_text_about_something_else_has_no_case(self):
        for text in (
            "The council opened a new library on Tuesday, and 300 children came to read in it.",
            "Coal mining was stopped on Tuesday when the power to the pumps of the open pit failed.",
            "成都市公安局6月3日查获假烟320箱，抓获2人。",
            "",
        ):
            with self.subTest(text):
                self.assertEqual(self.read(text).cases, [])

    def test_a_text_about_mining_in_general_has_no_case(self):
        self.assertEqual(self.read("虚拟货币“挖矿”能耗高、碳排放大。").cases, [])

    def test_a_language_that_nobody_reads_is_said_to_be_none(self):
        for text in (
            "Die Polizei hat am Dienstag in einer Lagerhalle 50 Rechner für Bitcoin beschlagnahmt.",
            "В Иркутске изъято 200 майнинговых ферм.",
            "警察はビットコインのマイニング機器を50台押収しました。",
        ):
            with self.subTest(text):
                self.assertIsNone(self.read(text).language)

    def test_two_totals_that_contradict_each_other_are_both_kept_as_doubtful(self):
        case = self.only_case("6月3日，成都市公安局查获比特币矿机共300台。现场共查扣比特币矿机共320台。")
        self.assertEqual({fact.value for fact in case.of("rigs_seized")}, {300, 320})
        self.assertEqual({fact.certainty for fact in case.of("rigs_seized")}, {Certainty.DOUBTFUL})

    def test_a_very_long_text_is_read_up_to_a_limit(self):
        text = "6月3日，成都市公安局查获比特币矿机320台。" + "天气很好。" * 200_000
        self.assertEqual(self.only_case(text).first("rigs_seized").value, 320)

    def test_what_a_published_day_would_decide_is_left_out_without_it(self):
        case = self.only_case("昨日，成都市公安局查获比特币矿机320台。", published=None)
        self.assertIsNone(case.first("occurred_on"))


class LanguageTests(WithTheRecord):
    def test_another_language_is_another_module(self):
        words = {name: getattr(english, name) for name in dir(english) if not name.startswith("__")}
        malay = SimpleNamespace(**words | {"CODES": ("ms",), "reads": lambda plain: plain.startswith("Polis")})
        with mock.patch.object(languages, "LANGUAGES", (*languages.LANGUAGES, malay)):
            self.assertIs(self.read("Polis merampas 60 bitcoin miners di Klang.").language, malay)


class CommandTests(WithTheRecord):
    def run_on(self, lines, *options):
        with TemporaryDirectory() as folder:
            file = Path(folder) / "bulletins.jsonl"
            file.write_text("\n".join(lines), encoding="utf-8")
            out = StringIO()
            call_command("read_bulletins", file, *options, stdout=out)
        return out.getvalue()

    def test_a_line_of_facts_for_each_bulletin(self):
        line = {"ref": "made-up", "language": "zh-Hans", "published": "2022-01-14", "text": TWO_CASES}
        (found,) = self.run_on([json.dumps(line)]).splitlines()
        found = json.loads(found)
        self.assertEqual((found["ref"], len(found["cases"])), ("made-up", 2))
        self.assertEqual(found["cases"][1]["loss_amount"], 300000)

    def test_score_counts_what_was_read(self):
        out = self.run_on(MADE_UP.read_text(encoding="utf-8").splitlines(), "--score")
        self.assertRegex(out, r"(?m)^rigs_seized +\d+ +0 +0 +1\.000 +1\.000$")
        self.assertIn("Of the values marked as certain, 1.000 are right", out)

    def test_score_finds_mistakes(self):
        line = {"ref": "x", "published": "2022-01-14", "text": "6月3日，成都市公安局查获比特币矿机320台。"}
        line["facts"] = {"rigs_seized": 321, "arrests": 2, "agencies": ["成都市公安局", "台电"]}
        out = self.run_on([json.dumps(line)], "--score", "--mistakes")
        self.assertRegex(out, r"(?m)^rigs_seized +0 +1 +1 +0\.000 +0\.000$")
        self.assertRegex(out, r"(?m)^arrests +0 +0 +1 +- +0\.000$")
        self.assertRegex(out, r"(?m)^agencies +1 +0 +1 +1\.000 +0\.500$")
        self.assertIn("rigs_seized x: expected 321, read 320", out)

    def test_what_is_no_bulletin_is_refused_with_its_line(self):
        for line, message in (
            ("{", "Line 1"),
            ("[]", "Line 1"),
            ('{"text": 1}', "Line 1"),
            ('{"text": "", "published": "x"}', "2021-09-25"),
        ):
            with self.subTest(line), self.assertRaisesMessage(CommandError, message):
                self.run_on([line])

    def test_a_key_that_was_not_checked_counts_neither_way(self):
        score = Score()
        score.add("x", {}, self.only_case("6月3日，成都市公安局查获比特币矿机320台。"))
        self.assertEqual(list(score.rows()), [("all", 0, 0, 0, None, None)])
