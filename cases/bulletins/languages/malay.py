"""Malay bulletins: their words for numbers, days, rigs, people, money and bodies."""

import datetime
import re
from collections import Counter

from regions.grammar.units import CURRENCY_CODES

from ..facts import Certainty, Fact

CODES = ("ms",)


def _words(text):
    return re.compile(rf"\b(?:{text})\b", re.IGNORECASE)


_COMMON_WORDS = _words(
    r"dan|yang|di|pada|telah|itu|ini|dengan|untuk|oleh|dalam|daripada|serta|ke|kepada|tersebut|berkata|sebuah|seorang|akan|kerana|adalah|beliau|dari|antara|selepas"
)


def reads(plain):
    letters = sum(character.isalpha() for character in plain)
    latin = sum(character.isascii() and character.isalpha() for character in plain)
    if not letters or len(_COMMON_WORDS.findall(plain)) < len(plain.split()) * 0.1:
        return 0
    return latin / letters


SENTENCE = re.compile(r"(?<=[.!?])[\"']?\s+(?=[\"'A-Z\d])|\n+")
CLAUSE = re.compile(r"[,;:](?=\s)|\s-+\s|(?<=[.!?])[\"']?\s+(?=[\"'A-Z\d])|\n+")
HEADING = re.compile(
    r"^[ \t]*(?:(?:kes|serbuan) (?:\d{1,2}|pertama|kedua|ketiga|keempat)\b|\d{1,2}[.)]\s+(?=[A-Z]))", re.I | re.M
)
MINING = _words(r"bitcoin|kripto\w*|mata wang (?:kripto|digital|maya)|melombong|perlombongan")
MAYBE_MINING = None
DATELINE = re.compile(r"\s*[A-Z][A-Z .']{2,40}(?:, \d{1,2} [A-Z][a-z]{2,8})?\s*(?:-+|:)\s")

# Numbers

