"""Bulletins of our own making, read with the names of the record: no sentence here is from an announcement."""

import json
import time
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
from regions.models import Region
from regions.tests.builders import make_agency

SECONDS = 12  # of processor time; each takes at most 5 on a busy machine, and without limits in the patterns hours
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
        self.assertLessEqual({"en", "ms", "zh-Hans", "zh-Hant"}, {line["language"] for line in bulletins()})


class AliasTests(WithTheRecord):
    def test_a_body_is_found_by_what_an_office_calls_it(self):
        text = "6月10日，绵阳市电管办在一处仓库查获矿机46台。"
        self.assertEqual(self.only_case(text).of("agencies"), [])
        region = Region.objects.get(code="CN-SC")
        make_agency(name_en="Power Office", name_zh="电力管理办公室", aliases=["电管办"], region=region)
        case = reader.read_bulletin(text, published=date(2022, 6, 14), gazetteer=Gazetteer.of_record()).cases[0]
        self.assertEqual([fact.value for fact in case.of("agencies")], ["电管办"])


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

    def test_marks_before_paragraphs_are_heads_of_cases_that_say_where_or_when(self):
        text = (
            "Crypto mining this week:\n* On May 2, police in Klang seized 60 machines."
            "\n* On May 4, police in Sepang seized 25 machines."
        )
        first, second = self.read(text, published=date(2022, 5, 6)).cases
        self.assertEqual((first.first("rigs_seized").value, second.first("rigs_seized").value), (60, 25))

    def test_a_list_of_what_was_found_in_one_case_is_no_list_of_cases(self):
        text = (
            "On May 2, police in Klang raided a bitcoin mining den.\n* 60 mining machines were seized there."
            "\n* Two men were arrested there."
        )
        case = self.only_case(text, published=date(2022, 5, 6))
        self.assertEqual((case.first("rigs_seized").value, case.first("arrests").value), (60, 2))


