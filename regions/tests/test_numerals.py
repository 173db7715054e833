"""What people type for a quantity or a day is read exactly, or refused in words that say what to write."""

import datetime
import time
from contextlib import suppress
from decimal import Decimal

import cn2an
import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from regions.grammar.amounts import LARGEST, Amount, amount, echo, number
from regions.grammar.dates import Precision
from regions.grammar.days import day, when
from regions.grammar.reading import LONGEST

TODAY = datetime.date(2026, 11, 24)
WANTED = [None, "rigs", "people", "kWh", "kW", "t", "money", "plain"]

READ = {
    # text: (value, unit, qualifier)
    "1200": ("1200", "", "exact"),
    "1,069": ("1069", "", "exact"),
    "1，069": ("1069", "", "exact"),
    "１２００": ("1200", "", "exact"),
    "1 200": ("1200", "", "exact"),
    "1\u00a0200": ("1200", "", "exact"),
    "1\u2009200\u202f000": ("1200000", "", "exact"),
    "1.01万": ("10100", "", "exact"),
    "1.26 million": ("1260000", "", "exact"),
    "4.6 billion": ("4600000000", "", "exact"),
    "1.8k": ("1800", "", "exact"),
    "two million": ("2000000", "", "exact"),
    "a dozen": ("12", "", "exact"),
    "seven rigs": ("7", "rigs", "exact"),
    "三万六千": ("36000", "", "exact"),
    "三万六": ("36000", "", "exact"),
    "三點五萬": ("35000", "", "exact"),
    "壹仟贰佰": ("1200", "", "exact"),
    "两千〇五": ("2005", "", "exact"),
    "十二": ("12", "", "exact"),
    "一亿二千万": ("120000000", "", "exact"),
    "1亿2000万": ("120000000", "", "exact"),
    "3万6000": ("36000", "", "exact"),
    "3百万": ("3000000", "", "exact"),
    # rigs
    "1.01万台": ("10100", "rigs", "exact"),
    "1,200 mining machines": ("1200", "rigs", "exact"),
    "1200台矿机": ("1200", "rigs", "exact"),
    "300 bitcoin mining machines": ("300", "rigs", "exact"),
    "3000部": ("3000", "rigs", "exact"),
    "120张显卡": ("120", "rigs", "exact"),
    "3000块显卡": ("3000", "rigs", "exact"),
    "120 GPU": ("120", "rigs", "exact"),
    "120 graphics cards": ("120", "rigs", "exact"),
    "1200（台）": ("1200", "rigs", "exact"),
    "1200 (units)": ("1200", "rigs", "exact"),
    "1200台（套）": ("1200", "rigs", "exact"),
    "1,069 unit": ("1069", "rigs", "exact"),
    "45 buah mesin": ("45", "rigs", "exact"),
    "lebih 300 mesin": ("300", "rigs", "at_least"),
    "± 30": ("30", "", "about"),
    "3000 PCS": ("3000", "", "exact"),
    # people
    "3名犯罪嫌疑人": ("3", "people", "exact"),
    "2 orang": ("2", "people", "exact"),
    "2 suspects": ("2", "people", "exact"),
    # digits of any script, with their separators
    "۱۲۰۰": ("1200", "", "exact"),
    "١٢٠٠": ("1200", "", "exact"),
    "٣٤": ("34", "", "exact"),
    "১২০০": ("1200", "", "exact"),
    "๑๒๐๐": ("1200", "", "exact"),
    "१,२००": ("1200", "", "exact"),
    "١٬٢٠٠٫٥": ("1200.5", "", "exact"),
    # energy, load, mass
    "６５．８亿千瓦时": ("6580000000", "kWh", "exact"),
    "65.8亿度": ("6580000000", "kWh", "exact"),
    "65.8億千瓦時": ("6580000000", "kWh", "exact"),
    "6.58 TWh": ("6580000000", "kWh", "exact"),
    "500千瓦时": ("500", "kWh", "exact"),
    "五百千瓦": ("500", "kW", "exact"),
    "12 kilowatt-hours": ("12", "kWh", "exact"),
    "12.5 kW": ("12.5", "kW", "exact"),
    "0.75 MW": ("750", "kW", "exact"),
    "750㎾": ("750", "kW", "exact"),
    "3兆瓦": ("3000", "kW", "exact"),
    "2万千瓦": ("20000", "kW", "exact"),
    "1500 W": ("1.5", "kW", "exact"),
    "二百万吨": ("2000000", "t", "exact"),
    "200万吨标准煤": ("2000000", "t", "exact"),
    "1,200 t CO₂": ("1200", "t", "exact"),
    # money
    "RM1.43 million": ("1430000", "MYR", "exact"),
    "RM 441.6 million": ("441600000", "MYR", "exact"),
    "10万林吉特": ("100000", "MYR", "exact"),
    "US$2 million": ("2000000", "USD", "exact"),
    "$2m": ("2000000", "USD", "exact"),
    "29.5万元": ("295000", "CNY", "exact"),
    "伍仟元整": ("5000", "CNY", "exact"),
    "人民币伍仟圆整": ("5000", "CNY", "exact"),
    "RM8.4 juta": ("8400000", "MYR", "exact"),
    "lima ribu ringgit": ("5000", "MYR", "exact"),
    "RM 1,250,000.00": ("1250000", "MYR", "exact"),
    "1.250.000 VND": ("1250000", "VND", "exact"),
    "29.5万元人民币": ("295000", "CNY", "exact"),
    "¥300": ("300", "CNY", "exact"),
    "300万美元": ("3000000", "USD", "exact"),
    "5 000 ₽": ("5000", "RUB", "exact"),
    "CNY 2 million": ("2000000", "CNY", "exact"),
    "2 million IRR": ("2000000", "IRR", "exact"),
    "about TJS 300": ("300", "TJS", "about"),
    # how exact
    "2.6万余台": ("26000", "rigs", "at_least"),
    "3000余万元": ("30000000", "CNY", "at_least"),
    "3000多台": ("3000", "rigs", "at_least"),
    "三百多台": ("300", "rigs", "at_least"),
    "百余台": ("100", "rigs", "at_least"),
    "上千台": ("1000", "rigs", "at_least"),
    "上万台": ("10000", "rigs", "at_least"),
    "超过1000台": ("1000", "rigs", "at_least"),
    "1000台以上": ("1000", "rigs", "at_least"),
    "more than 1,000": ("1000", "", "at_least"),
    "over 1,000 rigs": ("1000", "rigs", "at_least"),
    "at least RM1.43 million": ("1430000", "MYR", "at_least"),
    ">500": ("500", "", "at_least"),
    "≥ 500": ("500", "", "at_least"),
    "500+": ("500", "", "at_least"),
    "26,000-odd": ("26000", "", "at_least"),
    "约3000台": ("3000", "rigs", "about"),
    "3000台左右": ("3000", "rigs", "about"),
    "about 300": ("300", "", "about"),
    "some 300 rigs": ("300", "rigs", "about"),
    "a total of about 300": ("300", "", "about"),
    "~300": ("300", "", "about"),
    "近4000台": ("4000", "rigs", "nearly"),
    "近百台": ("100", "rigs", "nearly"),
    "nearly 4,000": ("4000", "", "nearly"),
    "almost 4,000": ("4000", "", "nearly"),
    "up to 4,000": ("4000", "", "nearly"),
    "共计3000台": ("3000", "rigs", "exact"),
}
RANGES = {
    # text: (low, high, unit, qualifier)
    "10-20": ("10", "20", "", "at_least"),
    "10–20 rigs": ("10", "20", "rigs", "at_least"),
    "10至20台": ("10", "20", "rigs", "at_least"),
    "10～20台": ("10", "20", "rigs", "at_least"),
    "between 10 and 20 rigs": ("10", "20", "rigs", "at_least"),
    "about 10 to 20": ("10", "20", "", "about"),
    "10-20万": ("100000", "200000", "", "at_least"),
    "8000-1万台": ("8000", "10000", "rigs", "at_least"),
    "5万元至10万元": ("50000", "100000", "CNY", "at_least"),
    "RM1-2 million": ("1000000", "2000000", "MYR", "at_least"),
    "$5m-$10m": ("5000000", "10000000", "USD", "at_least"),
    "500kW-1MW": ("500", "1000", "kW", "at_least"),
}
CONVERTED = [
    ("1.2", "kW", "1.2", "kW"),
    ("12 MWh", "kWh", "12000", "kWh"),
    ("2 GW", "kW", "2000000", "kW"),
    ("3", "rigs", "3", "rigs"),
    ("3人", "people", "3", "people"),
    ("3", "money", "3", ""),
    ("3元", "money", "3", "CNY"),
    ("3处", "plain", "3", ""),
    ("1.200万", "rigs", "12000", "rigs"),
    ("3000块", "rigs", "3000", "rigs"),
    ("3000块", "money", "3000", "CNY"),
    ("3000 PCS", "rigs", "3000", "rigs"),
    ("45 buah", "rigs", "45", "rigs"),
    ("0.125", "kWh", "0.125", "kWh"),
    ("12,345.678", "kWh", "12345.678", "kWh"),
]
REFUSED = [
    # text, unit, a part of the message
    ("", None, "is not a number"),
    ("abc", None, "is not a number"),
    ("几百", "rigs", "leave this empty and explain in the note"),
    ("十几台", "rigs", "leave this empty and explain in the note"),
    ("数千台", "rigs", "leave this empty and explain in the note"),
    ("若干", "rigs", "leave this empty and explain in the note"),
    ("some hundreds", "rigs", "leave this empty and explain in the note"),
    ("thousands of rigs", "rigs", "leave this empty and explain in the note"),
    ("1.200", "rigs", "is it 1,200 or 1.2?"),
    ("1.200台", None, "is it 1,200台 or 1.2台?"),
    ("1.000", "rigs", "is it 1,000 or 1?"),
    ("1200.5", "rigs", "The number of rigs must be a whole number."),
    ("1.00005万", "rigs", "The number of rigs must be a whole number."),
    ("1.5", "people", "The number of people must be a whole number."),
    ("1,5", None, "decimals as 1.5"),
    ("-5", "rigs", "is negative"),
    ("−5", "rigs", "is negative"),
    ("负五", "rigs", "is negative"),
    ("-$5", "money", "is negative"),
    ("$-5", "money", "is negative"),
    ("9" * 30, None, "over the limit of 1,000,000,000,000"),
    ("100万亿", None, "over the limit of 1,000,000,000,000"),
    ("9" * 400, None, "longer than 80"),
    ("5²", "rigs", "digits 0 to 9"),
    ("½", None, "digits 0 to 9"),
    ("1_000", "rigs", "is not a number"),
    ("1e5", "rigs", "is not a number"),
    ("NaN", "rigs", "is not a number"),
    ("inf", "rigs", "is not a number"),
    ("1,20", "rigs", "thousands as 1,500"),
    ("三四台", "rigs", "is not a number"),
    ("3万6", "rigs", "is it 36,000 or 30,006?"),
    ("3万2", "rigs", "is it 32,000 or 30,002?"),
    ("13万2", "money", "is it 132,000 or 130,002?"),
    ("12.500", "kWh", "is it 12,500 or 12.5?"),
    ("12.500 kWh", "kWh", "is it 12,500 kWh or 12.5 kWh?"),
    ("250.000 VND", "money", "is it 250,000 VND or 250 VND?"),
    ("12.345 MW", "kW", "is it 12,345 MW or 12.345 MW?"),
    ("12.500-13.000", "rigs", "is it 12,500-13,000 or 12.5-13?"),
    ("3 pcs", "kWh", "counts things; enter energy (kWh) here"),
    ("3处", "money", "counts things; enter an amount of money here"),
    ("beratus mesin", "rigs", "leave this empty"),
    ("RM5 sebulan", "money", "have their own fields"),
    ("10-5", "rigs", "from high to low"),
    ("100-", "rigs", "is not a number"),
    ("RM-5", "money", "is negative"),
    ("1-2-3", "rigs", "is not a number"),
    ("12\x00", "rigs", "invisible character (U+0000)"),
    ("12\u200b", "rigs", "invisible character (U+200B)"),
    ("\ud800", "rigs", "invisible character"),
    ("0.0000000001", "kWh", "more than 9 decimal places"),
    ("12 MWh", "kW", "is energy (kWh); enter power (kW) here"),
    ("12 kW", "kWh", "is power (kW); enter energy (kWh) here"),
    ("29.5万元", "rigs", "is money (CNY); enter a number of rigs here"),
    ("300台", "people", "is a number of rigs; enter a number of people here"),
    ("300台", "plain", "enter a number without a unit here"),
    ("12 kVA", "kW", "unknown unit “kVA”"),
    ("12M", "kW", "for example 12 MW or 12 million kW"),
    ("5 kW-6 kWh", None, "has two units"),
    ("RM5元", "money", "has two units"),
    ("65.8亿千瓦时/年", "kWh", "have their own fields"),
    ("12 kWh a day", "kWh", "have their own fields"),
]
DAYS = {
    "2021-09-25": (2021, 9, 25),
    "2021/09/25": (2021, 9, 25),
    "2021.9.25": (2021, 9, 25),
    "20210925": (2021, 9, 25),
    "2021年9月25日": (2021, 9, 25),
    "２０２１年９月２５号": (2021, 9, 25),
    "二〇二一年九月二十五日": (2021, 9, 25),
    "25 September 2021": (2021, 9, 25),
    "25th of September 2021": (2021, 9, 25),
    "September 25, 2021": (2021, 9, 25),
    "25/09/2021": (2021, 9, 25),
    "05/05/2021": (2021, 5, 5),
    "2021-09-25 00:00:00": (2021, 9, 25),
    "2024-02-29": (2024, 2, 29),
    "2026-11-24": (2026, 11, 24),
    "2009-01-03": (2009, 1, 3),
    "2021/09/25 08:00:00": (2021, 9, 25),
    "2021-09-25T14:30:00Z": (2021, 9, 25),
    "2021-09-25 2:30 PM": (2021, 9, 25),
    "25/09/2021 14:30": (2021, 9, 25),
    "2021年9月25日上午8点": (2021, 9, 25),
    "2021年9月25日 14时30分": (2021, 9, 25),
    "25 Ogos 2021": (2021, 8, 25),
    "25hb Ogos 2021": (2021, 8, 25),
    "1 Julai 2021": (2021, 7, 1),
    "31 Disember 2021": (2021, 12, 31),
    "Mac 2021": (2021, 3),
    "Mei 2021": (2021, 5),
    "Ogos 2021": (2021, 8),
    "2021年9月中旬": (2021, 9),
    "2021.9.中旬": (2021, 9),
    "2021年9月底": (2021, 9),
    "٢٠٢١": (2021,),
    "2021-09": (2021, 9),
    "2021年9月": (2021, 9),
    "Sep 2021": (2021, 9),
    "Sept. 2021": (2021, 9),
    "2009-01": (2009, 1),
    "2021": (2021,),
    "2021年": (2021,),
    "2026": (2026,),
}
NO_DAYS = {
    "": "is not a date",
    "yesterday": "is not a date",
    "2021-09-31": "2021-09 has 30 days",
    "2021年2月30日": "2021-02 has 28 days",
    "31 February 2021": "2021-02 has 28 days",
    "2021-13-01": "month 13 does not exist",
    "2021-00": "month 0 does not exist",
    "2026-11-25": "in the future: today is 2026-11-24",
    "2026-12": "in the future",
    "2027": "in the future",
    "9999-12-31": "in the future",
    "2009-01-02": "before 2009-01-03",
    "2008": "before 2009-01-03",
    "0000-00-00": "before 2009-01-03",
    "01/02/2021": "can mean 2021-01-02 or 2021-02-01",
    "1.2.2021": "can mean 2021-01-02 or 2021-02-01",
    "25/09/21": "the year with four digits",
    "25 Sep 21": "the year with four digits",
    "21年9月": "the year with four digits",
    "44464": "probably 2021-09-25",
    "44464.5": "probably 2021-09-25",
    "2021-09-25\x00": "invisible character",
}


