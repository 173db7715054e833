"""English bulletins: their words for numbers, days, rigs, people, money and bodies."""

import datetime
import itertools
import re

from regions.grammar.units import CURRENCY_CODES, QUALIFIERS_AFTER, QUALIFIERS_BEFORE

from . import english_leads, english_names

CODES = ("en",)


def _words(text):
    return re.compile(rf"\b(?:{text})\b", re.IGNORECASE)


_COMMON_WORDS = _words(
    r"the|of|and|in|was|were|to|at|by|on|for|from|with|that|this|would|about|all|has|have|had|been|it|its|as|after|which|they|a"
)


def reads(plain):
    letters = sum(character.isalpha() for character in plain)
    latin = sum(character.isascii() and character.isalpha() for character in plain)
    common = len(_COMMON_WORDS.findall(plain))
    if not letters or common < len(plain.split()) * 0.12:
        return 0
    return latin / letters


SENTENCE = re.compile(r"(?<=[.!?])[\"']?\s+(?=[\"'A-Z\d])|\n+")
CLAUSE = re.compile(r"[,;:](?=\s)|\s-+\s|(?<=[.!?])[\"']?\s+(?=[\"'A-Z\d])|\n+")
HEADING = re.compile(
    r"^[ \t]*(?:(?:case|raid|operation|site|incident)\s+(?:no\.?\s*)?(?:\d{1,2}|one|two|three|four|five|six|seven|eight"
    r"|nine|ten|[IVX]{1,4})\b|(?:first|second|third|fourth|fifth|sixth) (?:case|raid|operation|site|incident)\b|[●▲■◆▶•★*] ?(?=[^\n]{20})|\(?\d{1,2}[.)]\s+(?=[A-Z]))",
    re.IGNORECASE | re.MULTILINE,
)
MINING = _words(
    r"bitcoins?|crypto\w*|ASICs?|ethereum|antminers?|whatsminers?|(?:digital|virtual)[ -](?:currency|coin)s?|min(?:ing|ers?)"
    r" (?:rigs?|machines?|farms?|servers?|computers?|sets?|devices?|units?|hardware|equipment|syndicates?|sites?)"
)
MAYBE_MINING = re.compile(
    r"(?is)(?=.*\b(?:(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundreds?|thousands?|dozens?|scores|number|rows|stacks|racks|and \w+|\w+teen|\w+ty(?:-\w+)?) (?:of )?(?:[\w-]+ ){0,2}(?:machines|servers|rigs)|min(?:ing|ers?))\b)(?=.*\b(?:electric\w*|power|meters?|cables?|transformers?|utility|TNB|Tenaga|energy|kWh"
    r"|grid|substations?|computing|graphics|blackouts?|outages?|machines|rigs|devices|processors|ASICs?|disconnected)\b)"
    r"(?!.*\b(?:coal|gold|lithium|quarr\w+|sewing|slot|gaming|(?:sand|iron|copper|tin)(?: ore)? min\w+|ores?)\b)"
)
_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DATELINE = re.compile(
    r"\s*[A-Z][A-Z .'()/-]{2,40}(?:, [A-Z][A-Z ]+)?(?:, (?:[A-Z][a-z]+day, )?(?:[A-Z][a-z]{2,8}\.? \d{1,2}"
    r"|\d{1,2} [A-Z][a-z]{2,8}\.?)(?:,? \d{4})?)?\s*(?:\([A-Za-z ]+\)\s*)?(?:-+|:)\s"
)

# Numbers

