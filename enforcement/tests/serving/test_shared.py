"""What the processes of a server make together: once, and anew where another cannot be waited for."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest
from django.http import HttpResponse

from enforcement.serving import keeping, shared
from regions.keeping import KeptParts


@pytest.fixture
def folder(tmp_path):
    with mock.patch.object(shared, "IN_MEMORY", tmp_path), shared.among_processes():
        yield shared._folder


def in_a_child(work):
    """What `work` says in a process of its own, a text."""
    told, tells = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(tells, work().encode())
        finally:
            os._exit(0)
    os.close(tells)
    with open(told, encoding="utf-8") as file:
        said = file.read()
    os.waitpid(child, 0)
    return said


def test_what_one_process_has_made_another_takes_over(folder):
    assert in_a_child(lambda: shared.made_once(("a", 1), lambda: f"made by {os.getpid()}")) == in_a_child(
        lambda: shared.made_once(("a", 1), lambda: f"made by {os.getpid()}")
    )
    assert shared.made_once(("a", 2), lambda: "of another key") == "of another key"


def test_who_asks_meanwhile_waits_for_who_makes_it(folder):
    def made():
        time.sleep(0.2)
        return f"made at {time.monotonic()}"

    with ThreadPoolExecutor(4) as people:
        said = {*people.map(lambda _person: in_a_child(lambda: shared.made_once("k", made)), range(4))}
    assert len(said) == 1


def test_a_part_may_be_made_of_others_by_two_at_once(folder):
    def outer():
        return shared.made_once("outer", lambda: shared.made_once("inner", lambda: time.sleep(0.1) or "in") + " out")

    with ThreadPoolExecutor(4) as people:
        assert {*people.map(lambda _person: outer(), range(4))} == {"in out"}


def test_who_makes_it_and_fails_lets_the_next_one_try(folder):
    with pytest.raises(ZeroDivisionError):
        shared.made_once("k", lambda: 1 / 0)
    assert shared.made_once("k", lambda: "made") == "made"


def test_who_hangs_is_not_waited_for_long(folder):
    with mock.patch.object(shared, "LONGEST", 0.1), ThreadPoolExecutor(1) as people:
        slow = people.submit(shared.made_once, "k", lambda: time.sleep(1) or "late")
        time.sleep(0.2)
        began = time.monotonic()
        assert shared.made_once("k", lambda: "at once") == "at once"
        assert time.monotonic() - began < 0.8
        assert slow.result() == "late"


def test_where_no_file_can_be_written_each_makes_its_own(folder):
    folder.rmdir()
    assert shared.made_once("k", lambda: "one") == "one"
    assert shared.made_once("k", lambda: "two") == "two"


def test_a_file_that_could_not_be_written_to_its_end_is_not_there(folder):
    with mock.patch.object(shared.Path, "replace", side_effect=OSError("No space left on device")):
        assert shared.made_once("k", lambda: "made") == "made"
    assert [file.suffix for file in folder.iterdir()] == [".lock"]
    assert shared.made_once("k", lambda: "made anew") == "made anew"


def test_what_is_old_is_removed_and_at_the_end_all_is(tmp_path):
    with mock.patch.object(shared, "IN_MEMORY", tmp_path), mock.patch.object(shared, "WORTH", 0.1):
        with shared.among_processes():
            folder = shared._folder
            shared.made_once("old", lambda: "made")
            time.sleep(0.2)
            with mock.patch.object(shared, "_looked_at", 0.0):
                shared.made_once("new", lambda: "made")
            assert len([*folder.iterdir()]) == 2  # of the new one, and its lock
        assert [*tmp_path.iterdir()] == []


def test_only_parts_that_are_shared_are_made_together(folder):
    for is_shared, said in ((True, "of another"), (False, "of its own")):
        parts, others = (KeptParts(10, shared=is_shared) for _process in "12")
        others.get(("k", is_shared), lambda: "of another")
        assert parts.get(("k", is_shared), lambda: "of its own") == said


def test_nobody_else_may_enter_the_folder_and_it_is_another_after_loading_anew(folder):
    assert folder.stat().st_mode & 0o777 == 0o700
    shared.made_once("k", lambda: "of the program as it was")
    with shared.among_processes():
        assert shared.made_once("k", lambda: "of the program as it is") == "of the program as it is"


@pytest.mark.django_db
def test_a_whole_answer_to_the_public_is_made_together(folder, rf):
    made = []

    def answer(_request):
        made.append("made")
        return HttpResponse(f"made {len(made)} times")

    with mock.patch.object(keeping, "state_of_the_database", return_value="alone"):
        said = [keeping.KeptAnswers(answer)(rf.get("/cases/", headers={"accept-encoding": "br"})) for _process in "12"]
    assert [(one.content, dict(one.items())) for one in said] == [(b"made 1 times", dict(said[0].items()))] * 2


@pytest.mark.django_db
def test_an_answer_that_may_not_be_kept_is_each_reader_s_own(folder, rf):
    made = []

    def answer(_request):
        made.append("made")
        response = HttpResponse(f"made {len(made)} times")
        response.set_cookie("of", "one reader")
        return response

    with mock.patch.object(keeping, "state_of_the_database", return_value="alone"):
        said = [keeping.KeptAnswers(answer)(rf.get("/cases/")).content for _process in "12"]
    assert said == [b"made 1 times", b"made 2 times"]