@pytest.mark.parametrize("text", READ)
def test_an_amount_is_read_as_it_is_written(text):
    value, unit, qualifier = READ[text]

    read = amount(text)

    assert read == Amount(Decimal(value), unit, qualifier)
    assert str(read.value) == value


@pytest.mark.parametrize("text", RANGES)
def test_a_range_keeps_both_ends_and_counts_as_the_lower(text):
    low, high, unit, qualifier = RANGES[text]

    assert amount(text) == Amount(Decimal(low), unit, qualifier, Decimal(low), Decimal(high))


@pytest.mark.parametrize(("text", "wanted", "value", "unit"), CONVERTED)
def test_an_amount_comes_in_the_unit_of_its_field(text, wanted, value, unit):
    assert amount(text, unit=wanted) == Amount(Decimal(value), unit)


@pytest.mark.parametrize(("text", "wanted", "why"), REFUSED)
def test_what_cannot_be_read_is_refused_with_the_reason(text, wanted, why):
    with pytest.raises(ValidationError) as refusal:
        amount(text, unit=wanted)

    assert why in refusal.value.message


def test_a_refusal_can_be_sent_whatever_was_typed():
    for text in ("\ud800", "\x00" * 400, "\ud800" * 400, "\u202e5 %s %(text)s"):
        for reads in (amount, number, day, when):
            with pytest.raises(ValidationError) as refusal:
                reads(text)
            assert refusal.value.message.isprintable()
            assert refusal.value.message.encode()


