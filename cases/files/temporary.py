"""A file that lives as long as it is open."""

from tempfile import TemporaryFile


def temporary_file(write):
    """A file that `write` fills, open at its beginning. Whoever sends it closes it; if `write` fails, it is closed."""
    file = TemporaryFile()  # noqa: SIM115 - the response closes it when it is sent
    try:
        write(file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file
