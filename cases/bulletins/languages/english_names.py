"""Names in English bulletins: places, bodies, provisions."""

import csv
import re
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path

from ..facts import Certainty, Fact
from ..gazetteer import without_accents

# Places

_WORD = re.compile(r"[^\W\d_][^\W\d_'-]*(?:[-'][^\W\d_]+)*")
_MOST_WORDS = 6
_IN = re.compile(
    r"(?i)\b(?:in|at|of|over|across|around|near|outside|throughout|to|from)(?: (?:the|all of|central|north(?:ern)?|south(?:ern)?|"
    r"east(?:ern)?|west(?:ern)?|(?:north|south)(?:east|west)(?:ern)?|(?:\w+ )?district of|town of|city of|village of|downtown|greater|state of|province of|"
    r"county of|capital of|suburb of|and around|several parts of))*\s*\Z|,\s*\Z|\band\s*\Z"
)
_POLICE_AFTER = re.compile(r"(?i)(?:'s)? (?:district )?(?:police|OCPD|district\b(?! Sections?)|municipal|city council)")
_CAPITALISED = r"[A-Z][\w'-]+(?: (?:[A-Z][\w'-]+|del|de|la|bin))*"
_NAMED = re.compile(
    rf"\b(?:in|across|near|outside|throughout)(?: (?:the )?(?:[a-z-]+ ){{0,2}}(?:town|city|village|district|suburb) of)? (?P<place>{_CAPITALISED})"
)
_NAMED_LAST = re.compile(r"\b(?:in|at)\b[^.;]{5,60}?, (?P<place>[A-Z][\w-]+(?: [A-Z][\w-]+)?)(?=[.,;])")
_DISTRICT = re.compile(rf"\b(?P<place>{_CAPITALISED} (?:District|County|Regency|Municipality|Raion))\b")
_DISTRICT_OF = re.compile(
    rf"\b(?P<place>(?!The ){_CAPITALISED}) district(?:,| of (?:the )?{_CAPITALISED} (?:Region|Oblast|Province|Krai|Governorate)\b)"
)
_LOCAL_POLICE = re.compile(
    r"\b(?P<place>(?!The|State|District|Local|National|City|Federal|Royal|Military|Traffic|Marine|Transport|Border|Regional)[A-Z][a-z]+(?: [A-Z][a-z]+)?) (?:district )?police\b"
)
_NO_PLACE = re.compile(
    r"(?i)\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\b|\b(?:jalan|lorong|taman|lintang|kampung|street|road|"
    r"avenue|lane|square|centre|center|park|plaza|building|mall|tower|section|act|code|ordinance|operation|op|block|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|police|bitcoin|article|barrio|bandar|desa|medan selera|pusat)\b"
)
# What texts call a country or one of its regions, beside its name.
_ALSO_CALLED = {
    "malaysia's": "MY", "malaysian": "MY", "thai": "TH", "iranian": "IR", "russian": "RU", "taiwanese": "TW",
    "kazakh": "KZ", "kyrgyz": "KG", "uzbek": "UZ", "ukrainian": "UA", "venezuelan": "VE", "spanish": "ES",
    "angolan": "AO", "libyan": "LY", "kosovar": "XK", "georgian": "GE", "abkhaz": "GE-AB", "kuwaiti": "KW",
    "paraguayan": "PY", "indonesian": "ID", "chinese": "CN", "korean": "KR", "bulgarian": "BG", "argentine": "AR",
    "brazilian": "BR", "canadian": "CA", "iraqi": "IQ", "tajik": "TJ", "british": "GB", "sarawak's": "MY-13",
}  # fmt: skip


