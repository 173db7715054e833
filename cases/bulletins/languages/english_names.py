"""Names in English bulletins: places, bodies, provisions."""

import re
from collections import Counter
from dataclasses import replace

from ..facts import Certainty, Fact

# Places

_WORD = re.compile(r"[^\W\d_][^\W\d_'-]*(?:[-'][^\W\d_]+)*")
_MOST_WORDS = 6
_IN = re.compile(
    r"(?i)\b(?:in|at|of|across|around|near|outside|throughout|to|from)(?: (?:the|all of|central|north(?:ern)?|south(?:ern)?|"
    r"east(?:ern)?|west(?:ern)?|district of|town of|city of|village of|downtown|greater|state of|province of|"
    r"county of|capital of|suburb of|and around|several parts of))*\s*\Z|,\s*\Z|\band\s*\Z"
)
_POLICE_AFTER = re.compile(r"(?i)(?:'s)? (?:district )?(?:police|OCPD|district\b(?! Sections?)|municipal|city council)")
_CAPITALISED = r"[A-Z][\w'-]+(?: (?:[A-Z][\w'-]+|del|de|la|bin))*"
_NAMED = re.compile(
    rf"\b(?:in|across)(?: (?:the )?(?:town|city|village|district|suburb) of)? (?P<place>{_CAPITALISED})"
)
_NAMED_LAST = re.compile(r"\b(?:in|at)\b[^.;]{5,60}?, (?P<place>[A-Z][\w-]+(?: [A-Z][\w-]+)?)(?=[.,;])")
_DISTRICT = re.compile(rf"\b(?P<place>{_CAPITALISED} (?:District|County|Regency|Municipality|Raion))\b")
_NO_PLACE = re.compile(
    r"(?i)\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\b|\b(?:jalan|lorong|taman|lintang|kampung|street|road|"
    r"avenue|lane|square|centre|center|park|plaza|building|mall|tower|section|act|code|ordinance|operation|op|block|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|police|bitcoin|article|barrio|bandar|desa|medan selera|pusat)\b"
)
# Towns that texts are dated from and that are no regions of the record: the seats of the states of Malaysia.
_SEATS = {
    "alor setar": "MY-02", "kota bharu": "MY-03", "melaka": "MY-04", "malacca": "MY-04", "seremban": "MY-05",
    "kuantan": "MY-06", "george town": "MY-07", "georgetown": "MY-07", "bukit mertajam": "MY-07",
    "butterworth": "MY-07", "ipoh": "MY-08", "taiping": "MY-08", "kangar": "MY-09", "shah alam": "MY-10",
    "petaling jaya": "MY-10", "kuala terengganu": "MY-11", "kota kinabalu": "MY-12", "tawau": "MY-12",
    "sandakan": "MY-12", "kuching": "MY-13", "sungai petani": "MY-02", "malaysia's": "MY", "malaysian": "MY",
    "thai": "TH", "iranian": "IR", "russian": "RU", "taiwanese": "TW", "kazakh": "KZ", "kyrgyz": "KG",
    "uzbek": "UZ", "ukrainian": "UA", "venezuelan": "VE", "spanish": "ES", "angolan": "AO", "libyan": "LY",
    "kosovar": "XK", "georgian": "GE", "abkhaz": "GE", "abkhazia": "GE-AB", "kuwaiti": "KW", "paraguayan": "PY",
    "indonesian": "ID", "chinese": "CN", "korean": "KR", "bulgarian": "BG", "argentine": "AR", "brazilian": "BR",
}  # fmt: skip
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
    small = [one for one in body if one[0].level == "admin2" and _is_place(reading, *one[1:])]
    large = [one for one in body if one[0].level == "admin1"]
    admin1 = _admin1(small, large, dated)
    if admin1:
        facts.append(admin1)
    if small:
        facts.append(Fact("region", small[0][0].code, *small[0][1:]))
    else:
        facts.append(replace(admin1 or facts[0], key="region"))
    return facts + _admin2(reading, small, large, dated)


def _admin1(small, large, dated):
    for found, certainty in ((small, Certainty.CERTAIN), (large, Certainty.CERTAIN), (dated, Certainty.INFERRED)):
        counted = Counter(place.admin1 for place, _start, _end in found if place.admin1)
        if counted:
            code = counted.most_common(1)[0][0] if found is not small else small[0][0].admin1
            start, end = next((start, end) for place, start, end in found if place.admin1 == code)
            return Fact("admin1_code", code, start, end, certainty)
    return None


def _admin2(reading, small, large, dated):
    if small:
        place, start, end = small[0]
        return [Fact("admin2_name", place.name_en, start, end, Certainty.CERTAIN)]
    if match := _DISTRICT.search(reading.plain, reading.body, reading.end):
        return [_as_written(match)]
    for place, start, end in dated:
        if place.level == "admin2":  # a village that the record does not know is in it
            return [Fact("admin2_name", place.name_en, start, end, Certainty.INFERRED)]
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
    for place, start, end in dated:
        is_named = reading.plain[start:end].casefold() == place.name_en.casefold()
        if is_named and any(one[0] == place for one in large):
            return [Fact("admin2_name", place.name_en, start, end, Certainty.INFERRED)]
    return []


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
    seat = reading.gazetteer.places.get(_SEATS.get(name))
    return reading.gazetteer.english.get(name, [seat] if seat else [])


