"""Static files have the hash of their content in their names, so that a browser may keep them for ever."""

import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.test import SimpleTestCase

from enforcement.serving.static_files import PackedStaticFiles

LOADED = re.compile(r"""(?:\bfrom |\bimport\()["'](\./[^"']+)["']""")
HASHED = re.compile(r"[\w-]+\.[0-9a-f]{12}\.js")


class StaticFilesTests(SimpleTestCase):
    def test_a_module_loads_others_by_their_hashed_names(self):
        with TemporaryDirectory() as folder:
            shutil.copytree(Path(settings.BASE_DIR) / "static" / "js", Path(folder) / "js")
            files = PackedStaticFiles(location=folder, base_url="/static/")
            names = [f"js/{path.name}" for path in (Path(folder) / "js").glob("*.js")]
            for _name, _hashed, problem in files.post_process({name: (files, name) for name in names}):
                if isinstance(problem, Exception):
                    raise problem
            loaded = []
            for path in (Path(folder) / "js").glob("*.js"):
                if HASHED.fullmatch(path.name):
                    loaded += LOADED.findall(path.read_text(encoding="utf-8"))
            self.assertGreater(len(loaded), 5)
            for name in loaded:
                with self.subTest(name):
                    self.assertRegex(name, rf"^\./{HASHED.pattern}$")
                    self.assertTrue((Path(folder) / "js" / name).exists())