_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = dict(
    zip(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], range(20, 100, 10), strict=True)
)
_VALUES = {word: value for value, word in enumerate(_SMALL)} | _TENS
_SIZES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_WORD = "|".join(sorted([*_VALUES, *_SIZES, "dozen"], key=len, reverse=True))
_PART_OF = r"(?:half|a quarter of|three[ -]quarters of) an? (?:million|billion)"
_IN_WORDS = rf"(?:{_PART_OF}|(?<!quarter of )(?<!half )(?<!few )(?<!several )(?<!many )(?<!\d )(?<!\d-)(?<![\w.-])(?:an? (?=hundred|thousand|million|billion|dozen|half))?(?:{_WORD})(?:(?:[ -]|,? and )(?:{_WORD})){{0,12}}(?![\w]))"
_IN_DIGITS = r"(?<![\d.,])(?:\d{1,3}(?:,\d{3}){1,5}|\d{1,15}(?!\d))(?:\.\d{1,9})?(?:[ -]?(?:thousand|million|billion|trillion|mln|bn|mil|k|m)\b)?"
_NUMBER = rf"(?:{_IN_DIGITS}|{_IN_WORDS})"
_BEFORE = "|".join(
    re.escape(word)
    for words in QUALIFIERS_BEFORE.values()
    for word in words.split("|")
    if word.isascii() and word[0].isalpha()
)
_AFTER = "|".join(re.escape(word) for words in QUALIFIERS_AFTER.values() for word in words.split("|") if word.isascii())
_QUALIFIED = rf"(?:\b(?:{_BEFORE}) )?{_NUMBER}"
_NUMBER_IN_WORDS = re.compile(_IN_WORDS, re.IGNORECASE)
_CURRENCIES = {
    "PYG": r"guaran[ií](?:es|s)?", "IRR": "rials?", "AOA": "kwanzas?", "UAH": r"hryvni\w+", "GEL": "lari",
    "BGN": "leva|levs?", "UZS": "sou?ms?", "VES": r"bol[ií]vars?|bol[ií]vares", "KWD": "Kuwaiti dinars?|dinars?",
    "KRW": "won", "BRL": "reais|reals?", "ARS": "Argentine pesos|pesos", "INR": "rupees?",
    "USD": "US dollars|dollars|USD", "KGS": "Kyrgyz soms?", "TJS": "somoni", "LYD": "Libyan dinars?",
}  # fmt: skip
_CURRENCY_WORDS = "|".join(
    [*_CURRENCIES.values(), r"yuan|renminbi|ringgit|roubles?|rubles?|baht|rupiah|euros?|tenge|pounds|yen|dong"]
)
_CURRENCY_SIGNS = (
    rf"(?:RM|US\$|CA?\$|A\$|HK\$|NT\$|S\$|R\$|Rp\.?|\$|€|£|¥|₽|₸|₩|₫|฿|₴|(?:{'|'.join(CURRENCY_CODES)})(?=[ \d]))"
)


def in_digits(text, country=""):
    """`text` with digits for words, and with the code of a currency for what only some call it."""
    if text.strip().lower() in ("a", "an", "the", "one of its", "his", "her", "one"):
        return "1"
    if re.fullmatch(r"(?i)both|(?:an?|the) (?:[\w-]+ )?(?:couple|pair)", text.strip()):
        return "2"
    text = re.sub(r"\bRp\.? ?(?=\d)", "IDR ", text)
    text = re.sub("₴", "UAH ", text)
    text = re.sub(r"(?<=\d) ?mil\b", " million", text)
    for code, names in _CURRENCIES.items():
        if code == "UZS" and country == "KG":
            code = "KGS"
        text = re.sub(rf"\b(?:{names})\b", code, text, flags=re.IGNORECASE)
    return _NUMBER_IN_WORDS.sub(lambda match: str(_value_of(match[0])), text)


def _value_of(words):
    share = {"half": 2, "a qu": 4, "thre": 4}.get(words[:4].lower()) if re.fullmatch(_PART_OF, words, re.I) else None
    if share:
        size = _SIZES[words.lower().split()[-1]]
        return size * (3 if words.lower().startswith("three") else 1) // share
    total = part = 0
    for word in re.findall(r"[a-z]+", words.lower()):
        if word in ("a", "an"):
            part = 1
        elif word == "dozen":
            part = (part or 1) * 12
        elif word == "hundred":
            part = (part or 1) * 100
        elif word in _SIZES:
            total += (part or 1) * _SIZES[word]
            part = 0
        elif word in _VALUES:
            part += _VALUES[word]
    return total + part


# Days