@cache
def _towns():
    """{name in lower case: [(name, code of its region, kind)]} of towns, districts and spellings that the record lacks."""
    towns = defaultdict(list)
    with Path(__file__).with_name("towns.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            for name in {row["name"].casefold(), without_accents(row["name"].casefold())}:
                towns[name].append((row["name"], row["region"], row["kind"]))
    return towns


_CURRENCY_OF = (
    (r"RM ?\d|\bringgit\b", "MY"), (r"NT\$", "TW"), (r"\bbaht\b|฿", "TH"), (r"\bRp\.? ?\d|\brupiah\b", "ID"),
    (r"\bro?ubles?\b|₽", "RU"), (r"\bguaran", "PY"), (r"\brials?\b|\btomans?\b", "IR"), (r"\btenge\b|₸", "KZ"),
    (r"\bhryvni|₴", "UA"), (r"HK\$", "HK"), (r"\byuan\b|\brenminbi\b", "CN"), (r"\bkwanza", "AO"), (r"\blari\b", "GE"),
)  # fmt: skip


def places_in(reading):
    named = list(_named(reading))
    country = _country(reading, named)
    if not country:
        return []
    body = [(place, start, end) for place, start, end, dated in named if place.country == country and not dated]
    dated = [(place, start, end) for place, start, end, dated in named if place.country == country and dated]
    facts = []
    first = next(iter(body or dated), None)
    where = first[1:] if first else (reading.start, reading.start)
    facts.append(Fact("country", country, *where, Certainty.CERTAIN if first else Certainty.INFERRED))
    there = [one for one in body if one[0].level in _SMALL and _is_place(reading, *one[1:])]
    small = sorted(there, key=lambda one: _SMALL.index(one[0].level))
    if small and small[0][0].level == "town":  # of the district that the text is dated from
        small = [one for one in dated if one[0].level in _SMALL[:2] and one[0].admin1 == small[0][0].admin1] + small
    large = [one for one in body if one[0].level == "admin1"]
    # "in Kuala Lumpur" says where it was; the police of Selangor may act elsewhere.
    large = [one for one in large if _is_place(reading, *one[1:])] or large
    dated = [one for one in dated if not large or one[0].admin1 in {place.admin1 for place, *_where in large}]
    admin1 = _admin1(small, large, dated)
    if admin1 and _ISO.fullmatch(admin1.value):
        facts.append(admin1)
    if small:
        facts.append(Fact("region", small[0][0].code, *small[0][1:]))
    else:
        facts.append(replace(admin1 or facts[0], key="region"))
    return facts + _admin2(reading, small, large, dated)


_SMALL = ["admin2", "district", "town"]
# A name that stands beside another one, or is a part of it, may not be the place of the case.
_BESIDE_BEFORE = re.compile(r"(?:\band|[A-Z][\w'-]+) \Z")
_BESIDE_AFTER = re.compile(r" (?:and (?=[A-Z])|[A-Z]|district of |part of )|, [A-Z]")
_CITIES = ("MY-14", "MY-15", "MY-16")  # that are a state, or a territory, of their own
_ISO = re.compile("[A-Z]{2}-[A-Z0-9]{1,3}")  # the record makes codes for regions that ISO does not have


def _admin1(small, large, dated):
    other = any(one[0].admin1 != small[0][0].admin1 for one in large) if small else False
    of_small = Certainty.INFERRED if other else Certainty.CERTAIN
    for found, certainty in ((small, of_small), (large, Certainty.CERTAIN), (dated, Certainty.INFERRED)):
        counted = Counter(place.admin1 for place, _start, _end in found if place.admin1)
        if counted:
            code = counted.most_common(1)[0][0] if found is not small else small[0][0].admin1
            start, end = next((start, end) for place, start, end in found if place.admin1 == code)
            return Fact("admin1_code", code, start, end, certainty)
    return None


def _admin2(reading, small, large, dated):
    if small:
        place, start, end = small[0]
        several = len({one[0].name_en for one in small}) > 1
        is_whole = place.level == "admin2" and place.name_en == reading.plain[start:end]
        before, after = reading.plain[max(reading.body, start - 12) : start], reading.plain[end : end + 24]
        beside_another = _BESIDE_BEFORE.search(before) or _BESIDE_AFTER.match(after)
        is_sure = start >= reading.body and is_whole and not several and not beside_another
        certainty = Certainty.CERTAIN if is_sure else Certainty.INFERRED
        return [Fact("admin2_name", _spelled(reading, place, start, end), start, end, certainty)]
    if match := _DISTRICT.search(reading.plain, reading.body, reading.end):
        return [_as_written(match)]
    if match := _DISTRICT_OF.search(reading.plain, reading.body, reading.end):
        return [_as_written(match)]
    for place, start, end in dated:
        if place.level == "admin2":  # a village that the record does not know is in it
            return [Fact("admin2_name", _spelled(reading, place, start, end), start, end, Certainty.INFERRED)]
    match = _LOCAL_POLICE.search(reading.plain, reading.body, reading.end)
    of_a_nation = match and (
        match["place"].casefold() in _ALSO_CALLED or match["place"].endswith(("ian", "ish", "ese"))
    )
    is_known = match and match["place"].casefold() in reading.gazetteer.english
    if match and not is_known and not of_a_nation and not _NO_PLACE.search(match["place"]):
        return [_as_written(match)]
    known = {place.name_en.casefold() for place, _start, _end in [*large, *dated]}
    for pattern in (_NAMED, _NAMED_LAST):
        for match in pattern.finditer(reading.plain, reading.body, reading.end):
            name = match["place"].removesuffix("'s")
            if name.endswith(" City") and name[:-5].casefold() in known:
                return [Fact("admin2_name", name[:-5], *match.span("place"), Certainty.INFERRED)]
            if name.casefold() in reading.gazetteer.english or _NO_PLACE.search(name) or name.isupper():
                continue
            if any(name in agency.names for agency in reading.gazetteer.agencies):
                continue
            return [_as_written(match)]
    for place, start, end in [*(one for one in dated if one[0].level in _SMALL), *large]:
        if place.country == "MY" and place.level == "admin1" and place.code not in _CITIES:
            continue
        if place.level == "admin1" and re.match(
            " (?:Region|Oblast|Krai|Province|Republic)", reading.plain[end : end + 10]
        ):
            continue
        return [Fact("admin2_name", _spelled(reading, place, start, end), start, end, Certainty.INFERRED)]
    if match := re.search(r"\bcapital\b", reading.plain[reading.body : reading.end]):
        at = reading.body + match.start()
        for place, _start, _end in dated:
            if place.level == "admin1":
                return [Fact("admin2_name", place.name_en, at, at + len("capital"), Certainty.INFERRED)]
    return []


def _spelled(reading, place, start, end):
    """The name of a place, without accents where the text has none."""
    plain = without_accents(place.name_en)
    return plain if plain.casefold() == reading.plain[start:end].casefold() else place.name_en


def _as_written(match):
    return Fact("admin2_name", match["place"], *match.span("place"), Certainty.INFERRED)


def _named(reading):
    """(place, start, end, whether it only dates the text) of every name of the record in the text."""
    words = list(_WORD.finditer(reading.plain, reading.start, reading.end))
    at = 0
    while at < len(words):
        step = 1
        if words[at][0][0].isupper():
            for length in range(min(_MOST_WORDS, len(words) - at), 0, -1):
                start, end = words[at].start(), words[at + length - 1].end()
                name = reading.plain[start:end].casefold().removesuffix("'s")
                places = _known(reading, name)
                if places and (length > 1 or name not in _COMMON):
                    step = length
                    yield from ((place, start, end, start < reading.body) for place in places)
                    break
        at += step


_COMMON = {"police", "central", "western", "northern", "eastern", "southern", "north", "south", "east", "west", "van", "as",
           "most", "june", "march", "may", "of", "bar", "nord", "centre", "center", "capital", "union", "sud"}  # fmt: skip


def _known(reading, name):
    places = reading.gazetteer.places
    if known := reading.gazetteer.english.get(name):
        return known
    if called := places.get(_ALSO_CALLED.get(name)):
        return [called]
    found = [(written, places[code], kind) for written, code, kind in _towns().get(name, []) if code in places]
    return [
        place if kind == "region" else place._replace(level=kind, name_en=written) for written, place, kind in found
    ]


def _is_place(reading, start, end):
    before = reading.plain[max(reading.start, start - 40) : start]
    return bool(_IN.search(before)) or bool(_POLICE_AFTER.match(reading.plain, end))


def _country(reading, named):
    votes = Counter()
    spans = Counter((start, end) for _place, start, end, _dated in named)
    for place, start, end, _dated in named:
        votes[place.country] += {"country": 3, "admin1": 2, "admin2": 2, "bloc": 0}.get(place.level, 1.5) / spans[
            start, end
        ]
    whole = reading.preamble + reading.plain[reading.start : reading.end]
    for pattern, country in _CURRENCY_OF:
        if re.search(pattern, whole):
            votes[country] += 2
    for known, _start, _end in known_agencies(reading):
        if known.region:
            votes[known.region[:2]] += 2
    return votes.most_common(1)[0][0] if votes else ""


# Bodies

_HEADS = (
    r"Police|Department|Bureau|Commission|Council|Authority|Ministry|Agency|Service|Unit|Inspectorate|Directorate|Customs"
    r"|Prosecutor's Office|Guard|Company|Berhad|Energy|Electricity|Power|Corporation|Committee|Board|Brigade"
    r"|Administration|Division|Gendarmerie|Task Force|Force|Squad"
)
_DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_CAP = rf"(?!{_DAY})[A-Z][\w&'-]*(?<!'s)(?<!')"
_BODY = re.compile(
    rf"\b(?P<name>(?:{_CAP} (?:(?:of|and|for|the) (?=[A-Z]))*){{1,6}}?(?:{_HEADS})\b(?: (?:Police|Department|Unit|Council|Company|Berhad|Corporation|Division|Commission|Service))*"
    rf"(?: (?:{_CAP} ){{0,2}}(?:{_HEADS})\b)*(?: (?:of|for|on) (?:the )?{_CAP}(?:(?: and)? {_CAP})*)?)"
    rf"|\b(?P<ministry>Ministry of {_CAP}(?:, {_CAP})*(?:,? and {_CAP}(?: {_CAP})*)?)"
    rf"|\b(?:[Aa]gents|[Oo]fficers|[Ii]nspectors|[Oo]fficials) (?:of|from) (?:the |{_CAP}'s )?(?P<letters>[A-Z]{{3,6}})\b"
    rf"|\b(?P<short>[A-Z]{{3,6}})(?= (?:inspectors|technicians|crews|engineers|staff|agents)\b)"
    rf"|\b(?P<of>(?:{_HEADS}|Directorate) (?:of|for|on) (?:the )?{_CAP}(?:(?: and)? {_CAP})*)"
    rf"|\b(?P<foreign>Guardia (?:Civil|Nacional)|Polic[ií]a (?:Nacional|Federal|Civil|Militar|Local)|Gendarmerie|Ertzaintza|Carabinieri)\b"
    rf"|\b(?P<office>(?:{_CAP} )+(?:commercial crime(?: investigation)?|security|health|electricity|interior|crime suppression|criminal investigation|narcotics|anti-vice|licensing|enforcement|fire and rescue) (?:department|division|unit|squad|directorate|committee|office|administration))\b"
    rf"|\b(?P<kind>[A-Z]\w+ \d+ police|[A-Z]\w+ (?:suppression|security|intelligence|investigation) police|[Pp]rosecution service|Bomba|Fire and Rescue)\b"
    rf"|\b(?:distributor|utility|power company|grid operator|network operator|supplier) (?P<called>(?!RM)[A-Z][a-z&-]+(?: {_CAP})*|[A-Z]{{3,}}\b)"
    rf"|\b(?P<grid>(?:[A-Z]\w*energo\w*|Hydro[- ][A-Z]\w+)(?: {_CAP})*)\b"
    rf"|\b(?P<local>(?:{_CAP} (?:d[eao]l?s? (?=[A-Z]))?){{1,3}}(?:Civil Police|Federal Police|Military Police|district police|police|prosecutors?|(?:district|regional|city) prosecutors?|customs|fire brigade))\b"
)
_GENERIC = re.compile(
    r"\b(?P<name>(?:(?:district|state|local|city|county|regional|provincial|municipal|traffic|military|border|cyber|federal|civil|state civil|national|judicial|marine|economic|criminal|tax|financial|security|town|port|railway) police|[Pp]olice(?! (?:report|station|headquarters|lock-?up|custody|bail|(?:from|of) the [A-Z]))"
    r"|[Ff]ire brigade|[Ff]ire department|[Ff]irefighters|[Ff]iremen|(?:(?:public|state|regional|district|city) )?[Pp]rosecutor(?:'s|s') office|[Pp]rosecutors(?! (?:said|say|added|told|believe|allege))|customs officers|customs|(?:communications|water|energy|power) commission"
    r"|(?:state )?security (?:service|agency)|sheriff's (?:office|department)|anti-corruption (?:agency|bureau|commission)|(?:fire and )?rescue (?:service|department)|(?:interior|energy|economy|justice|emergenc(?:y|ies)) ministry(?! (?:reported|said|announced|wrote|told))|(?:state |district |city )?commercial crime (?:investigation )?(?:department|division|unit)|town council|local council|immigration department|city council|municipal council|(?:power|electricity|grid|electricity distribution|power distribution) company|(?:energy|electricity|labou?r|state) inspectorate|(?:energy|electricity) ministry))\b"
)
_FIRST_WORDS = re.compile(
    r"(?:(?:The|A|An|On|In|At|By|Acting|Officers|From|With|When|After|As|And|But|For|Under|While|Early|Yesterday|Today|"
    r"Several|Two|Three|Four|Five|Local|Thailand's|Malaysia's|Inspectors|Engineers|Agents|Members|Its|His|When|Both|Once|"
    r"Before|Because|Earlier|Sections?|State(?= police)|Public(?= prosecutors)|No|Op|Ops|Operation|Abkhaz|Angolan|Argentine|Brazilian|British|Bulgarian|Canadian|Chinese|Georgian|Indonesian|Iranian|Iraqi|Kazakh|Kosovar|Kuwaiti|Kyrgyz|Libyan|Malaysian|Paraguayan|Russian|Spanish|Tajik|Taiwanese|Thai|Ukrainian|Uzbek|Venezuelan|About|That|This|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|"
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)) (?:of )?)+"
)
_FIRE = re.compile(r"(?i)fire(?:fighters|men| brigade| department| and rescue)|bomba")
_ONLY_TOLD_BEFORE = re.compile(
    r"(?i)\b(?:orders? (?:of|from)|cost(?:ing)?|los(?:s|ses) (?:to|of|for|suffered by|incurred by)|caus(?:ed|ing)|damage to|robb(?:ed|ing)|owed to|went to the|reported to(?: the)?|handed (?:over )?to(?: the)?|"
    r"paid to|branch of|subsidiary of|(?:warehouses?|buildings?|premises|property|grid|networks?|lines|cables|poles|substations?|site) of|part of|arm of|stolen from|theft from|turned over to(?: the)?|transferred to(?: the)?|(?:passed|sent|referred|given) (?:on )?to(?: the)?|"
    r"belonging to|(?:officials?(?! of| from)|customers?|managers?|contractors?|director|(?:shared|provided|supplied) by)(?: of)? (?:the )?(?:\w+ )?|cheat(?:ed|ing)|compensate|damages? to|(?:lodged|left|deposited) with|in the (?:hands|care) of|told|interior|near|run by|owned by|(?:permit|licen[cs]e|permission|approval|contract) (?:from|of|by)|from an?)(?: the| a| its| their)?(?: state| national| local)?(?: distributor| utility| company| operator)?\s*\Z"
)
_ONLY_TOLD_AFTER = re.compile(
    r"(?i)(?:'s)? (?:has |had |have |is |are )?(?:under suspicion|suspected|accused|suffered|working out|calculating|assessing|estimating|claiming|owed|lost|loses|losing|to lose|has lost|had lost|(?:first |initial |own |preliminary |total )?(?:estimates?|losses|loss(?! reduction| prevention| control)|bill)"
    r"\b|stations?\b|substations?\b|puts\b|(?:had |has )?put (?:its|the|losses)\b|incurred\b|claims\b|(?:representatives |officials |engineers )?(?:has |had |have )?(?:first |now |since )?(?:estimat|reckon|calculat|assess)\w*\b|says? (?:that )?it (?:(?:has |had )?lost|(?:was|is|has been|had been) (?:robbed|cheated|losing|owed|out of))|values\b|headquarters|station\b|lock-?up|custody|said earlier|bail|act\b|ordinance\b|code\b|raid\b|order\b)"
)


