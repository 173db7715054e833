"""What the server has done once a day by itself."""

from unittest import mock

import pytest
from django.core.management import get_commands

from enforcement.serving import chores, processes


@pytest.fixture
def clock():
    with mock.patch.object(chores.time, "monotonic", return_value=1_000.0) as now:
        yield now


@pytest.fixture
def begun():
    """What was started, each still running until its `poll` is told otherwise."""
    with mock.patch.object(chores.subprocess, "Popen") as popen:
        popen.side_effect = lambda command, **_options: mock.Mock(args=command, poll=mock.Mock(return_value=None))
        yield popen


def commands(begun):
    return [call.args[0][-1] for call in begun.call_args_list]


def test_every_chore_is_done_once_a_day_one_after_the_other(clock, begun):
    daily = chores.Chores(["first", "second"])
    daily.look()
    assert commands(begun) == [], "not while the server comes up"
    clock.return_value += chores.FIRST
    daily.look()
    daily.look()
    assert commands(begun) == ["first"]
    daily.running.poll.return_value = daily.running.returncode = 0
    daily.look()
    assert commands(begun) == ["first", "second"]
    daily.running.poll.return_value = daily.running.returncode = 0
    daily.look()
    assert len(commands(begun)) == 2
    clock.return_value += chores.DAY
    daily.look()
    assert commands(begun) == ["first", "second", "first"]


def test_one_that_fails_is_said_and_stops_nothing(clock, begun, caplog):
    daily = chores.Chores(["first", "second"])
    clock.return_value += chores.FIRST
    daily.look()
    daily.running.poll.return_value = daily.running.returncode = 1
    daily.look()
    assert "manage.py first failed" in caplog.text
    assert commands(begun) == ["first", "second"]


def test_reports_are_purged_every_day():
    assert chores.DAILY == ["purge_tips"]
    assert set(chores.DAILY) <= set(get_commands())
    assert chores.MANAGE.is_file()


def test_the_parent_of_the_server_looks_at_its_chores():
    parent = processes.Parent([], 0, lambda sockets: None)
    parent.asked = mock.MagicMock()
    parent.asked.__and__.side_effect = [False, True]  # one turn, then the end
    with (
        mock.patch.object(parent.chores, "look") as look,
        mock.patch.object(processes.select, "select"),
        mock.patch.object(processes.signal, "signal"),
        mock.patch.object(processes.signal, "set_wakeup_fd"),
    ):
        parent.run()
    look.assert_called_once_with()
