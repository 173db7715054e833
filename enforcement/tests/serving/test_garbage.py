"""Garbage in rings is looked for when an answer has been sent, and not while somebody waits for one."""

import gc
import socket
import threading
import time
import urllib.request
import weakref
from contextlib import contextmanager

import pytest
import waitress
from waitress import wasyncore
from waitress.server import BaseWSGIServer

from enforcement.server import Channel
from enforcement.serving import garbage


class Ring:
    def __init__(self):
        self.others = [[self] for _ in range(garbage.BETWEEN[0])]


@pytest.fixture
def nothing_is_looked_for_by_itself():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@contextmanager
def a_server_of_this_process(application):
    """A server of this process; yields its address."""
    connections, ended = {}, threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    waitress.create_server(application, map=connections, sockets=[listening], threads=1)
    for each in [*connections.values()]:
        if isinstance(each, BaseWSGIServer):
            each.channel_class = Channel

    def go_on():
        while not ended.is_set():
            wasyncore.loop(timeout=0.05, map=connections, count=1)

    loop = threading.Thread(target=go_on)
    loop.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        ended.set()
        loop.join()
        wasyncore.close_all(connections)


def gone(reference, seconds):
    until = time.monotonic() + seconds
    while reference() is not None and time.monotonic() < until:
        time.sleep(0.01)
    return reference() is None


def test_what_an_answer_leaves_is_gone_when_it_has_been_sent(nothing_is_looked_for_by_itself):
    left, sent = [], threading.Event()

    def application(_environ, start_response):
        left.append(weakref.ref(Ring()))
        start_response("200 OK", [("Content-Length", "4")])
        yield b"sent"
        sent.wait(10)

    with a_server_of_this_process(application) as address:
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310
            assert answer.read() == b"sent"
        assert left[0]() is not None
        sent.set()
        assert gone(left[0], seconds=10)


def test_what_outlived_many_looks_is_looked_through_too(nothing_is_looked_for_by_itself):
    old = Ring()
    left = weakref.ref(old)
    gc.collect(0)
    del old
    for _ in range(garbage.BETWEEN[1] + 2):
        of_an_answer = [[] for _ in range(2 * garbage.BETWEEN[0])]
        garbage.look_between_answers()
        del of_an_answer
    assert left() is None


def test_few_new_objects_are_not_looked_through(nothing_is_looked_for_by_itself):
    left = weakref.ref(Ring())
    gc.collect()
    assert left() is None
    ring = []
    ring.append(ring)
    before = gc.get_stats()[0]["collections"]
    garbage.look_between_answers()
    assert gc.get_stats()[0]["collections"] == before
