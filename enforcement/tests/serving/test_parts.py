"""Parts that one process keeps: whoever asks for the same meanwhile waits for it, and no longer than that."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction

from regions import keeping
from regions.keeping import KeptParts


def test_who_asks_meanwhile_is_given_the_same():
    parts, made = KeptParts(0, size_of=lambda _part: 1), []

    def make():
        time.sleep(0.1)
        made.append("made")
        return [*made]

    with ThreadPoolExecutor(4) as people:
        assert [*people.map(lambda _person: parts.get("k", make), range(4))] == [["made"]] * 4


def test_what_is_forgotten_makes_room():
    parts = KeptParts(10)
    for key in ("a", "b"):
        assert parts.get(key, lambda key=key: key * 5) == key * 5
    assert (parts.known("a"), parts.known("c")) == ("aaaaa", None)
    parts.forget("a")
    parts.forget("a")
    assert parts.known("a") is None
    parts.get("c", lambda: "ccccc")
    assert (parts.known("b"), parts.known("c")) == ("bbbbb", "ccccc")
    parts.get("d", lambda: "ddddd")
    assert (parts.known("b"), parts.known("d")) == (None, "ddddd")


def test_a_part_may_be_made_of_others_of_the_same():
    parts = KeptParts(1_000)

    def outer(name):
        return parts.get(f"outer {name}", lambda: parts.get("inner", lambda: time.sleep(0.05) or "in") + name)

    with ThreadPoolExecutor(4) as people:
        assert [*people.map(outer, "abab")] == ["ina", "inb", "ina", "inb"]


@pytest.mark.parametrize("fails", [True, False])
def test_where_none_is_made_each_who_waited_makes_their_own(fails):
    parts, begun, waits = KeptParts(1_000), threading.Event(), threading.Event()

    def nothing():
        begun.set()
        waits.wait(5)
        return 1 / 0 if fails else None

    with ThreadPoolExecutor(3) as people:
        first = people.submit(parts.get, "k", nothing)
        begun.wait(5)
        others = [people.submit(parts.get, "k", lambda name=name: name) for name in "ab"]
        time.sleep(0.05)
        waits.set()
        assert [other.result() for other in others] == ["a", "b"]
        assert isinstance(first.exception(), ZeroDivisionError if fails else type(None))
    assert parts.get("k", lambda: "made anew") == "made anew"
    assert parts.get("k", lambda: "kept") == "made anew"


@pytest.mark.django_db(transaction=True)
def test_what_is_made_of_tables_is_made_once_where_it_is_known_that_none_was_written(monkeypatch):
    written, made = {"a": 1}, []

    def make():
        made.append(written["a"])
        return made[-1]

    def twice(name="sum"):
        return [keeping.made_of_tables(name, ["a"], make) for _turn in range(2)]

    assert twice() == [1, 1]
    assert len(made) == 2
    monkeypatch.setattr(keeping, "_last_write", lambda tables: written[tables[0]])
    assert twice() == [1, 1]
    assert len(made) == 3
    written["a"] = 2
    assert twice() == [2, 2]
    assert twice("other") == [2, 2]
    assert len(made) == 5
    with transaction.atomic():  # which sees what it wrote itself
        assert twice() == [2, 2]
    assert len(made) == 7
