"""The folder of a copy: ours or refused; filled beside, then swapped file by file.

Everything new is written into `.new/` first. Only when it is whole on the disk do its files take their places, each by
a rename, which needs no room: a disk that fills up or a link that leads nowhere leaves the old copy as it was.
`manifest.json` names every file with its digest. It is how we know a folder as ours.
"""

import fcntl
import json
import os
import shutil
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from regions.disk import on_the_disk

MANIFEST, NEW = "manifest.json", ".new"
KIND = "copy of Mining Enforcement"


class CopyRefused(Exception):
    """A sentence for whoever asked for it."""


class CopyFolder:
    def __init__(self, path):
        self.path = Path(path)
        self.new = self.path / NEW

    @contextmanager
    def taken(self):
        """The folder, made if there is none, for this process alone. Raises CopyRefused."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as problem:
            raise CopyRefused(f"{self.path} cannot be used: {problem.strerror}.") from problem
        try:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as problem:
                raise CopyRefused(f"Another command is writing the copy in {self.path}.") from problem
            self._refuse_unless_ours()
            shutil.rmtree(self.new, ignore_errors=True)
            self.new.mkdir()
            try:
                yield self
            except OSError as problem:
                raise CopyRefused(f"{problem.strerror}: {self.path} is as it was before.") from problem
            finally:
                shutil.rmtree(self.new, ignore_errors=True)
        finally:
            os.close(folder)

    def _refuse_unless_ours(self):
        """An empty folder, one with a manifest of ours, or one that a first copy left before it had its first file."""
        if any(name != NEW for name in os.listdir(self.path)) and self.manifest() is None:
            raise CopyRefused(f"{self.path} is not empty, and no copy of this site is in it. Nothing was written.")

    def manifest(self):
        """{name: digest} of the copy that is there; None where there is none."""
        try:
            kept = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
            return kept["files"] if kept["kind"] == KIND else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, name, content):
        """Write a file beside, where it differs from what is there. (its digest, whether it is new)."""
        digest = sha256(content).hexdigest()
        try:
            if (self.path / name).read_bytes() == content:
                return digest, False
        except OSError:
            pass
        beside = self.new / name
        beside.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content)
        on_the_disk(beside)
        return digest, True

    def swap(self, files):
        """Let what was put take its place, and remove what is no longer of the copy. How many files were removed."""
        before = self.manifest() or {}
        gone = sorted(set(before) - set(files))
        changed = sorted(path.relative_to(self.new) for path in self.new.rglob("*") if path.is_file())
        if not changed and not gone and self.manifest() is not None:
            return 0
        # While files take their places, the manifest names those of before too: the next command mends a killed one.
        for name, listed in (("first", before | files), ("last", files)):
            text = (
                json.dumps({"kind": KIND, "files": dict(sorted(listed.items()))}, indent=1, ensure_ascii=False) + "\n"
            )
            (self.new / f".{name}").write_text(text, encoding="utf-8")
            on_the_disk(self.new / f".{name}")
        for folder in {path.parent for path in changed}:
            (self.path / folder).mkdir(parents=True, exist_ok=True)
        os.replace(self.new / ".first", self.path / MANIFEST)
        for name in changed:
            os.replace(self.new / name, self.path / name)
        for name in gone:
            (self.path / name).unlink(missing_ok=True)
            self._remove_empty(self.path / name)
        os.replace(self.new / ".last", self.path / MANIFEST)
        on_the_disk(self.path)
        return len(gone)

    def _remove_empty(self, path):
        for folder in path.parents:
            if folder == self.path or any(folder.iterdir()):
                return
            folder.rmdir()
