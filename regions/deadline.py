"""How long one statement may take. Pages have the limit of `enforcement.wsgi`; what takes longer raises it."""

from contextlib import contextmanager

from django.db import connection


@contextmanager
def statements_may_take(seconds):
    """Within, a statement of this connection may take `seconds` (0: any time) and not what its connection says."""
    if "statement_timeout" not in connection.settings_dict["OPTIONS"].get("options", ""):  # of a command
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT before, set_config('statement_timeout', %s, false)"
            " FROM (SELECT current_setting('statement_timeout') AS before OFFSET 0) AS limits",
            [f"{seconds}s"],
        )
        before, _now = cursor.fetchone()
    try:
        yield
    finally:
        # A connection that is lost takes its limit with it; a transaction that failed takes ours back.
        if connection.connection is not None and not connection.connection.closed and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, false)", [before])


def unhurried(content, seconds):
    """The parts of a stream, whose statements may take `seconds` each."""
    with statements_may_take(seconds):
        yield from content