_NUMBER_OF_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\b"
DAYS = [
    re.compile(pattern)
    for pattern in (
        rf"\b(?:from|between) {_MONTH} {_NUMBER_OF_DAY}(?:,? (?P<year>20\d\d))? (?:to|until|and|through) (?:[A-Z][a-z]+ )?\d",
        rf"\b(?:from|between) (?P<day>\d{{1,2}}) (?:to|until|and|through) \d{{1,2}} {_MONTH}(?:,? (?P<year>20\d\d))?",
        rf"\b(?P<day>\d{{1,2}})(?:,? and |-| to |/)\d{{1,2}} {_MONTH}(?:,? (?P<year>20\d\d))?",
        rf"\b{_NUMBER_OF_DAY}(?: of)? {_MONTH}(?:,? (?P<year>20\d\d))?",
        rf"\b{_MONTH} {_NUMBER_OF_DAY}(?!,\d{{3}})(?:,? (?P<year>20\d\d))?",
        r"\b(?P<year>20\d\d)-(?P<number>\d{2})-(?P<day>\d{2})\b",
        r"(?i)\b(?P<ago>today|yesterday|this morning|this afternoon|tonight|last night|the day before yesterday)\b",
        r"(?i)\b(?:(?P<last>last|on|early|late|the previous|this past) )(?:early |late )?(?P<weekday>"
        + "|".join(_WEEKDAYS)
        + r")\b",
        r"(?i)\b(?P<last>)(?P<weekday>"
        + "|".join(_WEEKDAYS)
        + r")'s (?=raid|operation|search|check|inspection|seizure|sweep|haul)",
        rf"\b(?:(?:in|In|during|early|late|mid-|of) )?{_MONTH}(?: of)?,? (?P<year>20\d\d)",
        rf"\b(?:in|In|during|early|late|earlier in|last|this) (?:early |late |mid-)?{_MONTH}(?! \d)",
        r"(?i)\b(?P<months>last month|this month|earlier this month|(?:earlier )?this week|last week)\b",
        r"(?i)\b(?P<next>(?:a|one) day (?:earlier|before)|the (?:day before(?! yesterday)|previous day)|the (?:next|following) day|a day later)\b",
    )
]
_AGO = {"yesterday": 1, "last night": 1, "the day before yesterday": 2}


def day_of(match, published, earlier):
    """(day, precision, whether the text itself says all of it) of a match of DAYS; None where it cannot be a day."""
    part = match.groupdict()
    if part.get("next"):
        if not earlier:
            return None
        later = re.search("(?i)next|following|later", part["next"])
        return earlier[-1] + datetime.timedelta(days=1 if later else -1), "day", True
    if part.get("ago") or part.get("weekday") or part.get("months"):
        return _from_published(part, published)
    month = int(part["number"]) if part.get("number") else _MONTHS.index(part["month"][:3].lower()) + 1
    number_of_day = int(part["day"]) if part.get("day") else None
    precision = "day" if number_of_day else "month"
    try:
        if part.get("year"):
            return datetime.date(int(part["year"]), month, number_of_day or 1), precision, True
        if published is None:
            return None
        found = datetime.date(published.year, month, number_of_day or 1)
        if published < found < published + datetime.timedelta(60):
            return None  # what is still to come
        if found > published:
            found = found.replace(year=found.year - 1)
    except ValueError:
        return None
    return found, precision, True


def _from_published(part, published):
    if published is None:
        return None
    if part.get("months"):
        words = part["months"].lower()
        if "week" in words:
            published -= datetime.timedelta(days=7 if "last" in words else 0)
        first = published.replace(day=1)
        if words == "last month":
            first = (first - datetime.timedelta(days=1)).replace(day=1)
        return first, "month", True
    if part.get("ago"):
        return published - datetime.timedelta(days=_AGO.get(part["ago"].lower(), 0)), "day", True
    back = (published.weekday() - _WEEKDAYS.index(part["weekday"].lower())) % 7
    if back == 0 and part["last"].lower() in ("last", "the previous", "this past"):
        back = 7
    return published - datetime.timedelta(days=back), "day", True


HAPPENED = _words(
    r"raid(?:s|ed|ing)?|searched|seiz\w+|found|discover\w+|uncover\w+|mov(?:ed|ing) (?:on|in)|struck|bust(?:ed)?|burst"
    r"|sealed|arrest\w*|picked up|inspect\w+|enter(?:ed|ing)|shut down|operation|check(?:ed|s)?|disconnected|detected"
    r"|confiscated|crackdown|swooped|stormed|visited|came across|broke up|dismantled|caught|nabbed|impounded|smashed"
    r"|rounded up|cut (?:off|the)|carried out|descended|executed|located|traced|fire|blaze|removed|hauled|identified"
    r"|detained|went (?:in|to)|took|led to|closed(?: down)?|halted|recovered|intercepted|called (?:at|to)|put out"
)
NOT_THE_DAY_BEFORE = re.compile(
    r"(?i)(?:\b(?:since|until|till|from|before|by|after|to|through|aged?|start(?:ed|ing)?(?: in)?|"
    r"beginning(?: in)?|dated|expires?(?: on)?|due(?: on)?|issued|effective|"
    r"(?:said|announced|told [^,.]{0,30}|disclosed|reported|stated|confirmed|explained|revealed|added|in court|"
    r"statement|sentenced|statement issued|press conference|briefing)(?: here)?)"
    r"(?: on| in| late| early| last| the| about| around| at)*|\b(?:court|magistrate)\b[^,.]*)\s*\Z"
)
NOT_THE_DAY_AFTER = re.compile(
    r"(?i)\s*(?:,? ?(?:announced|gave details|said|disclosed|released|told|confirmed|issued)\b"
    r"|deadline|order|ban\b|law|act\b)"
)

