"""The keys that tips are sealed to: files outside the database, so that a copy of the database tells nothing.

`settings.TIP_KEY` is the file of the public key: who has it can seal, and read nothing. `settings.TIP_SECRET` is the
file of the secret keys, the newest first; a process that only takes tips needs none. What is sealed names its key, so
that tips stay readable while keys are changed, and after a change that was broken off.
"""

import os
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import transaction
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from cases.locks import Purpose, try_session_lock
from cases.models import Tip, TipPart
from regions.disk import on_the_disk

KEPT_KEYS = 2  # another process may seal with the key before for a moment longer


class NoKey(RuntimeError):
    """There is no public key: tips cannot be taken."""


class KeysExist(RuntimeError):
    """There are keys already: making others would make tips unreadable."""


class Busy(RuntimeError):
    """Another process changes the keys just now."""


def tips_are_taken() -> bool:
    return Path(settings.TIP_KEY).exists()


def sealed_for_office(content: bytes) -> tuple[str, bytes]:
    """(the name of the key, `content` sealed to it). Raises NoKey."""
    try:
        public = PublicKey(b64decode(Path(settings.TIP_KEY).read_text().strip()))
    except FileNotFoundError as missing:
        raise NoKey from missing
    return name_of(public), SealedBox(public).encrypt(content)


class Opener:
    """Opens what is sealed, with the secret keys of this machine as they are now."""

    def __init__(self):
        self.secrets = {name_of(secret.public_key): secret for secret in _stored_secrets()}

    def opened(self, row) -> bytes | None:
        """The content of a Tip or a TipPart; None where its key is not here or is not the right one."""
        secret = self.secrets.get(row.key)
        if secret is None:
            return None
        try:
            return SealedBox(secret).decrypt(bytes(row.sealed))
        except CryptoError:
            return None


def name_of(public: PublicKey) -> str:
    return sha256(bytes(public)).hexdigest()[:16]


def make_keys() -> str:
    """Make the first pair of keys. Returns the name of the key. Raises KeysExist."""
    if tips_are_taken() or Path(settings.TIP_SECRET).exists():
        raise KeysExist
    return _begin_to_use(PrivateKey.generate(), [])


def rotate(tick=lambda: None) -> tuple[str, int, int]:
    """Seal everything to a new key. Returns (its name, how many rows were sealed anew, how many cannot be opened).

    Broken off at any point, every tip stays readable: a secret key is stored before anything is sealed to it, each
    row is sealed anew in a statement of its own, and an old secret key goes only when no row needs it. `tick` is
    called after each row. Raises NoKey and Busy.
    """
    if not tips_are_taken():
        raise NoKey
    with try_session_lock(Purpose.TIP_KEYS) as ours:
        if not ours:
            raise Busy
        name = _begin_to_use(PrivateKey.generate(), _stored_secrets())
        opener, done, unreadable = Opener(), 0, 0
        for model in (Tip, TipPart):
            for pk in list(model.objects.exclude(key=name).order_by().values_list("pk", flat=True)):
                if _seal_anew(model, pk, opener):
                    done += 1
                else:
                    unreadable += 1
                tick()
        _forget_unused()
    return name, done, unreadable


@transaction.atomic
def _seal_anew(model, pk, opener):
    row = model.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return True
    content = opener.opened(row)
    if content is None:
        return False
    row.key, row.sealed = sealed_for_office(content)
    row.save(update_fields=["key", "sealed"])
    return True


def _forget_unused():
    used = {
        key for model in (Tip, TipPart) for key in model.objects.order_by().values_list("key", flat=True).distinct()
    }
    stored = _stored_secrets()
    kept = [secret for at, secret in enumerate(stored) if at < KEPT_KEYS or name_of(secret.public_key) in used]
    if len(kept) < len(stored):
        _write(settings.TIP_SECRET, _as_lines(kept), 0o600)


def _begin_to_use(secret, older):
    """The secret key first: nothing may be sealed to a key whose secret is not stored."""
    _write(settings.TIP_SECRET, _as_lines([secret, *older]), 0o600)
    _write(settings.TIP_KEY, b64encode(bytes(secret.public_key)).decode() + "\n", 0o644)
    return name_of(secret.public_key)


def _stored_secrets():
    try:
        lines = Path(settings.TIP_SECRET).read_text().split()
    except (FileNotFoundError, PermissionError):
        return []
    return [PrivateKey(b64decode(line)) for line in lines]


def _as_lines(secrets):
    return "".join(b64encode(bytes(secret)).decode() + "\n" for secret in secrets)


def _write(path, text, mode):
    """The whole text or, if the machine fails meanwhile, what was there before."""
    path = Path(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
    on_the_disk(path.parent)