def _is_place(reading, start, end):
    before = reading.plain[max(reading.start, start - 40) : start]
    return bool(_IN.search(before)) or bool(_POLICE_AFTER.match(reading.plain, end))


def _country(reading, named):
    votes = Counter()
    spans = Counter((start, end) for _place, start, end, _dated in named)
    for place, start, end, _dated in named:
        votes[place.country] += {"country": 3, "admin1": 2, "admin2": 2}.get(place.level, 0) / spans[start, end]
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
_CAP = r"[A-Z][\w&'-]*(?<!'s)"
_BODY = re.compile(
    rf"\b(?P<name>(?:{_CAP} (?:(?:of|and|for|the) (?=[A-Z]))*){{1,6}}?(?:{_HEADS})\b(?: (?:Police|Department|Unit|Council|Company|Berhad|Corporation|Division|Commission|Service))*"
    rf"(?: (?:of|for|on) (?:the )?{_CAP}(?:(?: and)? {_CAP})*)?)"
    rf"|\b(?P<of>(?:{_HEADS}|Directorate) (?:of|for|on) (?:the )?{_CAP}(?:(?: and)? {_CAP})*)"
    rf"|\b(?P<grid>[A-Z]\w*energo\w*(?: {_CAP})*)\b"
    rf"|\b(?P<local>(?:{_CAP} ){{1,3}}(?:district police|police|prosecutors|customs|fire brigade))\b"
)
_GENERIC = re.compile(
    r"\b(?P<name>(?:(?:district|state|local|city|county|regional|provincial|municipal|traffic|military|border) police|[Pp]olice"
    r"|fire brigade|fire department|firefighters|[Pp]rosecutors|customs officers|customs|(?:communications|water|energy|power) commission"
    r"|security service|immigration department|city council|municipal council|(?:power|electricity|grid) company))\b"
)
_FIRST_WORDS = re.compile(
    r"(?:(?:The|A|An|On|In|At|By|Acting|Officers|From|With|When|After|As|And|But|For|Under|While|Early|Yesterday|Today|"
    r"Several|Two|Three|Four|Five|Local|Thailand's|Malaysia's|Inspectors|Engineers|Agents|Members|Its|His|When|Both|Once|"
    r"Before|Because|Earlier|Sections?|State|No|About|That|This|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|"
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)) (?:of )?)+"
)
_ONLY_TOLD_BEFORE = re.compile(
    r"(?i)\b(?:cost(?:ing)?|losses (?:to|of|for|suffered by)|owed to|went to the|reported to(?: the)?|handed (?:over )?to(?: the)?|"
    r"paid to|branch of|subsidiary of|part of|arm of|stolen from|theft from|turned over to(?: the)?|transferred to(?: the)?|"
    r"belonging to|(?:officials?|employees?|customers?) of (?:the )?(?:\w+ )?|cheat(?:ed|ing)|compensate|damages? to|told|interior|near|run by|owned by|from an?)\s*\Z"
)
_ONLY_TOLD_AFTER = re.compile(
    r"(?i)(?:'s)? (?:has |had |have )?(?:suffered|lost|loses|losing|(?:first |initial |own |preliminary |total )?(?:estimates?|losses|loss|bill)"
    r"\b|stations?\b|substations?\b|puts\b|values\b|headquarters|station\b|lock-?up|custody|said earlier|bail|act\b|ordinance\b|code\b|raid\b|order\b)"
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
        before, after = reading.plain[max(body, start - 40) : start], reading.plain[end : end + 50]
        only_told = bool(_ONLY_TOLD_BEFORE.search(before) or _ONLY_TOLD_AFTER.match(after))
        found.append((start, end, known, only_told))

    for agency, start, end in sorted(known_agencies(reading), key=lambda one: (one[1], one[1] - one[2])):
        take(start, end, agency.name_en)
    for match in _BODY.finditer(reading.plain, body, reading.end):
        name = match.lastgroup
        start, end = match.span(name)
        if lead := _FIRST_WORDS.match(reading.plain, start, end):
            start = lead.end()
        if name != "grid" and " " not in reading.plain[start:end].strip():
            continue
        take(start, end)
    named_police = any("olice" in reading.plain[one[0] : one[1]] for one in found)
    for match in _GENERIC.finditer(reading.plain, body, reading.end):
        if "police" in match[0].lower() and named_police:
            continue
        if match[0].endswith("company") and re.search(r", (?:the|a) (?:\w+ )?\Z", reading.plain[body : match.start()]):
            continue  # what was just named is called a company
        take(*match.span("name"))
    facts, seen = [], set()
    for start, end, known, only_told in sorted(found):
        name = reading.plain[start:end]
        if only_told or (known or name.casefold()) in seen or name.casefold() in seen:
            continue
        seen |= {known or name.casefold(), name.casefold()}
        if name.lower().endswith(" police"):
            seen.add("police")
        certainty = Certainty.CERTAIN if known else Certainty.INFERRED
        facts.append(Fact("agencies", name, start, end, certainty))
    return facts


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