_SMALL = dict(
    zip(
        ["satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "lapan", "sembilan", "sepuluh", "sebelas"],
        range(1, 12),
        strict=True,
    )
)
_WORD = rf"(?:{'|'.join(_SMALL)}|seorang|sebuah)"
_IN_DIGITS = r"(?<![\d.,])(?:\d{1,3}(?:,\d{3}){1,5}|\d{1,15}(?!\d))(?:\.\d{1,9})?(?: ?(?:ribu|juta|bilion)\b)?"
_NUMBER = rf"(?:{_IN_DIGITS}|\b{_WORD}\b)"
_QUALIFIERS = {"lebih daripada": "more than", "melebihi": "more than", "lebih": "more than", "sekurang-kurangnya": "at least",
               "kira-kira": "about", "lebih kurang": "about", "sekitar": "about", "hampir": "nearly"}  # fmt: skip
_BEFORE = "|".join(sorted(_QUALIFIERS, key=len, reverse=True))
_QUALIFIED = rf"(?:\b(?:{_BEFORE}) )?{_NUMBER}"


def in_digits(text, country=""):
    """`text` with digits for words, and with the words of English for about and nearly."""
    text = re.sub(rf"(?i)\b({_BEFORE})\b", lambda match: _QUALIFIERS[match[0].lower()], text)
    text = re.sub(r"(?i)\b(?:seorang|sebuah)\b", "1", text)
    return re.sub(rf"(?i)\b(?:{'|'.join(_SMALL)})\b", lambda match: str(_SMALL[match[0].lower()]), text)


# Days

_MONTHS = ("jan", "feb", "mac", "apr", "mei", "jun", "jul", "ogo", "sep", "okt", "nov", "dis")
_MONTH = r"(?P<month>Jan(?:uari)?|Feb(?:ruari)?|Mac|Apr(?:il)?|Mei|Jun|Julai|Jul|Ogos|Sept?(?:ember)?|Okt(?:ober)?|Nov(?:ember)?|Dis(?:ember)?)\b"
_WEEKDAYS = ("isnin", "selasa", "rabu", "khamis", "jumaat", "sabtu", "ahad")
DAYS = [
    re.compile(rf"(?i)\b(?P<day>\d{{1,2}}) {_MONTH}(?: (?:lalu|lepas))?(?:,? (?P<year>20\d\d))?"),
    re.compile(r"(?i)\b(?P<ago>hari ini|pagi tadi|malam tadi|semalam)\b"),
    re.compile(rf"(?i)\b(?:pada|hari) (?P<weekday>{'|'.join(_WEEKDAYS)})\b"),
    re.compile(rf"\b(?:pada|bulan|awal|akhir) {_MONTH}(?: (?P<year>20\d\d))?"),
]


def day_of(match, published, earlier):
    """(day, precision, whether the text itself says all of it) of a match of DAYS; None where it cannot be a day."""
    part = {name: value.lower() for name, value in match.groupdict().items() if value}
    if published is None and "year" not in part:
        return None
    if "ago" in part:
        return published - datetime.timedelta(days=part["ago"] in ("semalam", "malam tadi")), "day", True
    if "weekday" in part:
        back = (published.weekday() - _WEEKDAYS.index(part["weekday"])) % 7
        return published - datetime.timedelta(days=back), "day", True
    try:
        year = int(part.get("year", 0)) or published.year
        found = datetime.date(year, _MONTHS.index(part["month"][:3]) + 1, int(part.get("day", 1)))
    except ValueError:
        return None
    if "year" not in part and found > published:
        found = found.replace(year=year - 1)
    return found, "day" if "day" in part else "month", True


HAPPENED = _words(
    r"serbu\w*|menyerbu|diserbu|rampas\w*|merampas|dirampas|tahan|menahan|ditahan|operasi|temui|menemui|ditemui|periksa\w*|pemeriksaan|bongkar|membongkar|tumpas|menumpaskan|potong|memotong|kesan|mengesan"
)
NOT_THE_DAY_BEFORE = re.compile(r"(?i)\b(?:sejak|hingga|sehingga|mulai|dijangka|sidang media)\s*(?:pada\s*)?\Z")
NOT_THE_DAY_AFTER = re.compile(r"(?!)")

# Rigs

_COUNT = rf"(?<!RM)(?P<amount>{_QUALIFIED}(?: (?:unit|buah|set))?)"
_RIG = r"(?:mesin|peranti|peralatan|pelombong|komputer|pelayan|rig)"
RIGS = [
    (3, re.compile(rf"(?i){_COUNT} {_RIG}(?: \w+)? (?:bitcoin|kripto\w*|mata wang (?:kripto|digital|maya)|melombong|perlombongan)")),
    (2, re.compile(rf"(?i){_COUNT} {_RIG}\b")),
]  # fmt: skip
CARDS = re.compile(r"(?i)\bkad\b")
RIGS_TOTAL = re.compile(r"(?i)\b(?:sejumlah|sebanyak|keseluruhan|jumlah)\s*\Z")
RIGS_TOTAL_AFTER = re.compile(r"(?!)")
NOT_RIGS_BEFORE = re.compile(r"(?i)\b(?:setiap|sejak \w+|tahun ini)\b[^,;]{0,12}\Z")
NOT_RIGS_AFTER = re.compile(r"(?!)")
SEIZED = _words(r"\w*rampas\w*|\w*sita|disita|menyita|\w*temui|\w*jumpa\w*|beroperasi|dipasang")

# People

_WHO = r"(?:lelaki|wanita|individu|suspek|warga \w+|penjaga|pekerja|orang|pemilik|penyewa)"
PEOPLE = [
    (False, re.compile(rf"(?i)\b(?:menahan|ditahan|tahan|memberkas|diberkas) (?P<amount>{_NUMBER}) (?:orang )?(?:\w+ )?{_WHO}")),
    (False, re.compile(rf"(?i)(?P<amount>{_NUMBER}) (?:orang )?(?:\w+ )?{_WHO}\b[^.;]{{0,60}}\b(?:ditahan|diberkas|direman)")),
]  # fmt: skip
SOMEBODY = []
NOT_PEOPLE_BEFORE = re.compile(r"(?i)\b(?:memburu|mencari)\b[^,;]*\Z")
NOT_PEOPLE_AFTER = re.compile(r"(?i)[^.;]{0,30}\b(?:diburu|melarikan diri|cedera)\b")
NOBODY = _words(r"tiada (?:sebarang )?(?:tangkapan|suspek|individu)")


_AND_MORE = re.compile(rf"(?i)[^,.;]{{0,20}}? (?:dan|serta) (?P<amount>{_NUMBER}) (?:orang )?(?:lagi )?(?:\w+ )?{_WHO}")


def people_together(parts, plain):
    """How many people several statements make: the largest, since texts say again who is held, and who is named with “dan”."""
    return max(value + _named_with(plain[end : end + 60]) for _start, end, value in parts)


def _named_with(after):
    match = _AND_MORE.match(after)
    count = in_digits(match["amount"]) if match else ""
    return int(count) if count.isdigit() else 0


# Money and electricity

_PRICE = rf"(?:RM|{'|'.join(CURRENCY_CODES)}) ?{_IN_DIGITS}|{_NUMBER} ringgit"
MONEY = re.compile(rf"(?i:(?P<amount>(?:\b(?:{_BEFORE}) )?(?:{_PRICE})))")
LOSS = _words(r"kerugian|kehilangan|rugi|elektrik|tenaga|bil|kecurian|curi|mencuri|tunggakan")
WORTH = _words(r"bernilai|nilai|dianggarkan bernilai|berharga")
CASE_VALUE = SMUGGLED = re.compile(r"(?!)")
NOT_MONEY_BEFORE = re.compile(r"(?i)\b(?:denda|didenda|kompaun|jaminan|sewa|upah|ganjaran|hanya)\b[^;]*\Z")
NOT_MONEY_AFTER = re.compile(r"(?!)")
ENERGY = re.compile(rf"(?P<amount>(?:\b(?i:{_BEFORE}) )?{_NUMBER} ?(?i:[kMG]Wh|kilowatt[ -]jam|megawatt[ -]jam))")
NOT_ENERGY_BEFORE = NOT_ENERGY_AFTER = CONVERTED = re.compile(r"(?!)")
LOAD = re.compile(rf"(?P<amount>{_NUMBER} ?(?i:[kM]W|kilowatt|megawatt)\b(?![ -]?jam))")
LOAD_WORDS = _words(r"beban|penggunaan|kuasa|menggunakan")
NOT_LOAD_BEFORE = _words(r"setiap|pengubah")
RATES = [
    ("per_month", re.compile(r"(?i)\b(?:bulanan|setiap bulan) (?:\w+ ){0,5}\Z"), re.compile(r"(?i)[^,;.\d]{0,30}?\b(?:sebulan|setiap bulan|bulanan)\b")),
    ("per_year", re.compile(r"(?i)\b(?:tahunan|setiap tahun) (?:\w+ ){0,5}\Z"), re.compile(r"(?i)[^,;.\d]{0,30}?\b(?:setahun|setiap tahun)\b")),
    ("per_day", re.compile(r"(?i)\bsetiap hari (?:\w+ ){0,5}\Z"), re.compile(r"(?i)[^,;.\d]{0,30}?\b(?:sehari|setiap hari)\b")),
]  # fmt: skip
PERIODS = _words(r"sebulan|bulanan|setahun|tahunan|sehari|harian|setiap (?:hari|bulan|tahun)")

# How it came to light, and where it was

LEADS = [
    (1, "public_tip", _words(r"aduan|maklumat (?:daripada )?(?:orang ramai|awam|penduduk)|orang awam|penduduk \w+ (?:mengadu|melaporkan)")),
    (1, "outage_or_fire", _words(r"kebakaran|terbakar|terputus bekalan|gangguan bekalan|litar pintas")),
    (2, "grid_monitoring", _words(r"(?:penggunaan|beban|bacaan) (?:\w+ ){0,3}?(?:luar biasa|tinggi|mencurigakan)|meter pintar")),
    (3, "utility_inspection", _words(r"(?:pemeriksaan|siasatan) (?:\w+ )?(?:oleh )?(?:TNB|Tenaga Nasional|Sarawak Energy|SESB)|pemeriksaan meter")),
    (3, "police_intelligence", _words(r"risikan|maklumat risikan|hasil siasatan")),
    (4, "routine_inspection", _words(r"rondaan|pemeriksaan rutin|operasi bersepadu")),
]  # fmt: skip
NOT_THE_LEAD = _words(r"menyeru|menasihati|diminta|sesiapa|boleh (?:menyebabkan|mengakibatkan)")
SITES = [
    ("shophouse", _words(r"rumah kedai|kedai|lot kedai")),
    ("residential", _words(r"rumah|banglo|pangsapuri|kondominium|apartmen")),
    ("warehouse", _words(r"gudang|stor")),
    ("industrial_park", _words(r"kawasan perindustrian|taman perindustrian")),
    ("factory", _words(r"kilang")),
    ("farm", _words(r"ladang|kebun|reban")),
]  # fmt: skip
THEFT = _words(
    r"(?:mencuri|kecurian|curi) (?:tenaga |bekalan )?(?:elektrik|kuasa)|meter (?:\w+ )?diusik|sambungan haram|pintasan"
)
PREMISES = [re.compile(rf"(?i)(?P<amount>{_NUMBER})(?: buah| unit)? (?:premis|lokasi|rumah|kedai|lot|gudang)\b")]
OUTCOME = _words(r"dipotong|disita|direman|didakwa|disiasat mengikut|kertas siasatan")

# Names

_AT = re.compile(r"(?i)\b(?:di|daerah|ke|sekitar|dekat|negeri)\s*\Z|,\s*\Z")
_NAME = re.compile(r"[A-Z][\w'-]+(?: (?:[A-Z][\w'-]+)){0,3}")


def places_in(reading):
    """Country, state and district of the names of the record that stand where a place is said."""
    found = []
    for match in _NAME.finditer(reading.plain, reading.body, reading.end):
        words = match[0].split()
        for first, last in ((a, b) for a in range(len(words)) for b in range(len(words), a, -1)):
            name = " ".join(words[first:last])
            start = match.start() + len(" ".join([*words[:first], ""]) if first else "")
            for place in reading.gazetteer.english.get(name.casefold(), []):
                found.append((place, start, start + len(name), bool(_AT.search(reading.plain[reading.body : start]))))
    votes = Counter(place.country for place, _start, _end, _said in found)
    country = votes.most_common(1)[0][0] if votes else ("MY" if re.search(r"RM ?\d", reading.plain) else "")
    mine = [one for one in found if one[0].country == country and one[0].admin1]
    if not country:
        return []
    where = mine[0][1:3] if mine else (reading.start, reading.start)
    facts = [Fact("country", country, *where, Certainty.INFERRED)]
    said = [one for one in mine if one[3]] or mine
    small = next((one for one in said if one[0].level == "admin2"), None)
    deepest = small or next(iter(said), None)
    if deepest:
        facts.append(Fact("admin1_code", deepest[0].admin1, *deepest[1:3], Certainty.INFERRED))
        facts.append(Fact("region", deepest[0].code, *deepest[1:3], Certainty.INFERRED))
    if small:
        facts.append(Fact("admin2_name", small[0].name_en, *small[1:3], Certainty.INFERRED))
    return facts


_BODY = re.compile(
    r"\b(?:[Pp]olis(?: (?:Daerah )?[A-Z][\w'-]+(?: [A-Z][\w'-]+)?)?|TNB|Tenaga Nasional(?: Berhad)?|Sarawak Energy|SESB|SESCO"
    r"|Suruhanjaya [A-Z]\w+(?: [A-Z]\w+)?|Jabatan [A-Z]\w+(?: [A-Z]\w+)*|[Bb]omba|Majlis [A-Z]\w+(?: [A-Z]\w+)*)\b"
)


def agencies_in(reading):
    facts, seen = [], set()
    for match in _BODY.finditer(reading.plain, reading.body, reading.end):
        name = match[0]
        kind = name.split()[0].casefold()
        before = reading.plain[max(reading.body, match.start() - 24) : match.start()]
        after = reading.plain[match.end() : match.end() + 24]
        if re.match(r"(?i) (?:mengalami |menanggung )?(?:kerugian|rugi|dianggarkan rugi)", after):
            continue  # whose loss it is
        if kind in seen or re.search(r"(?i)\b(?:kerugian|merugikan|meter|milik)\s*\Z", before):
            continue
        seen.add(kind)
        facts.append(Fact("agencies", name, *match.span(), Certainty.INFERRED))
    return facts


_CITED = re.compile(r"\bSeksyen (?P<numbers>\d+[A-Z]?(?:\(\d+\))*(?:(?:, | dan )\d+[A-Z]?(?:\(\d+\))*)*) (?P<act>Kanun Keseksaan|Akta Bekalan Elektrik(?: 1990)?|Ordinan Elektrik)")  # fmt: skip
_ACTS = {"Kanun": "Penal Code", "Akta": "Electricity Supply Act 1990", "Ordinan": "Sarawak Electricity Ordinance"}


def provisions_in(reading):
    return [
        Fact("legal_basis", f"{_ACTS[match['act'].split()[0]]} s{number}", *match.span())
        for match in _CITED.finditer(reading.plain, reading.start, reading.end)
        for number in re.findall(r"\d+[A-Z]?(?:\(\d+\))*", match["numbers"])
    ]
