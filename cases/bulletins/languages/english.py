"""English bulletins: their words for numbers, days, rigs, people, money and bodies."""

import datetime
import itertools
import re

from regions.grammar.units import CURRENCY_CODES, QUALIFIERS_AFTER, QUALIFIERS_BEFORE

from . import english_names

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
    r"|nine|ten|[IVX]{1,4})\b|\(?\d{1,2}[.)]\s+(?=[A-Z]))",
    re.IGNORECASE | re.MULTILINE,
)
MINING = _words(
    r"bitcoins?|crypto\w*|ASICs?|ethereum|antminers?|whatsminers?|(?:digital|virtual)[ -](?:currency|coin)s?|min(?:ing|ers?)"
    r" (?:rigs?|machines?|farms?|servers?|computers?|sets?|devices?|units?|hardware|equipment|syndicates?|sites?)"
)
MAYBE_MINING = re.compile(
    r"(?is)(?=.*\b(?:\d+ (?:machines|servers)|min(?:ing|ers?))\b)(?=.*\b(?:electricity|power|meters?|cables?|transformers?|utility|TNB|Tenaga|energy)\b)"
    r"(?!.*\b(?:coal|gold|sand|iron|copper|tin|ore|lithium|quarr\w+|sewing|slot|gaming)\b)"
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
_IN_WORDS = rf"(?<!\d )(?<!\d-)(?<![\w.-])(?:an? (?=hundred|thousand|million|billion|dozen|half))?(?:{_WORD})(?:(?:[ -]|,? and )(?:{_WORD}))*(?![\w])"
_IN_DIGITS = (
    r"(?<![\d.,])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[ -]?(?:thousand|million|billion|trillion|mln|bn|mil|k|m)\b)?"
)
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
    "BGN": "leva|lev", "UZS": "sou?ms?", "VES": r"bol[ií]vars?|bol[ií]vares", "KWD": "Kuwaiti dinars?|dinars?",
    "KRW": "won", "BRL": "reais|reals?", "ARS": "Argentine pesos|pesos", "INR": "rupees?",
    "USD": "US dollars|dollars|USD", "KGS": "Kyrgyz soms?", "TJS": "somoni", "LYD": "Libyan dinars?",
}  # fmt: skip
_CURRENCY_WORDS = "|".join(
    [*_CURRENCIES.values(), r"yuan|renminbi|ringgit|roubles?|rubles?|baht|rupiah|euros?|tenge|pounds|yen|dong"]
)
_CURRENCY_SIGNS = rf"(?:RM|US\$|HK\$|NT\$|S\$|R\$|Rp\.?|\$|€|£|¥|₽|₸|₩|₫|฿|₴|(?:{'|'.join(CURRENCY_CODES)})(?=[ \d]))"


def in_digits(text, country=""):
    """`text` with digits for words, and with the code of a currency for what only some call it."""
    if text.strip().lower() in ("a", "an", "the"):
        return "1"
    text = re.sub(r"\bRp\.? ?(?=\d)", "IDR ", text)
    text = re.sub("₴", "UAH ", text)
    text = re.sub(r"(?<=\d) ?mil\b", " million", text)
    for code, names in _CURRENCIES.items():
        if code == "UZS" and country == "KG":
            code = "KGS"
        text = re.sub(rf"\b(?:{names})\b", code, text, flags=re.IGNORECASE)
    return _NUMBER_IN_WORDS.sub(lambda match: str(_value_of(match[0])), text)


def _value_of(words):
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
        rf"\b(?:in|In|during|early|late|earlier in|last) (?:early |late |mid-)?{_MONTH}(?! \d)",
        r"(?i)\b(?P<months>last month|this month|earlier this month)\b",
    )
]
_AGO = {"yesterday": 1, "last night": 1, "the day before yesterday": 2}


def day_of(match, published, _earlier):
    """(day, precision, whether the text itself says all of it) of a match of DAYS; None where it cannot be a day."""
    part = match.groupdict()
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
        if found > published:
            found = found.replace(year=found.year - 1)
    except ValueError:
        return None
    return found, precision, True


