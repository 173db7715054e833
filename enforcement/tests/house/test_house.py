"""Rules about the code itself: what may import what, and what the README must name."""

import ast
import re
from collections import Counter
from importlib import import_module
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.test import SimpleTestCase, TestCase

ROOT = Path(settings.BASE_DIR)
OURS = {"regions", "cases", "enforcement"}
MAY_IMPORT = {"regions": {"regions"}, "cases": {"cases", "regions"}, "enforcement": OURS}

# The rooms of cases/ from the ground up. A room uses only rooms of a floor below its own.
FLOORS = [
    {"power", "locks"},
    {"models"},
    {"access", "bulk", "columns"},
    {"selection"},
    {"fields", "widgets", "templatetags"},
    {"files"},
    {"method"},
    {"pictures"},
    {"doubts"},
    {"actions"},
    {"entry", "history", "leads", "loading"},
    {"alerts", "briefs", "bulletins", "imports", "releases", "screening"},
    {"api", "views"},
    {"admin", "apps", "management", "urls"},
]
# Whose pages a name of a route asks for: the namespaces that each package may name. Django's own names are anybody's.
MAY_NAME = {
    "regions": {"regions"},
    "cases": {
        "alerts",
        "cases",
        "leads",
        "method",
        "api",
        "regions",
        "policies",
        "releases",
        "embeds",
        "screening",
        "tips",
    },
}
NAMES_OF_DJANGO = {"login", "logout", "set_language", "password_change"}
ROUTE = re.compile(
    r"""(?:\b(?:reverse|reverse_lazy|redirect|resolve_url)\(\s*f?|pattern_name=|\{%\s*url\s+)["']([a-z_:-]+)["']"""
)

MOST_FILES = 15  # Python modules in one folder
MOST_FILES_IN_CASES = 10  # beside its rooms
MOST_LINES = 600  # of one module


def modules_of(*packages):
    """Every module of these packages that production runs: no tests, no migrations."""
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if not {"tests", "migrations"} & set(path.relative_to(ROOT).parts):
                yield path


def imports_of(path):
    """The full names that a file imports, such as `cases.models.Case`; relative imports are resolved."""
    package = list(path.relative_to(ROOT).parent.parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            found.update(f"{module}.{name.name}" for name in node.names)
    return found


def packages_imported_by(path):
    """The top packages that a file imports."""
    return {name.split(".")[0] for name in imports_of(path)}


def room_of(name):
    """The room of `cases.history.undo.undo` or of a path in it: history. None outside cases/."""
    parts = name.split(".")
    return parts[1] if parts[0] == "cases" and len(parts) > 1 else None


class LayeringTests(SimpleTestCase):
    """regions knows nothing of cases; neither knows the shell around them."""

    def test_imports_point_downwards(self):
        for package, allowed in MAY_IMPORT.items():
            for path in sorted((ROOT / package).rglob("*.py")):
                with self.subTest(path.relative_to(ROOT)):
                    self.assertLessEqual(packages_imported_by(path) & OURS, allowed)

    def test_a_room_of_cases_uses_only_the_floors_below_it(self):
        floor = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}
        for path in modules_of("cases"):
            room = room_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
            if room == "__init__":
                continue
            used = set(filter(None, map(room_of, imports_of(path)))) - {room}
            with self.subTest(path.relative_to(ROOT)):
                self.assertIn(room, floor, "a new room needs its floor")
                self.assertEqual([other for other in used if floor[other] >= floor[room]], [])

    def test_names_of_routes_point_downwards(self):
        for package, allowed in MAY_NAME.items():
            files = [*modules_of(package), *(ROOT / "templates" / package).rglob("*.html")]
            files += (ROOT / "templates/_parts").rglob("*.html") if package == "cases" else []
            for path in files:
                for name in ROUTE.findall(path.read_text(encoding="utf-8")):
                    with self.subTest(path.relative_to(ROOT), name=name):
                        self.assertTrue(name in NAMES_OF_DJANGO or name.partition(":")[0] in allowed)

    def test_regions_asks_only_for_its_own_routes(self):
        own = {pattern.name for pattern in import_module("regions.urls").urlpatterns}
        for path in modules_of("regions"):
            for name in ROUTE.findall(path.read_text(encoding="utf-8")):
                with self.subTest(path.relative_to(ROOT)):
                    self.assertIn(name, {f"regions:{route}" for route in own})

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
OTHER_PATHS = {"request", "os", "sys", "default_storage", "self"}
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


