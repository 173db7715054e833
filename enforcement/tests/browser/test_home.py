"""The first page as people use it, in Chromium, on the real record."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from cases.pictures.world import world
from cases.tests import real_record

from . import test_pages

chromium, visitor, pytestmark = test_pages.chromium, test_pages.visitor, test_pages.pytestmark

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def site(transactional_db, live_server):
    real_record.load()
    world({"CN": 1})  # its shapes are read once in a process, which takes longer than a page
    return live_server.url


def test_the_first_screen_says_what_the_record_holds_and_asks_three_questions(chromium, site):
    for width, height in ((1280, 900), (360, 740)):
        with visitor(chromium, viewport={"width": width, "height": height}) as page:
            page.goto(site + "/", wait_until="networkidle")
            heading = page.get_by_role("heading", level=1)
            expect(heading).to_contain_text("343 times, authorities have acted against illegal crypto mining")
            for link in page.locator(".questions a").all():
                box = link.bounding_box()
                assert box["y"] + box["height"] <= height
                assert box["height"] >= 24
            assert page.locator(".questions a").count() == 3
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.problems == []


def test_map_and_trend_share_one_switch(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/", wait_until="networkidle")
        page.locator("#figures").get_by_role("link", name="Rigs", exact=True).click()
        expect(page.locator("#map-head")).to_have_text("Where rigs were seized")
        expect(page.locator("#chart-trend")).to_have_text("Rigs seized peaked in 2022")
        assert page.url.endswith("/?metric=rigs")
        page.reload(wait_until="networkidle")
        expect(page.locator("#map-head")).to_have_text("Where rigs were seized")
        page.locator("#figures [aria-labelledby=chart-lead_source]").get_by_role("link", name="Public tip").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Lead: Public tip")
        assert page.problems == []


def test_it_moves_nothing_while_it_comes_and_is_accessible_in_both_languages_and_themes(chromium, site):
    for locale, scheme in (("en-US", "light"), ("zh-CN", "dark")):
        with visitor(chromium, locale=locale, color_scheme=scheme, viewport={"width": 360, "height": 740}) as page:
            page.add_init_script(
                "window.shift = 0; new PerformanceObserver((list) => { for (const entry of list.getEntries())"
                " if (!entry.hadRecentInput) window.shift += entry.value })"
                ".observe({ type: 'layout-shift', buffered: true })"
            )
            page.goto(site + "/", wait_until="networkidle")
            assert page.evaluate("window.shift") <= 0.05
            found = Axe().run(page, options={"runOnly": RULES})
            assert found.violations_count == 0, found.generate_report()


def test_a_page_is_shared_printed_and_cited(chromium, site):
    with visitor(chromium) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto(site + "/cases/cn-bayannur-202109/?utm_source=mail", wait_until="networkidle")
        page.evaluate("window.print = () => (window.printed = true)")
        page.get_by_role("button", name="Print").click()
        assert page.evaluate("window.printed")
        page.get_by_role("button", name="Share").click()
        expect(page.get_by_role("button", name="Link copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == site + "/cases/cn-bayannur-202109/"
        page.locator(".cite > summary").click()
        page.get_by_role("button", name="Copy BibTeX").click()
        assert page.evaluate("navigator.clipboard.readText()").startswith(
            "@online{mining-enforcement-cases-cn-bayannur"
        )
        assert page.problems == []
    with visitor(chromium, java_script_enabled=False) as page:
        page.goto(site + "/cases/cn-bayannur-202109/")
        page.locator(".cite > summary").click()
        expect(page.locator(".cite p").first).to_contain_text("/cases/cn-bayannur-202109/")
        expect(page.get_by_role("button", name="Share")).to_be_hidden()


def test_a_case_is_printed_as_a_dossier(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/cn-bayannur-202109/", wait_until="networkidle")
        page.emulate_media(media="print")
        for hidden in (".masthead", ".share", ".footer"):
            expect(page.locator(hidden).first).to_be_hidden()
        expect(page.locator("main > .print-only")).to_contain_text("/cases/cn-bayannur-202109/")
        expect(page.get_by_role("heading", name="Sources")).to_be_visible()
        assert page.pdf(format="A4").startswith(b"%PDF")
