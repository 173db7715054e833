"""A bulletin, in Chinese on a phone and in English at a desk: pasted, checked, saved, published."""

from typing import NamedTuple

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

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not test_pages.CHROMIUM, reason="no Chromium: install Debian's chromium or set CHROMIUM"),
    pytest.mark.django_db(transaction=True),
]


class Pasted(NamedTuple):
    """A text that an officer pastes, and what the pages show of it."""

    width: int
    locale: str
    heading: str
    button: str
    published: str
    publisher: str
    text: str
    day: str
    rigs: str
    certain: str
    inferred: str
    title: str
    title_field: str
    nothing_to_check: str


CHINESE = Pasted(
    width=360,
    locale="zh-CN",
    heading="识读通报",
    button="生成草稿",
    published="2022-10-02",
    publisher="巴彦淖尔发布",
    text="""【通报】9月25日，巴彦淖尔市发展和改革委员会会同供电公司对杭锦后旗一处养殖场开展检查，
查获虚拟货币“矿机”近860台，涉案设备价值约250万元。
该处月用电约80万千瓦时。抓获犯罪嫌疑人3名。线索来自群众举报。""",
    day="2022-09-25",
    rigs="860",
    certain="近860台",
    inferred="养殖场",
    title="养殖场查获矿机近860台",
    title_field="#id_title_zh",
    nothing_to_check="没有待核实",
)
ENGLISH = Pasted(
    width=1280,
    locale="en-GB",
    heading="Read a bulletin",
    button="Make drafts",
    published="2022-06-04",
    publisher="District police",
    text="""KLANG, June 4 - Police and TNB seized 74 bitcoin mining machines worth RM210,000 from a shophouse in
Klang yesterday after a tip-off from neighbours. Two men were arrested. TNB lost about RM31,000 a month.""",
    day="2022-06-03",
    rigs="74",
    certain="74 bitcoin mining machines",
    inferred="shophouse",
    title="Shophouse in Klang loses 74 machines",
    title_field="#id_title_en",
    nothing_to_check="Nothing to check",
)


@pytest.fixture
def site(transactional_db, live_server):
    real_record.load()
    roles.sync()
    regions = Region.objects.filter(code__in=["CN-NM", "MY"])
    officer = make_person(username="officer", password="in the field", regions=regions)
    officer.groups.add(Group.objects.get(name="Case officer"))
    return live_server.url


def test_bulletins_are_pasted_checked_saved_and_published(chromium, site):
    for pasted in (CHINESE, ENGLISH):
        with test_pages.visitor(
            chromium,
            viewport={"width": pasted.width, "height": 740},
            has_touch=pasted.width == 360,
            locale=pasted.locale,
        ) as page:
            paste_check_and_publish(page, site, pasted)
            assert page.problems == []
        case = Case.objects.get(occurred_on=pasted.day, sources__publisher=pasted.publisher)
        assert case.published
        assert case.documents.get().file.read().decode().splitlines() == pasted.text.splitlines()


def paste_check_and_publish(page, site, pasted):
    page.goto(f"{site}/login/?next=/cases/bulletins/new/")
    page.locator("#id_username").fill("officer")
    page.locator("#id_password").fill("in the field")
    page.locator("#id_password").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(pasted.heading)
    page.locator("#id_text").fill(pasted.text)
    page.locator("#id_published").fill(pasted.published)
    page.locator("#id_publisher").fill(pasted.publisher)
    assert page.evaluate("document.documentElement.scrollWidth") == pasted.width
    page.get_by_role("button", name=pasted.button).click()

    expect(page.locator("#id_when")).to_have_value(pasted.day)
    expect(page.locator("#id_raids-0-lines-0-count")).to_have_value(pasted.rigs)
    expect(page.locator(".bulletin mark.certain", has_text=pasted.certain)).to_be_visible()
    expect(page.locator(".bulletin mark.inferred", has_text=pasted.inferred)).to_be_visible()
    words = page.locator(".field:has(#id_raids-0-lines-0-count) .from-words a")
    expect(words).to_contain_text(pasted.certain)
    words.click()
    expect(page.locator("mark:target")).to_have_text(pasted.certain)
    assert page.evaluate("document.documentElement.scrollWidth") == pasted.width
    # Nothing is saved before a person has said so.
    assert not Case.objects.filter(sources__publisher=pasted.publisher).exists()

    page.locator(pasted.title_field).fill(pasted.title)
    expect(page.locator("#checks")).to_contain_text(pasted.nothing_to_check)
    page.locator("button[value=publish]").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(pasted.title)
