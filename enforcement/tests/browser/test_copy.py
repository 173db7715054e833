"""The copy of the public site as people use it: on a file server that knows nothing, and from a folder."""

import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from cases.actions import summing
from cases.models import Case
from cases.selection import search
from cases.tests import builders as cases
from enforcement.copying.make import make_copy
from regions.tests import builders as regions

from . import test_pages
from .test_pages import RULES, visitor

pytestmark, chromium = test_pages.pytestmark, test_pages.chromium


@pytest.fixture
def site(transactional_db, live_server):
    malaysia = regions.make_region(code="MY", name_en="Malaysia", name_zh="马来西亚")
    perak = regions.make_region(code="MY-08", name_en="Perak", name_zh="霹雳", parent=malaysia)
    angola = regions.make_region(code="AO", name_en="Angola", name_zh="安哥拉")
    regions.make_boundary(malaysia)
    rig = cases.make_rig(power_w=3250)
    for region, title, title_zh, day, lead, count, more in (
        (malaysia, "Shop in Ipoh", "怡保店屋", "2021-05-18", "public_tip", 1200, {}),
        (perak, "Factory in Perak", "霹雳工厂", "2022-03-02", "utility_inspection", 80, {"arrests": 3}),
        (perak, "Factory counted before", "", "2022-03-03", "unknown", 80, {"counts_in_totals": False}),
        (angola, "Yard in Luanda", "罗安达院落", "2022-07-01", "public_tip", None, {"kind": "sweep"}),
    ):
        values = {"title_en": title, "title_zh": title_zh, "occurred_on": day, "lead_source": lead, "published": True}
        case = cases.make_case(region=region, **values | more)
        if count:
            cases.make_seizure(cases.make_raid(case), count=count, rig=rig)
    cases.make_case(region=malaysia, title_en="Clandestine raid")
    summing.sum_up(Case.objects.all())
    search.index(Case.objects.all())
    return live_server.url


@contextmanager
def served(folder):
    """The address of a plain file server of `folder`."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            port = server.stdout.readline().split(" port ")[1].split()[0]
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def figures_on(page):
    """{label: figure} of the figures above a list of cases."""
    found = page.locator(".list-figures > div").evaluate_all(
        "cells => cells.map(cell => [cell.querySelector('dt').textContent, cell.querySelector('dd').textContent])"
    )
    return {label.strip(): figure.strip() for label, figure in found}


def test_the_copy_answers_as_the_site_does_and_asks_nobody_else(chromium, site, tmp_path):
    make_copy(tmp_path / "copy", processes=1)
    with served(tmp_path / "copy") as copy, visitor(chromium) as page:
        asked = set()
        page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
        for question, count in (
            ("", "4 cases"), ("region=MY", "3 cases"), ("region=MY-08&rigs_min=80", "2 cases"),
            ("kind=sweep", "1 case"), ("lead_source=public_tip&lead_source=unknown", "3 cases"),
            ("occurred_after=2022-03&occurred_before=2022-03", "2 cases"), ("q=ipoh", "1 case"), ("q=霹雳", "2 cases"),
        ):  # fmt: skip
            page.goto(f"{site}/cases/?{question}")
            expected = figures_on(page)
            titles = sorted(page.locator("table.cases td.title a").all_inner_texts())  # the site ranks what words find
            page.goto(f"{copy}/en/cases/index.html?{question}")
            expect(page.get_by_role("heading", level=1)).to_have_text(count)
            assert figures_on(page) == expected, question
            assert sorted(page.locator("table.cases td.title a").all_inner_texts()) == titles, question
        asked.clear()

        page.goto(f"{copy}/index.html")
        page.get_by_role("link", name="English").click()
        page.get_by_role("navigation", name="Main").first.get_by_role("link", name="Cases").click()
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_text("4 cases")
        page.get_by_label("Sweep").check()
        expect(heading).to_have_text("1 case")
        page.go_back()
        expect(heading).to_have_text("4 cases")
        page.get_by_label("Keywords").fill("perak")
        expect(heading).to_have_text("2 cases")
        page.get_by_role("link", name="Factory in Perak").click()
        expect(heading).to_contain_text("Factory in Perak")
        page.goto(f"{copy}/zh-hans/cases/index.html?q=怡保")
        expect(heading).to_have_text("1起案件")
        page.goto(f"{copy}/en/cases/index.html?doubt=twin")
        expect(page.get_by_role("alert")).to_contain_text("does not know the filter “doubt”")
        assert page.locator("tr[data-ref]").count() == 0
        assert asked == {urlsplit(copy).netloc}
        assert page.problems == []

        for language, size, scheme in (("en", (1280, 900), "dark"), ("zh-hans", (360, 740), "light")):
            with visitor(chromium, viewport={"width": size[0], "height": size[1]}, color_scheme=scheme) as other:
                for name in ("index.html", "cases/index.html", "cases/index.html?show=charts", "regions/MY/index.html"):
                    other.goto(f"{copy}/{language}/{name}")
                    found = Axe().run(other, options={"runOnly": RULES}).response["violations"]
                    assert [(fault["id"], fault["nodes"][0]["target"]) for fault in found] == [], name
                    assert other.evaluate("document.documentElement.scrollWidth") <= size[0], name
                assert other.problems == []

    with visitor(chromium) as page:
        page.goto((tmp_path / "copy/en/cases/index.html").as_uri())
        page.get_by_label("Raid", exact=True).check()
        expect(page.get_by_role("heading", level=1)).to_have_text("3 cases")
        assert page.problems == []
