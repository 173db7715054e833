"""The server: `python -m enforcement.server [--host 127.0.0.1] [--port 8000] [--processes N] [--stay-root]`.

One process for each core, which `processes` looks after. In each, Waitress reads requests and sends answers in one loop
and gives a thread only what has arrived whole, so that a slow client costs a socket and not a thread; two slow clients
stop a server that reads in its workers.
Started by root, it binds its port and then goes on as the user that the embedded database runs as.
"""

import argparse
import contextlib
import os
import signal
import socket
import struct
import sys
import time
import weakref
from collections import Counter
from pathlib import Path
from wsgiref.util import setup_testing_defaults

import waitress
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer
from waitress.task import WSGITask
from waitress.utilities import Error, RequestEntityTooLarge

from enforcement.serving import garbage, metrics, processes, shared

THREADS, FEWEST_THREADS = 16, 4  # of all processes, of each
CONNECTIONS = 1_000  # of each process
KEPT_CONNECTIONS = 900  # beyond them a new client takes the place of an idle one
MOST_BYTES = 512 * 1024 * 1024  # twenty documents at once; more is refused before it is read
REPORTS = "/tips/"
MOST_OF_A_REPORT = 32 * 1024 * 1024  # bytes, held in memory; the form itself allows a little less
MOST_OF_REPORTS = 256 * 1024 * 1024  # of all that arrive at once
IDLE_SECONDS = 60  # a client that says nothing for so long is let go
TO_GIVE_WAY = 5  # seconds after which a process that is still there will stay, and fills what it sums from
TO_ASK = 2  # seconds that who has just come has for asking a process that goes
LONGEST_ANSWER = 30  # seconds that a process which is asked to go takes for what it was asked before
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # of glibc
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Crowded(Error):
    code = 503
    reason = "Service Unavailable"


class Request(HTTPRequestParser):
    """A request as it arrives. What the public reports is held in memory until it is read.

    Waitress writes larger bodies to a file, and a photo as it came says where and by whom it was taken.
    """

    arriving = weakref.WeakSet()

    def parse_header(self, header_plus):
        super().parse_header(header_plus)
        if not self.path.startswith(REPORTS) or self.body_rcv is None:
            return
        if self.chunked or self.content_length > MOST_OF_A_REPORT:
            self.error, self.completed = RequestEntityTooLarge("A report must say its length, and be shorter."), True
        elif sum(other.body_bytes_received for other in self.arriving) > MOST_OF_REPORTS:
            self.error, self.completed = Crowded("Too many reports arrive just now."), True
        else:
            self.arriving.add(self)
            self.body_rcv.buf.overflow = MOST_OF_A_REPORT + 1


class Task(WSGITask):
    """An answer that breaks off is reset: to a client of HTTP/1.0 a connection that ends is the end of the file."""

    def execute(self):
        try:
            super().execute()
        except Exception:
            if self.wrote_header:
                with contextlib.suppress(OSError):
                    self.channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            raise


class Channel(HTTPChannel):
    """A connection. Where there are too many, the longest idle one of the address that has most is let go.

    So a thousand connections that say nothing keep out nobody else.
    """

    task_class = Task
    parser_class = Request

    def __init__(self, server, *args, **kwargs):
        super().__init__(server, *args, **kwargs)
        idle = [other for other in server.active_channels.values() if other is not self and other.is_idle()]
        if len(server.active_channels) > KEPT_CONNECTIONS and idle:
            crowd, _count = Counter(channel.addr[0] for channel in idle).most_common(1)[0]
            of_the_crowd = (channel for channel in idle if channel.addr[0] == crowd)
            min(of_the_crowd, key=lambda channel: channel.last_activity).will_close = True

    def service(self):
        super().service()
        garbage.look_between_answers()

    def is_idle(self):
        return not (self.requests or self.total_outbufs_len or self.will_close)

    def is_asking(self):
        """Whether it has just come, or has said a part of what it asks."""
        return self.request is not None or self.last_activity == self.creation_time


