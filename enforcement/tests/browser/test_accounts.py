"""A passkey, from the account to the login, with an authenticator that Chromium plays."""

import pytest
from playwright.sync_api import expect

from cases.leads import limits
from enforcement.tests.browser import test_pages
from regions.tests.builders import make_person

chromium = test_pages.chromium
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not test_pages.CHROMIUM, reason="no Chromium: install Debian's chromium or set CHROMIUM"),
]
PASSWORD = "in the field"


def log_in(page, site):
    page.goto(f"{site}/login/?next=/account/second-factor/")
    page.locator("#id_username").fill("officer")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")


def test_a_passkey_is_made_and_opens_the_door(chromium, live_server):
    limits.begin_anew()
    site = live_server.url
    make_person(username="officer", password=PASSWORD)
    with test_pages.visitor(chromium) as page:
        devices = page.context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "usb", "automaticPresenceSimulation": True}
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        log_in(page, site)
        page.locator("#id_password").fill(PASSWORD)
        page.locator("#id_password").press("Enter")
        page.locator("#id_name").fill("Key ring")
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.get_by_text("shown only this once")).to_be_visible()
        page.goto(f"{site}/account/")
        page.locator("main").get_by_role("button", name="Log out").click()
        page.wait_for_url(f"{site}/")
        log_in(page, site)
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.get_by_role("heading", name="Passkeys")).to_be_visible()
        expect(page.locator("main")).to_contain_text("last used on")
        assert page.problems == []