# Rigs

_ADJECTIVE = r"(?:bitcoin|crypto(?:currency|-currency)?|digital[ -]currency|virtual[ -]currency|mining|crypto-?mining|ethereum|Antminer|Whatsminer|ASIC)"
_FILLER = r"(?:(?:units?|sets?|pieces?|pcs) of )?(?:(?!\d|and\b|or\b|for\b|of\b|in\b|at\b|were\b|men\b|phones?\b)[\w-]+ ){0,2}?"
_COUNT = rf"(?<![$€£¥₽])(?<!RM)(?<!Rp)(?P<amount>{_QUALIFIED})"
_NOUN = r"(?:rigs?|miners?|machines?|servers|ASICs?|farm machines|hashers?)"
_WEAK = r"(?:units?|devices?|sets?|processors?|computers?|servers?|pieces of (?:[\w-]+ ){0,2}equipment|graphics cards|GPUs?|video cards|boards|equipment|(?:game |gaming )?consoles|cards|installations|items of equipment)"
RIGS = [
    (4, re.compile(rf"(?i){_COUNT}(?: (?:machines|rigs|units))? (?:altogether|in total|in all|all told)\b")),
    (3, re.compile(rf"(?i){_COUNT} {_FILLER}(?:{_ADJECTIVE}[ -])+(?:[\w-]+ )?(?:{_NOUN}|{_WEAK})\b")),
    (3, re.compile(rf"(?i){_COUNT} {_FILLER}(?:ASICs?|(?:bitcoin )?miners|rigs|Antminers|Whatsminers)\b")),
    (2, re.compile(rf"(?i){_COUNT} {_FILLER}{_NOUN}\b")),
    (1, re.compile(rf"(?i){_COUNT} (?:\w+ )?{_WEAK}\b")),
]
CARDS = re.compile(r"(?i)\bcards|GPUs?\b|boards")
RIGS_TOTAL = re.compile(r"(?i)(?:in all|altogether|total(?:ling|ing)?(?: of)?|in total|all told|combined),?\s*\Z")
RIGS_TOTAL_AFTER = re.compile(r"(?i)\s*(?:in all|altogether|in total|all told)\b")
NOT_RIGS_BEFORE = re.compile(
    r"(?i)(?:\b(?:each|every|another|additional|capacity (?:of|for)|room for|of (?:them|which|these)"
    r"|per|earlier|previous\w*|since \w+|last year|so far|this year)\b[^,;]{0,12}|\bup to )\Z"
)
NOT_RIGS_AFTER = re.compile(r"(?i)[^,.;]{0,12}\b(?:(?:was|were) about to|so far this year|this year|since \w+)\b")
SEIZED = _words(
    r"seiz\w+|confiscat\w+|found|recover\w+|remov\w+|count\w+|impound\w+|uncover\w+|discover\w+|took (?:away|possession)"
    r"|came away|haul\w*|carted|taken|loaded|caught|dismantled|located|held|still|operating|at work|entered|detect\w+|netted|yielded|packed|raid\w*|running|ran|disconnected|sealed|stopped|closed|shut|c[ao]me (?:up)?on|came across|stumbled|mining|whirring|humming|hidden|hid|in use|unplugged|hooked"
    r"|turned up|collected|gathered|cut off|handed|destroyed|crushed|flattened|linked|wired|powered|connected|stacked|rounded up|picked|nabbed|stacks?|kept|rows? of|switched off|took|takes?|stood|brought|trac\w+|spotted|saw|pulled|drawing|drew|concealing|concealed|set up"
)

# People

