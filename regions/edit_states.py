"""The state of a record when a form was opened, so that saving the form overwrites nobody.

The form carries the state, signed. When it is saved, the state is compared with the record as it is then.
"""

from django.core import signing


def seal(state, *, salt):
    """`state`, which JSON can hold, as a text that a form can carry and nobody can change."""
    return signing.dumps(state, salt=salt, compress=True)


def unseal(text, *, salt):
    """The state that was sealed; {} where the text is missing or was not sealed here."""
    try:
        return signing.loads(text, salt=salt)
    except signing.BadSignature:
        return {}


def changed_since(before, now, *, missing=None):
    """The keys of `now` whose value differs from `before`. A key that `before` lacks had the value `missing`."""
    return {key for key, value in now.items() if before.get(key, missing) != value}
