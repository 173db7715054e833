"""An officer, on a phone or at a desk, brings in a sheet as the office keeps it, mends it, and takes it back."""

import io

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group
from playwright.sync_api import expect

from cases.models import Case
from enforcement import roles
from regions import places
from regions.models import Region
from regions.tests.builders import make_person, make_region

from . import test_pages
from .test_entry import PHONE, log_in

chromium = test_pages.chromium
pytestmark = test_pages.pytestmark

DESK = {"viewport": {"width": 1280, "height": 740}}
SHEET = [
    ["某县公安局查处“挖矿”案件统计表"],
    ["序号", "案件名称", "查处时间", "查获矿机数量（台）", "涉案金额（万元）", "抓获人数"],
    [1, "某仓库“挖矿”案", "2021年9月25日", "1.01万台", 3.5, "2人"],
    [2, "某网吧“挖矿”案", "2021年9月", "很多", None, "无"],
    [3, "某学校“挖矿”案", "2021年13月", "12台", None, "1人"],
    ["合计", None, None, "=SUM(D3:D5)", None, None],
]


def workbook():
    book = openpyxl.Workbook()
    book.active.title = "封面"
    book.active.append(["说明"])
    sheet = book.create_sheet("清单")
    for row in SHEET:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.fixture
def site(transactional_db, live_server):
    make_region(code="CN-150800", parent=make_region(code="CN", currency="CNY", name_en="China"), name_en="Bayannur")
    roles.sync()
    places.forget()
    officer = make_person(username="officer", password="in the field", regions=[Region.objects.get(code="CN-150800")])
    officer.groups.add(Group.objects.get(name="Case officer"))
    return live_server.url


def fits_and_is_accessible(page):
    own = page.viewport_size
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    page.set_viewport_size(own)
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize(("language", "screen"), [("en", DESK), ("zh-hans", PHONE)])
def test_from_the_sheet_to_the_record_and_back(chromium, site, language, screen):
    with test_pages.visitor(chromium, **screen) as page:
        log_in(page, site, to="/cases/import/")
        page.context.add_cookies([{"name": "django_language", "value": language, "url": site}])
        page.reload()
        page.locator("#file").set_input_files(
            {"name": "list.xlsx", "mimeType": "application/octet-stream", "buffer": workbook()}
        )
        page.locator("main form button.primary").click()
        page.wait_for_url("**/mapping/")
        expect(page.locator("#c3_to")).to_have_value("rigs_seized")
        fits_and_is_accessible(page)
        page.locator("#all_region_code").fill("CN-150800")
        page.locator("#all_kind").select_option("raid")
        page.locator("#all_confidence").select_option("high")
        page.locator("#all_source_publisher").fill("某县公安局")
        page.locator("#c5_v1").select_option("0")
        page.locator(".mapping-form button.primary").click()

        expect(page.locator("[name=to_1]")).to_be_visible()
        fits_and_is_accessible(page)
        page.locator("[name=to_0]").fill("40余台")
        page.locator("[name=to_1]").fill("2021-12")
        page.locator("form[action$='/mend/'] button.primary").click()
        run = page.locator("form[action$='/run/'] button.primary")
        expect(run).to_be_enabled()
        run.click()

        undo = page.locator("a[href$='/undo/']")
        expect(undo).to_be_visible()
        found = list(Case.objects.order_by("occurred_on").values_list("title_zh", "date_precision", "rigs", "arrests"))
        assert found == [
            ("某网吧“挖矿”案", "month", 40, 0),
            ("某仓库“挖矿”案", "day", 10_100, 2),
            ("某学校“挖矿”案", "month", 12, 1),
        ]
        undo.click()
        page.locator("main [name=reason]").fill("The wrong list.")
        page.locator("main form button.primary").click()
        page.wait_for_url("**/import/*/")
        assert not Case.objects.exists()
        assert page.problems == []
