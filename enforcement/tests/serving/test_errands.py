"""Long work that the server does in a process of its own: it goes on when those that answer are killed."""

import os
import signal
from urllib.parse import urlencode

import pytest
from django.conf import settings

from enforcement.tests.running import EXLAND, running_server, sheet_of_exland, wait_until
from enforcement.workshop.load import Asking, upload

pytestmark = pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")

ROWS = 3_000


@pytest.fixture(scope="module")
def server():
    with running_server(arguments=("--stay-root", "--processes", "2")) as running:
        running.manage("shell", "-v", "0", "-c", EXLAND)
        yield running


def officer(server, cookie):
    person = Asking(server.port)
    person.cookies = dict([cookie.split("=", 1), ("csrftoken", "a" * 32)])
    return person


def test_an_import_goes_on_when_the_processes_that_answer_are_killed(server):
    person = officer(server, server.session())
    answering = set(server.children())
    body, kind = upload("file", "sheet.csv", sheet_of_exland(ROWS).encode())
    status, headers, _body = person.ask("/cases/import/", body, content_type=kind)
    assert status == 302
    page = headers["Location"]
    apart = set(server.children()) - answering
    assert len(apart) == 1
    for pid in answering:
        os.kill(pid, signal.SIGKILL)
    person.connection.close()

    wait_until(lambda: f'action="{page}run/"' in person.ask(page, plain=True)[2].decode(), 60)
    wait_until(lambda: not apart & set(server.children()))
    assert person.ask(f"{page}run/", urlencode({"reason": "Tried"}))[0] == 302
    assert len(server.children()) == 3
    server.process.send_signal(signal.SIGHUP)  # the program loads anew meanwhile
    asks = "from cases.models import Case, Import; print(Case.objects.count(), Import.objects.get().state)"
    wait_until(lambda: server.manage("shell", "-v", "0", "-c", asks).strip() == f"{ROWS} done", 60)
