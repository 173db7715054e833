"""The head of every page in Chromium: its search, its menus, from the keyboard, on a phone, without JavaScript."""

import re
from contextlib import suppress

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, expect

from regions.tests.builders import make_person

from .test_pages import chromium, pytestmark, site, visitor

__all__ = ["chromium", "pytestmark", "site"]

PASSWORD = "correct horse battery"


def log_in(page, site, name="officer", **values):
    if name == "officer":
        values = {"is_superuser": True, "is_staff": True} | values
    make_person(username=name, password=PASSWORD, **values)
    page.goto(site + "/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Log in").click()
    page.wait_for_url(site + "/")


def options(page):
    return page.locator("#offers").get_by_role("option")


def test_a_region_is_one_search_and_one_enter_away(chromium, site):
    with visitor(chromium) as page:
        for typed, region in [("inner mongolia", "CN-NM"), ("內蒙古", "CN-NM"), ("miri", "MY-13-miri")]:
            page.goto(site + "/savings/")
            page.keyboard.press("/")
            expect(page.locator("#site-q")).to_be_focused()
            page.keyboard.type(typed)
            page.keyboard.press("Enter")
            page.wait_for_url(f"{site}/regions/{region}/")
        assert page.problems == []


def test_arrows_choose_enter_opens_and_esc_closes(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/policies/")
        field = page.get_by_role("combobox", name="Search regions, policies, cases")
        page.keyboard.press("/")
        page.keyboard.type("发改运行 2021", delay=20)
        expect(options(page).first).to_contain_text("发改运行〔2021〕1283号")  # what 发 alone found is gone
        expect(field).to_have_attribute("aria-expanded", "true")
        page.keyboard.press("ArrowDown")
        chosen = field.get_attribute("aria-activedescendant")
        expect(page.locator(f"#{chosen}")).to_have_attribute("aria-selected", "true")
        expect(page.locator(f"#{chosen}")).to_contain_text("发改运行〔2021〕1283号")
        page.keyboard.press("ArrowUp")  # back to what is typed
        assert field.get_attribute("aria-activedescendant") is None
        page.keyboard.press("ArrowUp")  # from there to the last
        expect(options(page).last).to_have_attribute("aria-selected", "true")
        page.keyboard.press("Escape")
        expect(page.locator("#offers")).to_be_hidden()
        expect(field).to_have_value("发改运行 2021")
        page.keyboard.press("ArrowDown")
        expect(options(page).first).to_be_visible()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{site}/policies/cn-2021-*/")
        assert page.problems == []


def test_typing_in_a_field_does_not_leave_it(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/regions/")
        field = page.locator("main #q")
        field.focus()
        page.keyboard.type("a/b")
        expect(field).to_have_value("a/b")
        expect(field).to_be_focused()


def test_a_screen_reader_is_told_how_many_and_nothing_found_is_said(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/policies/")
        page.locator("#site-q").press_sequentially("zzzz")
        expect(page.locator("#offers")).to_contain_text("Nothing found for “zzzz”.")
        expect(page.locator("#offers-said")).to_have_text("0 results for “zzzz”")
        page.locator("#site-q").fill("inner mong")
        expect(options(page).first).to_contain_text("Inner Mongolia")
        expect(page.locator("#offers mark").first).to_be_visible()
        found = Axe().run(page, context={"include": [".masthead"]})
        assert found.violations_count == 0, found.generate_report()


def test_a_late_answer_does_not_replace_a_newer_one(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/policies/")
        field = page.locator("#site-q")
        held = []
        page.route(re.compile("q=sabah$"), lambda route: held.append(route))
        field.focus()
        expect(field).to_have_attribute("aria-expanded", "false")  # its module is there
        with page.expect_request(re.compile("q=sabah$")):
            field.fill("sabah")
        field.fill("sarawak")
        expect(options(page).first).to_contain_text("Sarawak")
        for route in held:
            with suppress(Error):  # the page no longer waits for it
                route.continue_()
        page.wait_for_timeout(400)
        expect(options(page).first).to_contain_text("Sarawak")


def test_without_javascript_the_form_finds_the_same(chromium, site):
    with visitor(chromium, java_script_enabled=False) as page:
        page.goto(site + "/policies/")
        page.locator("#site-q").fill("inner mongolia energy")
        page.locator("#site-q").press("Enter")
        expect(page.get_by_role("heading", name="Agencies")).to_be_visible()
        expect(page.locator("main")).to_contain_text("Inner Mongolia Energy Bureau")
        page.locator("summary", has_text="English").click()
        page.get_by_role("button", name="简体中文").click()
        expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    with visitor(chromium, java_script_enabled=False, viewport={"width": 360, "height": 740}) as page:
        page.goto(site + "/policies/")
        page.get_by_role("link", name="Search").click()
        page.wait_for_url(f"{site}/search/")


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_the_head_is_one_line_at_1280_and_at_most_two_on_a_phone(chromium, site, locale):
    with visitor(chromium) as page:
        log_in(page, site, "a-long-account-name-of-somebody")
        log_in(page, site)
        state = page.context.storage_state()
    with visitor(chromium, locale=locale, storage_state=state) as page:
        for width, most in [
            (1920, 56), (1280, 56), (1180, 56), (1179, 56), (768, 56), (640, 104), (360, 104), (280, 104),
        ]:  # fmt: skip
            page.set_viewport_size({"width": width, "height": 740})
            page.goto(site + "/policies/")
            head = page.locator(".masthead")
            if page.locator("[data-opens-search]").is_visible():
                page.locator("[data-opens-search]").click()
                expect(page.locator("#site-q")).to_be_focused()
            assert head.bounding_box()["height"] <= most, width
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            # All that is there can be reached, and is large enough to be hit.
            narrow = page.locator(".menu.narrow > summary")
            menus = [narrow] if narrow.is_visible() else page.locator(".masthead .menu.wide > summary").all()
            found = set()
            for menu in menus:
                menu.click()
                for target in head.locator("a:visible, button:visible, input:visible").all():
                    box = target.bounding_box()
                    assert min(box["width"], box["height"]) >= (44 if width == 360 and menus == [narrow] else 24) - (
                        0.5 if "site-q" not in (target.get_attribute("id") or "") else 12
                    ), (width, target.inner_text(), box)
                    found.add(target.get_attribute("href") or target.get_attribute("value") or target.inner_text())
            for address in ("/", "/cases/", "/regions/", "/policies/", "/savings/", "/cases/new/", "/account/",
                            "/cases/v/", "/admin/", "en", "zh-hans"):  # fmt: skip
                assert address in found, (width, address)


def test_one_menu_is_open_at_a_time_and_esc_or_a_press_outside_closes_it(chromium, site):
    with visitor(chromium) as page:
        log_in(page, site)
        page.goto(site + "/policies/")
        language, account = page.locator(".masthead .menu.wide").all()
        language.locator("summary").click()
        expect(language).to_have_attribute("open", "")
        account.locator("summary").click()
        expect(account).to_have_attribute("open", "")
        expect(language).not_to_have_attribute("open", "")
        page.keyboard.press("Escape")
        expect(account).not_to_have_attribute("open", "")
        expect(account.locator("summary")).to_be_focused()
        account.locator("summary").click()
        page.locator("h1").click()
        expect(account).not_to_have_attribute("open", "")
        account.locator("summary").click()
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_role("link", name="Log in")).to_be_visible()


def test_the_first_key_skips_the_head_and_the_current_page_is_marked(chromium, site):
    with visitor(chromium) as page:
        page.goto(site + "/policies/liability/")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
        expect(page.locator(".masthead nav [aria-current=page]:visible")).to_have_text("Policies")


def test_account_search_and_door_keep_the_rules_and_fit_a_phone(chromium, site):
    with visitor(chromium) as page:
        log_in(page, site)
        for address in (
            "/account/",
            "/account/password/",
            "/account/second-factor/",
            "/account/password/forgotten/",
            "/cases/v/",
            "/search/?q=mongolia&all=1",
            "/search/",
        ):
            page.goto(site + address)
            for width in (1280, 360, 280):
                page.set_viewport_size({"width": width, "height": 740})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, address)
            page.set_viewport_size({"width": 360, "height": 740})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
                assert found.violations_count == 0, f"{address} {scheme}: {found.generate_report()}"