class MoreFactsTests(WithTheRecord):
    def values(self, text, *keys, **options):
        facts = self.only_case(text, **options).as_json()
        return [facts.get(key) for key in keys]

    def test_load_in_kilowatts(self):
        for text, load in (
            ("6月3日，成都市公安局查获比特币矿机320台，运行负荷约1100千瓦，月用电80万千瓦时。", 1100),
            ("6月3日，成都市公安局查获比特币矿机320台，切断用电负荷1.2万千瓦。", 12000),
            ("On May 2, police in Klang seized 600 mining machines that were drawing 2.5 MW.", 2500),
            ("On May 2, police in Klang seized 600 mining machines and a transformer of 2.5 MW.", None),
        ):
            with self.subTest(text):
                self.assertEqual(self.values(text, "power_kw", published=date(2022, 6, 6)), [load])

    def test_how_many_places(self):
        for text, premises in (
            ("6月3日，成都市公安局捣毁窝点6个，查获比特币矿机320台。", 6),
            ("6月3日，成都市公安局在两处民房查获比特币矿机320台。", 2),
            ("On May 2, police in Klang raided four shophouses and seized 600 mining machines.", 4),
            ("On May 2, police in Klang seized 600 mining machines in a shophouse.", None),
        ):
            with self.subTest(text):
                self.assertEqual(self.values(text, "premises", published=date(2022, 6, 6)), [premises])

    def test_the_outcome_is_in_the_words_of_the_text(self):
        for text, words in (
            ("6月3日，成都市公安局查获比特币矿机320台。该场所已被断电，案件移交检察机关。", "案件移交检察机关"),
            ("Police in Klang seized 60 mining machines. TNB has cut the supply.", "TNB has cut the supply"),
        ):
            with self.subTest(text):
                self.assertEqual(self.values(text, "outcome"), [words])

    def test_a_point_in_degrees(self):
        for words, point in (
            ("东经107.38度、北纬40.75度", [40.75, 107.38]),
            ("坐标：40.7512，107.3801", [40.7512, 107.3801]),
            ("25.5100° S, 54.6100° W", [-25.51, -54.61]),
            ("1.5 N", [None, None]),
        ):
            with self.subTest(words):
                text = f"6月3日，巴彦淖尔市公安局查获比特币矿机320台（{words}）。"
                self.assertEqual(self.values(text, "latitude", "longitude"), point)

    def test_people_who_are_named_and_not_counted(self):
        for words, arrests in (
            ("犯罪嫌疑人张某、赵某、孙某被刑事拘留", 3),
            ("房主已被警方控制", 1),
            ("一男一女被捕", 2),
            ("A technician was arrested", 1),
            ("Three men and two women were detained", 5),
            ("Police detained a couple", 2),
        ):
            with self.subTest(words):
                lead = (
                    "6月3日，成都市公安局查获比特币矿机320台。"
                    if words > "z"
                    else "Police in Klang seized 60 mining rigs. "
                )
                self.assertEqual(self.values(lead + words + "." * (words < "z"), "arrests"), [arrests])

    def test_how_it_came_to_light_is_said_in_many_words(self):
        for words, lead in (
            ("楼下住户不堪噪音之扰，多次找到居委会", "public_tip"),
            ("供电所员工在更换电表时，看到表后多出一根线", "utility_inspection"),
            ("该台区日损耗率高达41%", "grid_monitoring"),
            ("村里一到晚上就停电", "outage_or_fire"),
            ("民警核查一笔可疑资金时牵出该处", "police_intelligence"),
            ("校园网出口流量长期跑满", "network_monitoring"),
            ("单位内审时电费对不上", "audit"),
            ("A man living opposite said that his windows rattled day and night", "public_tip"),
            ("Linemen repairing a pole behind the shed saw a second wire", "utility_inspection"),
            ("The feeder was losing a third of its supply", "grid_monitoring"),
            ("The building's fuses blew for the fifth time that week", "outage_or_fire"),
            ("Detectives looking for stolen copper found it behind a wall", "police_intelligence"),
            ("The town's IT office saw hosts talking to a mining server", "network_monitoring"),
            ("Wardens of the labour office were counting workers when a door stood open", "routine_inspection"),
        ):
            with self.subTest(words):
                found = (
                    "6月3日，成都市一处仓库内有比特币矿机320台。"
                    if words > "z"
                    else "In Klang 60 mining rigs were seized. "
                )
                self.assertEqual(self.values(found + words + "." * (words < "z"), "lead_source"), [lead])

    def test_what_is_said_of_the_past_or_as_a_warning_is_no_lead(self):
        for text in (
            "6月3日，成都市公安局查获比特币矿机320台。警方提醒，私拉电线极易引发火灾，欢迎群众举报。",
            "Police in Klang seized 60 mining rigs. The chief warned that such wiring is a fire risk.",
        ):
            with self.subTest(text):
                self.assertEqual(self.values(text, "lead_source"), [None])

    def test_a_bill_of_which_only_little_was_paid_is_no_loss(self):
        text = "Police in Klang seized 60 mining rigs. The bill was only RM20 while TNB lost RM8,000 a month."
        self.assertEqual(self.values(text, "loss_amount", "loss_basis"), [8000, "per_month"])

    def test_the_price_of_electricity_is_no_price_of_rigs(self):
        text = "Police in Klang seized 60 mining rigs. The stolen electricity is valued at RM310,000."
        self.assertEqual(self.values(text, "loss_amount", "equipment_value"), [310000, None])

    def test_a_number_right_behind_a_comma(self):
        text = "民警识破其伪装,540余台矿机悉数查封。"
        self.assertEqual(self.values(text, "rigs_seized", "rigs_qualifier"), [540, "at_least"])

    def test_a_number_that_is_none_is_not_read(self):
        self.assertEqual(self.values("6月3日，成都市公安局查获几十台比特币矿机。", "rigs_seized"), [None])

    def test_a_place_in_a_prefecture_of_a_people(self):
        for words, code, place in (
            ("阿坝州黑水县发改局", "CN-SC", "阿坝州黑水县"),
            ("徐州铜山区公安分局", "CN-JS", "徐州铜山区"),
            ("黑龙江省肇源县公安局", "CN-HL", "肇源县"),
        ):
            with self.subTest(words):
                text = f"6月3日，{words}查获比特币矿机320台。"
                self.assertEqual(self.values(text, "admin1_code", "admin2_name_local"), [code, place])

    def test_a_town_that_the_record_does_not_have(self):
        text = "Police in Batu Pahat seized 60 mining rigs on May 2."
        found = self.values(text, "country", "admin1_code", "admin2_name", published=date(2022, 5, 6))
        self.assertEqual(found, ["MY", "MY-01", "Batu Pahat"])


