"""A report from a telephone in Chinese, with a photo that tells where it was taken, until it became a case."""

import io

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group
from playwright.sync_api import expect

from cases.leads import limits, opening
from cases.models import Case, Lead
from cases.tests import real_record
from cases.tests.builders import make_lead
from cases.tests.leads import sender
from enforcement import roles
from regions import places
from regions.models import Region
from regions.tests.builders import make_person

from . import test_pages

chromium = test_pages.chromium
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "locale": "zh-CN"}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not test_pages.CHROMIUM, reason="no Chromium: install Debian's chromium or set CHROMIUM"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def site(transactional_db, live_server, settings, tmp_path):
    sender.begin(settings, tmp_path)
    limits.begin_anew()
    real_record.load()
    roles.sync()
    places.forget()
    for name, code in (("officer", "CN-NM"), ("neighbour", "MY-13")):
        person = make_person(username=name, password="in the field", regions=[Region.objects.get(code=code)])
        person.groups.add(Group.objects.get(name="Case officer"))
    return live_server.url


def log_in(page, site, name, to):
    page.goto(f"{site}/login/?next={to}")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill("in the field")
    page.locator("main").get_by_role("button", name="Log in").click()
    page.wait_for_load_state("networkidle")


def asked(page, site, receipt):
    """What the status page says to the holder of a receipt."""
    page.goto(f"{site}/tips/status/")
    page.locator("#receipt").fill(receipt)
    page.locator("button.primary").click()
    return page.locator(".tip-state").inner_text()


def test_a_report_with_a_photo_becomes_a_case_and_its_sender_reads_so(chromium, site, tmp_path):
    original = sender.jpeg_with_place().read()
    assert sender.tells_where(original)
    photo = tmp_path / "IMG_0001.jpg"
    photo.write_bytes(original)

    with test_pages.visitor(chromium, **PHONE) as page:
        page.goto(f"{site}/tips/new/", wait_until="networkidle")
        expect(page.get_by_role("heading", level=1)).to_have_text("举报“挖矿”")
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert Axe().run(page).response["violations"] == []
        expect(page.locator("[data-tip-sum]")).to_be_hidden()
        page.get_by_text("违规取电“挖矿”").click()
        page.locator("#id_text").fill("仓库里风扇日夜轰鸣")
        page.locator("#id_region").fill("巴彦淖尔")
        page.locator("#id_where").fill("创业园七号库")
        page.locator("#id_photos").set_input_files(str(photo))
        page.get_by_role("button", name="发送举报").click()
        receipt = page.locator(".receipt code").inner_text()
        assert len(receipt) == 29
        assert asked(page, site, receipt) == "待受理"
        assert page.context.cookies() == []
        assert page.problems == []

    lead = Lead.objects.get()
    assert lead.region.code == "CN-150800"
    [key] = opening.opened_tip(lead).photos
    assert not sender.tells_where(opening.opened_photo(lead, key))

    with test_pages.visitor(chromium) as page:
        log_in(page, site, "neighbour", "/leads/")
        expect(page.locator("main")).not_to_contain_text(lead.ref)
        assert page.goto(f"{site}/leads/{lead.ref}/").status == 404

    with test_pages.visitor(chromium) as page:
        log_in(page, site, "officer", "/leads/")
        page.get_by_role("link", name=f"Tip from the public {lead.ref}").click()
        expect(page.locator("main")).to_contain_text("仓库里风扇日夜轰鸣")
        served = page.request.get(page.locator("img.thumbnail").evaluate("image => image.src")).body()
        assert not sender.tells_where(io.BytesIO(served).read())
        assert page.locator("img.thumbnail").evaluate("image => image.naturalWidth") == 640
        assert Axe().run(page).response["violations"] == []
        page.get_by_role("button", name="Enter the case").click()
        expect(page.locator("#id_place")).to_have_value("创业园七号库")
        page.locator("#id_title_en").fill("A warehouse after a report")
        page.locator("#id_when").fill("2024-05-01")
        page.locator("#id_when").blur()
        page.wait_for_load_state("networkidle")  # what is typed is checked in place
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("A warehouse after a report")
        assert Case.objects.get(title_en="A warehouse after a report").lead_source == "public_tip"
        assert page.problems == []

    with test_pages.visitor(chromium, **PHONE) as page:
        assert asked(page, site, receipt) == "已立案"


def test_without_script_a_sum_is_asked_and_the_report_is_taken(chromium, site):
    with test_pages.visitor(chromium, java_script_enabled=False) as page:
        page.goto(f"{site}/tips/new/")
        page.locator("#id_text").fill("Fans day and night")
        words = page.locator("[data-tip-sum] label").inner_text()
        first, second = (int(word.strip("?")) for word in words.split("much is ")[1].split(" + "))
        page.locator("#id_sum").fill(str(first + second))
        page.get_by_role("button", name="Send the report").click()
        expect(page.locator(".receipt code")).to_be_visible()
    assert Lead.objects.count() == 1


def test_the_place_is_chosen_by_a_tap_and_nothing_else_is_asked(chromium, site):
    with test_pages.visitor(chromium, **PHONE) as page:
        page.goto(f"{site}/tips/new/", wait_until="networkidle")
        asked_for = []
        page.on("request", lambda request: asked_for.append(request.url.removeprefix(site)))
        page.locator("[data-tip-map] button").click()
        plot = page.locator("[data-tip-map] .map")
        expect(plot.locator("path")).not_to_have_count(0)
        plot.scroll_into_view_if_needed()
        plot.tap(position={"x": 160, "y": 130})
        expect(page.locator(".place-mark")).to_be_visible()
        first = page.locator("#id_point").input_value()
        assert len(first.split(", ")) == 2
        plot.tap(position={"x": 200, "y": 160})
        expect(page.locator("#id_point")).not_to_have_value(first)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert asked_for
        assert all(address.startswith(("/tips/shapes", "/static/")) for address in asked_for), asked_for
        assert page.context.cookies() == []
        assert Axe().run(page).response["violations"] == []
        assert page.problems == []


def test_the_queue_its_counts_and_its_map_change_together_and_back_restores(chromium, site):
    region = Region.objects.get(code="CN-NM")
    for number in range(3):
        make_lead(region=region, kind="hit", latitude=38.0 + 4 * number, longitude=100.0)
    make_lead(region=region, kind="plan", arrived_on="2020-01-01")
    with test_pages.visitor(chromium) as page:
        log_in(page, site, "officer", "/leads/")
        heading, pins = page.get_by_role("heading", level=1), page.locator("[data-lead-map] .pin-target")
        expect(heading).to_have_text("4 open leads")
        expect(pins).to_have_count(4)
        page.get_by_label("Inspection plan").check()
        expect(heading).to_have_text("1 open lead, Inspection plan")
        expect(page).to_have_title("1 open lead, Inspection plan")
        expect(pins).to_have_count(1)
        assert page.url.endswith("/leads/?kind=plan")
        pins.first.click()
        expect(page.locator(".leaflet-popup-content")).to_contain_text("Only the region is known")
        expect(page.locator(".leaflet-popup")).to_have_css("opacity", "1")  # it fades in
        keeps_the_rules = Axe().run(page, context={"exclude": [".leaflet-marker-pane"]})
        assert keeps_the_rules.response["violations"] == []
        page.go_back()
        expect(heading).to_have_text("4 open leads")
        expect(pins).to_have_count(4)
        assert page.problems == []