_WHO = (
    r"(?:men|man|women|woman|people|persons?|suspects?|individuals?|foreigners?|nationals?|workers?|caretakers?"
    r"|operators?|owners?|brothers|sons|youths?|teenagers?|locals|residents?|guards?|siblings|citizens?|employees"
    r"|technicians?|businessm[ae]n|traders?|clerks?|managers?|directors?|engineers?|drivers?|farmers?|students?|officials?|members?|brains|masterminds?|helpers?|accomplices|mechanics?|occupants?|tenants?|landlords?|electricians?|couple|wife|husband)"
)
_HELD = (
    r"(?:arrested|detained|held|holding|picked up|remanded|taken into custody|in (?:police )?custody|caught|nabbed|apprehended"
    r"|rounded up|taken in|taken away|under arrest|behind bars|detaining|arresting|(?:in|on|under) remand|under detention|placed under|took in|took into custody|hauled up|hauled in|rounding up|nabbing|netted|held for)"
)
_SOME = rf"(?P<amount>(?:{_NUMBER}|\ban? (?:[\w-]+ )?(?:couple|pair)(?! of)|\ban?\b))(?! (?:{_CURRENCY_WORDS}|hundred|thousand|million|billion|mln|bn)\b)"
_ARRESTED = r"(?:arrested|detained|remanded|nabbed|apprehended|taken into custody|in custody|placed under arrest)"
PEOPLE = [
    (False, re.compile(rf"(?i)\b{_HELD} (?P<amount>(?:an?|the) (?:[\w-]+ )?(?:couple|pair))\b(?! of)")),
    (False, re.compile(rf"(?i)(?P<amount>\b(?:an?|the) (?:[\w-]+ )?(?:couple|pair))\b(?! of)[^.;]{{0,50}}?\b(?:was|were) (?:\w+ )?{_HELD}")),
    (True, re.compile(rf"(?i)\b(?:the|all) (?P<amount>{_NUMBER})(?:,[^.;]{{0,50}},)?(?: {_WHO})?,? (?:have been|were|are|face|had been|remain|was)\b(?! hurt| injured)")),
    (True, re.compile(rf"(?i)(?P<amount>{_NUMBER}) (?:[\w-]+ ){{0,3}}?{_WHO} -+ [^.;]{{0,80}}? -+ (?:was|were|have been|had been|are) (?:\w+ )?{_HELD}\b")),
    (False, re.compile(rf"(?i){_SOME} (?:[\w-]+ ){{0,4}}?{_WHO}\b[^.;]{{0,110}}?\b(?:was|were|been|being|are|is)\b (?:\w+ ){{0,2}}?{_HELD}\b")),
    (False, re.compile(rf"(?i)\b{_HELD} (?:\w+ ){{0,2}}?{_SOME} (?:[\w-]+ ){{0,4}}?{_WHO}\b")),
    (False, re.compile(rf"(?i){_SOME} (?:[\w-]+ ){{0,3}}?{_WHO}(?: (?:aged|from) [^.;,]{{0,20}})? (?:arrested|detained|remanded|nabbed|apprehended)\b")),
    (False, re.compile(rf"(?i)\b{_HELD} (?P<amount>the) (?:[\w-]+ ){{0,3}}?(?:man|woman|tenant|owner|operator|caretaker|suspect|landlord)\b")),
    (False, re.compile(rf"(?i)(?P<amount>\bthe) (?:[\w-]+ ){{0,3}}?(?:man|woman|tenant|owner|operator|caretaker|suspect|landlord) (?:was|has been|is) (?:\w+ )?{_HELD}\b")),
    (False, re.compile(rf"(?i)\b{_HELD} [^.;]{{0,60}} and (?:his|her|their) (?P<amount>{_NUMBER}) {_WHO}\b")),
    (False, re.compile(rf"(?i:\b{_HELD} (?:\w+ )?)(?P<amount>(?i:{_NUMBER})) (?:[\w-]+ )?[A-Z]\w+(?:s|ese|i)\b")),
    (False, re.compile(rf"(?P<amount>(?i:{_NUMBER})) (?:[\w-]+ )?[A-Z]\w+(?:s|ese|i) (?i:(?:was|were|have been|has been) (?:\w+ ){{0,2}}?{_HELD})\b")),
    (False, re.compile(rf"(?i)(?P<amount>\bboth) [^.;,]{{3,60}}? and [^.;,]{{3,40}}? (?:were|have been) (?:\w+ )?{_HELD}\b")),
    (False, re.compile(rf"(?i)\b(?:arrests?|detention) of {_SOME} ")),
    (False, re.compile(rf"(?i)(?P<amount>{_NUMBER}) of (?:whom|them) (?:\w+ ){{0,3}}?{_HELD}\b")),
    (False, re.compile(rf"(?i)\b(?:took|taken?|taking) (?P<amount>{_NUMBER}|an?|the) (?:[\w-]+ ){{0,4}}?(?:into custody|away)\b")),
    (False, re.compile(rf"(?i){_SOME} (?:[\w-]+ ){{0,4}}?{_WHO} (?:\w+ )?(?:taken away|led away|handcuffed|in handcuffs|fell into the hands|ended up in (?:custody|handcuffs|a cell|the lock-?up))")),
    (False, re.compile(rf"(?i)(?P<amount>{_NUMBER}) arrests? (?:were|was|have been|has been)\b")),
    (False, re.compile(rf"(?i)\bmade (?P<amount>{_NUMBER}) arrests?\b")),
]  # fmt: skip
SOMEBODY = [
    re.compile(
        rf"(?i)\b(?P<amount>an?|the|one|its|his|her) (?:[\w'-]+ ){{0,4}}?(?:{_WHO}|\d\d-year-old)\b[^.;]{{0,40}}?\b(?:was|is|has been|had been) (?:\w+ ){{0,2}}?{_HELD}\b"
    ),
    re.compile(r"(?i)\b(?:picked up|held|caught|took in) (?P<amount>an?|the) \d\d-year-old"),
    re.compile(
        rf"(?i)\b(?P<amount>an?|one|the) (?:[\w'-]+ ){{1,5}}(?:was|is|has been|had been)(?: \w+)?(?: \w+)? {_ARRESTED}\b"
    ),
    re.compile(
        rf"(?i)\b(?P<amount>an?|the) [\w' -]{{3,30}}, (?:an? |aged )?[^,.;]{{2,40}}, (?:was|is|has been|had been)(?: \w+)? {_ARRESTED}\b"
    ),
    re.compile(
        r"(?i)\b(?:arrested|detained|remanded|nabbed|apprehended) (?P<amount>an?|the|its|his|one) (?!number\b|group\b|total\b|few\b|second\b)[\w-]+"
    ),
]
NOT_PEOPLE_BEFORE = re.compile(
    r"(?i)\b(?:information from|linked to|hunt\w* for|looking for|seeking|search for)\b[^,;]*\Z"
)
NOT_PEOPLE_AFTER = re.compile(
    r"(?i)[^.;]{0,30}\b(?:hurt|injured|killed|at large|being hunted|wanted|(?:a day|days|weeks?|months?) earlier)\b"
)
NOBODY = re.compile(
    r"(?i)\b(?:not a soul|nobody|no[ -]?one|no (?:arrests?|suspects?|persons?|people|individuals?))\b(?=[^.;]{0,60}\b(?:was|were|made|"
    r"found|present|followed|resulted|in\b|inside|there|home|around|arrest\w*|detain\w*|held|has been|have been))|\bwithout (?:making )?(?:any |an )?arrests?\b"
)


