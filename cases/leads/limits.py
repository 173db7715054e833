"""Limits on tips that keep no address: counts by a salted digest, in memory only, with a new salt every hour.

When the salt is forgotten, nothing can be traced back, not even with a list of all addresses.
"""

import ipaddress
import threading
import time
from collections import Counter
from hashlib import blake2b
from secrets import token_bytes

HOUR = 3_600  # seconds
MOST_SENDERS = 50_000  # that are told apart in an hour; more count together


class _Hour:
    """The salt of this hour, and what was counted under it."""

    def __init__(self):
        self.salt = token_bytes(32)
        self.ends = time.monotonic() + HOUR
        self.counts = Counter()
        self.texts = {}


_lock = threading.Lock()
_hour = _Hour()


def _now():
    global _hour
    if time.monotonic() >= _hour.ends:
        _hour = _Hour()
    return _hour


def begin_anew():
    """Begin a new hour."""
    global _hour
    with _lock:
        _hour = _Hour()


def sender_of(address: str) -> bytes:
    """What stands for an address until the hour is over. Of IPv6 the network counts: a house has many numbers."""
    try:
        known = ipaddress.ip_address(address)
        if known.version == 6:
            known = ipaddress.ip_network((int(known) >> 64 << 64, 64))
    except ValueError:
        known = address
    with _lock:
        return blake2b(str(known).encode(), key=_now().salt, digest_size=8).digest()


def allows(what: str, sender: bytes, most: int, together: int) -> bool:
    """Whether `sender` may do `what` once more this hour: `most` times each, and all senders `together` times."""
    with _lock:
        counts = _now().counts
        if len(counts) >= MOST_SENDERS and (what, sender) not in counts:
            sender = b""
        if counts[what, sender] >= most or counts[what] >= together:
            return False
        counts[what, sender] += 1
        counts[what] += 1
        return True


def first_to_say(text: str, nonce: str) -> bool:
    """Whether no other form than this one, by its `nonce`, sent this text within the hour."""
    with _lock:
        hour = _now()
        digest = blake2b(" ".join(text.split()).casefold().encode(), key=hour.salt, digest_size=16).digest()
        return hour.texts.get(digest, nonce) == nonce


def note_text(text: str, nonce: str) -> None:
    """Remember, until the hour is over, that this form sent this text."""
    with _lock:
        hour = _now()
        digest = blake2b(" ".join(text.split()).casefold().encode(), key=hour.salt, digest_size=16).digest()
        if len(hour.texts) < MOST_SENDERS:
            hour.texts[digest] = nonce
