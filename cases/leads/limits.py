"""Limits on tips that keep no address (`regions.limits`): of an hour and a moment, and the texts sent in the hour."""

from hashlib import blake2b

from regions.limits import BESIDE_AT, Counts

HOUR = 3_600  # seconds
TEXTS, TEXT = 8_192, 16  # places for texts, each half a digest of the text and half of its form

MOMENT = 10  # seconds

of_the_hour, of_the_moment = Counts(HOUR, beside=TEXTS * TEXT), Counts(MOMENT)
sender_of, allows, times = of_the_hour.sender_of, of_the_hour.allows, of_the_hour.times


def begin_anew() -> None:
    of_the_hour.begin_anew()
    of_the_moment.begin_anew()


def first_to_say(text: str, nonce: str) -> bool:
    """Whether no other form than this one, by its `nonce`, sent this text within the hour."""
    with of_the_hour.lock:
        place, digest, form = _text(text, nonce)
        return of_the_hour.memory[place][:8] != digest or of_the_hour.memory[place][8:] == form


def note_text(text: str, nonce: str) -> None:
    """Remember, until the hour is over or its place is needed, that this form sent this text."""
    with of_the_hour.lock:
        place, digest, form = _text(text, nonce)
        of_the_hour.memory[place] = digest + form


def _text(text, nonce):
    salt = of_the_hour.salt()
    whole = blake2b(" ".join(text.split()).casefold().encode(), key=salt, digest_size=12).digest()
    start = BESIDE_AT + int.from_bytes(whole[8:]) % TEXTS * TEXT
    form = blake2b(nonce.encode(), key=salt, digest_size=8).digest()
    return slice(start, start + TEXT), whole[:8], form
