"""The list of cases as people use it: beside its map at a desk, in tabs on a phone, by keyboard, and on paper."""

import re

import pytest
from playwright.sync_api import expect

from . import test_pages
from .test_pages import visitor

pytestmark = test_pages.pytestmark
chromium, site = test_pages.chromium, test_pages.site

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
SHIFT = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


def pins(page):
    return page.locator("#case-map .leaflet-marker-icon.pin-target")


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_nothing_moves_while_the_list_loads(chromium, site, size):
    with visitor(chromium, viewport=size) as page:
        page.add_init_script(SHIFT)
        # On a slow device more of the page is drawn before all of it is there.
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 6})
        for address in ("/cases/", "/cases/?region=MY&theft=true"):
            page.goto(site + address, wait_until="networkidle")
            assert page.evaluate("window.shifted") <= 0.05, address


def test_at_a_desk_the_list_is_beside_the_map_in_the_first_screen_with_four_figures(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/?region=MY&theft=true", wait_until="networkidle")
        map_box, list_box = page.locator("#case-map").bounding_box(), page.locator(".view-list").bounding_box()
        assert map_box["y"] + map_box["height"] < 800
        assert list_box["x"] > map_box["x"] + map_box["width"]
        assert list_box["y"] < 300
        assert page.locator(".list-figures > div").count() == 4
        page.get_by_role("link", name="Full table").click()
        head = page.locator("table.cases thead")
        expect(head).to_contain_text("Source")
        assert page.locator(".view-list").bounding_box()["width"] > 900
        assert "show=table" in page.url


def test_on_a_phone_the_first_card_is_in_the_first_screen_and_its_values_have_labels(chromium, site):
    with visitor(chromium, viewport=PHONE) as page:
        page.goto(site + "/cases/?region=MY&theft=true", wait_until="networkidle")
        card = page.locator("table.cases tr[data-ref]").first
        assert card.bounding_box()["y"] < 640
        labels = card.locator("td[data-label]").evaluate_all(
            "cells => cells.map(cell => getComputedStyle(cell, '::before').content)"
        )
        assert {'"Rigs"', '"Estimated power, kW"', '"Lead"', '"Source"'} <= set(labels)


def test_the_tabs_of_a_phone_are_in_the_address_and_need_no_script(chromium, site):
    with visitor(chromium, viewport=PHONE) as page:
        page.goto(site + "/cases/?region=CN", wait_until="networkidle")
        tabs = page.locator(".explorer .tabs")
        expect(page.locator("#case-map")).to_be_hidden()
        tabs.get_by_role("link", name="Map").click()
        expect(page.locator("#case-map")).to_be_visible()
        expect(page.locator(".view-list")).to_be_hidden()
        expect(pins(page).first).to_be_visible()
        assert "show=map" in page.url
        page.reload(wait_until="networkidle")
        expect(page.locator("#case-map")).to_be_visible()
        # A filter keeps the tab.
        page.locator(".asked > button").click()
        page.get_by_label("Closure order").check()
        expect(page.get_by_role("heading", level=1)).to_have_text("13 closure orders in China")
        assert "show=map" in page.url
        assert page.problems == []
    with visitor(chromium, viewport=PHONE, java_script_enabled=False) as page:
        page.goto(site + "/cases/?region=CN")
        page.locator(".explorer .tabs").get_by_role("link", name="Charts").click()
        expect(page.locator(".view-charts")).to_be_visible()
        expect(page.locator(".view-list")).to_be_hidden()


def test_the_filters_of_a_phone_are_a_sheet_that_says_how_many_cases_it_will_show(chromium, site):
    with visitor(chromium, viewport=PHONE) as page:
        page.goto(site + "/cases/?region=CN", wait_until="networkidle")
        sheet = page.locator("#filters")
        expect(sheet).to_be_hidden()
        page.locator(".asked > button").click()
        expect(sheet).to_be_visible()
        page.get_by_label("Closure order").check()
        show = sheet.get_by_role("button", name="Show 13 cases")
        expect(show).to_be_visible()
        assert page.evaluate("document.querySelector('#results').inert")
        show.click()
        expect(sheet).to_be_hidden()
        expect(page.locator("#results")).to_have_js_property("inert", False)  # a moment later
        page.locator(".asked > button").click()
        page.keyboard.press("Escape")
        expect(sheet).to_be_hidden()
        assert page.problems == []


@pytest.mark.parametrize("question", ["region=MY", "q=Malaysia"])
def test_a_region_is_outlined_and_fills_the_map_however_it_was_found(chromium, site, question):
    with visitor(chromium) as page:
        page.goto(f"{site}/cases/?{question}", wait_until="networkidle")
        expect(page.locator("path.region-shape.outline")).to_have_count(16)
        parts = page.locator("path.region-shape.outline").evaluate_all(
            "paths => paths.map(path => path.getBoundingClientRect()).map(({ left, right }) => [left, right])"
        )
        box = page.locator("#case-map").bounding_box()
        width = max(right for _left, right in parts) - min(left for left, _right in parts)
        assert 0.6 < width / box["width"] <= 1
        expect(page.locator(".region-name", has_text="Indonesia")).to_be_visible()


def test_the_map_counts_every_case_and_no_circle_lies_on_another(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/?region=MY", wait_until="networkidle")
        expect(page.locator("#placed")).to_contain_text("81 of 81 cases placed")
        expect(pins(page).first).to_be_visible()
        assert sum(int(text) for text in pins(page).all_inner_texts()) == 81
        centres = pins(page).evaluate_all(
            "pins => pins.map(pin => pin.getBoundingClientRect())"
            ".map(box => [box.x + box.width / 2, box.y + box.height / 2])"
        )
        apart = [
            ((x - left) ** 2 + (y - top) ** 2) ** 0.5 for at, (x, y) in enumerate(centres) for left, top in centres[:at]
        ]
        assert min(apart) >= 21


def test_the_colours_of_the_map_follow_one_metric_that_the_address_keeps(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/?region=MY", wait_until="networkidle")
        legend = page.locator("[data-legend]")
        expect(legend).to_contain_text("10–39")
        page.locator("[data-metrics]").get_by_role("button", name="Rigs").click()
        expect(legend).to_contain_text("2,000–7,999")
        assert "metric=rigs" in page.url
        page.reload(wait_until="networkidle")
        expect(legend).to_contain_text("2,000–7,999")
        expect(page.locator("[data-metrics] [aria-pressed=true]")).to_have_text("Rigs")


def test_enter_in_a_field_asks_once(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/", wait_until="networkidle")
        asked = []
        page.on("request", lambda request: asked.append(request.headers.get("hx-target")))
        page.locator("#rigs_min").fill("100")
        with page.expect_response(lambda answer: answer.request.headers.get("hx-target") == "insights"):
            page.keyboard.press("Enter")
        page.wait_for_timeout(500)
        assert "rigs_min=100" in page.url
        assert asked.count("results") == 1


def test_the_map_is_worked_by_keyboard(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/?region=MY", wait_until="networkidle")
        pin = pins(page).filter(has_text=re.compile(r"^\d{2,}$")).first
        before = page.locator("#case-map .leaflet-marker-icon.pin-target").all_inner_texts()
        pin.focus()
        with page.expect_response(lambda response: "map.geojson" in response.url):
            page.keyboard.press("Enter")
        expect(page.locator("#case-map .pin-target:focus")).to_have_count(1)
        assert pins(page).all_inner_texts() != before
        with page.expect_response(lambda response: "map.geojson" in response.url):
            page.keyboard.press("ArrowRight")
        expect(page.get_by_role("button", name="Search this area")).to_be_visible()


def test_nothing_found_names_the_filter_to_remove(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/?region=CN&kind=raid&rigs_min=900000", wait_until="networkidle")
        found = page.locator(".no-cases")
        expect(found).to_contain_text("Without the filter at least 900,000 rigs there are 37 cases.")
        expect(page.locator("#case-map")).to_be_hidden()
        expect(page.locator(".list-figures")).to_have_count(0)
        found.get_by_role("link", name="Remove this filter").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("37 raids in China")
        expect(pins(page).first).to_be_visible()


def test_the_list_is_walked_by_arrows_and_letters(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/?region=CN", wait_until="networkidle")
        links = page.locator("table.cases td.title a")
        page.keyboard.press("j")
        expect(links.nth(0)).to_be_focused()
        page.keyboard.press("ArrowDown")
        expect(links.nth(1)).to_be_focused()
        page.keyboard.press("k")
        expect(links.nth(0)).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/cases/[a-z0-9-]+/$"))


def test_one_menu_is_open_at_a_time_and_escape_or_a_press_outside_closes_it(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/", wait_until="networkidle")
        opened = page.locator("details.menu[open]")
        for name in ("Save this view", "Export"):
            page.locator("details.menu > summary", has_text=name).click()
            expect(opened).to_have_count(1)
            expect(opened).to_contain_text(name)
        page.keyboard.press("Escape")
        expect(opened).to_have_count(0)
        expect(page.locator("summary", has_text="Export")).to_be_focused()
        page.locator("summary", has_text="Export").click()
        page.get_by_role("heading", level=1).click()
        expect(opened).to_have_count(0)


def test_the_list_is_printed_as_a_table_with_its_address(chromium, site):
    with visitor(chromium, viewport={"width": 794, "height": 1123}) as page:
        page.goto(site + "/cases/?region=CN", wait_until="networkidle")
        page.emulate_media(media="print")
        expect(page.locator("table.cases thead")).to_be_visible()
        assert page.locator("table.cases tr").first.evaluate("row => getComputedStyle(row).display") == "table-row"
        expect(page.locator(".results > p.print-only")).to_contain_text("/cases/?region=CN")
        expect(page.locator(".view-map")).to_be_hidden()
        box = page.locator("table.cases").bounding_box()
        assert box["x"] + box["width"] <= 794


@pytest.mark.parametrize("width", [280, 320])
def test_a_very_narrow_window_holds_the_list(chromium, site, width):
    with visitor(chromium, viewport={"width": width, "height": 600}) as page:
        for show in ("list", "map", "charts", "table"):
            page.goto(f"{site}/cases/?region=MY&show={show}", wait_until="networkidle")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, show
