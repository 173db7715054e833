"""Limits on tips that keep no address: counts by a salted digest, in memory only, with a new salt every hour.

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
from secrets import token_bytes

HOUR = 3_600  # seconds
SALT, ENDS = slice(0, 32), slice(32, 40)  # where the salt of this hour and its end lie
# Each digest is counted in a cell of each row, of which the lowest count holds: others disturb it only in all at once.
ROWS, CELLS, CELL = 2, 65_536, 4  # bytes
TEXTS, TEXT = 8_192, 16  # places for texts, each half a digest of the text and half of its form
COUNTS_AT = 64
TEXTS_AT = COUNTS_AT + ROWS * CELLS * CELL
SIZE = TEXTS_AT + TEXTS * TEXT

_memory = mmap.mmap(-1, SIZE)
_counts = memoryview(_memory)[COUNTS_AT:TEXTS_AT].cast("I")
_lock = threading.Lock()


def begin_anew():
    """Begin a new hour."""
    with _lock:
        _begin()


def _begin():
    _memory[:] = bytes(SIZE)
    _memory[SALT] = token_bytes(32)
    _memory[ENDS] = struct.pack("d", time.monotonic() + HOUR)


def _salt():
    if time.monotonic() >= struct.unpack("d", _memory[ENDS])[0]:
        _begin()
    return _memory[SALT]


def sender_of(address: str) -> bytes:
    """What stands for an address until the hour is over. Of IPv6 the network counts: a house has many numbers."""
    try:
        known = ipaddress.ip_address(address)
        if known.version == 6:
            known = ipaddress.ip_network((int(known) >> 64 << 64, 64))
    except ValueError:
        known = address
    with _lock:
        return blake2b(str(known).encode(), key=_salt(), digest_size=8).digest()


def allows(what: str, sender: bytes, most: int, together: int) -> bool:
    """Whether `sender` may do `what` once more this hour: `most` times each, and all senders `together` times."""
    with _lock:
        own, all_of_them = _cells(what, sender), _cells(what, b"")
        if _count(own) >= most or _count(all_of_them) >= together:
            return False
        for cell in (*own, *all_of_them):
            _counts[cell] += 1
        return True


def times(what: str, sender: bytes) -> int:
    """How often `allows` let `sender` do `what` this hour."""
    with _lock:
        return _count(_cells(what, sender))


def _cells(what, sender):
    digest = blake2b(what.encode() + b"\0" + sender, key=_salt(), digest_size=4 * ROWS).digest()
    return [row * CELLS + place % CELLS for row, place in enumerate(struct.unpack(f"{ROWS}I", digest))]


def _count(cells):
    return min(_counts[cell] for cell in cells)


def first_to_say(text: str, nonce: str) -> bool:
    """Whether no other form than this one, by its `nonce`, sent this text within the hour."""
    with _lock:
        place, digest, form = _text(text, nonce)
        return _memory[place][:8] != digest or _memory[place][8:] == form


def note_text(text: str, nonce: str) -> None:
    """Remember, until the hour is over or its place is needed, that this form sent this text."""
    with _lock:
        place, digest, form = _text(text, nonce)
        _memory[place] = digest + form


def _text(text, nonce):
    whole = blake2b(" ".join(text.split()).casefold().encode(), key=_salt(), digest_size=12).digest()
    start = TEXTS_AT + int.from_bytes(whole[8:]) % TEXTS * TEXT
    form = blake2b(nonce.encode(), key=_salt(), digest_size=8).digest()
    return slice(start, start + TEXT), whole[:8], form


begin_anew()