class CertaintyTests(WithTheRecord):
    """Certain must mean certain: what could be another thing is marked as inferred."""

    def certainty(self, text, key, **options):
        return self.only_case(text, **options).first(key).certainty

    def test_what_is_certain_and_what_is_inferred(self):
        certain, inferred = Certainty.CERTAIN, Certainty.INFERRED
        for text, key, certainty in (
            ("6月3日，成都市公安局在成都市武侯区查获比特币矿机320台。", "admin2_name_local", certain),
            # Only the name of a body has it; it may have been elsewhere.
            ("6月3日，成都市公安局查获比特币矿机320台。", "admin2_name_local", inferred),
            ("6月3日，成都市公安局武侯分局突击检查，查获比特币矿机320台。", "agencies", certain),
            # It tells of the case, or accuses; perhaps others found the rigs.
            ("成都市公安局通报，6月3日查获比特币矿机320台。", "agencies", inferred),
            ("成都市武侯区人民检察院提起公诉，称6月3日查获比特币矿机320台。", "agencies", inferred),
            ("6月3日，成都市公安局查获比特币矿机320台，窃电价值12万元。", "loss_basis", certain),
            ("6月3日，成都市公安局查获比特币矿机320台，每天电费大增，窃电价值12万元。", "loss_basis", inferred),
            ("2022年6月3日，成都市公安局查获比特币矿机320台。", "occurred_on", certain),
            # Of which of the two years the day is, is not said.
            ("2021年3月起窃电。6月3日，成都市公安局查获比特币矿机320台。", "occurred_on", inferred),
            ("Police and TNB raided a shop in Klang and seized 60 mining rigs.", "admin2_name", certain),
            ("Police and TNB raided shops in Klang and Rawang and seized 60 mining rigs.", "admin2_name", inferred),
            ("Police in Klang seized 60 mining rigs and arrested two men.", "arrests", certain),
            (
                "Police in Klang seized 60 mining rigs and arrested two men. A guard was also detained.",
                "arrests",
                inferred,
            ),
        ):
            with self.subTest(text, key=key):
                self.assertEqual(self.certainty(text, key, published=date(2022, 7, 1)), certainty)

    def test_the_meter_of_a_body_is_not_the_body(self):
        for text, certainty in (
            ("TNB and the police raided a shop in Klang and seized 60 mining rigs.", Certainty.CERTAIN),
            ("Police found 60 mining rigs wired in front of a TNB meter in Klang.", Certainty.INFERRED),
        ):
            with self.subTest(text):
                (found,) = (one for one in self.only_case(text).of("agencies") if one.value == "TNB")
                self.assertEqual(found.certainty, certainty)

    def test_a_number_with_two_scales_is_read_whole(self):
        text = "6月3日，成都市公安局查获比特币矿机320台，窃电价值1万2千元。"
        self.assertEqual(self.only_case(text).first("loss_amount").value, 12_000)

    def test_an_amount_of_money_is_no_count_of_people(self):
        text = "Agents in Klang seized 60 mining rigs; it cost 48 million soms and a manager has been detained."
        self.assertEqual(self.only_case(text).first("arrests").value, 1)


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

    def test_a_total_and_another_count_that_is_no_part_of_it_are_both_kept(self):
        for text, counts in (
            ("6月3日，成都市公安局查获比特币矿机近860台。现场共查扣矿机共900台。", {860, 900}),
            ("6月3日，成都市公安局在一处查获比特币矿机近86台。现场共查扣矿机共900台。", {900}),
        ):
            with self.subTest(text):
                self.assertEqual({fact.value for fact in self.only_case(text).of("rigs_seized")}, counts)

    def test_a_very_long_text_is_read_up_to_a_limit(self):
        text = "6月3日，成都市公安局查获比特币矿机320台。" + "天气很好。" * 200_000
        self.assertEqual(self.only_case(text).first("rigs_seized").value, 320)

    def test_no_text_takes_long(self):
        case = "6月3日，成都市公安局查获比特币矿机320台。" * 300
        raid = "On May 2, police in Klang seized 60 bitcoin mining rigs. " * 100
        for text in (
            "比特币" + "1" * 60_000,
            "比特币矿机" + "专用" * 15_000,
            "挖矿" + "运行中的" * 10_000,
            "挖矿" + "一某、" * 10_000,
            "矿机" + "一" * 30_000,
            "the bitcoin " + "one hundred and " * 4_000,
            "the bitcoin of the and " + "1," * 30_000,
            "bitcoin of the was " + "Alpha of the " * 5_000,
            "\n".join(f"{number}. {case}" for number in range(1, 40)),
            "\n".join(f"Case {number}: {raid}" for number in range(1, 40)),
        ):
            with self.subTest(text[:30]):
                begins = time.process_time()
                self.read(text)
                self.assertLess(time.process_time() - begins, SECONDS)

    def test_what_a_published_day_would_decide_is_left_out_without_it(self):
        case = self.only_case("昨日，成都市公安局查获比特币矿机320台。", published=None)
        self.assertIsNone(case.first("occurred_on"))


