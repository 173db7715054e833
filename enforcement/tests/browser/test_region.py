"""The page of a region as a briefing, and the map of a case, in Chromium, on the real record."""

import gzip
import re
from datetime import date

import pytest
from django.utils import translation
from django.utils.timezone import localdate
from playwright.sync_api import expect

from regions.grammar.durations import distance

from .test_pages import chromium, pytestmark, site, visitor  # noqa: F401 - fixtures and marks of these pages

# The words in the part of the page that is seen without scrolling, and not only by screen readers.
SEEN = """() => {
  const words = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    const hidden = !node.parentElement.checkVisibility() || node.parentElement.closest('.visually-hidden, title');
    if (!hidden && box.height && box.top >= 0 && box.bottom <= innerHeight) words.push(node.textContent);
  }
  return words.join('').replace(/\\s+/g, ' ');
}"""
QUESTIONS = {
    "en-US": {
        "is mining allowed, since when": r"Mining has been banned in Inner Mongolia since [\d\w -]*2021",
        "how many cases": r"5 cases are on record",
        "how many rigs": r"10,100 rigs, all in Bayannur",
        "what was claimed": r"45 closed projects save 6\.58 TWh a year",
        "does it hold": r"theoretical, not measured.*coal fits.*No recorded case confirms",
        "what is overdue": r"3 deadlines are overdue; the last, [\d\w -]*2021[\d\w -]*, PASSED",
    },
    "zh-CN": {
        "is mining allowed, since when": r"内蒙古自治区自2021.{1,8}起禁止虚拟货币“挖矿”",
        "how many cases": r"有5起案件在案",
        "how many rigs": r"10,100台矿机，均在巴彦淖尔市",
        "what was claimed": r"关停45个项目后，每年可节电65\.8亿千瓦时",
        "does it hold": r"理论值，并非实测。折煤数与发电煤耗吻合。尚无在案案件可以印证",
        "what is overdue": r"3个期限已届满，最近一个为2021.{1,8}（PASSED）",
    },
}


@pytest.mark.parametrize("locale", QUESTIONS)
@pytest.mark.parametrize("size", [(1280, 900), (360, 740)], ids=["desk", "phone"])
def test_the_first_screen_answers_the_four_questions(chromium, site, size, locale):  # noqa: F811
    with visitor(chromium, locale=locale, viewport={"width": size[0], "height": size[1]}) as page:
        page.goto(site + "/regions/CN-NM/", wait_until="networkidle")
        seen = page.evaluate(SEEN)
        with translation.override({"en-US": "en", "zh-CN": "zh-hans"}[locale]):
            passed = re.escape(distance(date(2021, 4, 30), localdate()))
        for question, answer in QUESTIONS[locale].items():
            assert re.search(answer.replace("PASSED", passed), seen), f"{question}: not in {seen}"
        assert page.evaluate("document.documentElement.scrollWidth") == size[0]
        assert page.problems == []


def test_a_folded_page_is_short_and_needs_no_map_library(chromium, site):  # noqa: F811
    with visitor(chromium) as page:
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        for code in ("CN-NM", "MY", "MY-13", "CN", "FJ", "MY-13-miri"):
            page.goto(f"{site}/regions/{code}/", wait_until="networkidle")
            height = page.evaluate("document.documentElement.scrollHeight")
            assert height < 2400, f"{code}: {height} px"
        page.goto(site + "/cases/cn-bayannur-202109/", wait_until="networkidle")
        expect(page.locator("svg.picture-map .outline")).to_be_visible()
        assert [url for url in asked if "leaflet" in url or "boundaries" in url] == []
        assert page.problems == []


def test_a_page_of_a_case_weighs_little(chromium, site):  # noqa: F811
    with visitor(chromium) as page:
        sizes = {}
        page.on("response", lambda answer: sizes.update({answer.url: len(gzip.compress(answer.body()))}))
        page.goto(site + "/cases/cn-bayannur-202109/", wait_until="networkidle")
        assert sum(sizes.values()) <= 120_000, sizes


@pytest.mark.parametrize("size", [(1280, 900), (360, 740)], ids=["desk", "phone"])
def test_names_on_maps_and_strips_are_never_smaller_than_a_note_nor_over_each_other(chromium, site, size):  # noqa: F811
    with visitor(chromium, viewport={"width": size[0], "height": size[1]}) as page:
        for address in ("/regions/CN-NM/", "/regions/CN/", "/regions/", "/cases/cn-bayannur-202109/"):
            page.goto(site + address, wait_until="networkidle")
            texts = page.evaluate(
                """() => [...document.querySelectorAll('svg.picture-map text, svg.picture-strip text')]
                  .filter((text) => text.getBoundingClientRect().width)
                  .map((text) => {
                    const svg = text.ownerSVGElement, box = text.getBoundingClientRect();
                    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
                    return { words: text.textContent, px: parseFloat(getComputedStyle(text).fontSize) * scale,
                      map: svg.classList.contains('picture-map'),
                      left: box.left, right: box.right, top: box.top + 2, bottom: box.bottom - 2 };
                  })"""
            )
            assert texts, address
            assert min(text["px"] for text in texts) >= 11.4, f"{address}: {min(texts, key=lambda text: text['px'])}"
            for number, text in enumerate(texts):
                for other in texts[:number]:
                    apart = (
                        text["left"] >= other["right"] - 1 or other["left"] >= text["right"] - 1
                        or text["top"] >= other["bottom"] or other["top"] >= text["bottom"]
                    )  # fmt: skip
                    assert apart, f"{address}: {text['words']} over {other['words']}"


def test_the_link_below_the_map_opens_the_table(chromium, site):  # noqa: F811
    with visitor(chromium) as page:
        page.goto(site + "/regions/MY/", wait_until="networkidle")
        row = page.locator("#below-head").get_by_role("link", name="Sarawak")
        expect(row).to_be_hidden()
        page.locator("figcaption").get_by_role("link", name="Table").click()
        expect(row).to_be_visible()


def test_a_part_of_the_map_leads_to_its_page(chromium, site):  # noqa: F811
    with visitor(chromium) as page:
        page.goto(site + "/regions/MY/", wait_until="networkidle")
        page.locator("svg.picture-map a[href='/regions/MY-12/']").first.dispatch_event("click")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Sabah")


def test_paper_has_the_map_and_the_strip_and_loses_no_column(chromium, site):  # noqa: F811
    with visitor(chromium, viewport={"width": 703, "height": 1000}) as page:
        page.goto(site + "/regions/CN-NM/", wait_until="networkidle")
        page.emulate_media(media="print")
        expect(page.locator("svg.picture-map")).to_be_visible()
        expect(page.locator(".strip.narrow svg")).to_be_visible()
        expect(page.locator(".masthead")).to_be_hidden()
        beyond = page.evaluate(
            """() => [...document.querySelectorAll('main *')].filter((element) => element.checkVisibility()
              && !element.closest('svg, .visually-hidden') && element.getBoundingClientRect().right > innerWidth + 1)
              .map((element) => element.outerHTML.slice(0, 80))"""
        )
        assert beyond == []
