"""What speaks against the history, in sentences for who must show it to somebody."""

from . import seals, sense

_WHAT = {
    "changed": "event {row} is not as it was sealed",
    "missing": "event {row} was removed after it was sealed",
    "added": "event {row} was added among sealed ones",
    "seal": "a seal was changed, or one before it was removed",
    "column": "a column that was sealed is no longer there, and its events cannot be compared",
}


def speaks_against(heads=()):
    """What does not agree: with the seals, with the heads that were kept outside, and the events among themselves."""
    yield from (f"{table}: {_WHAT[what].format(row=row)}" for table, row, what in seals.check())
    for number, _digest in seals.heads_not_met(heads):
        yield f"The seals up to {number} are not those of which the head was kept: some were removed or made anew"
    for table, row in sense.unexplained():
        yield f"{table}: event {row} does not lead to what follows it"


def not_sealed():
    """What nobody can vouch for yet."""
    for left in seals.unsealed():
        yield f"{left.table}: {left.count} events since {left.since:%Y-%m-%d %H:%M} UTC have no seal yet"
