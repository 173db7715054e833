"""Every change is signed with a Verb, and every Verb has its words in both catalogs."""

import ast
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils.translation import override

from cases.actions.signing import Verb

ROOT = Path(settings.BASE_DIR)
PACKAGES = ["regions", "cases", "enforcement"]


def verbs_given_to_changing():
    """[(file, what `changing` is called with)] of the whole project, without its tests."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "tests" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "changing":
                    verb = node.args[0]
                    either = [verb.body, verb.orelse] if isinstance(verb, ast.IfExp) else [verb]
                    found += [(path.relative_to(ROOT).as_posix(), ast.unparse(one)) for one in either]
    return found


def test_every_change_is_signed_with_a_verb():
    names = {name.removeprefix("signing.").removeprefix("Verb.") for _path, name in verbs_given_to_changing()}
    written = [(path, name) for path, name in verbs_given_to_changing() if "Verb." not in name]
    assert written == []
    assert names == set(Verb.names), "a Verb that nothing signs with, or a name that is no Verb"


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_every_verb_is_in_the_catalog(language):
    catalog = polib.pofile(str(settings.LOCALE_PATHS[0] / language / "LC_MESSAGES" / "django.po"))
    labels = {entry.msgid: entry.msgstr for entry in catalog if entry.msgctxt == "history"}
    with override("en"):
        english = [str(verb.label) for verb in Verb]
    assert set(english) - labels.keys() == set()
    if language != "en":
        assert [msgid for msgid in english if not labels[msgid]] == []