def known_agencies(reading):
    """(agency, start, end) of every body of the record that the text names, and of the short forms in its names."""
    own = reading.plain[reading.start : reading.end]
    for agency in reading.gazetteer.agencies:
        for name in short_forms(agency.names):
            if name in own:
                for match in re.finditer(rf"\b{re.escape(name)}\b", own):
                    yield agency, reading.start + match.start(), reading.start + match.end()


# What is on every sign of a body but in no name of the record.
_ALSO = {"Tenaga Nasional Berhad": ("TNB", "Tenaga Nasional"), "Sarawak Energy (SESCO)": ("Sarawak Energy", "SEB")}


def short_forms(names):
    for name in (*names, *_ALSO.get(names[0], ())):
        if not name.isascii():
            continue
        yield re.sub(r" \([^)]*\)", "", name)
        if bracket := re.search(r"\(([A-Z][A-Za-z-]{1,9})\)", name):
            yield bracket[1]


def agencies_in(reading):
    found, body = [], reading.body

    def take(start, end, known=None):
        if start < body or any(one[0] < end and start < one[1] for one in found):
            return
        if known and reading.plain.startswith("'s Office", end):
            end += len("'s Office")
        before, after = reading.plain[max(body, start - 40) : start], reading.plain[end : end + 50]
        only_told = bool(_ONLY_TOLD_BEFORE.search(before) or _ONLY_TOLD_AFTER.match(after))
        found.append((start, end, known, only_told))

    def whole(start):
        """Where a name that the record knows by its last words begins: the Bolivarian National Guard."""
        word = re.search(r"(?<=[a-z] )[A-Z][a-z]+ian \Z", reading.plain[body:start])
        return start - len(word[0]) if word and not _FIRST_WORDS.match(word[0]) else start

    for agency, start, end in sorted(known_agencies(reading), key=lambda one: (one[1], one[1] - one[2])):
        take(whole(start), end, agency.name_en)
    for match in _BODY.finditer(reading.plain, body, reading.end):
        name = match.lastgroup
        start, end = match.span(name)
        if lead := _FIRST_WORDS.match(reading.plain, start, end):
            start = lead.end()
        if name not in ("grid", "letters", "short", "called", "kind") and " " not in reading.plain[start:end].strip():
            continue
        take(start, end)
    for match in _GENERIC.finditer(reading.plain, body, reading.end):
        if "police" in match[0].lower() and any("olice" in reading.plain[one[0] : one[1]] for one in found):
            continue
        word = re.search(r"[A-Z]\w+(?= \Z)", reading.plain[body : match.start()])
        if "company" in match[0] and word and not _known(reading, word[0].casefold()):
            continue  # the last words of a name
        if match[0].endswith("company") and (
            re.search(r"(?:, (?:the|a|[A-Z]\w+'s) (?:\w+ )?|\bat )\Z", reading.plain[body : match.start()])
            or re.match(" [A-Z]", reading.plain[match.end() : match.end() + 2])
        ):
            continue  # what was just named is called a company
        take(*match.span("name"))
    facts, seen = [], set()
    fire = [reading.plain[one[0] : one[1]] for one in found if _FIRE.match(reading.plain, one[0]) and not one[3]]
    for start, end, known, only_told in sorted(found):
        name = reading.plain[start:end]
        if name == "District police" and any(
            "olice" in reading.plain[one[0] : one[1]] and one[0] != start for one in found
        ):
            continue  # whose chief speaks
        if re.match("(?i)fire(?:fighters|men)", name) and any(" " in body for body in fire):
            continue  # the body that they are of is named
        if only_told or (known or name.casefold()) in seen or name.casefold() in seen:
            continue
        if _FIRE.match(name):
            if "fire" in seen:
                continue
            seen.add("fire")
        seen |= {known or name.casefold(), name.casefold()}
        if name.lower().endswith(" police"):
            seen.add("police")
        certainty = Certainty.CERTAIN if known and _acts(reading, start, end) else Certainty.INFERRED
        facts.append(Fact("agencies", name, start, end, certainty))
    return facts


