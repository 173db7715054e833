"""Long work that the server does in a process of its own: it goes on when those that answer are killed."""

import os
import re
import signal
import time
from urllib.parse import urlencode

import pytest
from django.conf import settings

from enforcement.tests.running import running_server
from enforcement.workshop.load import Asking, upload

pytestmark = pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")

HEAD = "ref,title_en,occurred_on,region_code,source_publisher,kind,confidence"
ROWS = 3_000


def sheet():
    rows = (f"a-{number},Title {number:x},2021-05-18,XX,A paper,raid,high" for number in range(ROWS))
    return "\n".join([HEAD, *rows]).encode()


@pytest.fixture(scope="module")
def server():
    with running_server(arguments=("--stay-root", "--processes", "2")) as running:
        region = "Region.objects.create(code='XX', level='country', name_en='Exland')"
        running.manage("shell", "-v", "0", "-c", f"from regions.models import Region; {region}")
        yield running


def officer(server, cookie):
    person = Asking(server.port)
    person.cookies = dict([cookie.split("=", 1), ("csrftoken", "a" * 32)])
    return person


def wait_for(page, says, seconds=60):
    """The body of the page when it says that."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        body = page()
        if re.search(says, body):
            return body
        time.sleep(0.1)
    raise AssertionError(f"It never said {says}: {body[-2000:]}")


def test_an_import_goes_on_when_the_processes_that_answer_are_killed(server):
    person = officer(server, server.session())
    answering = set(server.children())
    body, kind = upload("file", "sheet.csv", sheet())
    status, headers, _body = person.ask("/cases/import/", body, content_type=kind)
    assert status == 302
    page = headers["Location"]
    apart = set(server.children()) - answering
    assert len(apart) == 1
    for pid in answering:
        os.kill(pid, signal.SIGKILL)
    person.connection.close()

    def told():
        return person.ask(page, plain=True)[2].decode()

    wait_for(told, f'action="{page}run/"')
    wait_for(lambda: str(len(apart & set(server.children()))), "^0$")
    assert person.ask(f"{page}run/", urlencode({"reason": "Tried"}))[0] == 302
    assert len(server.children()) == 3
    server.process.send_signal(signal.SIGHUP)  # the program loads anew meanwhile
    asks = "from cases.models import Case, Import; print(Case.objects.count(), Import.objects.get().state)"
    wait_for(lambda: server.manage("shell", "-v", "0", "-c", asks), f"^{ROWS} done")
