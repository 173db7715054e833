"""Lists, files and the API answer from a release: `release=2026-11-27` in their query string.

A release has its tables beside its files: in a schema of its own, where PostgreSQL looks first while such an answer is
made. So the question is put as ever, and read by the same code. `manage.py release` makes the schema, and makes it anew
after the tables were migrated; until then the release cannot be asked. It answers everybody as it answers the public.
"""

from contextlib import contextmanager
from functools import wraps

from django.conf import settings
from django.db import connection, transaction

from cases.models import Case
from cases.models.case import release_asked
from cases.selection import search

from .as_of import RecordMark, fill
from .shelf import VERSION, release_called, releases

PREFIX = "release_"
_IS_READY = "SELECT obj_description(to_regnamespace(%s), 'pg_namespace') = ({state})"
_STATE = "SELECT max(id)::text FROM public.django_migrations WHERE app IN ('cases', 'regions')"
_SCHEMAS = "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)"


def answers_from_releases(view):
    """`view`, which may also be asked for a release."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        version = request.GET.get("release", "")
        if not can_be_asked(version):
            return view(request, *args, **kwargs)  # which refuses what it does not know
        bool(request.user.is_authenticated)  # read now: accounts are not of the release
        with as_released(version):
            response = view(request, *args, **kwargs)
            if hasattr(response, "render"):
                response.render()
        if response.streaming:
            response.streaming_content = _within(version, response.streaming_content)
        return response

    return answer


def can_be_asked(version):
    """Whether there is a release `version`, with its tables as the program has them now."""
    if not VERSION.fullmatch(version) or release_called(version) is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_IS_READY.format(state=_STATE), [_schema(version)])
        return cursor.fetchone()[0] is True


@contextmanager
def as_released(version):
    """Within, everything that reads cases reads those of the release `version`, and nothing can be written."""
    before = release_asked.set(version)
    try:
        with transaction.atomic():
            try:
                with connection.cursor() as cursor:
                    cursor.execute(f"SET TRANSACTION READ ONLY; SET LOCAL search_path TO {_schema(version)}, public")
                yield
            finally:
                transaction.set_rollback(True)  # within another transaction too this ends here
    finally:
        release_asked.reset(before)


def keep_tables():
    """Make the schema of each release that has none, or one from before the last migrations; remove the others.

    To be called by the owner of the database. A generator of the versions that were made.
    """
    there = releases()
    wanted = {_schema(release.version) for release in there}
    with connection.cursor() as cursor:
        cursor.execute(_SCHEMAS, [PREFIX])
        for (schema,) in cursor.fetchall():
            if schema not in wanted:
                cursor.execute(f"DROP SCHEMA {schema} CASCADE")
    for release in there:
        if not can_be_asked(release.version):
            _make_tables(release)
            yield release.version


@transaction.atomic
def _make_tables(release):
    schema, mark = _schema(release.version), RecordMark.read(release.how_made())
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")
        cursor.execute("SELECT current_setting('search_path')")
        [usual] = cursor.fetchone()
        cursor.execute(f"SET LOCAL search_path TO {schema}, public")
        fill(schema, mark)
        search.index(Case.objects.all())
        cursor.execute("SELECT set_config('search_path', %s, true)", [usual])
        cursor.execute(f"CREATE INDEX ON {schema}.{Case._meta.db_table} USING gin (words)")
        if settings.APPLICATION_ROLE:
            cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO {settings.APPLICATION_ROLE}")
            cursor.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {settings.APPLICATION_ROLE}")
        cursor.execute(_STATE)
        cursor.execute(f"COMMENT ON SCHEMA {schema} IS %s", cursor.fetchone())


def _within(version, parts):
    """The parts of a stream, which are made while they are sent."""
    with as_released(version):
        yield from parts


def _schema(version):
    """The name of a schema, of which nothing need be quoted: a version has only digits, `-` and `.`."""
    return PREFIX + version.replace("-", "_").replace(".", "_")
