"""The pages as people use them, in Chromium, on the real record."""

import gzip
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, expect

from cases.leads import limits
from cases.tests import real_record
from cases.tests.leads import sender
from enforcement.workshop import browser

from . import PATIENCE

CHROMIUM = browser.CHROMIUM
PAGES = list(browser.PAGES.values())
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium: install Debian's chromium or set CHROMIUM"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(scope="module")
def chromium():
    with browser.chromium() as started:
        yield started


@pytest.fixture
def site(transactional_db, live_server, settings, tmp_path):
    sender.begin(settings, tmp_path)
    limits.begin_anew()
    real_record.load()
    return live_server.url


@contextmanager
def visitor(chromium, **options):
    """A page of a new visitor, and what went wrong on it: `page.problems`."""
    context = chromium.new_context(**{"locale": "en-US", "viewport": {"width": 1280, "height": 900}} | options)
    page = context.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda message: message.type == "error" and page.problems.append(message.text))
    page.set_default_timeout(PATIENCE)
    goto = page.goto

    def when_loaded(*asked, **options):
        """A busy machine is quiet for half a second before it has loaded a page: what is done then nobody hears."""
        answer = goto(*asked, **options)
        page.wait_for_load_state("load")
        return answer

    page.goto = when_loaded
    yield page
    # What a page still asks for would hold the tables that are emptied next.
    with suppress(Error):
        page.wait_for_load_state("networkidle")
    context.close()


