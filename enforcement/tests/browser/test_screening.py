"""A sheet of readings with 96 columns becomes a lead, the lead an inspection, and the inspection is counted."""

import re

from playwright.sync_api import expect

from cases.models import Lead
from cases.tests.screening.test_runs import wide_csv
from regions.tests.builders import make_person, make_region

from . import test_pages
from .test_leads import log_in

chromium = test_pages.chromium
pytestmark = test_pages.pytestmark
CLOCK = [f"{slot // 4:02}:{slot % 4 * 15:02}" for slot in range(96)]


def test_from_96_columns_to_a_lead_that_is_no_mine(chromium, transactional_db, live_server, settings, tmp_path):
    settings.READINGS = tmp_path / "readings"
    region = make_region(name_en="Bayannur")
    make_person("work_on_leads", regions=[region], username="officer", password="in the field")
    sheet = tmp_path / "june.csv"
    sheet.write_bytes(wide_csv(clock=CLOCK))
    with test_pages.visitor(chromium) as page:
        log_in(page, live_server.url, "officer", "/screening/new/")
        page.locator("#id_files").set_input_files(sheet)
        page.locator("#id_region").fill(region.code)
        page.get_by_role("button", name="Screen these readings").click()
        page.get_by_label("kW", exact=True).check()
        page.get_by_role("button", name="Screen with this answer").click()
        page.locator("#zone").fill("Asia/Shanghai")
        page.get_by_role("button", name="Screen with this answer").click()
        expect(page.locator("table.ranking tbody th a").first).to_have_text("M001")
        expect(page.locator("table.ranking tbody tr").first.locator("svg.load")).to_have_count(2)
        page.get_by_label("Choose meter M001").check()
        page.get_by_role("button", name="Make leads of the chosen").click()
        expect(page.get_by_text("1 lead was made.")).to_be_visible()
        page.get_by_role("link", name="M001", exact=True).click()
        expect(page.locator("svg.carpet path").last).to_have_attribute("d", re.compile("^M"))
        page.locator(".page-head").get_by_role("link", name=Lead.objects.get().ref).click()
        page.locator("#visited_on").fill("2026-11-20")
        page.locator("#found").select_option("nothing")
        page.get_by_role("button", name="Record the inspection").click()
        expect(page.get_by_text("Inspection recorded.").first).to_be_visible()
        page.goto(f"{live_server.url}/screening/quality/")
        expect(page.get_by_role("row", name="Flat load 0 1 0 %")).to_be_visible()
        assert page.problems == []
