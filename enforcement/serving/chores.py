"""What the server has done now and then by itself, also where nobody set a timer.

What is promised to senders is kept, and the history is sealed before anybody has long to change it. Each is a command
of `manage.py` in a process of its own, so that whatever befalls it, the server goes on.
"""

import logging
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from .errands import LESS_URGENT

log = logging.getLogger(__name__)

DAY = 86_400  # seconds
EVERY = {"send_alerts": 120, "seal_history": 300, "purge_tips": DAY, "purge_readings": DAY, "purge_logins": DAY}
FIRST = 600  # seconds after the start, when nobody waits for the server to come up
MANAGE = Path(__file__).resolve().parents[2] / "manage.py"


class Chores:
    """Does each of the commands `every` so many seconds, one after the other, for who calls `look` now and then."""

    def __init__(self, every=EVERY):
        self.every = every
        self.next = dict.fromkeys(every, time.monotonic() + FIRST)
        self.running = None

    def look(self):
        if self.running is not None:
            if self.running.poll() is None:
                return
            if self.running.returncode:
                log.error("manage.py %s failed; it is tried again later.", self.running.args[-1])
            self.running = None
        now = time.monotonic()
        for name, when in self.next.items():
            if now >= when:
                self.next[name] = now + self.every[name]
                command = [sys.executable, str(MANAGE), name]
                self.running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603
                with suppress(AttributeError, OSError):  # where there is no such thing, or it has ended
                    os.setpriority(os.PRIO_PROCESS, self.running.pid, LESS_URGENT)
                return
