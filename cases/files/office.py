"""Office files, looked at by what is in them before anything of them is unpacked: documents and imports alike.

    archive = opened(file, size, most_unzipped=…)    a ZipFile that may be read, or ArchiveRefused

A name proves nothing: a macro is found by the declared type of its part and by its bytes, however the part is called.
"""

import zipfile

from django.utils.translation import gettext as _

MOST_ENTRIES = 1_000
MOST_TIMES_ITS_SIZE = 100
SMALL = 10_000  # bytes; a small file may well be blank paper, which packs better
MOST_OF_THE_TYPES = 1_000_000  # bytes of the part that declares the types of all others
TYPES = "[content_types].xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MACROS_INSIDE = ("_VBA_PROJECT".encode("utf-16-le"), "VBA".encode("utf-16-le") + b"\0\0")
READ_AT_A_TIME = 1 << 20


class ArchiveRefused(Exception):
    """This archive is not opened; the message says why, as the end of a sentence."""


class Damaged(ArchiveRefused):
    pass


class Locked(ArchiveRefused):
    pass


class HasMacros(ArchiveRefused):
    pass


def opened(file, size, *, most_unzipped):
    """The ZipFile in `file`, of `size` bytes, after every check. Raises ArchiveRefused."""
    try:
        archive = zipfile.ZipFile(file)
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError, EOFError) as problem:
        raise Damaged(_("it is damaged")) from problem
    if any(entry.flag_bits & 1 for entry in entries):
        raise Locked(_("it is protected by a password"))
    _refuse_bombs(entries, size, most_unzipped)
    _refuse_names([entry.filename for entry in entries])
    try:
        _refuse_macros(archive, entries)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError, EOFError) as problem:
        raise Damaged(_("it is damaged")) from problem
    return archive


def _refuse_bombs(entries, size, most_unzipped):
    unzipped = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES:
        raise ArchiveRefused(_("it has %(count)s parts") % {"count": len(entries)})
    if unzipped > most_unzipped:
        raise ArchiveRefused(_("unpacked, it has %(size)s MB") % {"size": unzipped // 1_000_000})
    if unzipped > MOST_TIMES_ITS_SIZE * max(size, SMALL):
        raise ArchiveRefused(_("unpacked, it is %(times)s times as large") % {"times": unzipped // size})


def _refuse_names(names):
    for name in names:
        steps = name.replace("\\", "/").split("/")
        if ".." in steps or name.startswith(("/", "\\")) or ":" in steps[0] or "\0" in name:
            raise ArchiveRefused(
                _("one of its parts has a name that leads out of it: “%(name)s”") % {"name": name[:60]}
            )
    if len({name.lower() for name in names}) < len(names):
        raise ArchiveRefused(_("two of its parts have the same name"))


def _refuse_macros(archive, entries):
    for entry in entries:
        name = entry.filename.lower()
        if name.rpartition("/")[2].startswith(("vbaproject", "vbadata")) or "/macrosheets/" in f"/{name}":
            raise HasMacros(_("it holds macros"))
        with archive.open(entry) as part:
            if name == TYPES:
                declared = part.read(MOST_OF_THE_TYPES).lower()
                if b"vbaproject" in declared or b"macroenabled" in declared or b"macrosheet" in declared:
                    raise HasMacros(_("it holds macros"))
            elif part.read(len(OLE)) == OLE and holds_macros(part):
                raise HasMacros(_("it holds macros"))


def holds_macros(part):
    """Whether an old-style compound file, as macros are kept in, has a folder for them."""
    before = b""
    while piece := part.read(READ_AT_A_TIME):
        if any(mark in before + piece for mark in MACROS_INSIDE):
            return True
        before = piece[-64:]
    return False