_WITH_A_RELATIVE = re.compile(
    r"(?i)\band (?:his|her|their) (?:wife|husband|brother|sister|son|daughter|father|mother|partner|boyfriend|cousin|nephew|uncle|friend|girlfriend|colleague)\b"
)


_AND_MORE = re.compile(
    rf"(?i:[\w-]+ (?:[\w'-]+ ){{0,4}}?{_WHO}(?: (?:from|aged) [^,.;]{{0,25}}?)?,? and (?:another |a further )?)(?P<amount>(?i:{_NUMBER}|an?))"
    rf" (?:(?:[\w-]+ ){{0,3}}?(?i:{_WHO})|[A-Z]\w+(?:is?|ans?|ese|ns?))\b"
)


def people_together(parts, plain):
    """How many people several statements make: their sum where they are counted on, else the largest."""
    parts = [(start, end, value + _counted_on(plain[start:end], plain[end : end + 45])) for start, end, value in parts]
    total = parts[0][2]
    for (_start, end, _value), (start, _end, value) in itertools.pairwise(parts):
        between = plain[end - 20 : start]
        counted_on = re.search(r"(?i)\b(?:and|another|more|further|plus|his|her|their)\s*\Z", between)
        total = total + value if counted_on else max(total, value)
    return total


def _counted_on(words, after):
    """How many people are named beside the first of a statement: a relative, or others after “and”."""
    if match := _AND_MORE.match(words):
        return int(in_digits(match["amount"])) if in_digits(match["amount"]).isdigit() else 0
    return int(bool(_WITH_A_RELATIVE.search(words + re.split("[.;]", after)[0])))


# Money and electricity

