"""How long an answer takes: administrators see it in their browser, what is slow is a line in the log; all count."""

import logging
from time import perf_counter

from django.db import connection

from enforcement.middleware import REPORTING

from . import metrics

log = logging.getLogger(__name__)

SLOW = 1.0  # seconds


class Queries:
    """Counts the statements of a request and how long they took."""

    def __init__(self):
        self.count, self.seconds = 0, 0.0

    def __call__(self, execute, *arguments):
        started = perf_counter()
        try:
            return execute(*arguments)
        finally:
            self.count += 1
            self.seconds += perf_counter() - started


def tell_time(get_response):
    """`Server-Timing` for administrators alone: how long something took can tell what it was about."""

    def middleware(request):
        started, queries = perf_counter(), Queries()
        with connection.execute_wrapper(queries):
            response = get_response(request)
        seconds = perf_counter() - started
        if not request.path_info.startswith(REPORTING):
            metrics.count(request, response, seconds, queries)
        if seconds > SLOW:
            # Without the query string: what people search for is not for the log.
            log.warning(
                "Slow: %s %s took %.1f s, %d queries %.1f s.",
                *(request.method, ascii(request.path)[1:-1], seconds, queries.count, queries.seconds),
            )
        user = getattr(request, "_cached_user", None)  # as Django has read it: here nothing more is asked
        if user is not None and user.is_superuser:
            asked = f" of the {request.read_from}" if hasattr(request, "read_from") else ""
            sql = f'sql;dur={queries.seconds * 1000:.1f};desc="{queries.count} queries{asked}"'
            response["Server-Timing"] = f"total;dur={seconds * 1000:.1f}, {sql}"
        return response

    return middleware