def _from_published(part, published):
    if published is None:
        return None
    if part.get("months"):
        first = published.replace(day=1)
        if part["months"].lower() == "last month":
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
_NOUN = r"(?:rigs?|miners?|machines?|ASICs?|farm machines|hashers?)"
_WEAK = r"(?:units?|devices?|sets?|processors?|computers?|servers?|pieces of equipment|graphics cards|GPUs?|video cards|boards|equipment)"
RIGS = [
    (4, re.compile(rf"(?i){_COUNT}(?: (?:machines|rigs|units))? (?:altogether|in total|in all|all told)\b")),
    (3, re.compile(rf"(?i){_COUNT} {_FILLER}(?:{_ADJECTIVE}[ -])+(?:[\w-]+ )?(?:{_NOUN}|{_WEAK})\b")),
    (3, re.compile(rf"(?i){_COUNT} {_FILLER}(?:ASICs?|(?:bitcoin )?miners|rigs|Antminers|Whatsminers)\b")),
    (2, re.compile(rf"(?i){_COUNT} {_FILLER}{_NOUN}\b")),
    (1, re.compile(rf"(?i){_COUNT} (?:\w+ )?{_WEAK}\b")),
]
RIGS_TOTAL = re.compile(r"(?i)(?:in all|altogether|total(?:ling|ing)?(?: of)?|in total|all told|combined),?\s*\Z")
RIGS_TOTAL_AFTER = re.compile(r"(?i)\s*(?:in all|altogether|in total|all told)\b")
NOT_RIGS_BEFORE = re.compile(
    r"(?i)(?:\b(?:each|every|holding|another|additional|carrying|capacity (?:of|for)|room for|of (?:them|which|these)"
    r"|per|earlier|previous\w*|since \w+|last year|so far|this year)\b[^,;]{0,12}|\bup to )\Z"
)
NOT_RIGS_AFTER = re.compile(r"(?i)[^,.;]{0,12}\b(?:(?:was|were) about to|so far this year|this year|since \w+)\b")
SEIZED = _words(
    r"seiz\w+|confiscat\w+|found|recover\w+|remov\w+|count\w+|impound\w+|uncover\w+|discover\w+|took (?:away|possession)"
    r"|came away|haul\w*|carted|taken|loaded|caught|dismantled|located|held|still|operating|at work|entered|detect\w+|netted|yielded|packed|raid\w*|running|ran|disconnected|sealed|stopped|closed|shut"
)

# People

_WHO = (
    r"(?:men|man|women|woman|people|persons?|suspects?|individuals?|foreigners?|nationals?|workers?|caretakers?"
    r"|operators?|owners?|brothers|sons|youths?|teenagers?|locals|residents?|guards?|siblings|citizens?|employees"
    r"|technicians|tenants?|landlords?|electricians?|couple|wife|husband)"
)
_HELD = (
    r"(?:arrested|detained|held|holding|picked up|remanded|taken into custody|in custody|caught|nabbed|apprehended"
    r"|rounded up|taken in|taken away|under arrest|behind bars|detaining|arresting|in remand|placed under)"
)
_SOME = rf"(?P<amount>(?:{_NUMBER}|\ban?\b))"
PEOPLE = [
    (True, re.compile(rf"(?i)\b(?:the|all) (?P<amount>{_NUMBER})(?:,[^.;]{{0,50}},)?(?: {_WHO})?,? (?:have been|were|are|face|had been|remain|was)\b(?! hurt| injured)")),
    (False, re.compile(rf"(?i){_SOME} (?:[\w-]+ ){{0,4}}?{_WHO}\b[^.;]{{0,70}}?\b(?:was|were|been|being|are|is)\b (?:\w+ ){{0,2}}?{_HELD}\b")),
    (False, re.compile(rf"(?i)\b{_HELD} (?:\w+ ){{0,2}}?{_SOME} (?:[\w-]+ ){{0,4}}?{_WHO}\b")),
    (False, re.compile(rf"(?i){_SOME} (?:[\w-]+ ){{0,3}}?{_WHO}(?: (?:aged|from) [^.;,]{{0,20}})? (?:arrested|detained|remanded|nabbed|apprehended)\b")),
    (False, re.compile(rf"(?i)\b{_HELD} (?P<amount>the) (?:[\w-]+ ){{0,3}}?(?:man|woman|tenant|owner|operator|caretaker|suspect|landlord)\b")),
    (False, re.compile(rf"(?i)(?P<amount>\bthe) (?:[\w-]+ ){{0,3}}?(?:man|woman|tenant|owner|operator|caretaker|suspect|landlord) (?:was|has been|is) (?:\w+ )?{_HELD}\b")),
    (False, re.compile(rf"(?i)\b{_HELD} [^.;]{{0,60}} and (?:his|her|their) (?P<amount>{_NUMBER}) {_WHO}\b")),
    (False, re.compile(rf"(?i:\b{_HELD} (?:\w+ )?)(?P<amount>(?i:{_NUMBER})) (?:[\w-]+ )?[A-Z]\w+(?:s|ese|i)\b")),
    (False, re.compile(rf"(?i)\barrests? of {_SOME} ")),
    (False, re.compile(rf"(?i)(?P<amount>{_NUMBER}) arrests? (?:were|was|have been|has been)\b")),
    (False, re.compile(rf"(?i)\bmade (?P<amount>{_NUMBER}) arrests?\b")),
]  # fmt: skip
NOT_PEOPLE_BEFORE = re.compile(
    r"(?i)\b(?:information from|linked to|hunt\w* for|looking for|seeking|search for)\b[^,;]*\Z"
)
NOT_PEOPLE_AFTER = re.compile(
    r"(?i)[^.;]{0,30}\b(?:hurt|injured|killed|at large|being hunted|wanted|(?:a day|days|weeks?|months?) earlier)\b"
)
NOBODY = re.compile(
    r"(?i)\b(?:nobody|no-?one|no (?:arrests?|suspects?|persons?|people|individuals?))\b(?=[^.;]{0,60}\b(?:was|were|made|"
    r"found|present|arrest\w*|detain\w*|held|has been|have been))|\bwithout (?:making )?(?:any |an )?arrests?\b"
)


