"""What a region is called by the law of its country: autonomous region, league, federal territory.

The Chinese name of a division ends in what it is (锡林郭勒盟 is a league), so the table needs no row for each region.
What an ending means differs between countries: 州 is a state in Malaysia and an oblast in Russia. The English words are
those of ISO 3166-2. A country that is not listed has the general words of its level.
"""

from django.utils.translation import pgettext_lazy

AUTONOMOUS_COUNTY = pgettext_lazy("division", "Autonomous county")
AUTONOMOUS_PREFECTURE = pgettext_lazy("division", "Autonomous prefecture")
AUTONOMOUS_REGION = pgettext_lazy("division", "Autonomous region")
CITY = pgettext_lazy("division", "City")
COUNTY = pgettext_lazy("division", "County")
DEPARTMENT = pgettext_lazy("division", "Department")
DISTRICT = pgettext_lazy("division", "District")
FEDERAL_TERRITORY = pgettext_lazy("division", "Federal territory")
FORESTRY_DISTRICT = pgettext_lazy("division", "Forestry district")
PREFECTURE = pgettext_lazy("division", "Prefecture")
PREFECTURE_CITY = pgettext_lazy("division", "Prefecture-level city")
PROVINCE = pgettext_lazy("division", "Province")
SPECIAL_REGION = pgettext_lazy("division", "Special administrative region")
STATE = pgettext_lazy("division", "State")

# {country: {(level, the ending of the Chinese name): what it is}}; "" is every other ending.
OF_COUNTRIES = {
    "CN": {
        ("admin1", "省"): PROVINCE,
        ("admin1", "自治区"): AUTONOMOUS_REGION,
        ("admin1", "市"): pgettext_lazy("division", "Municipality"),
        ("admin2", "市"): PREFECTURE_CITY,
        ("admin2", "自治州"): AUTONOMOUS_PREFECTURE,
        ("admin2", "盟"): pgettext_lazy("division", "League"),
        ("admin2", "地区"): PREFECTURE,
        ("admin2", "区"): DISTRICT,
        ("admin3", "市"): pgettext_lazy("division", "County-level city"),
        ("admin3", "县"): COUNTY,
        ("admin3", "自治县"): AUTONOMOUS_COUNTY,
        ("admin3", "林区"): FORESTRY_DISTRICT,
        ("admin3", "区"): DISTRICT,
    },
    "ID": {("admin1", "省"): PROVINCE},
    "IR": {("admin1", "省"): PROVINCE, ("admin2", ""): COUNTY},
    "KZ": {("admin1", "州"): pgettext_lazy("division", "Oblast"), ("admin1", ""): CITY},
    "MY": {("admin1", ""): STATE, ("admin2", ""): pgettext_lazy("division of Malaysia", "District")},
    "PY": {("admin1", "省"): DEPARTMENT},
    "RU": {
        ("admin1", "共和国"): pgettext_lazy("division", "Republic"),
        ("admin1", "边疆区"): pgettext_lazy("division", "Krai"),
        ("admin1", "自治州"): pgettext_lazy("division", "Autonomous oblast"),
        ("admin1", "自治区"): pgettext_lazy("division", "Autonomous okrug"),
        ("admin1", "州"): pgettext_lazy("division", "Oblast"),
        ("admin1", ""): pgettext_lazy("division", "Federal city"),
    },
    "TH": {("admin1", "府"): PROVINCE},
    "TR": {("admin1", "省"): PROVINCE},
    "TW": {("admin1", "县"): COUNTY, ("admin1", "市"): CITY},
    "US": {("admin1", "州"): STATE},
    "VN": {("admin1", "省"): PROVINCE, ("admin1", "市"): CITY},
}
# What no ending tells.
OF_REGIONS = {
    "HK": SPECIAL_REGION,
    "MO": SPECIAL_REGION,
    "MY-14": FEDERAL_TERRITORY,
    "MY-15": FEDERAL_TERRITORY,
    "MY-16": FEDERAL_TERRITORY,
}


def division(code: str, level: str, chinese_name: str):
    """What the region is called by the law of its country, "" where we do not know."""
    if code in OF_REGIONS:
        return OF_REGIONS[code]
    if code[:3] == "CN-" and code[5:7] == "90":  # GB/T 2260: a county that the province itself governs
        level = "admin3"
    words = {ending: word for (of, ending), word in OF_COUNTRIES.get(code[:2], {}).items() if of == level}
    # The longest ending first: 自治州 is no 州.
    return next((words[end] for end in sorted(words, key=len, reverse=True) if chinese_name.endswith(end)), "")
