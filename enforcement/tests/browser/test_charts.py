"""The charts of the case list as people use them, in Chromium, on the real record."""

from itertools import pairwise
from unittest.mock import patch

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from . import test_pages
from .test_explorer import SHIFT

chromium, site, visitor, pytestmark = test_pages.chromium, test_pages.site, test_pages.visitor, test_pages.pytestmark

WIDTHS = (280, 360, 1280)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
CHARTS_ARE_THERE = "performance.getEntriesByType('resource').some(({ name }) => /charts[.\\w]*\\.js/.test(name))"


def test_the_switch_changes_every_chart_in_place_and_stays_in_the_address(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/?region=MY", wait_until="networkidle")
        heading = page.get_by_role("heading", level=1).text_content()
        page.locator("#charts").get_by_role("link", name="Power draw").click()
        expect(page.locator("#chart-site_type")).to_have_text("Estimated power draw by site")
        assert "metric=mw" in page.url
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        # A change of the question keeps what the charts show.
        page.get_by_label("Sweep", exact=True).check()
        expect(page.get_by_role("heading", level=1)).to_have_text("8 sweeps in Malaysia")
        assert "metric=mw" in page.url
        expect(page.locator("#charts .switch [aria-current]")).to_have_text("Power draw")
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        assert page.problems == []


def test_the_charts_are_of_what_was_clicked_last_however_late_an_answer_before_it_is(chromium, site):
    asked, held = [], []

    def hold(route):
        asked.append(route.request.url)
        (route.continue_ if "metric=" in asked[-1] else lambda: held.append(route))()

    def asks_for_charts(request):
        return request.headers.get("hx-target") == "charts"

    with visitor(chromium) as page:
        page.goto(site + "/cases/?region=MY", wait_until="networkidle")
        charts = page.locator("#charts")
        page.route("**/cases/?*", lambda route: hold(route) if asks_for_charts(route.request) else route.continue_())
        with page.expect_request(asks_for_charts):
            page.get_by_label("Sweep", exact=True).check()
        charts.get_by_role("link", name="Power draw").click()
        page.wait_for_timeout(1000)
        for route in held:
            route.continue_()
        expect(charts.locator("#chart-site_type")).to_have_text("Estimated power draw by site")
        page.wait_for_load_state("networkidle")
        expect(charts.locator(".switch [aria-current]")).to_have_text("Power draw")
        assert held
        for part in ("region=MY", "kind=sweep", "metric=mw"):
            assert part in page.url
            assert part in asked[-1]
        assert page.problems == []


def test_a_click_on_a_bar_and_a_drag_over_bars_of_time_change_the_question(chromium, site):
    with visitor(chromium, viewport={"width": 1280, "height": 1600}) as page:
        page.goto(site + "/cases/?region=CN", wait_until="networkidle")
        page.locator("[aria-labelledby=chart-kind]").get_by_role("link", name="Raid").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("37 raids in China")
        expect(page.get_by_label("Raid", exact=True)).to_be_checked()
        expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
        page.wait_for_load_state("networkidle")
        bars = page.locator("#charts a[data-first]")
        first, last = bars.nth(1), bars.nth(4)
        days = first.get_attribute("data-first"), last.get_attribute("data-last")
        last.locator(".target").hover()  # the module comes when somebody comes near
        page.wait_for_function(CHARTS_ARE_THERE)
        page.wait_for_load_state("networkidle")
        for number, bar in enumerate((last, first)):  # in either direction
            box = bar.locator(".target").bounding_box()
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 6)
            page.mouse.up() if number else page.mouse.down()
        page.wait_for_url("**occurred_after*")
        assert [part for part in page.url.replace("?", "&").split("&") if part.startswith("occurred")] == [
            f"occurred_after={days[0]}", f"occurred_before={days[1]}",
        ]  # fmt: skip
        assert page.problems == []


