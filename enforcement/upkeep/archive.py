"""A backup is one file: a tar that any machine opens without this program.

    database.dump       what pg_dump wrote (custom format)
    documents/ab/ab…    the files that the database names
    manifest.json       when it was made, of which migrations, how many rows, the digest of each member
    SHA-256             the digest of everything before this member

The last member has a fixed length, and everything before it has its digest there: a byte that is not as it was written
is found wherever it lies, and so is a file that was cut.
"""

import hashlib
import io
import json
import os
import tarfile
from contextlib import contextmanager
from pathlib import Path

DATABASE, DOCUMENTS, MANIFEST, DIGEST = "database.dump", "documents/", "manifest.json", "SHA-256"
AT_A_TIME = 1024 * 1024  # bytes


class BackupRefused(Exception):
    """Why a backup is not made or not used, in one sentence."""


class BackupDamaged(BackupRefused):
    """A file that is no backup, or is not as it was written."""


class _Hashing:
    """A file of which every byte that is written or read, up to `until`, goes into one digest."""

    def __init__(self, file, until=None):
        self.file, self.until, self.at, self.sha256 = file, until, 0, hashlib.sha256()

    def write(self, content):
        self.sha256.update(content)
        return self.file.write(content)

    def read(self, size=-1):
        content = self.file.read(size)
        self.sha256.update(content[: max(self.until - self.at, 0)])
        self.at += len(content)
        return content


class Writer:
    """Writes the members of a backup one after the other."""

    def __init__(self, file):
        self.file, self.members = _Hashing(file), {}

    def add(self, name, source, size, progress=lambda count: None):
        """Add `size` bytes of the open file `source`. Returns their digest."""
        self.file.write(_member(name, size).tobuf(tarfile.GNU_FORMAT))
        digest, left = hashlib.sha256(), size
        while left:
            content = source.read(min(AT_A_TIME, left))
            if not content:
                raise BackupRefused(f"{name} became shorter while it was read.")
            self.file.write(content)
            digest.update(content)
            left -= len(content)
            progress(len(content))
        self.file.write(_padding(size))
        self.members[name] = {"size": size, "sha256": digest.hexdigest()}
        return digest.hexdigest()

    def finish(self, manifest):
        """Add what is told of the backup, and the digest of it all."""
        content = json.dumps(manifest | {"members": self.members}, indent=1, ensure_ascii=False).encode()
        self.add(MANIFEST, io.BytesIO(content), len(content))
        self.file.file.write(_ending(self.file.sha256.hexdigest()))


@contextmanager
def new_file(path):
    """A file that is there whole, under its name, after the block, or not at all. Nobody else may read it."""
    path = Path(path)
    if path.exists():
        raise BackupRefused(f"{path} is there already. A backup does not replace another one.")
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def read_backup(path, take=lambda name, content: None, progress=lambda count: None):
    """The manifest of the backup at `path`, which is read whole. Raises BackupDamaged.

    `take` is called with the name and the open content of each member, before it is known that all of it is whole.
    """
    try:
        size = Path(path).stat().st_size
        with open(path, "rb") as file:
            until = size - len(_ending("0" * 64))
            if until < 0:
                raise BackupDamaged(f"{path} is not a backup, or it was cut short.")
            file.seek(until)
            ending = file.read()
            file.seek(0)
            hashing = _Hashing(file, until)
            found, manifest = _members(path, hashing, take, progress)
            while hashing.read(AT_A_TIME):
                pass
    except OSError as problem:
        raise BackupRefused(f"{path} cannot be read: {problem.strerror}.") from problem
    if not ending.startswith(DIGEST.encode() + b"\0"):
        raise BackupDamaged(f"{path} is not a backup, or it was cut short.")
    if ending != _ending(hashing.sha256.hexdigest()):
        raise BackupDamaged(f"{path} is damaged: it is not what was written when the backup was made.")
    if manifest is None or found != manifest["members"]:
        raise BackupDamaged(f"{path} is damaged: its members are not those that its manifest names.")
    return manifest


def _members(path, hashing, take, progress):
    found, manifest = {}, None
    try:
        with tarfile.open(fileobj=hashing, mode="r|") as tar:
            for member in tar:
                content = _Told(tar.extractfile(member), progress)
                if member.name == MANIFEST:
                    manifest = json.loads(content.read())
                elif member.name != DIGEST:
                    take(member.name, content)
                    content.read_to_the_end()
                    found[member.name] = {"size": content.size, "sha256": content.sha256.hexdigest()}
    # What stands in a damaged file can be anything.
    except (tarfile.TarError, EOFError, ValueError, KeyError, AttributeError, OverflowError, MemoryError) as problem:
        raise BackupDamaged(f"{path} is damaged, or it is not a backup: it cannot be read to its end.") from problem
    return found, manifest


class _Told:
    """The content of a member, with its digest and its size when it was read."""

    def __init__(self, file, progress):
        self.file, self.progress, self.sha256, self.size = file, progress, hashlib.sha256(), 0

    def read(self, size=-1):
        content = self.file.read(size)
        self.sha256.update(content)
        self.size += len(content)
        self.progress(len(content))
        return content

    def read_to_the_end(self):
        while self.read(AT_A_TIME):
            pass


def _member(name, size):
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def _padding(size):
    return b"\0" * (-size % tarfile.BLOCKSIZE)


def _ending(digest):
    """The last member, and what ends a tar."""
    content = f"{digest}\n".encode()
    header = _member(DIGEST, len(content)).tobuf(tarfile.GNU_FORMAT)
    return header + content + _padding(len(content)) + b"\0" * 2 * tarfile.BLOCKSIZE
