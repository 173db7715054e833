"""What the server has done now and then by itself."""

import os
from unittest import mock

import pytest
from django.core.management import get_commands, load_command_class

from enforcement.serving import chores, processes
from enforcement.serving.errands import LESS_URGENT


@pytest.fixture
def clock():
    with mock.patch.object(chores.time, "monotonic", return_value=1_000.0) as now:
        yield now


@pytest.fixture
def begun():
    """What was started, each still running until its `poll` is told otherwise."""
    with mock.patch.object(chores.subprocess, "Popen") as popen, mock.patch.object(chores.os, "setpriority"):
        popen.side_effect = lambda command, **_options: mock.Mock(args=command, poll=mock.Mock(return_value=None))
        yield popen


def commands(begun):
    return [call.args[0][-1] for call in begun.call_args_list]


def ends(doing, code):
    doing.running.poll.return_value = doing.running.returncode = code


def test_every_chore_is_done_in_its_time_one_after_the_other(clock, begun):
    doing = chores.Chores({"often": 300, "seldom": 86_400})
    doing.look()
    assert commands(begun) == [], "not while the server comes up"
    clock.return_value += chores.FIRST
    doing.look()
    doing.look()
    assert commands(begun) == ["often"]
    ends(doing, 0)
    doing.look()
    assert commands(begun) == ["often", "seldom"]
    ends(doing, 0)
    doing.look()
    assert len(commands(begun)) == 2
    clock.return_value += 300
    doing.look()
    assert commands(begun) == ["often", "seldom", "often"]
    ends(doing, 0)
    clock.return_value += 86_400
    doing.look()
    ends(doing, 0)
    doing.look()
    assert commands(begun) == ["often", "seldom", "often", "often", "seldom"]


def test_a_chore_is_less_urgent_than_answers():
    doing = chores.Chores({"seal_history": 300})
    doing.next = {"seal_history": 0}
    with mock.patch.object(chores, "MANAGE", "-"):  # Python then reads its program from where nothing comes
        doing.look()
    try:
        assert os.getpriority(os.PRIO_PROCESS, doing.running.pid) == os.getpriority(os.PRIO_PROCESS, 0) + LESS_URGENT
    finally:
        doing.running.wait()


def test_one_that_fails_is_said_and_stops_nothing(clock, begun, caplog):
    doing = chores.Chores({"first": 300, "second": 300})
    clock.return_value += chores.FIRST
    doing.look()
    ends(doing, 1)
    doing.look()
    assert "manage.py first failed" in caplog.text
    assert commands(begun) == ["first", "second"]


def test_what_is_kept_for_a_time_is_purged_every_day_and_the_history_is_sealed_within_minutes():
    purges = dict.fromkeys(["purge_tips", "purge_readings", "purge_logins"], 86_400)
    assert {"send_alerts": 120, "seal_history": 300, **purges} == chores.EVERY
    assert set(chores.EVERY) <= set(get_commands())
    assert chores.MANAGE.is_file()


def test_no_chore_imports_every_page_before_it_begins():
    found = get_commands()
    for name in chores.EVERY:
        assert load_command_class(found[name], name).requires_system_checks == [], name


def test_the_parent_of_the_server_looks_at_its_chores():
    parent = processes.Parent([], 0, lambda sockets, ask: None)
    parent.asked = mock.MagicMock()
    parent.asked.__and__.side_effect = [False, True]  # one turn, then the end
    with (
        mock.patch.object(parent.chores, "look") as look,
        mock.patch.object(processes.select, "select", return_value=([], [], [])),
        mock.patch.object(processes.signal, "signal"),
        mock.patch.object(processes.signal, "set_wakeup_fd"),
    ):
        parent.run()
    look.assert_called_once_with()
