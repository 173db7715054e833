"""The catalog of Traditional Chinese, made from the simplified one, so that it costs nothing to keep."""

import re

from django.conf import settings
from django.core.management.base import BaseCommand

from regions.grammar.language import interface_in_traditional

ABOUT = "# Mining Enforcement in Traditional Chinese, made from zh_Hans by make_traditional: change that one.\n"
# A translation with the lines it goes on in: msgstr "…" or msgstr[0] "…", then lines that are only a text.
_TRANSLATION = re.compile(r'^(msgstr(?:\[\d\])? )"(.*)"((?:\n".*")*)$', re.MULTILINE)


class Command(BaseCommand):
    help = "Make the texts in Traditional Chinese from those in Simplified Chinese; then run compilemessages."

    def handle(self, **options):
        catalog = catalog_of("zh_Hant")
        catalog.write_text(traditional_catalog(), encoding="utf-8")
        self.stdout.write(f"Written: {catalog.relative_to(settings.BASE_DIR)}")


def catalog_of(locale):
    return settings.LOCALE_PATHS[0] / locale / "LC_MESSAGES" / "django.po"


def traditional_catalog():
    """The text of the catalog of Traditional Chinese, as it follows from the simplified one."""
    simplified = catalog_of("zh_Hans").read_text(encoding="utf-8")
    head, entries = simplified.split("\n\n", 1)
    head = ABOUT + head[head.index("msgid") :].replace("Language: zh_Hans", "Language: zh_Hant")
    return f"{head}\n\n{_TRANSLATION.sub(_converted, entries)}"


def _converted(match):
    """One line: a line of the other may break in the middle of a word."""
    start, first, rest = match.groups()
    text = first + rest.replace('"\n"', "").removeprefix('\n"').removesuffix('"')
    return f'{start}"{interface_in_traditional(text)}"'
