"""Files and folders: what outlives a power cut, and what does not outlive its process."""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_held = {}  # {folder: what holds it open}


def on_the_disk(path):
    """Wait until a file, or the names in a folder, would be there after a power cut."""
    if os.name == "nt":  # which opens no folders
        return
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def own_folder(parent, prefix):
    """A new folder in `parent` that no other user may enter, for this process and those that it forks. Raises OSError.

    They hold it. Before, those of this prefix that nobody holds are removed: a program that was killed could not.
    """
    for folder in Path(parent).glob(f"{prefix}*"):
        with suppress(OSError):  # it is another user's, or gone
            _remove_unless_held(folder)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        with suppress(FileNotFoundError):  # somebody took it for one that was left
            hold(folder)
            return folder


def hold(folder):
    """Let nobody remove a folder while this process is there, or one that it forks. Raises FileNotFoundError."""
    if not fcntl or folder in _held:
        return
    opened = _opened(folder)
    fcntl.flock(opened, fcntl.LOCK_SH)
    if not folder.exists():
        os.close(opened)
        raise FileNotFoundError(folder)
    _held[folder] = opened


def let_go(folder):
    """Remove a folder that is held here, with all that is in it."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder in _held:
        os.close(_held.pop(folder))


def _remove_unless_held(folder):
    if not fcntl:
        return
    opened = _opened(folder)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(opened)


def _opened(folder):
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