@pytest.mark.parametrize("width", [360, 1280])
def test_of_many_cases_the_charts_follow_the_list_and_each_change_of_the_question(chromium, site, width):
    with visitor(chromium, viewport={"width": width, "height": 900}) as page, patch("cases.views.cases.FEW", 0):
        page.add_init_script(SHIFT)
        page.goto(site + "/cases/?region=MY", wait_until="networkidle")
        assert page.evaluate("window.shifted") <= 0.05
        charts = page.locator("#charts")
        expect(charts.locator("#chart-trend")).to_have_count(1)
        expect(charts.locator("[aria-busy]")).to_have_count(0)
        if width == 360:
            page.locator(".explorer .tabs").get_by_role("link", name="Charts").click()
        charts.get_by_role("link", name="Power draw").click()
        expect(charts.locator("#chart-site_type")).to_have_text("Estimated power draw by site")
        with page.expect_response(lambda answer: answer.request.headers.get("hx-target") == "charts") as followed:
            charts.locator("[aria-labelledby=chart-lead_source] a[data-filter]").first.click()
        for part in ("region=MY", "metric=mw", "lead_source="):
            assert part in followed.value.url
        expect(charts.locator("[aria-labelledby=chart-lead_source] li [aria-current]")).to_have_count(1)
        expect(charts.locator(".switch [aria-current]")).to_have_text("Power draw")
        assert page.problems == []


def test_of_many_cases_a_reader_without_javascript_is_led_to_the_figures(chromium, site):
    with visitor(chromium, java_script_enabled=False) as page, patch("cases.views.cases.FEW", 0):
        page.goto(site + "/cases/?region=MY")
        page.locator("#charts").get_by_role("link", name="The same figures as tables").click()
        expect(page.locator("#by-kind")).to_be_visible()
        assert "region=MY" in page.url


def test_without_javascript_the_charts_are_there_and_their_bars_and_the_switch_are_links(chromium, site):
    with visitor(chromium, java_script_enabled=False) as page:
        page.goto(site + "/cases/?region=MY")
        page.locator("#charts .switch").get_by_role("link", name="Rigs").click()
        expect(page.locator("#charts .switch [aria-current]")).to_have_text("Rigs")
        expect(page.locator("#chart-trend")).to_contain_text("Rigs seized")
        page.locator("[aria-labelledby=chart-region]").get_by_role("link", name="Sarawak").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("41 cases in Sarawak")
        expect(page.locator("#charts .switch [aria-current]")).to_have_text("Rigs")


def test_they_are_legible_at_every_width_and_accessible(chromium, site):
    for width in WIDTHS:
        with visitor(chromium, viewport={"width": width, "height": 900}) as page:
            page.goto(site + "/cases/?region=MY&metric=losses&show=charts", wait_until="networkidle")
            charts = page.locator("#charts")
            assert charts.evaluate("element => element.scrollWidth <= element.clientWidth + 1"), width
            sizes = charts.evaluate(
                "element => [...element.querySelectorAll('svg text')].filter(text => text.getClientRects().length)"
                ".map(text => parseFloat(getComputedStyle(text).fontSize))"
            )
            assert min(sizes) >= 12
            # No year stands over another, and no word outside the card.
            boxes = charts.evaluate(
                "element => { const card = element.querySelector('.upright').closest('.card').getBoundingClientRect();"
                " return [...element.querySelectorAll('svg.upright > text')].map(text => text.getBoundingClientRect())"
                ".filter(box => box.width)"
                ".map(({ left, right, top }) => [left - card.left, card.right - right, top, left, right]) }"
            )
            assert all(left >= 0 and right >= 0 for left, right, *_rest in boxes), boxes
            years = sorted((left, right) for *_edges, top, left, right in boxes if top == max(box[2] for box in boxes))
            assert all(before[1] <= after[0] for before, after in pairwise(years)), years
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                found = Axe().run(page, context="#charts", options={"runOnly": RULES})
                assert found.violations_count == 0, f"{scheme}: {found.generate_report()}"


def test_bars_of_one_chart_can_be_compared(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/?region=CN&metric=mw", wait_until="networkidle")
        for chart in page.locator("#charts .lying").all():
            widths = chart.evaluate(
                "element => [...element.querySelectorAll('svg')].map(svg => Math.round(svg.clientWidth))"
            )
            assert len(set(widths)) <= 1, widths
