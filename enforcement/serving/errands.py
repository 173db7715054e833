"""Long work that a process which answers leaves to another: its readers share neither the processor nor the memory.

An import holds Python's lock and hundreds of megabytes for minutes. So the parent of all is asked for a copy of itself,
which does the work and ends. That copy goes with the parent, and goes on when the process that asked for it has gone.
"""

import os
import pickle
import select
import socket
from collections.abc import Callable
from contextlib import suppress

MOST_BYTES = 64 * 1024  # of an errand: what is to be called, with its arguments
TO_BEGIN = 30  # seconds for the parent, which may be loading the program anew
LESS_URGENT = 5  # than answers, as `nice` counts: an eighth of two busy processors, not nothing


class Errands:
    """What the parent and its children share: the children ask, the parent takes."""

    def __init__(self, ends=()):
        """`ends` are the file numbers of the two ends, where a parent that loads anew has kept them."""
        made = [socket.socket(fileno=end) for end in ends] or socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.taking, self.asking = made

    def ask(self, work: Callable[[Callable], None]) -> None:
        """Have `work(begun)` called in a process of its own. Returns when it has called `begun()`, or has ended."""
        told, tells = os.pipe()
        with open(told, "rb"):
            with open(tells, "wb"):
                socket.send_fds(self.asking, [pickle.dumps(work)], [tells])
            waits = select.poll()  # a process with a thousand connections has numbers that `select` does not take
            waits.register(told)
            waits.poll(TO_BEGIN * 1_000)

    def take(self):
        """(the errand as bytes, the file number that tells of its beginning) of the next one; it waits for one."""
        errand, [tells], _flags, _address = socket.recv_fds(self.taking, MOST_BYTES, 1)
        return errand, tells

    def __iter__(self):
        return iter((self.taking.fileno(), self.asking.fileno()))


def run(errand: bytes, tells: int) -> None:
    """Do what was asked for, in a process that does nothing else."""
    with suppress(AttributeError, OSError):
        os.nice(LESS_URGENT)
    with open(tells, "wb") as begun:
        pickle.loads(errand)(begun.close)  # noqa: S301 - from a process of our own, through a socket that it alone has
