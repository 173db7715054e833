"""The WSGI application, for `enforcement.server` or another server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "enforcement.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402

from enforcement import postgres  # noqa: E402

# For this process only: commands take their time, also between two statements. `regions.deadline` raises the first one
# where a page needs more.
for database in settings.DATABASES.values():
    database["OPTIONS"]["options"] += (
        f" -c statement_timeout={settings.LONGEST_STATEMENT}s -c idle_in_transaction_session_timeout=30s"
    )

try:
    postgres.refuse_half_restored(settings.DATA_DIR)
except postgres.Unavailable as problem:
    raise SystemExit(f"The database is not available: {problem}") from problem
if settings.EMBEDDED_POSTGRES:
    postgres.start(settings.DATA_DIR)
