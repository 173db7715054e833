"""An officer in the field: a phone, a raid, and the public map."""

import re
import time

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import expect

from cases.models import Case
from cases.tests import real_record
from enforcement import roles
from regions import places
from regions.models import Region
from regions.tests.builders import make_person

from . import PATIENCE, test_pages

chromium = test_pages.chromium
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not test_pages.CHROMIUM, reason="no Chromium: install Debian's chromium or set CHROMIUM"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def site(transactional_db, live_server):
    real_record.load()
    roles.sync()
    places.forget()
    # The article is told anew: what the record holds of it already would be its twin.
    Case.objects.get(ref="cn-bayannur-202109").delete()
    officer = make_person(username="officer", password="in the field", regions=[Region.objects.get(code="CN-NM")])
    officer.groups.add(Group.objects.get(name="Case officer"))
    return live_server.url


def log_in(page, site, to="/cases/new/"):
    page.goto(f"{site}/login/?next={to}")
    page.get_by_label("Username").fill("officer")
    page.get_by_label("Password").fill("in the field")
    page.locator("main").get_by_role("button", name="Log in").click()
    page.wait_for_url(f"**{to}")
    page.wait_for_load_state("networkidle")


def is_stored(page):
    """Wait until the browser keeps what was typed. The policy of the page forbids `wait_for_function`."""
    end = time.monotonic() + PATIENCE / 1000
    while "entry" not in page.evaluate("Object.keys(localStorage).join()"):
        assert time.monotonic() < end
        page.wait_for_timeout(50)


def test_the_bayannur_raid_is_recorded_on_a_phone_published_and_found_on_the_public_map(chromium, site):
    with test_pages.visitor(chromium, **PHONE) as page:
        log_in(page, site)
        page.locator("#id_region").fill("Bayannur")
        page.locator("#id_place").fill("SME pioneer park")
        page.get_by_text("Coordinates", exact=True).click()
        page.locator("#id_latitude").fill("40.743")
        page.locator("#id_longitude").fill("107.388")
        page.locator("#id_when").fill("2021年9月")
        page.get_by_text("Public tip", exact=True).click()
        page.get_by_text("Warehouse", exact=True).click()
        page.locator("#id_raids-0-lines-0-count").fill("1.01万")
        page.locator("#id_figures-0-amount").fill("1104千瓦时")
        page.locator("#id_agencies-0-agency").fill("Bayannur Development and Reform Commission")
        page.locator("#id_sources-0-publisher").fill("券商中国")
        page.locator("#id_title_en").fill("Ten thousand rigs in a warehouse")
        page.get_by_text("More: office number").click()
        page.locator("#id_title_zh").fill("仓库查获矿机10100台")
        # The first reading of a process loads the shapes of all regions.
        expect(page.locator("#read-raids-0-lines-0-count")).to_have_text("read as 10,100 rigs")
        expect(page.locator("#checks")).to_contain_text("stored, not running")
        expect(page.locator("#checks")).to_contain_text("Inner Mongolia")
        expect(page.locator("#still-missing")).to_contain_text("a reason: Electricity per rig")
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        page.locator("#id_reason-energy_per_rig").fill("Read on the spot: the rigs were stored")
        expect(page.locator("#still-missing")).to_contain_text("Complete")
        page.get_by_role("button", name="Save and publish").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Ten thousand rigs in a warehouse")
        expect(page.locator("main")).to_contain_text("Stored, not running")
        ref = page.url.rstrip("/").rpartition("/")[2]
        assert page.problems == []

        page.goto(f"{site}/cases/my-miri-20210201/")
        expect(page.get_by_role("link", name="Edit", exact=True)).to_have_count(0)
        assert page.goto(f"{site}/cases/my-miri-20210201/edit/").status == 403
    with test_pages.visitor(chromium) as page:
        page.goto(f"{site}/cases/?q=Ten+thousand+rigs+in+a+warehouse", wait_until="networkidle")
        answer = page.evaluate("fetch('/cases/map.geojson' + location.search + '&zoom=9').then(r => r.json())")
        assert [one["properties"]["ref"] for one in answer["features"]] == [ref]