def _acts(reading, start, end):
    """Whether a body is who did what its clause says, and not whose meter or staff it was done to."""
    before, _clause, after = reading.context(start, end)
    if by := _ACTOR_BEFORE.search(before):
        return bool(by["by"] and reading.language.HAPPENED.search(before)) or bool(
            reading.language.HAPPENED.search(after)
        )
    return False


_ACTOR_BEFORE = re.compile(
    r"(?i)(?:\A\W*|\b(?P<by>by|with|and|alongside)|\b(?:when|after|as|while|that))\s*(?:the |an? |its )?"
    r"(?:(?:\w+ )?(?:officers|agents|inspectors|engineers|staff|technicians|teams?|personnel|officials) (?:of|from) (?:the )?)?\Z"
)

# Provisions

_NUMBERED = r"\d+[A-Z]{0,2}(?:[.-]\d+)?(?:\(\w{1,3}\))*"
_LIST = rf"{_NUMBERED}(?:(?:, ?(?:and )?| and | or |/| & )(?:[Ss]ections? |[Aa]rticles? )?{_NUMBERED})*"
_CITED = re.compile(
    rf"\b(?P<kind>[Ss]ections?|[Aa]rticles?|[Aa]rt\.|[Ss]\.?) ?(?P<numbers>{_LIST})(?:, ?[Pp]art \d+,?)? (?:of|under|in) (?:the )?"
    rf"(?P<act>(?:[A-Z][\w'-]*|of(?= [A-Z])|and(?= (?!Section|Article)[A-Z])|the(?= [A-Z]))(?: (?:[A-Z][\w'-]*|of(?= [A-Z])|and(?= (?!Section|Article)[A-Z])|the(?= [A-Z])))*(?: \d{{4}})?)"
)
_ACT_ALONE = re.compile(
    r"\b(?:under|against|of|with|citing) the (?P<act>(?:[A-Z][\w'-]*(?: of| and)? )+(?:Act|Ordinance|Code|Law|Regulations)(?: \d{4})?)"
)
_CHARGED = re.compile(
    r"(?i)\b(?:charge[sd]?|arrested|accused|suspicion|suspected|offences?|indicted|convicted|guilty)\b (?:\w+ ){0,2}?(?:of|with|for) (?P<what>[^.;]{3,90})"
)