def test_a_region_changes_list_map_totals_and_address_together_and_back_restores(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/", wait_until="networkidle")
        heading, pins = page.get_by_role("heading", level=1), page.locator("#case-map .leaflet-marker-icon")
        expect(heading).to_have_text("343 cases")
        page.locator(".filters").get_by_role("link", name="China", exact=True).click()
        expect(heading).to_have_text("83 cases in China")
        page.wait_for_load_state("networkidle")
        assert page.url.endswith("?region=CN")
        expect(page.locator(".list-figures")).to_contain_text("33,221")

        page.get_by_label("Closure order").check()
        expect(heading).to_have_text("13 closure orders in China")
        assert page.evaluate("new URLSearchParams(location.search).getAll('kind')") == ["closure_order"]
        page.wait_for_load_state("networkidle")
        answer = page.evaluate("fetch('/cases/map.geojson' + location.search).then(r => r.json())")
        assert sum(one["properties"]["count"] for one in answer["features"]) == 13
        assert pins.count() > 0

        page.go_back()
        expect(heading).to_have_text("83 cases in China")
        page.go_back()
        expect(heading).to_have_text("343 cases")
        assert page.problems == []


def test_a_region_fills_in_what_takes_longer(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/regions/MY/", wait_until="networkidle")
        here = page.locator("#neighbours tr[aria-current]")
        expect(here).to_contain_text("Malaysia")
        assert page.locator("circle.reading").count() == 4
        assert page.problems == []


def test_a_region_is_printed_with_its_figures_and_without_the_frame(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/regions/CN-NM/", wait_until="networkidle")
        page.evaluate("window.print = () => (window.printed = true)")
        page.get_by_role("button", name="Print").click()
        assert page.evaluate("window.printed")
        page.emulate_media(media="print")
        expect(page.locator(".masthead")).to_be_hidden()
        expect(page.get_by_role("button", name="Print")).to_be_hidden()
        for heading in ("Rules, deadlines and cases", "What is claimed, and our check", "What authorities state"):
            expect(page.get_by_role("heading", name=heading)).to_be_visible()
        expect(page.locator("#neighbours")).to_contain_text("Inner Mongolia")


def test_the_calculator_completes_names_and_its_address_keeps_them(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/savings/calculator/")
        page.get_by_label("Rigs").fill("100")
        for label, text, offered in [("Model", "S19 Pro", "antminer-s19-pro"), ("Region", "内蒙", "CN-NM")]:
            field = page.locator("main").get_by_label(label).first
            field.press_sequentially(text)
            option = page.locator(f"datalist option[value*='{offered}']").first
            option.wait_for(state="attached")
            field.fill(option.get_attribute("value"))
        page.get_by_label("Year").fill("2021")
        page.get_by_role("button", name="Calculate").click()
        expect(page.locator("#found-head")).to_contain_text("358 kW")
        assert "CN-NM" in page.url
        page.reload()
        expect(page.locator("#found-head")).to_contain_text("358 kW")
        assert page.problems == []


def test_a_click_on_the_map_asks_for_that_region(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/", wait_until="networkidle")
        page.locator("#case-map path.region-shape.q5").first.dispatch_event("click")
        expect(page.get_by_role("heading", level=1)).to_contain_text(" in ")
        assert "region=" in page.url
        assert page.problems == []


def test_a_region_is_found_by_typing_its_name(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/", wait_until="networkidle")
        page.get_by_label("Find a region").press_sequentially("Saraw")
        expect(page.locator("#region-names option[value='Sarawak, Malaysia']")).to_have_count(1)
        page.get_by_label("Find a region").fill("Sarawak, Malaysia")
        page.wait_for_timeout(500)  # as long as nobody leaves the field: what was chosen is not asked for again
        page.get_by_label("Find a region").dispatch_event("change")
        expect(page.get_by_role("heading", level=1)).to_have_text("41 cases in Sarawak")
        assert page.url.endswith("region=MY-13")


def test_a_region_is_found_before_its_name_is_offered(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/", wait_until="networkidle")
        page.get_by_label("Find a region").fill("Sarawak")
        page.get_by_label("Find a region").dispatch_event("change")
        expect(page.get_by_role("heading", level=1)).to_have_text("41 cases in Sarawak")


def test_no_region_is_taken_from_a_list_of_other_names(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/", wait_until="networkidle")
        field = page.get_by_label("Find a region")
        field.fill("Sarawak")
        expect(page.locator("#region-names option")).to_have_count(1)
        page.route("**/names/**", lambda route: route.fulfill(status=503))
        field.fill("Elsewhere")
        field.dispatch_event("change")
        page.wait_for_timeout(500)
        assert "region=" not in page.url
        assert field.input_value() == "Elsewhere"


def test_a_question_that_is_not_understood_says_so_at_its_field_and_can_be_mended(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/?kind=burglary&region=CN", wait_until="networkidle")
        expect(page.get_by_role("alert")).to_contain_text("Type: ")
        expect(page.locator(".filters")).to_contain_text("“burglary” is not a valid choice.")
        assert page.locator("#case-map .leaflet-marker-icon").count() == 0
        expect(page.locator(".chart")).to_have_count(0)
        page.get_by_label("Sweep").check()
        expect(page.get_by_role("heading", level=1)).to_have_text("11 sweeps in China")
        assert page.problems == []


def test_a_row_lights_its_pin(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/?region=CN-NM&kind=raid", wait_until="networkidle")
        expect(page.locator(".pin").first).to_be_visible()  # a row lights what is there
        page.locator("tr[data-ref=cn-bayannur-202109]").hover()
        expect(page.locator(".pin.lit")).to_have_count(1)


def test_searching_the_area_keeps_what_the_map_shows(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/?region=MY-13", wait_until="networkidle")
        page.locator("#case-map").focus()
        page.keyboard.press("ArrowRight")
        page.get_by_role("button", name="Search this area").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("in the map area")
        assert "bbox=" in page.url


def test_the_explorer_works_without_javascript(chromium, site):
    with visitor(chromium, java_script_enabled=False) as page:
        page.goto(site + "/cases/")
        page.get_by_label("Closure order").check()
        page.get_by_role("button", name="Apply").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("13 closure orders")
        page.get_by_role("link", name="Clear all").click()
        page.get_by_role("link", name="Next").click()
        expect(page.locator("nav.pages")).to_contain_text("51–100 of 343")
        page.goto(site + "/cases/")
        page.locator(".filters").get_by_role("link", name="China", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("83 cases in China")
        page.get_by_role("link", name="The same figures as tables").click()
        expect(page.locator("#by-region")).to_contain_text("Inner Mongolia")


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_no_page_is_wider_than_a_phone_asks_another_host_or_fails_in_the_console(chromium, site, locale):
    with visitor(chromium, viewport={"width": 360, "height": 740}, locale=locale) as page:
        asked = set()
        page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
        for address in PAGES:
            page.goto(site + address, wait_until="networkidle")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
        assert asked <= {urlsplit(site).netloc, ""}
        # The one expected: the address that leads nowhere answers 404.
        assert [problem for problem in page.problems if "404" not in problem] == []


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_every_page_keeps_the_rules_of_accessibility(chromium, site, locale):
    with visitor(chromium, locale=locale) as page:
        for address in PAGES:
            page.goto(site + address, wait_until="networkidle")
            keeps_the_rules(page, address, RULES)
            # The same page in the dark: nothing changes but the colours.
            page.emulate_media(color_scheme="dark")
            keeps_the_rules(page, f"{address} in the dark", ["color-contrast", "link-in-text-block"], kind="rule")
            page.emulate_media(color_scheme="light")


def keeps_the_rules(page, named, rules, kind="tag"):
    # Where a pin lies is the map's whole point: WCAG 2.5.8 leaves it that; the table beside it is equal.
    found = Axe().run(
        page,
        context={"exclude": [".leaflet-marker-pane"]},
        options={"runOnly": {"type": kind, "values": rules}, "resultTypes": ["violations"]},
    )
    assert found.violations_count == 0, f"{named}: {found.generate_report()}"


def test_the_language_is_chosen_and_stays(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/cases/?region=CN-NM")
        page.locator("summary", has_text="English").click()
        page.get_by_role("button", name="简体中文").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("内蒙古自治区")
        assert page.url.endswith("/cases/?region=CN-NM")
        page.goto(site + "/regions/MY/")
        expect(page.get_by_role("heading", level=1)).to_contain_text("马来西亚")


@pytest.mark.parametrize("address", ["/cases/", "/cases/?region=CN-NM"])
def test_the_first_visit_to_the_explorer_is_light(chromium, site, address):
    with visitor(chromium) as page:
        sizes = []
        page.on("response", lambda response: sizes.append((response.url, len(gzip.compress(response.body())))))
        page.goto(site + address, wait_until="networkidle")
        assert len(sizes) <= 14, sizes
        assert sum(size for _url, size in sizes) <= 300_000, sizes