def test_a_field_may_set_a_lower_limit():
    assert amount("100万台", most=10**6).value == 10**6
    with pytest.raises(ValidationError, match="over the limit of 1,000,000\\."):
        amount("1,000,001", most=10**6)
    with pytest.raises(ValidationError, match="over the limit of 1,000,000\\."):
        amount("10-1,000,001", most=10**6)


SNIPPETS = [*READ, *RANGES, "约", "近", "余", "多", "上", "万", "亿", "台", "千瓦时", "点"]
typed = st.one_of(
    st.text(),
    st.text(
        alphabet="0123456789,.- +~至余多约近上几十百千万亿点零一二两三度元台吨瓦时kmwhtRMU$¥%e_", max_size=LONGEST + 1
    ),
    st.lists(st.sampled_from(SNIPPETS), max_size=4).map("".join),
)


@given(typed, st.sampled_from(WANTED))
@example("\x00", None)
@example("İ" * 20, None)
@example("ﷺ" * LONGEST, None)
@example("1 " * 40, None)
@example("上" * LONGEST, "rigs")
@example("十" * LONGEST, "rigs")
@example("1万" * 40, "rigs")
def test_any_text_is_read_or_refused(text, unit):
    with suppress(ValidationError):
        read = amount(text, unit=unit)
        assert isinstance(read.value, Decimal)
        assert 0 <= read.value <= LARGEST
        assert echo(read).startswith("read as")
    for reads in (number, day, when):
        with suppress(ValidationError):
            assert reads(text) is not None


