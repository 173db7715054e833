"""Sessions in the database, as Django keeps them; a database that is away is not taken for a session that is gone."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError

from . import kinds as outages


class SessionStore(db.SessionStore):
    def save(self, must_create=False):
        try:
            super().save(must_create)
        except UpdateError as problem:
            if outages.outage_kind(problem.__context__):
                raise problem.__context__ from None
            raise
