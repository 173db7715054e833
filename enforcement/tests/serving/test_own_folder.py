"""Folders of a process: its own, removed by the next where it was killed, and never while anybody uses it."""

import os
import signal
import time
from contextlib import contextmanager

from regions import disk


@contextmanager
def another_process(work):
    """(what `work` gives in a process of its own, a text, while that is still there; its number)."""
    told, tells = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(tells, work().encode())
        os.close(tells)
        time.sleep(60)
        os._exit(0)
    os.close(tells)
    with open(told, encoding="utf-8") as file:
        said = file.read()
    try:
        yield said
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_no_other_user_may_enter_it_and_it_goes_with_what_is_in_it(tmp_path):
    folder = disk.own_folder(tmp_path, "ours-")
    assert folder.stat().st_mode & 0o777 == 0o700
    (folder / "within").mkdir()
    (folder / "within" / "file").write_text("kept")
    disk.let_go(folder)
    assert names(tmp_path) == set()


def test_what_a_killed_process_left_is_removed_by_the_next_and_what_is_used_is_not(tmp_path):
    (tmp_path / "theirs").mkdir()
    ours = disk.own_folder(tmp_path, "ours-")
    with another_process(lambda: str(disk.own_folder(tmp_path, "ours-"))) as used:
        next_one = disk.own_folder(tmp_path, "ours-")
        assert {str(path) for path in tmp_path.iterdir()} == {str(tmp_path / "theirs"), str(ours), used, str(next_one)}
    last = disk.own_folder(tmp_path, "ours-")
    assert names(tmp_path) == {"theirs", ours.name, next_one.name, last.name}
    for folder in (ours, next_one, last):
        disk.let_go(folder)


def test_it_is_used_as_long_as_a_process_that_was_forked_is_there(tmp_path):
    folder = disk.own_folder(tmp_path, "ours-")
    with another_process(lambda: ""):
        os.close(disk._held.pop(folder))  # as this one would end
        disk.let_go(disk.own_folder(tmp_path, "ours-"))
        assert names(tmp_path) == {folder.name}
    disk.let_go(disk.own_folder(tmp_path, "ours-"))
    assert names(tmp_path) == set()


def test_what_is_no_folder_of_this_user_is_let_be(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "ours-link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "ours-file").write_text("a file")
    disk.let_go(disk.own_folder(tmp_path, "ours-"))
    assert names(tmp_path) == {"elsewhere", "ours-link", "ours-file"}
