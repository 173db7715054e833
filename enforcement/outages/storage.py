"""Where documents and imported sheets are kept: closed to every other user of the machine."""

import os
from pathlib import Path
from secrets import token_hex

from django.core.files.storage import FileSystemStorage

from regions.disk import on_the_disk


class ClosedStorage(FileSystemStorage):
    """Files that their owner alone reads; what root writes belongs to whom the folder belongs to.

    The server gives up root after its start; a command that root runs must not leave files that it cannot read.
    A file is there whole or not at all: what a full disk held of it would keep the disk full. It is on the disk before
    the row that names it is committed.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, file_permissions_mode=0o600, directory_permissions_mode=0o700, **kwargs)

    def _save(self, name, content):
        half = f"{name}.{token_hex(4)}.part"
        try:
            super()._save(half, content)
            self._give_to_the_owner(half)
            on_the_disk(self.path(half))
            os.replace(self.path(half), self.path(name))
            on_the_disk(os.path.dirname(self.path(name)))
        except BaseException:
            self.delete(half)
            raise
        return name

    def _give_to_the_owner(self, name):
        if os.name != "nt" and os.geteuid() == 0:
            home = Path(self.location)
            owner = home.stat()
            path = Path(self.path(name))
            for made in (path, *path.parents):
                if made == home:
                    break
                os.chown(made, owner.st_uid, owner.st_gid, follow_symlinks=False)
