"""What we depend on: each package says why, is used, and comes with the command that the README names."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
from django.conf import settings
from django.test import SimpleTestCase

ROOT = Path(settings.BASE_DIR)
OURS = ("regions", "cases", "enforcement")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# The name by which code speaks of a package, where it is not the name of the package.
NAMES_IN_CODE = {
    "python-docx": "docx",
    "axe-playwright-python": "axe_playwright_python",
    "django-axes": "axes",
    "django-csp": "csp",
    "django-filter": "django_filters",
    "django-leaflet": "leaflet",
    "django-pghistory": "pghistory",
    "django-template-partials": "template_partials",
    "djangorestframework": "rest_framework",
    "ibis-framework": "ibis",
    "pillow": "PIL",
    "psycopg2-binary": "psycopg2",
    "pynacl": "nacl",
}
# Packages that no code of ours names: where their use is seen instead.
SEEN_IN = {
    "pytest-django": ("pyproject.toml", "DJANGO_SETTINGS_MODULE"),
    "pytest-xdist": ("pyproject.toml", "--dist loadscope"),
    "ruff": (".ci/run", "ruff check"),
}


def name_of(requirement):
    return re.match(r"[\w-]+", requirement)[0].lower()


@cache
def names_in_code():
    """Every package that a file imports, and the first part of every dotted name or path in a string."""
    names = set()
    for path in (path for package in OURS for path in (ROOT / package).rglob("*.py")):
        if path == Path(__file__):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names.add(node.module.split(".")[0])
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                names |= set(re.findall(r"^(\w+)(?:[./][\w./-]+)?$", node.value))
    return names


def pins_of(path):
    return set(re.findall(r"^([\w.-]+)==", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE))


class DependencyTests(SimpleTestCase):
    def test_every_direct_dependency_says_why(self):
        text = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[build-system]")[0]
        for line in re.findall(r'^  "[A-Za-z].*$', text, re.MULTILINE):
            with self.subTest(line.strip()):
                self.assertRegex(line, r'^  "[^"]+",\s+# \S')

    def test_every_direct_dependency_is_used(self):
        extras = PROJECT["project"]["optional-dependencies"]
        for requirement in [*PROJECT["project"]["dependencies"], *extras["test"], *extras["build"], *extras["oidc"]]:
            package = name_of(requirement)
            with self.subTest(package):
                if package == "defusedxml":
                    self.assertTrue(openpyxl.DEFUSEDXML)
                elif package in SEEN_IN:
                    file, text = SEEN_IN[package]
                    self.assertIn(text, (ROOT / file).read_text(encoding="utf-8"))
                else:
                    self.assertIn(NAMES_IN_CODE.get(package, package.replace("-", "_")), names_in_code())

    def test_production_installs_no_package_of_the_tests(self):
        product, tests = pins_of("requirements.txt"), pins_of("enforcement/tests/requirements.txt")
        self.assertEqual(product & tests, set())
        self.assertLessEqual({name_of(each) for each in PROJECT["project"]["dependencies"]}, product)
        self.assertLessEqual({name_of(each) for each in PROJECT["project"]["optional-dependencies"]["test"]}, tests)

    def test_every_version_has_the_digests_of_its_files_and_no_lock_names_an_index(self):
        for path in ("requirements.txt", "enforcement/tests/requirements.txt", ".ci/requirements.txt"):
            lock = (ROOT / path).read_text(encoding="utf-8")
            pinned = re.findall(r"^\S+==.*(?:\n    .*)*", lock, re.MULTILINE)
            with self.subTest(path):
                self.assertGreater(len(pinned), 20)
                self.assertEqual([pin.split()[0] for pin in pinned if "--hash=sha256:" not in pin], [])
                self.assertNotIn("://", lock)

    def test_pip_takes_the_extra_that_the_readme_names(self):
        """In a folder that has our folders at its top, and with what pip finds in its index."""
        with TemporaryDirectory() as folder:
            for name in (*OURS, "fixtures", "static", "templates"):
                (Path(folder) / name).mkdir()
            (Path(folder) / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
            environment = Path(folder) / "environment"
            subprocess.run([sys.executable, "-m", "venv", environment], check=True)
            pip = [environment / "bin/pip", "--disable-pip-version-check", "--retries", "0", "--timeout", "5"]
            trial = ["install", "--dry-run", "--no-deps"]
            index = subprocess.run([*pip, *trial, "--ignore-installed", "setuptools"], capture_output=True, text=True)
            if index.returncode:
                self.skipTest(f"pip reaches no package index: {index.stderr.strip().splitlines()[-1]}")
            run = subprocess.run([*pip, *trial, ".[build]"], cwd=folder, capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertIn("Would install mining-enforcement", run.stdout)