_ONE_PRICE = rf"(?:{_CURRENCY_SIGNS} ?{_IN_DIGITS}(?: (?:{_CURRENCY_WORDS})\b)?|{_NUMBER} ?(?:{_CURRENCY_WORDS})\b)"
MONEY = re.compile(
    rf"(?P<amount>(?i:\bbetween )(?:{_ONE_PRICE}|{_NUMBER}) and {_ONE_PRICE}|{_IN_DIGITS}(?: to |-){_ONE_PRICE}"
    rf"|(?:\b(?i:{_BEFORE}) )?{_ONE_PRICE}(?:(?: to |-){_ONE_PRICE})?)"
)
LOSS = _words(
    r"(?:electricity|power|energy|current|supply|load)(?: \w+){0,4} (?:worth|valued at|valued|priced at)|claim\w*|fraud|theft to the value of|loss(?:es)?|lost|los(?:e|es|ing)|out of pocket|shortfall|short|charges|avoided|evaded|cheated|robbed|defrauded|swindled|worth of (?:\w+ )?(?:electricity|power|energy|current|units|supply)|stole\w*|siphon\w*|drain\w*|theft|cost(?:ing|s)?|damages?|unpaid|arrears|unbilled|revenue|owe[sd]?"
    r"|electricity|power|energy|of current|unrecorded|unmetered|consumption|tariff|under-?charged|back-?bill\w*|bill(?:s|ed)?|debts?|depriv\w+"
)
CASE_VALUE = SMUGGLED = re.compile("(?!)")
WORTH = _words(
    r"(?<!power )(?<!electricity )(?<!energy )worth(?! of (?:\w+ )?(?:electricity|power|energy|current|units|supply))|valued at|value of|market value|market price|price tag|street value|priced at|with a value|valued|estimated value|"
    r"total value|the value|(?:would |could |might )fetch|(?:machines|equipment|rigs|haul|seizure|devices|items|miners|units|sets)(?: (?:was|were|is|are))?(?: estimated| assessed| put)? at|(?:seized|haul|equipment|machines|rigs)\b[^.;]{0,70}(?:estimated|assessed) at"
)
NOT_MONEY_BEFORE = re.compile(
    r"(?i)(?:\b(?:never|not|seldom|rarely|hardly) (?:\w+ )?(?:exceed(?:ed|ing)?|above|over|more than|topped) \Z|\b(?:only|merely|a mere|as little as|a paltry) \Z|\b(?:(?<!avoided )(?<!avoid )(?<!evaded )(?<!without )pay(?:s|ing)?|paid|fine[sd]?|compounds?|bail|rent(?:al|als|s)?\b(?!ed)|rewards?|salary|wages?|profits?|earn\w*|sold|(?<!market )price(?! tag)|minimum wage|ask\w* for|licen[cs]e fee|deposit|"
    r"budget|invest(?:ed|ing|ments?|ors?)\b|penalt\w+|turnover|tax\w*|bribes?)\b(?:(?!\b(?:lost|loss|stol|cost|robbed|using|used|consum|burn))[^;])*)\Z"
)
NOT_MONEY_AFTER = re.compile(
    r"(?i)\s*(?:fine|bail|reward|per kwh|per unit|a kwh|a machine|each(?! month| year| day| week)|apiece|in fines)\b"
)
ENERGY = re.compile(
    rf"(?P<amount>(?:\b(?i:{_BEFORE}) )?{_NUMBER} ?(?i:[kKMGT]W[ -]?h|kilowatt[ -]hours?|megawatt[ -]hours?|gigawatt[ -]hours?))"
)
LOAD = re.compile(
    rf"(?P<amount>(?:\b(?i:{_BEFORE}) )?{_NUMBER}[ -]?(?i:[kMG]W|kilowatts?|megawatts?|gigawatts?)(?![\w-]| ?h\b| ?hours?\b|-hours?\b))"
)
LOAD_WORDS = _words(
    r"loads?|draw(?:s|n|ing)?|drew|demand|consum\w+|capacity|power|megawatts?|kilowatts?|using|used|running|supply|cut|MW"
)
NOT_LOAD_BEFORE = re.compile(
    r"(?i)\b(?:transformers?|each|every|per|plant|station|generators?|solar|capacity of the)\b[^,;]{0,20}\Z"
)
CONVERTED = re.compile(r"(?i)\b(?:equal to|equivalent to|or|worth) (?:\w+ ){0,3}\Z")
NOT_ENERGY_BEFORE = re.compile(r"(?i)\b(?:each|every|per|households|enough for|price|tariff|limit)\b[^,;]*\Z")
NOT_ENERGY_AFTER = re.compile(r"(?i)\s*(?:each|per machine|a machine|per rig|an hour|per hour|limit|allowance)\b")
PERIODS = _words(
    r"daily|monthly|yearly|annual(?:ly)?|(?:an?|per|each|every|one|the) (?:day|month|year)(?! (?:ago|earlier|later|before|after))"
)
RATES = [
    (
        "per_month",
        re.compile(r"(?i)\bmonthly (?:\w+ ){0,8}\Z|\beach month (?:\w+ ){0,4}\Z|\bevery month (?:\w+ ){0,8}\Z|\bper month (?:\w+ ){0,4}\Z|\ba month (?:is|was|of|at) (?:\w+ ){0,2}\Z"),
        re.compile(r"(?i)[^,;.\d]{0,45}?(?:\b(?:a month|per month|monthly|each month|every month)|/ ?month)\b"),
    ),
    (
        "per_year",
        re.compile(r"(?i)\b(?:annual|yearly) (?:\w+ ){0,8}\Z"),
        re.compile(r"(?i)[^,;.\d]{0,45}?\b(?:a year|per year|annually|each year|every year|yearly|per annum)\b"),
    ),
    (
        "per_day",
        re.compile(r"(?i)\bdaily (?:\w+ ){0,4}\Z"),
        re.compile(r"(?i)[^,;.\d]{0,45}?\b(?:a day|per day|daily|each day|every day)\b(?! later| earlier| after| before)"),
    ),
]  # fmt: skip

