"""What the server has done once a day by itself: what is promised to senders is kept also where nobody set a timer.

Each is a command of `manage.py` in a process of its own, so that whatever befalls it, the server goes on.
"""

import logging
import subprocess
import sys
import time
from pathlib import Path

log = logging.getLogger(__name__)

DAILY = ["purge_tips"]
DAY = 86_400  # seconds
FIRST = 600  # seconds after the start, when nobody waits for the server to come up
MANAGE = Path(__file__).resolve().parents[2] / "manage.py"


class Chores:
    """Does `commands` once a day, one after the other, for who calls `look` now and then."""

    def __init__(self, commands=DAILY):
        self.commands = commands
        self.next = time.monotonic() + FIRST
        self.waiting, self.running = [], None

    def look(self):
        if self.running is not None:
            if self.running.poll() is None:
                return
            if self.running.returncode:
                log.error("manage.py %s failed; it is tried again tomorrow.", self.running.args[-1])
            self.running = None
        if time.monotonic() >= self.next:
            self.next, self.waiting = time.monotonic() + DAY, [*self.commands]
        if self.waiting:
            command = [sys.executable, str(MANAGE), self.waiting.pop(0)]
            self.running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603