_WITH_A_RELATIVE = re.compile(
    r"(?i)\band (?:his|her) (?:wife|husband|brother|sister|son|daughter|father|mother|partner)\b"
)


def people_together(parts, plain):
    """How many people several statements make: their sum where they are counted on, else the largest."""
    total = parts[0][2] + bool(_WITH_A_RELATIVE.search(plain[parts[0][0] : parts[0][1]]))
    for (_start, end, _value), (start, _end, value) in itertools.pairwise(parts):
        between = plain[end - 20 : start]
        counted_on = re.search(r"(?i)\b(?:and|another|more|further|plus|his|her|their)\s*\Z", between)
        total = total + value if counted_on else max(total, value)
    return total


# Money and electricity

_ONE_PRICE = rf"(?:{_CURRENCY_SIGNS} ?{_IN_DIGITS}(?: (?:{_CURRENCY_WORDS})\b)?|{_NUMBER} ?(?:{_CURRENCY_WORDS})\b)"
MONEY = re.compile(
    rf"(?P<amount>(?i:\bbetween ){_ONE_PRICE} and {_ONE_PRICE}"
    rf"|(?:\b(?i:{_BEFORE}) )?{_ONE_PRICE}(?:(?: to |-){_ONE_PRICE})?)"
)
LOSS = _words(
    r"loss(?:es)?|lost|shortfall|short|charges|avoided|evaded|cheated|robbed|defrauded|swindled|stole\w*|siphon\w*|drain\w*|theft|cost(?:ing|s)?|damages?|unpaid|arrears|unbilled|revenue|owe[sd]?"
    r"|electricity|power|energy|consumption|tariff|under-?charged|back-?bill\w*|bill(?:s|ed)?|debts?|deprived"
)
WORTH = _words(
    r"(?<!power )(?<!electricity )(?<!energy )worth(?! of (?:\w+ )?(?:electricity|power|energy|current))|valued at|value of|market value|priced at|with a value|valued|estimated value|"
    r"total value|the value"
)
NOT_MONEY_BEFORE = re.compile(
    r"(?i)(?:\b(?:pay(?:s|ing)?|paid|fine[sd]?|compounds?|bail|rent\w*|reward|salary|wages?|profits?|earn\w*|sold|price|"
    r"budget|invest\w+|penalt\w+|turnover|tax\w*|bribes?)\b[^;]*)\Z"
)
NOT_MONEY_AFTER = re.compile(r"(?i)\s*(?:fine|bail|reward|per kwh|per unit|a kwh|a machine|each|apiece|in fines)\b")
ENERGY = re.compile(
    rf"(?P<amount>(?:\b(?i:{_BEFORE}) )?{_NUMBER} ?(?i:[kKMGT]W[ -]?h|kilowatt[ -]hours?|megawatt[ -]hours?|gigawatt[ -]hours?))"
)
CONVERTED = re.compile(r"(?i)\b(?:equal to|equivalent to|or|worth) (?:\w+ ){0,3}\Z")
NOT_ENERGY_BEFORE = re.compile(r"(?i)\b(?:each|every|per|households?|enough for|price|tariff|limit)\b[^,;]*\Z")
NOT_ENERGY_AFTER = re.compile(r"(?i)\s*(?:each|per machine|a machine|per rig|an hour|per hour|limit|allowance)\b")
RATES = [
    (
        "per_month",
        re.compile(r"(?i)\bmonthly (?:\w+ ){0,4}\Z|\beach month (?:\w+ ){0,4}\Z|\bevery month (?:\w+ ){0,4}\Z|\bper month (?:\w+ ){0,4}\Z|\ba month (?:is|was|of|at) (?:\w+ ){0,2}\Z"),
        re.compile(r"(?i)(?: (?:worth )?of \w+| in| of (?:stolen )?\w+)?(?: \w+)?\s*(?:a month|per month|monthly|each month|every month|/ ?month)\b"),
    ),
    (
        "per_year",
        re.compile(r"(?i)\b(?:annual|yearly) (?:\w+ ){0,4}\Z"),
        re.compile(r"(?i)(?: of \w+| in)?(?: \w+)?\s*(?:a year|per year|annually|each year|every year|yearly|per annum)\b"),
    ),
    (
        "per_day",
        re.compile(r"(?i)\bdaily (?:\w+ ){0,4}\Z"),
        re.compile(r"(?i)(?: of \w+| in)?(?: \w+)?\s*(?:a day|per day|daily|each day|every day)\b"),
    ),
]  # fmt: skip

