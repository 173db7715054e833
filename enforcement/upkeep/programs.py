"""The programs of PostgreSQL that copy a database: those of the embedded server, or of this machine."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from django.conf import settings
from django.db import connection

from enforcement import postgres

from .archive import BackupRefused


def found(name, at_least):
    """(path, major version) of a program that knows servers of that version. Raises BackupRefused if there is none."""
    of_the_wheel = shutil.which(name, path=postgres.programs_dir())
    of_this_machine = shutil.which(name)
    order = [of_the_wheel] if settings.EMBEDDED_POSTGRES else [of_this_machine, of_the_wheel]
    for path in filter(None, order):
        said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout  # noqa: S603 - our own path
        version = re.search(r"\d+", said)
        if version and int(version[0]) >= at_least:
            return path, int(version[0])
    raise BackupRefused(f"{name} of version {at_least} or newer is needed, and is not on this machine.")


def server_version():
    """The major version of the server."""
    return connection.cursor().connection.server_version // 10_000


def environment():
    """How a program reaches our database, without a word of it in the list of processes."""
    params = connection.get_connection_params()
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    _arguments, more = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    told = {variable: str(params[name]) for name, variable in names.items() if params.get(name)}
    return {"PATH": os.defpath, "LC_ALL": "C", "HOME": str(Path.home())} | (more or {}) | told


def last_words(errors):
    """The line in which a program says why it ended."""
    lines = [line for line in errors.decode(errors="replace").strip().splitlines() if line.strip()]
    told = next((line for line in lines if "error:" in line), lines[-1] if lines else "it did not say why")
    return re.sub(r"^\S*pg_(dump|restore): error: ", "", told)
