"""The catalogs: nothing is left untranslated, nothing is lost on the way, and what is compiled is what is written."""

import ast
import csv
import re
import shutil
import subprocess
import sys
from collections import Counter

import polib
import pytest
from django.conf import settings

from enforcement.management.commands import make_traditional
from regions.grammar.language import EXCEPTIONS, in_traditional, interface_in_traditional

CATALOGS = settings.LOCALE_PATHS[0]
LANGUAGES = ["en", "zh_Hans", "zh_Hant"]
CHINESE = LANGUAGES[1:]
# What a translation must carry over as it stands: %(name)s, %s, %%, tags and entities.
_KEPT = re.compile(r"%\(\w+\)[a-z]|%[%a-z]|</?\w[^>]*>|&\w+;")


def catalog(language):
    return polib.pofile(str(CATALOGS / language / "LC_MESSAGES" / "django.po"))


def kept(text):
    return Counter(_KEPT.findall(text))


def translations(entry):
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def compiled(entries):
    """What a .mo file holds of `entries`: {(context, msgid, plural): msgstr or {form: msgstr}}."""
    return {
        (entry.msgctxt, entry.msgid, entry.msgid_plural or ""): entry.msgstr_plural or entry.msgstr for entry in entries
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_entry_is_fuzzy_or_obsolete(language):
    entries = catalog(language)
    assert [entry.msgid for entry in entries if entry.fuzzy or entry.obsolete] == []
    assert not entries.metadata_is_fuzzy


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_header_is_ours_and_not_a_form_to_fill_in(language):
    entries = catalog(language)
    assert entries.metadata["Project-Id-Version"] == "Mining Enforcement"
    assert entries.metadata["Language"] == language
    assert entries.metadata["Content-Type"] == "text/plain; charset=UTF-8"
    written = entries.header + "".join(entries.metadata.values())
    assert not re.search(r"FULL NAME|EMAIL@ADDRESS|YEAR|PACKAGE|SOME DESCRIPTIVE", written)


@pytest.mark.parametrize("language", CHINESE)
def test_every_entry_has_its_chinese(language):
    entries = catalog(language)
    assert entries.metadata["Plural-Forms"] == "nplurals=1; plural=0;"
    assert [entry.msgid for entry in entries if not all(translations(entry)) or not translations(entry)] == []


def test_english_is_the_source_and_says_nothing_twice():
    assert [entry.msgid for entry in catalog("en") if any(translations(entry))] == []


def test_the_languages_have_the_same_entries():
    english, *others = (set(compiled(catalog(language))) for language in LANGUAGES)
    assert [english ^ entries for entries in others] == [set(), set()]


@pytest.mark.parametrize("language", CHINESE)
def test_placeholders_and_markup_come_through(language):
    differing = [
        (entry.msgid, text)
        for entry in catalog(language)
        for text in translations(entry)
        # The one form of Chinese stands for all numbers, as the plural does.
        if kept(text) != kept(entry.msgid_plural or entry.msgid)
    ]
    assert differing == []


def test_the_traditional_catalog_is_the_simplified_one_converted():
    written = make_traditional.catalog_of("zh_Hant").read_text(encoding="utf-8")
    assert written == make_traditional.traditional_catalog(), "run manage.py make_traditional"


def test_a_number_stands_beside_its_chinese_word_without_a_space():
    apart = re.compile(r"(?<![-A-Za-z])\d [一-龥]|[一-龥] \d|\)s [条张天公里起台份个项次家人处年月日]")
    found = [text for entry in catalog("zh_Hans") for text in translations(entry) if apart.search(text)]
    assert found == []


def test_lines_begin_and_end_alike():
    ends = [("start", str.startswith), ("end", str.endswith)]
    differing = [
        (entry.msgid, where)
        for entry in catalog("zh_Hans")
        for text in translations(entry)
        for where, touches in ends
        if touches(entry.msgid, "\n") != touches(text, "\n")
    ]
    assert differing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language):
    written = catalog(language)
    read = polib.mofile(str(CATALOGS / language / "LC_MESSAGES" / "django.mo"))
    assert compiled(read) == compiled(written.translated_entries()), "run manage.py compilemessages"
    # msgfmt leaves out the day of the template, so that the same catalog gives the same bytes.
    assert read.metadata == {name: text for name, text in written.metadata.items() if name != "POT-Creation-Date"}


def test_every_exception_is_needed_and_reads_as_it_says():
    with EXCEPTIONS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    convert = {"everywhere": in_traditional, "interface": interface_in_traditional}
    assert [row for row in rows if convert[row["where"]](row["simplified"]) != row["traditional"]] == []
    assert all(row["reason"] for row in rows)
    assert in_traditional("工业和信息化部发改运行〔2021〕1283号") == "工業和信息化部發改運行〔2021〕1283號"
    assert interface_in_traditional("登录后查看110台矿机的数据") == "登入後檢視110台礦機的資料"


@pytest.mark.skipif(not shutil.which("xgettext"), reason="gettext is not installed")
def test_the_catalogs_are_what_is_collected_from_the_source(tmp_path):
    """Also in its order: a text that moves to another template moves here."""
    ours = shutil.ignore_patterns(".*", "var", "node_modules", "*.csv", "*.json*", "__pycache__")
    source = shutil.copytree(settings.BASE_DIR, tmp_path / "source", ignore=ours)
    collected = source / CATALOGS.relative_to(settings.BASE_DIR)
    command = [sys.executable, "manage.py", "makemessages", "--no-location", "--locale", "en", "--locale", "zh_Hans"]
    subprocess.run(command, cwd=source, check=True)

    def written(folder, language):
        lines = (folder / language / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if not line.startswith('"POT-Creation-Date')]

    changed = [
        language for language in ("en", "zh_Hans") if written(collected, language) != written(CATALOGS, language)
    ]
    assert changed == [], "run manage.py makemessages, make_traditional and compilemessages"


def test_texts_are_marked_by_the_names_that_makemessages_knows():
    """A text in a function of another name stays English on every page, and no catalog misses it."""
    others = []
    for package in ("cases", "enforcement", "regions"):
        for path in (settings.BASE_DIR / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
                    others += [f"{path.name}: {name.asname}" for name in node.names if name.asname not in (None, "_")]
    assert others == []
