from itertools import product
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from enforcement.workshop import browser

WIDTHS = (360, 768, 1280, 1920)
LANGUAGES = {"en": "en-US", "zh-hans": "zh-CN", "zh-hant": "zh-TW"}
SCHEMES = ("light", "dark")


class Command(BaseCommand):
    help = "Take a picture of every page of a running site, at each width, in each language and colour scheme."

    def add_arguments(self, parser):
        parser.add_argument("--site", default="http://localhost:8000", help="address of the running site")
        parser.add_argument("--out", type=Path, default=settings.DATA_DIR / "screenshots", help="where they go")
        parser.add_argument("--pages", nargs="+", metavar="PAGE", help="names of pages; without, all of them")
        parser.add_argument("--widths", nargs="+", type=int, default=WIDTHS, help="widths of the window, px")
        parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=["en", "zh-hans"])
        parser.add_argument("--schemes", nargs="+", choices=SCHEMES, default=SCHEMES)
        parser.add_argument("--user", help="also the pages that need an account, as this user")
        parser.add_argument("--password", help="of --user")

    def handle(self, *, site, out, pages, widths, languages, schemes, user, password, **options):
        known = browser.PAGES | (browser.PAGES_OF_AN_OFFICER if user else {})
        unknown = set(pages or ()) - set(known)
        if unknown:
            raise CommandError(f"No page is called {', '.join(sorted(unknown))}. There are: {', '.join(known)}.")
        chosen = {name: known[name] for name in pages or known}
        out.mkdir(parents=True, exist_ok=True)
        kinds = list(product(widths, languages, schemes))
        try:
            with browser.chromium() as chromium:
                for number, (width, language, scheme) in enumerate(kinds, 1):
                    self.stdout.write(f"{number} of {len(kinds)}: {width} px, {language}, {scheme}")
                    self.stdout.flush()
                    self._take(chromium, site, out, chosen, (width, language, scheme), user, password)
        except browser.NoBrowser as missing:
            raise CommandError(str(missing)) from missing
        self.stdout.write(f"{len(kinds) * len(chosen)} pictures in {out}")

    def _take(self, chromium, site, out, pages, kind, user, password):
        width, language, scheme = kind
        context = chromium.new_context(
            locale=LANGUAGES[language],
            color_scheme=scheme,
            viewport={"width": width, "height": 740 if width < 600 else 900},
        )
        page = context.new_page()
        if user:
            browser.log_in(page, site, user, password)
        for name, address in pages.items():
            page.goto(site + address, wait_until="networkidle")
            page.screenshot(path=out / f"{name}-{language}-{width}-{scheme}.png", full_page=True)
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                self.stderr.write(f"  {address} is {wide} px wide in a window of {width} px.")
        context.close()
