"""The heads of the history, kept in a file outside the database: a line for each sealing, the newest last.

Who cuts off the end of the history together with its seals, or makes all seals anew, cannot make these lines.
"""

import os
from pathlib import Path

from django.utils import timezone

from . import seals


def keep_head(path) -> str:
    """Add the head of now to the file, unless its last line says the same. Returns the head."""
    path, head = Path(path), seals.head()
    if not (path.exists() and path.read_text().rstrip().endswith(head)):
        is_new = not path.exists()
        with path.open("a") as file:
            file.write(f"{timezone.now():%Y-%m-%dT%H:%M:%SZ} {head}\n")
            file.flush()
            os.fsync(file.fileno())
        if is_new and os.name != "nt" and os.geteuid() == 0:
            _give_to_the_server(path)
    return head


def kept_heads(path) -> list[tuple[int, str]]:
    """[(number, digest)] of the lines of the file; none where there is no file. Raises ValueError."""
    path = Path(path)
    return seals.heads_in(path.read_text()) if path.exists() else []


def _give_to_the_server(path):
    """Beside the documents it belongs to whom they belong to: the server gives up root and seals too."""
    documents = path.parent / "documents"
    if documents.exists():
        owner = documents.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
