"""What a region is called by the law of its country."""

import csv

import pytest
from django.conf import settings
from django.utils.translation import override

from regions.grammar.divisions import OF_COUNTRIES, OF_REGIONS, division
from regions.models import Region

with (settings.BASE_DIR / "fixtures" / "regions.csv").open(encoding="utf-8") as file:
    REGIONS = {row["code"]: row for row in csv.DictReader(file)}


@pytest.mark.parametrize(
    ("code", "english", "chinese"),
    [
        ("CN-NM", "Autonomous region", "自治区"),
        ("CN-150800", "Prefecture-level city", "地级市"),
        ("CN-152500", "League", "盟"),
        ("CN-513300", "Autonomous prefecture", "自治州"),
        ("CN-BJ", "Municipality", "直辖市"),
        ("CN-110105", "District", "区"),
        ("CN-429004", "County-level city", "县级市"),
        ("CN-HB", "Province", "省"),
        ("HK", "Special administrative region", "特别行政区"),
        ("MY-13", "State", "州"),
        ("MY-14", "Federal territory", "联邦直辖区"),
        ("MY-13-miri", "District", "县"),
        ("RU-BU", "Republic", "共和国"),
        ("RU-IRK", "Oblast", "州"),
        ("RU-ALT", "Krai", "边疆区"),
        ("RU-YEV", "Autonomous oblast", "自治州"),
        ("RU-MOW", "Federal city", "联邦直辖市"),
        ("TW-TPE", "City", "市"),
        ("CN", "Country or area", "国家或地区"),
        ("GB-ABE", "Province or state", "省级"),
    ],
)
def test_a_region_is_called_by_what_it_is(code, english, chinese):
    row = REGIONS[code]
    region = Region(code=code, level=row["level"], name_zh=row["name_zh"])
    with override("en"):
        assert region.get_level_display() == english
    with override("zh-hans"):
        assert region.get_level_display() == chinese


@pytest.mark.parametrize("country", ["CN", "MY", "RU"])
def test_no_region_of_the_countries_with_most_cases_is_left_to_general_words(country):
    below = [row for row in REGIONS.values() if row["code"].startswith(f"{country}-")]
    silent = [row["code"] for row in below if not division(row["code"], row["level"], row["name_zh"])]
    # Of Russia's municipalities the names do not say what they are.
    assert [code for code in silent if REGIONS[code]["level"] != "admin2" or country != "RU"] == []


def test_the_table_names_no_ending_and_no_region_that_nobody_has():
    for country, words in OF_COUNTRIES.items():
        rows = [row for row in REGIONS.values() if row["code"].startswith(country)]
        for (level, ending), word in words.items():
            codes = [row["code"] for row in rows if division(row["code"], row["level"], row["name_zh"]) is word]
            assert codes, (country, level, ending)
    assert set(OF_REGIONS) <= set(REGIONS)