def test_the_founding_article_takes_twelve_taps_and_is_on_the_public_map_at_once(chromium, site):
    taps = 0

    def tap(page, selector, text=""):
        nonlocal taps
        taps += 1
        page.locator(selector).tap()
        page.keyboard.insert_text(text)

    with test_pages.visitor(chromium, **PHONE, locale="zh-CN") as page:
        page.goto(f"{site}/login/?next=/cases/new/")
        page.locator("#id_username").fill("officer")
        page.locator("#id_password").fill("in the field")
        page.locator("#id_password").press("Enter")
        page.wait_for_load_state("networkidle")
        tap(page, "#id_title_zh", "巴彦淖尔经开区仓库查获一万余台“矿机”")
        tap(page, "#id_when", "2021年9月")
        tap(page, "#id_region", "巴彦淖尔")
        tap(page, "#id_place_zh", "经济开发区中小企业创业园")
        tap(page, "label:has([name=site_type][value=warehouse])")
        tap(page, "#id_raids-0-lines-0-count", "1.01万")
        tap(page, "#id_figures-0-amount", "1104千瓦时")
        tap(page, "label:has([name=lead_source][value=public_tip])")
        tap(page, "#id_agencies-0-agency", "巴彦淖尔市发展和改革委员会")
        tap(page, "#id_sources-0-publisher", "券商中国")
        expect(page.locator("#typed-region")).to_have_attribute("data-code", "CN-150800")
        tap(page, "[data-fill=reason-energy_per_rig]")
        expect(page.locator("#checks .open")).to_have_count(0)
        tap(page, "button[value=publish]")
        expect(page.get_by_role("heading", level=1)).to_contain_text("巴彦淖尔经开区仓库查获一万余台")
        ref = page.url.rstrip("/").rpartition("/")[2]
        assert page.problems == []
    assert taps <= 12
    with test_pages.visitor(chromium) as page:
        page.goto(f"{site}/cases/?region=CN-150800", wait_until="networkidle")
        answer = page.evaluate("fetch('/cases/map.geojson?region=CN-150800&zoom=9').then(r => r.json())")
        assert ref in [feature["properties"].get("ref") for feature in answer["features"]]


def test_enter_goes_to_the_next_field_and_saves_nothing(chromium, site):
    with test_pages.visitor(chromium, **PHONE) as page:
        log_in(page, site)
        page.locator("#id_title_en").fill("Half a title")
        page.locator("#id_title_en").press("Enter")
        assert page.evaluate("document.activeElement.name") == "kind"
        page.locator("#id_region").press("Enter")
        assert page.evaluate("document.activeElement.name") == "place"
        expect(page).to_have_url(f"{site}/cases/new/")


def test_what_is_typed_survives_a_closed_tab_and_a_session_that_ended(chromium, site):
    with test_pages.visitor(chromium, **PHONE) as page:
        log_in(page, site)
        page.locator("#id_place").fill("Hall 3")
        page.locator("[data-rows='figures'] > [data-add]").click()
        page.locator("#id_figures-1-amount").fill("12.5 kW")
        is_stored(page)
        page.context.clear_cookies(name="sessionid")
        page.get_by_text("More: office number").click()
        page.locator("#id_outcome").fill("Typed after the session ended")
        expect(page.locator("#checks")).to_contain_text("logged out")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page).to_have_url(re.compile("/login/"))
        page.goto("about:blank")
        log_in(page, site)
        page.get_by_role("button", name="Restore").click()
        expect(page.locator("#id_place")).to_have_value("Hall 3")
        expect(page.locator("#id_figures-1-amount")).to_have_value("12.5 kW")
        expect(page.locator("#id_outcome")).to_have_value("Typed after the session ended")


def test_who_logs_out_leaves_nothing_readable_in_the_browser(chromium, site):
    everything = "Object.entries(localStorage).join()"
    with test_pages.visitor(chromium) as page:
        log_in(page, site)
        page.locator("#id_place").fill("Hall 3")
        is_stored(page)
        assert "entry" in page.evaluate(everything)
        assert "Hall 3" not in page.evaluate(everything)
        page.goto(f"{site}/account/")
        page.locator("main").get_by_role("button", name="Log out").click()
        page.wait_for_url(f"{site}/")
        assert page.evaluate(everything) == ""


def test_what_is_typed_before_the_script_comes_is_kept_too(chromium, site):
    with test_pages.visitor(chromium) as page:
        log_in(page, site, to="/cases/")
        held = []
        page.route("**/js/entry*.js", lambda route: held.append(route))
        page.evaluate("location.assign('/cases/new/')")  # a page that lacks a script is never loaded
        page.locator("#id_place").fill("Hall 3")
        held[0].continue_()
        is_stored(page)


def test_a_dropped_connection_loses_nothing(chromium, site):
    with test_pages.visitor(chromium, **PHONE) as page:
        log_in(page, site)
        page.context.set_offline(True)
        page.locator("#id_place").fill("No signal here")
        is_stored(page)
        page.context.set_offline(False)
        page.reload()
        page.get_by_role("button", name="Restore").click()
        expect(page.locator("#id_place")).to_have_value("No signal here")


def test_the_form_is_accessible_in_light_and_dark(chromium, site):
    from axe_playwright_python.sync_playwright import Axe

    for scheme in ("light", "dark"):
        with test_pages.visitor(chromium, **PHONE, color_scheme=scheme) as page:
            log_in(page, site)
            page.wait_for_load_state("networkidle")
            found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
            assert found.violations_count == 0, found.generate_report()
