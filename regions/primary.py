"""What a replica of the database cannot say: then the primary answers the whole request.

A replica shows the rows of the primary and nothing else of it: neither who is at work there, nor the locks that they
hold. And what a request does outside of the database must not be done twice.
"""

from django.db import DEFAULT_DB_ALIAS, connection


class OnlyThePrimary(BaseException):
    """Ends a request that a replica cannot answer. Nobody on the way may take it for a fault of theirs."""


def only_the_primary_knows():
    """To be called before what only the primary can answer, or what may be done once."""
    if connection.alias != DEFAULT_DB_ALIAS:
        raise OnlyThePrimary
