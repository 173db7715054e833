"""One name, one thing: no two classes of one name, and no two public functions of one name that behave differently."""

import ast
from collections import defaultdict
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PACKAGES = ["regions", "cases", "enforcement"]

# Django asks for this name.
CLASSES_OF_DJANGO = {"Command"}
# A view and the action that it calls; or two views that do the same to different things.
VIEWS_OF_ACTIONS = {
    "close",
    "close_feed",
    "delete",
    "open_feed",
    "region_at",
    "remove",
    "revise",
    "take_back",
    "totals",
    "undo",
}
# What every language that bulletins are read in has: cases/bulletins/languages/__init__.py.
OF_EVERY_LANGUAGE = {"agencies_in", "day_of", "in_digits", "people_together", "places_in", "provisions_in", "reads"}
# A filter of templates and the function that it shows.
FILTERS_OF_QUANTITIES = {"between", "carbon", "coal", "energy", "figure", "money", "power_draw", "rigs", "rigs_named"}
EXPECTED = VIEWS_OF_ACTIONS | OF_EVERY_LANGUAGE | FILTERS_OF_QUANTITIES


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
    assert {name: twice[name] for name in twice.keys() - CLASSES_OF_DJANGO} == {}


def test_no_two_functions_of_one_name_behave_differently():
    twice = defined_twice(ast.FunctionDef)
    assert {name: twice[name] for name in twice.keys() - EXPECTED} == {}


def test_no_name_stays_on_a_list_when_it_is_defined_only_once():
    assert defined_twice(ast.FunctionDef).keys() >= EXPECTED
    assert defined_twice(ast.ClassDef).keys() >= CLASSES_OF_DJANGO


def test_a_name_on_a_list_is_defined_only_where_the_list_says():
    twice = defined_twice(ast.FunctionDef)
    for name in FILTERS_OF_QUANTITIES:
        assert twice[name] == ["regions/grammar/quantities.py", "enforcement/templatetags/quantities.py"]
    for name in OF_EVERY_LANGUAGE:
        assert {Path(path).parent.name for path in twice[name]} == {"languages"}
