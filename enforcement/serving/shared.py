"""What the processes of one server make together: one of them makes a part, the others take it over from a file.

After each write all that was kept is worth nothing, and each process would make it anew, at the same time as the
others. A file has the digest of its key for a name and is there only when it is whole. It is in memory: on a disk each
reader would wait for what others write there. Where there is no such folder, or it is full, each makes its own.
"""

import pickle
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from regions import disk, keeping

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder there is our own
NAME = "enforcement-kept-"  # what begins that of the folder
WORTH = 10  # seconds; after them nearly all who ask have it in their process
LONGEST = 5  # seconds that somebody waits for another process before making the part too
TURN = 0.005  # seconds between two looks whether it is there

_folder, _looked_at = None, 0.0


@contextmanager
def among_processes():
    """Inside, this process and those that it forks share what they make, in a folder that no other user may enter."""
    global _folder
    before = _folder
    with suppress(OSError):
        _folder = disk.own_folder(IN_MEMORY, NAME)
        keeping.make_together(made_once)
    try:
        yield
    finally:
        if _folder != before:
            disk.let_go(_folder)
            _folder = before
            keeping.make_together(before and made_once)


def made_once(key, make):
    """What `make` makes of `key`, whose `repr` is the same in all processes. One of those that ask meanwhile makes it.

    A part may be made of others. None is nothing to share.
    """
    path = _folder / keeping.key_of_plain(key).hex()
    part = _read(path)
    if part is None:
        with _one_at_a_time(path):
            part = _read(path)
            if part is None:
                part = make()
                if part is not None:
                    _write(path, part)
    return part


def _read(path):
    try:
        return pickle.loads(path.read_bytes())  # noqa: S301 - from a folder that only this user may enter
    except OSError:
        return None


def _write(path, part):
    whole = path.with_suffix(f".{token_hex(8)}")
    try:
        whole.write_bytes(pickle.dumps(part))
        whole.replace(path)
    except OSError:  # such as a full disk
        with suppress(OSError):
            whole.unlink()
    _forget()


@contextmanager
def _one_at_a_time(path):
    """Inside, nobody else makes the part of `path`, unless it takes too long or there is no file to agree by."""
    import fcntl  # which no system lacks that has children

    try:
        lock = path.with_suffix(".lock").open("wb")
    except OSError:
        yield
        return
    ends = time.monotonic() + LONGEST
    with lock:  # closed, it is free again, also where its process is gone
        while time.monotonic() < ends and not path.exists():
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(TURN)
        yield


def _forget():
    """Remove what is old; once a second is enough."""
    global _looked_at
    now = time.time()
    if now - _looked_at < 1:
        return
    _looked_at = now
    with suppress(OSError):
        for file in _folder.iterdir():
            with suppress(OSError):  # another process is as quick
                if file.stat().st_mtime < now - WORTH:
                    file.unlink()
