"""The receipt of a tip: who has it can ask what became of the tip, and nobody else can find out whose tip it is.

It follows from a random number in the form, so that a form that is sent twice gives the same receipt. Stored are a
digest, by which the tip is found, and a public key that follows from the receipt, to which answers are sealed.
"""

import unicodedata
from hashlib import blake2b

from django.conf import settings
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from regions.grammar.keys import UNMISTAKABLE

LETTERS = 24  # of 27 letters each: 114 bits
GROUP = 4


def receipt_of(nonce: str) -> str:
    """The receipt of the form with this random number, in groups to be read aloud."""
    secret = blake2b(settings.SECRET_KEY.encode()).digest()
    number = int.from_bytes(blake2b(nonce.encode(), key=secret, person=b"tip receipt").digest(), "big")
    letters = ""
    for _letter in range(LETTERS):
        number, at = divmod(number, len(UNMISTAKABLE))
        letters += UNMISTAKABLE[at]
    return "-".join(letters[at : at + GROUP] for at in range(0, LETTERS, GROUP))


def typed(text: str) -> str:
    """The receipt as somebody types it: other width, capitals, spaces and dashes do not matter. "" of what is none."""
    folded = unicodedata.normalize("NFKC", text[:200]).lower()
    letters = "".join(letter for letter in folded if letter in UNMISTAKABLE)
    rest = {letter for letter in folded if letter not in UNMISTAKABLE}
    return letters if len(letters) == LETTERS and not any(map(str.isalnum, rest)) else ""


def digest_of(receipt: str) -> str:
    """By what the tip of a receipt is found."""
    return blake2b(typed(receipt).encode(), digest_size=32, person=b"tip lookup").hexdigest()


def reader_of(receipt: str) -> PrivateKey:
    """The key that opens what is sealed for the holder of the receipt."""
    return PrivateKey(blake2b(typed(receipt).encode(), digest_size=32, person=b"tip reader").digest())


def read_answer(receipt: str, sealed: bytes) -> str:
    """A text that was sealed for the holder of the receipt; "" where it cannot be opened."""
    try:
        return SealedBox(reader_of(receipt)).decrypt(bytes(sealed)).decode()
    except CryptoError:
        return ""
