"""How often somebody did something: counts by a salted digest, in memory only, with a new salt for each period.

The memory is shared by the processes that are forked from the one that loaded this module: they count together. It
belongs to no file and ends with them. Nothing in it is an address: of a digest some bits choose the cells that count
it. When the salt is forgotten, nothing can be traced back, not even with a list of all addresses.

Processes do not wait for each other here, as one that is killed would stop the others: two that count in the same
instant may count once.
"""

import ipaddress
import mmap
import struct
import threading
import time
from hashlib import blake2b
from itertools import chain
from secrets import token_bytes

SALT, ENDS = slice(0, 32), slice(32, 40)  # where the salt of this period and its end lie
# Each digest is counted in a cell of each row, of which the lowest count holds: others disturb it only in all at once.
ROWS, CELLS, CELL = 2, 65_536, 4  # bytes
COUNTS_AT = 64
BESIDE_AT = COUNTS_AT + ROWS * CELLS * CELL


class Counts:
    """The counts of a period of some seconds, with room for some bytes `beside` them that are forgotten with them."""

    def __init__(self, seconds, beside=0):
        self.seconds, self.lock = seconds, threading.Lock()
        self.memory = mmap.mmap(-1, BESIDE_AT + beside)
        self._counts = memoryview(self.memory)[COUNTS_AT:BESIDE_AT].cast("I")
        self._begin()

    def begin_anew(self):
        """Begin a new period."""
        with self.lock:
            self._begin()

    def _begin(self):
        self.memory[:] = bytes(len(self.memory))
        self.memory[SALT] = token_bytes(32)
        self.memory[ENDS] = struct.pack("d", time.monotonic() + self.seconds)

    @property
    def seconds_left(self):
        return max(0.0, struct.unpack("d", self.memory[ENDS])[0] - time.monotonic())

    def salt(self):
        if not self.seconds_left:
            self._begin()
        return self.memory[SALT]

    def sender_of(self, address: str) -> bytes:
        """What stands for an address until the period is over. Of IPv6 the network counts: a house has many numbers."""
        try:
            known = ipaddress.ip_address(address)
            if known.version == 6:
                known = ipaddress.ip_network((int(known) >> 64 << 64, 64))
        except ValueError:
            known = address
        with self.lock:
            return blake2b(str(known).encode(), key=self.salt(), digest_size=8).digest()

    def allows(self, what: str, sender: bytes, most: int, together: int | None = None) -> bool:
        """Whether `sender` may do `what` once more: `most` times each, and all senders `together` times."""
        with self.lock:
            cells = self._cells(what, sender), self._cells(what, b"")
            if not self._leave_room(cells, most, together):
                return False
            for cell in chain(*cells):
                self._counts[cell] += 1
            return True

    def would_allow(self, what: str, sender: bytes, most: int, together: int | None = None) -> bool:
        """What `allows` would say, without counting it."""
        with self.lock:
            return self._leave_room((self._cells(what, sender), self._cells(what, b"")), most, together)

    def _leave_room(self, cells, most, together):
        own, all_of_them = map(self._count, cells)
        return own < most and (together is None or all_of_them < together)

    def times(self, what: str, sender: bytes) -> int:
        """How often `allows` let `sender` do `what` in this period."""
        with self.lock:
            return self._count(self._cells(what, sender))

    def _cells(self, what, sender):
        digest = blake2b(what.encode() + b"\0" + sender, key=self.salt(), digest_size=4 * ROWS).digest()
        return [row * CELLS + place % CELLS for row, place in enumerate(struct.unpack(f"{ROWS}I", digest))]

    def _count(self, cells):
        return min(self._counts[cell] for cell in cells)
