"""Servers of tests that run side by side."""

import pytest

from enforcement.workshop import load


def test_a_port_is_given_once_though_its_server_does_not_listen_yet(monkeypatch):
    first = load.free_port()
    monkeypatch.setattr(load, "PORTS", range(first, first + 1))
    with pytest.raises(RuntimeError):
        load.free_port()