class LanguageTests(WithTheRecord):
    def test_another_language_is_another_module(self):
        words = {name: getattr(english, name) for name in dir(english) if not name.startswith("__")}
        own = SimpleNamespace(**words | {"CODES": ("xx",), "reads": lambda plain: 2 * plain.startswith("Xolis")})
        with mock.patch.object(languages, "all_languages", return_value=(*languages.all_languages(), own)):
            self.assertIs(self.read("Xolis found 60 bitcoin miners in Klang.").language, own)

    def test_malay_is_told_from_english(self):
        for text, code in (
            ("Polis merampas 60 mesin bitcoin di sebuah kedai di Klang pada 3 Mei.", "ms"),
            ("Police seized 60 bitcoin machines in a shop in Klang on 3 May.", "en"),
        ):
            with self.subTest(text):
                self.assertEqual(self.read(text).language.CODES, (code,))


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

    def test_score_compares_each_case_with_the_one_that_agrees_best(self):
        facts = [{"rigs_seized": 112, "arrests": 2}, {"rigs_seized": 45, "agencies": ["杭州市余杭区网信办"]}]
        line = {"ref": "x", "published": "2022-01-14", "text": TWO_CASES, "facts": facts}
        out = self.run_on([json.dumps(line)], "--score")
        self.assertRegex(out, r"(?m)^all +4 +0 +0 +1\.000 +1\.000$")

    def test_a_case_that_nobody_expected_is_wrong(self):
        line = {"ref": "x", "published": "2022-01-14", "text": TWO_CASES, "facts": {"rigs_seized": 112}}
        out = self.run_on([json.dumps(line)], "--score")
        self.assertRegex(out, r"(?m)^rigs_seized +1 +1 +0 +0\.500 +1\.000$")

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
        score.add("x", {}, [self.only_case("6月3日，成都市公安局查获比特币矿机320台。")])
        self.assertEqual(list(score.rows()), [("all", 0, 0, 0, None, None)])
