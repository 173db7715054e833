"""Parts that one process keeps: whoever asks for the same meanwhile waits for it, and no longer than that."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

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


def test_what_is_made_of_rows_is_made_once_while_they_are_the_same():
    made = []

    def make(rows):
        made.append(rows)
        return sum(rows)

    rows = [1, 2]
    assert [keeping.made_of_rows("sum", rows, make) for _turn in "12"] == [3, 3]
    assert keeping.made_of_rows("other", rows, make) == 3
    assert keeping.made_of_rows("sum", [1, 2], make) == 3
    assert len(made) == 3
    for number in range(2 * keeping.MOST_MADE):
        assert keeping.made_of_rows("sum", [number], make) == number