def provisions_in(reading):
    facts, acts = [], []
    for match in _CITED.finditer(reading.plain, reading.start, reading.end):
        act, known = _act(reading, match["act"])
        acts.append(act)
        sign = "s" if match["kind"][0].lower() == "s" and "rt" not in match["kind"] else "art. "
        for one in re.findall(_NUMBERED, match["numbers"]):
            certainty = Certainty.CERTAIN if known else Certainty.INFERRED
            facts.append(Fact("legal_basis", f"{act} {sign}{one}", *match.span(), certainty))
    for match in _ACT_ALONE.finditer(reading.plain, reading.start, reading.end):
        act, known = _act(reading, match["act"])
        if known and act not in acts:
            acts.append(act)
            facts.append(Fact("legal_basis", act, *match.span("act")))
    return _once([*facts, *_offences(reading)])


def _act(reading, written):
    """(the act as cases cite it, whether the record knows it)."""
    plain = _essence(written)
    bases = {
        re.sub(r" (?:s|art\. )\d.*\Z", "", known.text)
        for known in reading.gazetteer.provisions
        if known.country == reading.country
    }
    for base in sorted(bases, key=len):
        essence = _essence(base)
        if essence == plain or re.sub(r" of [a-z ]+\Z", "", essence) == plain or essence.endswith(f" {plain}"):
            return base, True
    return written, False


def _essence(act):
    return re.sub(r"\b(?:19|20)\d\d\b", "", act).casefold().removesuffix(" ").strip()


def _offences(reading):
    for match in _CHARGED.finditer(reading.plain, reading.start, reading.end):
        for known in reading.gazetteer.provisions:
            if known.country == reading.country and not re.search(r"\d", known.text):
                name = re.escape(known.text.casefold())
                if at := re.search(rf"\b{name}\b", match["what"].casefold()):
                    start = match.start("what") + at.start()
                    yield Fact("legal_basis", known.text, start, start + len(at[0]))


def _once(facts):
    seen, kept = set(), []
    for fact in facts:
        if fact.value not in seen:
            seen.add(fact.value)
            kept.append(fact)
    return kept
