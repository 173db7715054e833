"""The catalogs: nothing is left untranslated, nothing is lost on the way, and what is compiled is what is written."""

import re
from collections import Counter

import polib
import pytest
from django.conf import settings

from enforcement.management.commands import make_traditional

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
