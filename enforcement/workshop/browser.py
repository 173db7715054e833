"""The pages in Chromium: which there are, how it starts, what a first visit costs on a slow phone.

For the browser tests, `manage.py screenshots` and `manage.py bench --browser`. Playwright, which drives an installed
Chromium, comes with the packages of the tests only: it is imported where it is used.
"""

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

# What the public sees, a name for each address.
PAGES = {
    "home": "/",
    "search": "/search/?q=tenaga",
    "search-none": "/search/?q=nothingatall",
    "cases": "/cases/",
    "cases-of-a-region": "/cases/?region=CN-NM",
    "cases-unknown-region": "/cases/?region=nowhere",
    "cases-none": "/cases/?region=CN-NM&kind=customs_seizure",
    "figures": "/cases/figures/?region=CN",
    "quality": "/cases/quality/",
    "views": "/cases/v/",
    "case-bayannur": "/cases/cn-bayannur-202109/",
    "case-miri": "/cases/my-miri-20210201/",
    "regions": "/regions/",
    "region-inner-mongolia": "/regions/CN-NM/",
    "region-malaysia": "/regions/MY/",
    "positions": "/regions/positions/",
    "policies": "/policies/",
    "liability": "/policies/liability/",
    "policy": "/policies/nm-2021-eight-measures/",
    "savings": "/savings/",
    "calculator": "/savings/calculator/?rigs=100&rig=bitmain-antminer-s19-pro-110t&region=CN&year=2021",
    "method": "/method/",
    "releases": "/releases/",
    "report": "/tips/new/",
    "report-status": "/tips/status/",
    "login": "/login/",
    "password-forgotten": "/account/password/forgotten/",
    "nowhere": "/nowhere/",
}
# What needs an account.
PAGES_OF_AN_OFFICER = {
    "entry": "/cases/new/",
    "bulletin": "/cases/bulletins/new/",
    "leads": "/leads/",
    "leads-map": "/leads/?show=map",
    "leads-figures": "/leads/figures/",
    "lead-new": "/leads/new/",
    "import": "/cases/import/",
    "account": "/account/",
    "second-factor": "/account/second-factor/",
    "edit": "/cases/cn-bayannur-202109/edit/",
    "history": "/cases/cn-bayannur-202109/history/",
    "custody": "/cases/cn-bayannur-202109/custody/",
}

# A mid-range phone on a slow line, as Lighthouse has it: CPU 4 times slower, 150 ms to the server, 1.6 Mbit/s.
SLOWER_CPU = 4
SLOW_LINE = {"latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8, "offline": False}
WAIT_FOR_SHIFTS = 1_500  # ms after the last request

OBSERVE = """
window.__seen = {shift: 0, paint: 0};
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__seen.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
new PerformanceObserver((list) => {
  for (const entry of list.getEntriesByName("first-contentful-paint")) window.__seen.paint = entry.startTime;
}).observe({type: "paint", buffered: true});
"""


class NoBrowser(RuntimeError):
    """There is no Chromium, or no Playwright to drive it."""


@contextmanager
def chromium():
    """A browser of Playwright. Raises NoBrowser where there is none."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as missing:
        raise NoBrowser("Playwright is missing: pip install -r enforcement/tests/requirements.txt") from missing
    if not CHROMIUM:
        raise NoBrowser("Chromium is missing: install Debian's chromium, or set CHROMIUM to its path.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def log_in(page, site, name, password):
    page.goto(f"{site}/login/")
    page.locator("#id_username").fill(name)
    page.locator("#id_password").fill(password)
    page.locator("#id_password").press("Enter")
    page.wait_for_url(lambda address: "/login/" not in address)


@dataclass
class FirstVisit:
    """What a first visit costs: ms to the first content, layout shift (CLS), requests, KB over the line."""

    name: str
    width: int
    paint: float = 0
    shift: float = 0
    requests: int = 0
    kb: float = 0
    problems: list[str] = field(default_factory=list)


def first_visit(browser, site, name, address, width):
    """A FirstVisit of `address` by a new visitor with a window of `width` px, on a slow phone."""
    context = browser.new_context(locale="en-US", viewport={"width": width, "height": 740 if width < 600 else 900})
    page = context.new_page()
    seen = FirstVisit(name, width)
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW_LINE)
    line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
    bytes_of = []
    line.on("Network.loadingFinished", lambda event: bytes_of.append(event["encodedDataLength"]))
    page.on("pageerror", lambda error: seen.problems.append(str(error)))
    page.add_init_script(OBSERVE)
    page.goto(site + address, wait_until="networkidle", timeout=60_000)
    page.wait_for_timeout(WAIT_FOR_SHIFTS)
    found = page.evaluate("window.__seen")
    seen.paint, seen.shift = found["paint"], found["shift"]
    seen.requests, seen.kb = len(bytes_of), sum(bytes_of) / 1000
    context.close()
    return seen