@given(st.integers(0, 10**8 - 1), st.sampled_from(["low", "up"]))
def test_every_count_is_read_back_from_chinese_words(count, form):
    assert amount(cn2an.an2cn(count, form)).value == count


@given(st.integers(10**8, LARGEST), st.sampled_from(["low", "up"]))
@example(529_300_001_000, "low")  # …亿一千 without 零: 529,300,001,000 or 529,310,000,000
def test_a_large_count_in_chinese_words_is_never_read_as_another(count, form):
    with suppress(ValidationError):
        assert amount(cn2an.an2cn(count, form)).value == count


@given(st.decimals(0, 10**6, places=4), st.sampled_from([("万", 10**4), ("亿", 10**8), (" million", 10**6)]))
def test_decimals_with_a_scale_are_exact(value, scale):
    word, size = scale

    assert amount(f"{value}{word}", most=10**15).value == value * size


@pytest.mark.parametrize(
    "piece", ["1", "1 ", "1,111", "十", "一万", "余", "约", "-", "1-", ">", "a ", "台", "kw", "$", "more than "]
)
def test_no_text_takes_long(piece):
    with pytest.raises(ValidationError):
        amount("几")  # the readers load their dictionaries once
    texts = [(piece * LONGEST)[: length - 1] + last for length in (LONGEST, LONGEST - 1) for last in ("", "!")]

    def took():
        started = time.process_time()
        for text in texts:
            with suppress(ValidationError):
                amount(text)
        return time.process_time() - started

    # The best of three: a busy machine makes one of them longer; a pattern that goes back and back, all of them.
    assert min(took() for _ in range(3)) < 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1.01万台", "read as 10,100 rigs"),
        ("1 rig", "read as 1 rig"),
        ("2.6万余台", "read as at least 26,000 rigs"),
        ("约3000台", "read as about 3,000 rigs"),
        ("近4000台", "read as nearly 4,000 rigs"),
        ("10–20台", "read as 10 to 20 rigs, saved as at least 10 rigs"),
        ("３人", "read as 3 people"),
        ("65.8亿千瓦时", "read as 6,580,000,000 kWh (6.58 TWh)"),
        ("12.755 kW", "read as 12.755 kW"),
        ("RM1.43 million", "read as RM1,430,000 (RM1.43 million)"),
        ("29.5万元", "read as 295,000 yuan"),
        ("200万吨标准煤", "read as 2,000,000 tonnes"),
        ("1,200", "read as 1,200"),
    ],
)
def test_an_amount_is_echoed_with_every_digit(text, shown):
    assert echo(amount(text)) == shown


