"""Rules about the code itself: what may import what, and what the README must name."""

import ast
import re
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.test import SimpleTestCase, TestCase

ROOT = Path(settings.BASE_DIR)
OURS = {"regions", "cases", "enforcement"}
MAY_IMPORT = {"regions": {"regions"}, "cases": {"cases", "regions"}, "enforcement": OURS}


def packages_imported_by(path):
    """The top packages that a file imports; a relative import is its own package."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module.split(".")[0])
    return found


class LayeringTests(SimpleTestCase):
    """regions knows nothing of cases; neither knows the shell around them."""

    def test_imports_point_downwards(self):
        for package, allowed in MAY_IMPORT.items():
            for path in sorted((ROOT / package).rglob("*.py")):
                with self.subTest(path.relative_to(ROOT)):
                    self.assertLessEqual(packages_imported_by(path) & OURS, allowed)

    def test_the_arrow_holds_at_run_time_too(self):
        for model in apps.get_app_config("regions").get_models():
            for relation in model._meta.related_objects:
                if relation.hidden:  # related_name="+": the model below does not know it
                    continue
                with self.subTest(f"{relation.related_model.__name__} → {model.__name__}"):
                    self.assertEqual(relation.related_model._meta.app_label, "regions")

    def test_the_tree_of_regions_is_known_to_its_own_model_only(self):
        # Querysets of regions and cases speak of regions; how the tree is stored is one module's business.
        for path in sorted(ROOT.glob("*/**/*.py")):
            inside = path.relative_to(ROOT)
            if inside.parts[0] in OURS and not {"tests", "migrations"} & {*inside.parts} and inside != KNOWS_THE_TREE:
                with self.subTest(inside):
                    self.assertEqual(_uses_of_the_path(path.read_text(encoding="utf-8")), [])

    def test_each_way_to_use_the_path_of_a_region_is_found(self):
        for code in (
            'regions.filter(path__startswith="/CN/")',
            'Q(**{"path__startswith": "/CN/"})',
            'cases.values_list("region__path")',
            'cases.order_by("-region__path")',
            'regions.order_by("-path")',
            'regions.only("path", "name_en")',
            'regions.filter(path="/CN/")',
            'case.region.path.strip("/").split("/")',
            'parent.path.startswith("/CN/")',
            'one.path.count("/")',
            'path.split("/")[1]',
            '"SELECT id FROM regions_region WHERE path LIKE %s"',
            'f"SELECT below.path FROM {table} AS below"',
        ):
            with self.subTest(code):
                self.assertEqual(_uses_of_the_path(code), [1])
        for code in (
            'request.path.startswith("/cases/")',
            "self.client.get(request.path)",
            'open(path).read().split("/")',
        ):
            with self.subTest(code):
                self.assertEqual(_uses_of_the_path(code), [])


KNOWS_THE_TREE = Path("regions/models/region.py")
# Objects whose `path` is no region's: an address, a file, the search path of modules.
OTHER_PATHS = {"request", "os", "sys", "default_storage"}
ASKS = {"filter", "exclude", "get", "order_by", "only", "defer", "values", "values_list"}
TAKEN_APART = {"split", "strip", "count", "startswith", "rpartition", "partition"}


def _uses_of_the_path(text):
    """The lines that use the path of a region: as an attribute, in a lookup, in SQL, or taken apart as a text."""
    return sorted({node.lineno for node in ast.walk(ast.parse(text)) if _uses_the_path(node)})


def _uses_the_path(node):
    match node:
        case ast.Attribute(value=owner, attr="path"):
            name = getattr(owner, "attr", getattr(owner, "id", ""))
            return name not in OTHER_PATHS
        case ast.Attribute(value=ast.Name(id="path"), attr=method):
            return method in TAKEN_APART
        case ast.Constant(value=str(text)):
            return bool(re.search(r"\w__path\b|\bpath__\w|\bpath LIKE\b|\b\w+\.path\b", text))
        case ast.Call(func=ast.Attribute(attr=method), args=values, keywords=named) if method in ASKS:
            texts = {value.value for value in values if isinstance(value, ast.Constant)}
            lookups = [keyword.arg for keyword in named if keyword.arg]
            return bool({"path", "-path"} & texts) or any(re.match(r"(\w+__)?path(__|$)", name) for name in lookups)
    return False


class MigrationTests(TestCase):
    def test_the_migrations_say_what_the_models_say(self):
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)


class ReadmeTests(SimpleTestCase):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    def test_every_command_is_in_the_readme(self):
        for path in ROOT.glob("*/management/commands/*.py"):
            if path.stem != "__init__":
                with self.subTest(path.stem):
                    self.assertIn(f"manage.py {path.stem}", self.readme)

    def test_every_variable_that_the_settings_read_is_in_the_readme_and_no_other(self):
        read = set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "enforcement/settings.py").read_text(encoding="utf-8")))
        told = set(re.findall(r"^\| `([A-Z_]+)` \|", self.readme, re.MULTILINE))
        self.assertEqual(read, told)

    def test_every_direct_dependency_says_why_and_is_used(self):
        text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        for line in re.findall(r'^  "[A-Za-z].*$', text.split("[tool.ruff]")[0], re.MULTILINE):
            with self.subTest(line.strip()):
                self.assertRegex(line, r'^  "[^"]+",\s+# \S')

    def test_what_the_readme_counts_is_what_the_fixtures_hold(self):
        import csv

        def rows(name):
            with open(ROOT / "fixtures" / f"{name}.csv", encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))

        cases = rows("cases")
        self.assertIn(f"{len(cases)} publicly reported cases", self.readme)
        self.assertIn(f"from {len({row['country'] for row in cases})} countries", self.readme)
        self.assertIn(f"{len(rows('policies'))} policies", self.readme)
        self.assertIn(f"{len(rows('rigs'))} rig models", self.readme)
        self.assertIn(f"{len(rows('factors'))} conversion", self.readme)


class TemplateTests(SimpleTestCase):
    """What the content security policy would break, found before a browser does."""

    def test_no_template_carries_inline_script_or_style(self):
        for path in sorted((ROOT / "templates").rglob("*.html")):
            with self.subTest(path.relative_to(ROOT)):
                text = path.read_text(encoding="utf-8")
                inline_script = r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|\son\w+=|javascript:"
                self.assertNotRegex(text, inline_script + r"|<style\b|\sstyle=")

    def test_scripts_put_text_into_pages_as_text(self):
        for path in sorted((ROOT / "static/js").glob("*.js")):
            with self.subTest(path.name):
                self.assertNotRegex(path.read_text(encoding="utf-8"), r"innerHTML|outerHTML\s*=|document\.write|eval\(")
