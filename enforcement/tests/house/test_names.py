"""One name, one thing: no two classes of one name, and no two public functions of one name that behave differently."""

import ast
from collections import defaultdict
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PACKAGES = ["regions", "cases", "enforcement"]

# Django asks for these names.
CLASSES_OF_DJANGO = {"Command"}
# Renames that are still to come. This list may only become shorter.
CLASSES_TO_RENAME = {"Column", "Doubt", "Reading", "Region", "Row", "Tally"}

# The same idea, spoken by two floors: a view and its action, a filter of templates and what it shows.
FUNCTIONS_OF_ONE_IDEA = {
    "carbon", "check", "close", "coal", "delete", "describe", "energy", "figure", "forget", "load", "money", "read",
    "region_at", "remove", "revise", "rigs", "rows_of", "state_of", "take_back", "totals", "trend", "undo", "write",
}  # fmt: skip
# Renames that are still to come. This list may only become shorter.
FUNCTIONS_TO_RENAME = {
    "address_of", "day_as_known", "examine", "identity_of", "in_words", "opened", "shown", "simplified",
}  # fmt: skip


def defined_twice(kind):
    """{name: the modules} of what more than one module defines at its top; names with an underscore are its own."""
    modules = defaultdict(list)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if {"tests", "migrations"} & set(path.parts):
                continue
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, kind) and not node.name.startswith("_"):
                    modules[node.name].append(path.relative_to(ROOT).as_posix())
    return {name: paths for name, paths in modules.items() if len(paths) > 1}


def test_no_two_classes_have_one_name():
    twice = defined_twice(ast.ClassDef)
    assert {name: twice[name] for name in twice.keys() - CLASSES_OF_DJANGO - CLASSES_TO_RENAME} == {}


def test_no_two_functions_of_one_name_behave_differently():
    twice = defined_twice(ast.FunctionDef)
    assert {name: twice[name] for name in twice.keys() - FUNCTIONS_OF_ONE_IDEA - FUNCTIONS_TO_RENAME} == {}
