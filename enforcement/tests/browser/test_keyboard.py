"""The way of an analyst through the list: by keyboard alone, also at 400 per cent; and counted, with the mouse."""

import re

import pytest
from playwright.sync_api import expect

from . import test_pages
from .test_pages import visitor

pytestmark = test_pages.pytestmark
chromium, site = test_pages.chromium, test_pages.site

DESK = {"width": 1280, "height": 900}
ENLARGED = {"width": 320, "height": 225}  # the same window at 400 per cent
MOST_STOPS = 150

# Whether the element that has the focus shows it, and can be seen itself.
IN_SIGHT = """
() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  const shows = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
  const [x, y] = [box.left + Math.min(box.width, innerWidth) / 2, box.top + Math.min(box.height, innerHeight) / 2];
  const there = document.elementFromPoint(x, y);
  const inside = box.bottom > 0 && box.top < innerHeight;
  return shows && inside && Boolean(there && (at.contains(there) || there.contains(at)));
}
"""


def tab_to(page, wanted):
    """Press Tab until `wanted` has the focus; then it must show it, in sight and under nothing else."""
    handle = wanted.element_handle()
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement === wanted", handle):
            page.wait_for_function(IN_SIGHT)
            return
    raise AssertionError(f"no Tab leads to {wanted}")


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", [DESK, ENLARGED], ids=["100 per cent", "400 per cent"])
def test_filter_case_back_and_export_by_keyboard_alone(chromium, site, size):
    with visitor(chromium, viewport=size) as page:
        heading = page.get_by_role("heading", level=1)
        page.goto(site + "/cases/", wait_until="networkidle")
        assert fits(page)
        filters = page.locator(".asked button", has_text="Filters")
        in_a_sheet = filters.is_visible()
        if in_a_sheet:
            tab_to(page, filters)
            page.keyboard.press("Enter")
        tab_to(page, page.get_by_label("Closure order", exact=True))
        page.keyboard.press("Space")
        if in_a_sheet:
            assert fits(page)
            page.keyboard.press("Escape")
            expect(filters).to_be_focused()
        expect(heading).to_have_text("13 closure orders")
        page.wait_for_load_state("networkidle")

        tab_to(page, page.locator("tr[data-ref] td.title a").first)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/cases/[a-z0-9-]+/$"))
        expect(heading).not_to_have_text("13 closure orders")
        assert fits(page)

        page.go_back(wait_until="networkidle")  # Alt and the left arrow: a key of the browser, not of the page
        expect(heading).to_have_text("13 closure orders")
        assert fits(page)

        tab_to(page, page.locator("summary", has_text="Export"))
        page.keyboard.press("Enter")
        tab_to(page, page.get_by_role("link", name="XLSX", exact=True))
        with page.expect_download() as download:
            page.keyboard.press("Enter")
        assert download.value.suggested_filename.endswith(".xlsx")
        assert page.problems == []


def test_the_question_of_an_analyst_with_power_by_site_takes_seven_actions(chromium, site):
    """Thefts of power in Malaysia since 2021 with 100 rigs or more; at the start it took seven, without any chart."""
    with visitor(chromium) as page:
        page.goto(site + "/cases/", wait_until="networkidle")
        heading = page.get_by_role("heading", level=1)
        filters, charts = page.locator(".filters"), page.locator("#charts")
        actions = {
            "region=MY": lambda: filters.get_by_role("link", name="Malaysia", exact=True).click(),
            "theft=true": lambda: filters.locator("input[name=theft][value=true]").check(),
            "occurred_after=2021": lambda: (page.locator("#occurred_after").fill("2021"), page.keyboard.press("Enter")),
            "rigs_min=100": lambda: (page.locator("#rigs_min").fill("100"), page.keyboard.press("Enter")),
            "metric=mw": lambda: charts.get_by_role("link", name="Power draw").click(),
        }
        for part, action in actions.items():
            action()
            page.wait_for_url(f"**{part}**")
            page.wait_for_load_state("networkidle")
        expect(heading).to_contain_text("Malaysia")
        chart = page.locator("[aria-labelledby=chart-site_type]")
        expect(chart).to_contain_text("Estimated power draw by site")
        expect(chart).to_contain_text("MW")
        expect(chart.get_by_role("link", name="PNG")).to_be_visible()
        page.locator("summary", has_text="Export").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="XLSX", exact=True).click()
        assert download.value.suggested_filename.endswith(".xlsx")
        assert set(actions) - {"metric=mw"} <= set(download.value.url.partition("?")[2].split("&"))
        assert len(actions) + 2 <= 7  # with the menu and the file