# How it came to light

_UTILITY = r"(?:TNB|Tenaga|Sarawak Energy|SESCO|utility|power company|electricity (?:company|provider|distributor)|energy company|grid (?:operator|company)|\w*energo\w*|company|its|PLN|ANDE|Rosseti)"
LEADS = [
    (1, "outage_or_fire", re.compile(r"(?i)\b(?:fire (?:broke|at|in|that|call|brigade|crews?)|(?<!is a )(?<!are a )blaze|caught fire|fire(?:fighters|men) |outages?|black-?outs?(?= (?:in|at|led|prompted|at|across the|hit))|power cuts?(?= (?:led|prompted)|\w* trip)|tripp(?:ed|ing)|explo(?:ded|sion)|transformer (?:failed|burned|burst))")),
    (1, "public_tip", re.compile(r"(?i)\b(?:tip-?offs?|tipped off|complain(?:ts?|ed)|(?:public|residents?|neighbours?|members of the public|informants?|whistleblowers?)[^.;]{0,40}(?:report|inform|alert|complain|information|call)\w*|hotline|anonymous|tip from)\b")),
    (1, "network_monitoring", re.compile(r"(?i)\b(?:IP address\w*|network (?:monitoring|traffic)|mining pools? (?:traffic|connections?)|internet traffic|online monitoring)\b")),
    (2, "grid_monitoring", re.compile(r"(?i)\b(?:smart[ -]meters?|abnormal(?:ly)? (?:\w+ )?(?:readings?|use|usage|consumption|load|power|electricity|high)\w*|unusual(?:ly)? (?:\w+ ){0,2}(?:use|usage|consumption|load|power|electricity|demand)|(?:surges?|spikes?|jumps?|anomal\w+|irregularit\w+) (?:in|of|on) (?:\w+ ){0,3}(?:power|electricity|load|consumption|demand|use|grid)|power (?:surge|spike)|(?:load|smart[ -]meter|consumption|meter) data|load (?:profile|curve|monitoring)s?|(?:grid|load) monitoring|overload\w*|(?:line|technical|distribution) losses|voltage (?:drop|dip)s?|suspicious(?:ly)? (?:high )?(?:consumption|load)|big data)\b")),
    (2, "utility_inspection", re.compile(rf"(?i)\b{_UTILITY}(?:'s)?(?: \w+){{0,2}} (?:inspectors?|technicians?|engineers?|staff|crews?|teams?|officers|inspection|checks?)\b[^.;]{{0,60}}\b(?:found|detect\w*|discover\w*|notic\w+|uncover\w*|spotted|reveal\w*|came across)|\b(?:after finding (?:supply|cables?|wires?|power|electricity|an? illegal)|noticed that (?:readings?|meters?)|(?:routine |meter |site |technical )+(?:checks?|inspections?|visits?) by {_UTILITY}|inspectors (?:found|from)|inspection of (?:\w+ ){{1,4}}by (?:the )?{_UTILITY}|(?:meter|technical|inspection) team had|had detected a direct|meter (?:inspection|check)s?)")),
    (2, "police_intelligence", re.compile(r"(?i)\b(?:intelligence|surveillance|had watched|under watch|been watching|kept watch|investigations?(?= (?:led|that|into a|lasting|by the (?:police|cid)))|information (?:from|obtained|received|gathered)|acting on information|undercover|stake-?out|wiretaps?|following (?:up )?leads|detectives (?:had|spent|traced|tracked|learned)|probe (?:led|into)|months? of investigation|monitored by police|search warrants? after)\b")),
    (2, "audit", _words(r"audit(?:s|ors?|ed)?")),
    (3, "routine_inspection", _words(r"routine (?:\w+ )?(?:patrols?|checks?|inspections?|rounds?|visits?)|patrol(?:s|ling|led)?|spot checks?|licen[cs]ing checks?|safety inspections?|stopped (?:a|the|for)|random checks?")),
]  # fmt: skip
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

places_in = english_names.places_in
agencies_in = english_names.agencies_in
provisions_in = english_names.provisions_in
