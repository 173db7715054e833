"""A bulletin on a phone, in Chinese: pasted, checked, saved, published."""

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import expect

from cases.models import Case
from cases.tests import real_record
from enforcement import roles
from regions.models import Region
from regions.tests.builders import make_person

from . import test_pages

chromium = test_pages.chromium
TEXT = """【通报】9月25日，巴彦淖尔市发展和改革委员会会同供电公司对杭锦后旗一处养殖场开展检查，
查获虚拟货币“矿机”近860台，涉案设备价值约250万元。
该处月用电约80万千瓦时。抓获犯罪嫌疑人3名。线索来自群众举报。"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not test_pages.CHROMIUM, reason="no Chromium: install Debian's chromium or set CHROMIUM"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def site(transactional_db, live_server):
    real_record.load()
    roles.sync()
    officer = make_person(username="officer", password="in the field", regions=[Region.objects.get(code="CN-NM")])
    officer.groups.add(Group.objects.get(name="Case officer"))
    return live_server.url


def test_a_bulletin_is_pasted_checked_saved_and_published_on_a_phone_in_chinese(chromium, site):
    with test_pages.visitor(chromium, viewport={"width": 360, "height": 740}, has_touch=True, locale="zh-CN") as page:
        page.goto(f"{site}/login/?next=/cases/bulletins/new/")
        page.locator("#id_username").fill("officer")
        page.locator("#id_password").fill("in the field")
        page.locator("#id_password").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("识读通报")
        page.locator("#id_text").fill(TEXT)
        page.locator("#id_published").fill("2022-10-02")
        page.locator("#id_publisher").fill("巴彦淖尔发布")
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        page.get_by_role("button", name="生成草稿").click()

        expect(page.locator("#id_when")).to_have_value("2022-09-25")
        expect(page.locator("#id_raids-0-lines-0-count")).to_have_value("860")
        expect(page.locator(".bulletin mark.certain", has_text="近860台")).to_be_visible()
        expect(page.locator(".bulletin mark.inferred", has_text="养殖场")).to_be_visible()
        words = page.locator(".field:has(#id_raids-0-lines-0-count) .from-words a")
        expect(words).to_have_text("“近860台”")
        words.click()
        expect(page.locator("mark:target")).to_have_text("近860台")
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert Case.objects.filter(occurred_on="2022-09-25").count() == 0

        page.locator("#id_title_zh").fill("养殖场查获矿机近860台")
        expect(page.locator("#checks")).to_contain_text("没有待核实")
        page.locator("button[value=publish]").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("养殖场查获矿机近860台")
        assert page.problems == []
    case = Case.objects.get(occurred_on="2022-09-25")
    assert case.published
    assert case.documents.get().file.read().decode().splitlines() == TEXT.splitlines()
