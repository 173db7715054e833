#!/usr/bin/env python
"""Django's command line, with the database started first where none is configured."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "enforcement.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed for this Python. README.md has the one command that does it all.")
    from enforcement import postgres

    try:
        postgres.start_for(sys.argv[1:])
    except postgres.Unavailable as problem:
        sys.exit(f"The database is not available: {problem}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
