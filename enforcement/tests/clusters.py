"""The PostgreSQL of the tests: one of their own, beside the one that people work with, and copies for single tests.

An empty cluster is made and migrated in some ten seconds, and a migrated one is copied in less than one. So a cluster
is migrated when the migrations change, and kept, stopped, as the seed of all others. One with the record is made for
each session that needs it.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from enforcement import postgres

ROOT = Path(__file__).resolve().parent.parent.parent
# What the tests write is gone with them, so nobody waits for the disk. A test of a kill has a copy without these.
FORGETFUL = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


def begin():
    """Have the cluster of the tests running, as new unless another session uses it. Returns its folder of data."""
    data = Path(os.environ.get("ENFORCEMENT_DATA_DIR") or ROOT / "var").expanduser().resolve() / "tests"
    data.mkdir(parents=True, exist_ok=True)
    with _held(data / "lock"):
        _have_seed(data)
        if not _in_use(data):
            # Of a session that was killed; it may have written half of what it wanted.
            postgres.Cluster(data).stop()
            for old in (postgres.cluster_dir(data), data / "record"):
                shutil.rmtree(old, ignore_errors=True)
            (data / "record").mkdir()
            copy(data)
            with (postgres.cluster_dir(data) / "postgresql.conf").open("a") as configuration:
                configuration.write(FORGETFUL)
        postgres.start(data)
    return data


def copy(data, folder=None, *, load=False):
    """Put a migrated cluster, not yet started, into `folder`; with the record if `load`."""
    if load:
        _have_record(data)
    subprocess.run(
        ["cp", "-a", postgres.cluster_dir(data / ("record" if load else "seed")), folder or data], check=True
    )


def _have_record(data):
    """Have a cluster with the record in the folder `record`, which lasts as long as the session."""
    loaded = data / "record"
    with _held(data / "record.lock"):
        if not (loaded / "whole").exists():
            copy(data, loaded)
            _manage(loaded, "load_record")
            (loaded / "whole").touch()


def _manage(folder, *arguments):
    subprocess.run(
        [sys.executable, ROOT / "manage.py", *arguments, "--verbosity", "0"],
        env=os.environ | {"ENFORCEMENT_DATA_DIR": str(folder)}, check=True,
    )  # fmt: skip


def _have_seed(data):
    seed, state = data / "seed", _state()
    mark = seed / "state"
    if mark.exists() and mark.read_text() == state:
        return
    shutil.rmtree(seed, ignore_errors=True)
    _manage(seed, "migrate")
    mark.write_text(state)


def _state():
    """A digest of everything that decides what a migrated cluster is like."""
    others = ("requirements.txt", "enforcement/postgres.py", "enforcement/rights.py")
    files = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("enforcement/accounts/migrations/*.py")]
    files += [ROOT / name for name in others]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(files))).hexdigest()


def _in_use(data):
    with (data / "postgres.users").open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextlib.contextmanager
def _held(path):
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