# Where it was

SITES = [
    ("shophouse", _words(r"shop-?(?:houses?|lots?)|shop premises|shops?")),
    ("residential", _words(r"houses?|homes?|apartments?|flats?|bungalows?|residen\w+|condominiums?|villas?|dormitor\w+")),
    ("warehouse", _words(r"warehouses?|godowns?|hangars?|stores?")),
    ("industrial_park", _words(r"industrial (?:park|zone|estate)s?")),
    ("factory", _words(r"factor(?:y|ies)|plants?|workshops?|mill")),
    ("farm", _words(r"(?:chicken|poultry|pig|cattle|durian|oil palm|cow) farms?|plantations?|farmhouses?|farmland|barns?|orchards?")),
    ("data_centre", _words(r"data cent(?:re|er)s?")),
    ("school", _words(r"schools?|universit\w+|colleges?")),
    ("office", _words(r"offices?")),
    ("container", _words(r"(?:shipping )?containers?")),
    ("power_plant", _words(r"power (?:plant|station)s?|hydropower")),
]  # fmt: skip
THEFT = re.compile(
    r"(?i)\b(?:stol(?:e|en) (?:power|electricity|energy)|st(?:ole|ealing|eal) (?:of )?(?:power|electricity)|electricity"
    r" theft|theft of (?:power|electricity|energy)|power theft|(?:tamper|rigg|bypass|alter)\w* (?:\w+ ){0,3}(?:meters?"
    r"|wir\w+|cables?|supply)|(?:meters?|wiring|cables) (?:\w+ ){0,3}(?:tampered|bypassed|altered|rigged)|illegal"
    r" (?:connection|line|tapping)|siphon\w*|without a meter|dummy meter)"
)

PREMISES = [
    re.compile(
        rf"(?i)(?P<amount>{_NUMBER}) (?:(?!of\b|in\b|at\b|and\b|machines|mining machines|rigs)[\w'-]+ ){{0,3}}?(?:premises|locations|sites|shop-?houses?|shop-?lots?|shops|houses|homes|addresses|warehouses"
        r"|factories|buildings|units(?! of)|places|spots|apartments|flats|farms|containers|hideouts|properties|bungalows|facilities|centres|offices|projects|substations)\b"
    )
]
OUTCOME = _words(
    r"disconnect\w+|sealed|dismantled|cut (?:off )?the (?:power|supply|electricity)|supply (?:was|has been) cut|confiscat\w+|remanded|charged|prosecut\w+|fined|sentenced|convicted|destroyed|crushed|case (?:has been |was )?opened"
    r"|(?:investigation|inquiry) papers|under investigation|being (?:investigated|probed)|closed down|shut down|handed over|released on bail|kept as (?:evidence|exhibits)|back-?bill\w*"
)

LEADS, NOT_THE_LEAD = english_leads.LEADS, english_leads.NOT_THE_LEAD
places_in = english_names.places_in
agencies_in = english_names.agencies_in
provisions_in = english_names.provisions_in
