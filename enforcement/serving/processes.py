"""Several processes that answer on the same sockets, and one that looks after them.

The parent has loaded the program and answers nothing. Its children are copies of it, so that one is there at once
and shares what none of them changes. Where nobody answers yet, as after a crash, the first children answer before the
parent has made ready what the first visitors would wait for; copies that have it take their place.

A child that dies is replaced; so is one that holds too much memory, when it has answered what it was asked. SIGHUP
lets the program load anew behind the same sockets: first it is tried whether it still loads; then new children answer,
and the old ones go when they have answered. If the parent is killed, its children see a pipe end, and go too.
"""

import contextlib
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from . import errands, garbage
from .chores import Chores

log = logging.getLogger(__name__)

MOST_BY_ITSELF = 8  # processes; each has connections to the database
MOST_MB = 1_500  # of memory that a child holds
LOOKED_AFTER_EVERY = 5  # seconds
ENDS = {signal.SIGTERM, signal.SIGINT}
FAREWELL = 40  # seconds for a child to answer what it was asked
# What a parent that loads anew leaves for itself: sockets, the pipe, the errands, the old children.
KEPT = "ENFORCEMENT_KEPT"


def how_many_cores():
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_BY_ITSELF)


class Parent:
    """Keeps `count` children, which each do `work(sockets, ask)`, the sooner after `warm_up()` in the parent.

    By `ask` a child has work done apart (`errands`).
    """

    def __init__(self, sockets, count, work, warm_up=lambda: None):
        self.sockets, self.count, self.work, self.warm_up = sockets, count, work, warm_up
        kept = json.loads(os.environ.pop(KEPT, "{}"))
        self.pipe = kept.get("pipe") or os.pipe()
        self.errands = errands.Errands(kept.get("errands", ()))
        self.on_errands = set(kept.get("on_errands", ()))
        self.going = {pid: time.monotonic() + FAREWELL for pid in kept.get("children", [])}
        self.children = {}  # {pid: when it began}
        self.chores = Chores()
        self.asked = set()

    def run(self):
        """Returns when a signal has asked for the end and all children are gone."""
        told, tells = os.pipe()
        os.set_blocking(tells, False)
        os.set_blocking(told, False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, lambda number, _frame: self.asked.add(number))
        signal.set_wakeup_fd(tells, warn_on_full_buffer=False)
        cold = {}
        if not self.going:  # nobody answers: at once is better than fast
            self._have_enough()
            cold, self.children = self.children, {}
        self.warm_up()
        self._have_enough()
        self._let_go(*cold, *self.going)
        said_ready = False
        while not self.asked & ENDS:
            ready, _writing, _broken = select.select([told, self.errands.taking], [], [], LOOKED_AFTER_EVERY)
            with contextlib.suppress(BlockingIOError):
                os.read(told, 1024)
            if self.errands.taking in ready:
                self._do_an_errand()
            if signal.SIGHUP in self.asked:
                self.asked.discard(signal.SIGHUP)
                self._load_anew()
            self._look_after()
            if not (self.going or said_ready):
                said_ready = True
                log.info("Ready: %s processes.", self.count)
            self.chores.look()
        self._let_go(*self.children)
        for pid in self.on_errands:
            os.kill(pid, signal.SIGTERM)
        while self.going or self.on_errands:
            self._look_after(keep=False)
            time.sleep(0.05)

    def _look_after(self, *, keep=True):
        for pid in [*self.children, *self.going, *self.on_errands]:
            if os.waitpid(pid, os.WNOHANG)[0] == 0:
                continue
            self.on_errands.discard(pid)
            self.going.pop(pid, None)
            began = self.children.pop(pid, None)
            if began is not None:
                log.warning("A process of the server has died; another takes its place.")
                time.sleep(max(0, min(1, began + 1 - time.monotonic())))  # not faster, where each dies at once
        for pid, until in self.going.items():
            if until < time.monotonic():
                os.kill(pid, signal.SIGKILL)
        if keep:
            self._let_go(*(pid for pid in self.children if _megabytes(pid) > MOST_MB))
            self._have_enough()

    def _have_enough(self):
        while len(self.children) < self.count:
            garbage.look_seldom_within_answers()
            pid = os.fork()
            if pid == 0:
                self._live_as_child(lambda: self.work(self.sockets, self.errands.ask))
            self.children[pid] = time.monotonic()

    def _do_an_errand(self):
        errand, tells = self.errands.take()
        pid = os.fork()
        if pid == 0:
            for listening in self.sockets:
                listening.close()  # so that the next server may have the address, whatever becomes of this one
            self._live_as_child(lambda: errands.run(errand, tells))
        os.close(tells)
        self.on_errands.add(pid)

    def _live_as_child(self, work):
        """Do the work and end: what the parent has opened, and does at its end, is not the child's."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGINT, signal.SIGHUP):  # a terminal sends them to all; the parent decides
                signal.signal(number, signal.SIG_IGN)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.close(self.pipe[1])
            threading.Thread(target=_go_with_the_parent, args=[self.pipe[0]], daemon=True).start()
            work()
            status = 0
        except BaseException:
            log.exception("A process of the server ends.")
        finally:
            os._exit(status)

    def _let_go(self, *pids):
        for pid in pids:
            self.children.pop(pid, None)
            self.going.setdefault(pid, time.monotonic() + FAREWELL)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def _load_anew(self):
        """Become the program as it is on the disk now, if that loads."""
        tried = subprocess.run(
            [sys.executable, "-c", "import enforcement.server, enforcement.wsgi"], capture_output=True, text=True
        )
        if tried.returncode:
            log.error("The server goes on as it was: what is there now does not load. %s", tried.stderr[-500:])
            return
        if self.asked & ENDS:  # who asked meanwhile would be forgotten
            return
        for kept in (*self.pipe, *self.errands, *(listening.fileno() for listening in self.sockets)):
            os.set_inheritable(kept, True)
        os.environ[KEPT] = json.dumps(
            {
                "sockets": [listening.fileno() for listening in self.sockets],
                "pipe": self.pipe,
                "errands": [*self.errands],
                "on_errands": [*self.on_errands],
                "children": [*self.children, *self.going],
            }
        )
        signal.set_wakeup_fd(-1)
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - as it was started


def listening_sockets(host, port, backlog=1024):
    """The sockets of an address; a name such as localhost may stand for several. Those that are kept, if any are."""
    kept = json.loads(os.environ.get(KEPT, "{}")).get("sockets")
    if kept:
        return [socket.socket(fileno=number) for number in kept]
    found = []
    for family, kind, protocol, _name, address in dict.fromkeys(
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    ):
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            listening.bind(address)
        except OSError as problem:
            listening.close()
            sys.exit(f"The server cannot listen at {host}, port {port}: {problem.strerror}.")
        listening.listen(backlog)
        listening.setblocking(False)
        found.append(listening)
    return found


def _go_with_the_parent(pipe):
    """Nothing is ever written there: it ends with the parent."""
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _megabytes(pid):
    """What a process holds; 0 where the system does not say it."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000
    return 0