class SizeTests(SimpleTestCase):
    """A folder that grows too long to read is several; so is a module."""

    def test_no_folder_holds_more_modules_than_one_can_take_in(self):
        counts = Counter(path.parent for package in OURS for path in (ROOT / package).rglob("*.py"))
        for folder, count in counts.items():
            if folder.name == "migrations":  # nobody reads them as a whole, and each release adds some
                continue
            most = MOST_FILES_IN_CASES if folder == ROOT / "cases" else MOST_FILES
            with self.subTest(folder.relative_to(ROOT)):
                self.assertLessEqual(count, most)

    def test_no_module_is_longer_than_one_can_read(self):
        for path in modules_of(*OURS):
            with self.subTest(path.relative_to(ROOT)):
                self.assertLessEqual(len(path.read_text(encoding="utf-8").splitlines()), MOST_LINES)


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
        listed = re.findall(r"^\| `([A-Z_]+)` \|", self.readme, re.MULTILINE)
        self.assertEqual(sorted(listed), sorted(variables_of_the_settings()))

    def test_every_variable_that_the_settings_read_is_in_the_example_and_no_other(self):
        example = (ROOT / ".env.example").read_text(encoding="utf-8")
        listed = re.findall(r"^# ([A-Z_]+)=", example, re.MULTILINE)
        self.assertEqual(sorted(listed), sorted(variables_of_the_settings()))
        # Every value is a comment: a file copied without a change is the default.
        self.assertEqual([line for line in example.splitlines() if line and not line.startswith("#")], [])

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

    def test_the_map_has_a_line_for_every_folder_and_no_other(self):
        for package in sorted(OURS):
            with self.subTest(package):
                self.assertEqual(sorted(self._mapped(package)), folders_of(package))

    def _mapped(self, package):
        """The folders of `package` that the map names."""
        block = re.search(r"^## Find your way\n\n```\n(.*?)^```", self.readme, re.MULTILINE | re.DOTALL).group(1)
        lines = re.search(rf"^{package}/.*\n((?:  .*\n)*)", block, re.MULTILINE).group(1)
        return re.findall(r"^  (\w+)/ +\S", lines, re.MULTILINE)

    def test_every_section_ends_with_what_to_do_next(self):
        for section in re.split(r"^## ", self.readme, flags=re.MULTILINE)[1:]:
            with self.subTest(section.splitlines()[0]):
                self.assertRegex(section.strip().split("\n\n")[-1], r"^Next: ")


class TemplateTests(SimpleTestCase):
    """Lines that can be read; and what the content security policy would break, found before a browser does."""

    def test_no_template_line_is_over_160_characters(self):
        for path in sorted((ROOT / "templates").rglob("*.html")):
            with self.subTest(path.relative_to(ROOT)):
                lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
                self.assertEqual([number for number, line in lines if len(line) > 160], [])

    def test_what_scrolls_can_be_scrolled_by_keyboard(self):
        for path in sorted((ROOT / "templates").rglob("*.html")):
            with self.subTest(path.relative_to(ROOT)):
                boxes = re.findall(r'<div\s+class="scroll[ "][^>]*', path.read_text(encoding="utf-8"))
                self.assertEqual([box for box in boxes if 'tabindex="0"' not in box or 'role="' not in box], [])

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


def variables_of_the_settings():
    """The names of the environment variables that the settings read, each once."""
    return set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "enforcement/settings.py").read_text(encoding="utf-8")))


def folders_of(package):
    """The folders right below `package` that hold any file of the project, sorted."""
    files = (path for path in (ROOT / package).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    below = (path.relative_to(ROOT / package).parts for path in files)
    return sorted({parts[0] for parts in below if len(parts) > 1})


class DocumentTests(SimpleTestCase):
    """A path that a document names exists, and so does the name behind its `::`."""

    documents = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / ".github").rglob("*.md"))]
    tops = "cases|regions|enforcement|templates|static|fixtures|\\.github|\\.ci"
    # cases/files/ · static/js/*.js · README.md · cases/views/cases.py::case_list. An address begins with a slash.
    path = re.compile(rf"((?:{tops})/[\w./*-]*|[\w.-]+\.(?:py|md|toml|txt|yaml|example))((?:::\w+)*)")

    def test_every_path_exists(self):
        for document in self.documents:
            for word in self._words(document.read_text(encoding="utf-8")):
                found = self.path.fullmatch(word)
                if found:
                    with self.subTest(f"{document.relative_to(ROOT)}: {word}"):
                        self._check(*found.groups())

    def _words(self, text):
        """The words in backticks and those of commands; what is drawn in other blocks is left out."""
        commands = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
        for passage in [*commands, *re.findall(r"`([^`\n]+)`", prose)]:
            yield from passage.split()

    def _check(self, path, names):
        self.assertTrue(any(ROOT.glob(path.rstrip("/"))), "there is no such path")
        for name in names.split("::")[1:]:
            self.assertRegex((ROOT / path).read_text(encoding="utf-8"), rf"(?m)^\s*(?:def|class) {name}\b|^{name} = ")

    def test_every_link_to_a_file_leads_to_one(self):
        for document in self.documents:
            for target in re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8")):
                if "://" not in target:
                    with self.subTest(f"{document.relative_to(ROOT)}: {target}"):
                        self.assertTrue((document.parent / target).exists())