def main():
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("--host", default="127.0.0.1")
    reader.add_argument("--port", type=int, default=8000)
    reader.add_argument(
        "--stay-root", action="store_true", help="where no other user can read the program, go on as root"
    )
    reader.add_argument(
        "--processes", type=int, default=processes.how_many_cores(), help="as many as there are cores, if not said"
    )
    asked = reader.parse_args()
    # A polite stop runs what is registered for the end; the last one out stops the embedded database.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    _raise_the_limit_of_open_files()
    _give_memory_back()

    metrics.count_together()
    from enforcement.wsgi import application

    sockets = processes.listening_sockets(asked.host, asked.port)
    if os.name != "nt" and os.geteuid() == 0:
        give_up_root(stay=asked.stay_root)
    count = max(asked.processes, 1)
    work = Work(application, threads=max(THREADS // count, FEWEST_THREADS))
    _load_all()
    if hasattr(os, "fork"):
        from enforcement import postgres

        postgres.leave_it_to_copies()
        with shared.among_processes():
            processes.Parent(sockets, count, work, warm_up=lambda: _warm_up(application)).run()
    else:
        _warm_up(application)
        work(sockets)


class Work:
    """What a process of the server does: answer, until SIGTERM asks it to go; then what it was asked before."""

    def __init__(self, application, *, threads):
        self.application, self.threads, self.goes = application, threads, False

    def __call__(self, sockets, ask=None):
        """Answer on `sockets`; by `ask` long work is done apart (`serving.errands`), without it in a thread."""
        from cases.actions import working
        from cases.columns import keeper

        signal.signal(signal.SIGTERM, self._go)
        working.work_apart_by(ask)
        keeper.sum_from_columns()
        if keeper.keeper:
            keeper.keeper.fill_unasked(TO_GIVE_WAY)
        connections = {}
        waitress.create_server(
            self.application,
            map=connections,
            sockets=sockets,
            threads=self.threads,
            connection_limit=CONNECTIONS,
            channel_timeout=IDLE_SECONDS,
            max_request_body_size=MOST_BYTES,
            ident=None,
            # The headers of a proxy in front are read by Django, by what ENFORCEMENT_HTTPS says of it.
            clear_untrusted_proxy_headers=False,
        )
        listening = [each for each in connections.values() if isinstance(each, BaseWSGIServer)]
        for each in listening:
            each.channel_class = Channel
        while not self.goes:
            wasyncore.loop(timeout=1, use_poll=True, map=connections, count=1)
        for each in listening:
            # Who comes from now on is for the processes that stay, or for the next server; the trigger is still needed.
            wasyncore.dispatcher.close(each)
        began = time.monotonic()
        while self._busy(connections, time.monotonic() - began):
            wasyncore.loop(timeout=0.1, use_poll=True, map=connections, count=1)

    def _go(self, *_):
        self.goes = True

    def _busy(self, connections, seconds):
        """Whether somebody still waits for an answer, `seconds` after the call to go. Who does not is let go."""
        channels = [channel for channel in [*connections.values()] if isinstance(channel, Channel)]
        for channel in channels:
            if channel.is_idle() and (seconds > TO_ASK or not channel.is_asking()):
                channel.will_close = True
        return bool(channels) and seconds < LONGEST_ANSWER


def _load_all():
    """Load the code of every page: what each process would otherwise load once more for its first visitor."""
    from django.urls import get_resolver

    get_resolver().url_patterns  # noqa: B018 - reading them imports every view
    metrics.counters()


def _warm_up(application):
    """Make what the first visitors would wait a second for: templates, forms, maps, shapes, languages."""
    from django.conf import settings
    from django.db import DatabaseError, connection
    from django.template.loader import get_template

    from cases.bulletins.languages import all_languages
    from cases.pictures.world import draw_ahead
    from regions import places

    all_languages()
    for folder in map(Path, settings.TEMPLATES[0]["DIRS"]):
        for path in folder.rglob("*.html"):
            get_template(path.relative_to(folder).as_posix())
    # Without a database, or with an empty one, the server starts too, and says so to whoever comes.
    with contextlib.suppress(DatabaseError):
        draw_ahead()
        places.read_ahead()
    host = next((name for name in settings.ALLOWED_HOSTS if not name.startswith(("*", "."))), "localhost")
    for language, _name in settings.LANGUAGES:
        for address in ("/", "/cases/"):
            _ask(application, host, address, language)
    connection.close()


def _ask(application, host, address, language):
    """What a visitor would ask; whatever comes of it is what they would get too."""
    environ = {
        "PATH_INFO": address, "HTTP_HOST": host, "HTTP_ACCEPT_LANGUAGE": language, "wsgi.url_scheme": "https",
        "HTTP_X_FORWARDED_PROTO": "https",
    }  # fmt: skip
    setup_testing_defaults(environ)
    answer = application(environ, lambda *_: None)
    with contextlib.closing(answer):
        for _part in answer:
            pass


def _raise_the_limit_of_open_files():
    """A connection is an open file, and many systems allow 1,024 of them unless asked."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 4 * CONNECTIONS if hard == resource.RLIM_INFINITY else min(4 * CONNECTIONS, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def _give_memory_back():
    """What a picture took is the system's again when it is decoded; glibc would keep it for each of our threads."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        import ctypes

        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, 1024 * 1024)
        libc.mallopt(M_ARENA_MAX, 2)


def give_up_root(*, stay):
    """Go on as the system user that stands in for root. Where that user may not read the program, stop or stay."""
    from django.conf import settings

    from enforcement import postgres

    try:
        account = postgres.account_for_root()
        closed = first_closed_to(account, _what_is_read(settings))
    except postgres.Unavailable as problem:
        closed, said = True, str(problem)
    else:
        said = f"{account.pw_name} may not read {closed}" if closed else ""
    if closed and stay:
        print(f"The server goes on as root: {said}.", file=sys.stderr)
        return
    if closed:
        sys.exit(
            f"The server does not stay root, and {said}. Open that to others, start the server as a user of your own, "
            "or let it stay root with --stay-root."
        )
    _hand_over(settings.DATA_DIR, account)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    # Libraries look for files of the user there, and what they may not enter some take for an error.
    os.environ["HOME"] = account.pw_dir


def _what_is_read(settings):
    """The program: what is loaded, what may still be, and what its pages are made of."""
    loaded = {module.__file__ for module in list(sys.modules.values()) if getattr(module, "__file__", None)}
    found_in = {folder for folder in sys.path if folder and Path(folder).is_dir()}
    made_of = [path for folder in ("templates", "enforcement", "static") for path in _files(settings.BASE_DIR / folder)]
    return [*sorted(found_in), *sorted(loaded), *made_of, *_files(settings.STATIC_ROOT), settings.DATA_DIR]


def _files(folder):
    return [path for path in Path(folder).rglob("*") if path.is_file()]


def first_closed_to(account, paths):
    """The first file or folder on the way to `paths` that `account` may not read or enter, or None."""
    with _acting_as(account):
        for path in map(Path, paths):
            if not os.access(path, os.R_OK, effective_ids=True):
                on_the_way = reversed(path.parents)
                return next((up for up in on_the_way if not os.access(up, os.X_OK, effective_ids=True)), path)
    return None


@contextlib.contextmanager
def _acting_as(account):
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(account.pw_gid)
    os.seteuid(account.pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def _hand_over(data_dir, account):
    """Give `account` what the server writes or alone may read: documents, the locks of the embedded database, keys."""
    documents = Path(data_dir) / "documents"
    documents.mkdir(mode=0o700, exist_ok=True)
    owned = [Path(data_dir) / name for name in ("postgres.starting", "postgres.users", "history-heads")]
    owned += [Path(os.environ[metrics.FOLDER]), *Path(os.environ[metrics.FOLDER]).glob("*")]
    owned += [Path(data_dir) / "tip-keys", *(Path(data_dir) / "tip-keys").glob("*")]
    for path in [documents, *documents.rglob("*"), *(path for path in owned if path.exists())]:
        status = path.lstat()
        # A second name of a file may be somebody else's file.
        if status.st_uid != account.pw_uid and (path.is_dir() or status.st_nlink == 1):
            os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)


if __name__ == "__main__":
    main()