@pytest.mark.parametrize("text", DAYS)
def test_a_day_is_known_as_far_as_it_is_written(text):
    parts = DAYS[text]
    precision = [Precision.YEAR, Precision.MONTH, Precision.DAY][len(parts) - 1]

    assert when(text, today=TODAY) == (datetime.date(*parts, *[1] * (3 - len(parts))), precision)


@pytest.mark.parametrize("text", NO_DAYS)
def test_a_day_that_cannot_be_is_refused_with_the_reason(text):
    with pytest.raises(ValidationError) as refusal:
        when(text, today=TODAY)

    assert NO_DAYS[text] in refusal.value.message


@given(st.dates(datetime.date(2009, 1, 3), TODAY), st.sampled_from(["%Y-%m-%d", "%Y年%m月%d日", "%d %B %Y", "%Y%m%d"]))
def test_every_day_is_read_back(written, form):
    assert when(written.strftime(form), today=TODAY) == (written, Precision.DAY)


def test_without_a_today_the_day_is_ours():
    assert when("2021-09-25") == (datetime.date(2021, 9, 25), Precision.DAY)
    with pytest.raises(ValidationError, match="in the future"):
        when("9000-01-01")


def test_a_filter_reads_plain_numbers_and_days():
    assert [number(text) for text in ("1200", "1,200", "１２００", "١٢٠٠", "12.5")] == [
        1200, 1200, 1200, 1200, Decimal("12.5"),
    ]  # fmt: skip
    assert day("2021-02", last=True) == datetime.date(2021, 2, 28)
    assert day("2021", last=True) == datetime.date(2021, 12, 31)
    assert day("2021") == datetime.date(2021, 1, 1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1_000", "not a number"),
        ("1.01万", "not a number"),
        ("-5", "negative"),
        ("1" * 400, "over the limit"),
    ],
)
def test_a_filter_refuses_what_is_no_plain_number(text, why):
    with pytest.raises(ValidationError, match=why):
        number(text)


def test_the_chinese_reader_is_answered_too():
    with translation.override("zh-hans"):
        assert all(echo(amount(text)) for text in (*READ, *RANGES))
        for text, wanted, _why in REFUSED:
            with pytest.raises(ValidationError):
                amount(text, unit=wanted)
        for text in NO_DAYS:
            with pytest.raises(ValidationError):
                when(text, today=TODAY)
        assert "6,580,000,000千瓦时（65.8亿千瓦时）" in echo(amount("6.58 TWh"))
