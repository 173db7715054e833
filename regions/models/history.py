"""The database records every change, whoever makes it: page, administration, import or SQL.

Each table has a table of events. An event holds the row as inserted, as it was *before* an update, or as deleted, so
that a change can be undone from its own events alone. Generated columns are left out.
"""

import pghistory

from .agency import Agency
from .factor import Factor
from .grid import GridArea
from .indicator import Indicator, Reading
from .policy import Policy, Position, Provision
from .region import Region
from .savings import SavingsClaim
from .scope import Scope
from .source import Source

# What the office arranges for itself: its history is kept and sealed, and shown in the administration; it is no part of
# what a case went through, and not undone with it.
OF_THE_OFFICE = set()


def keep_history(model, exclude=(), inserts=True, of_the_office=False):
    """Record every insert, update and delete of `model`, with a single statement for any number of rows.

    Without `inserts` nothing tells when a row was made.
    """
    if of_the_office:
        OF_THE_OFFICE.add(model)
    generated = [field.name for field in model._meta.concrete_fields if field.generated]
    track = pghistory.track(
        *([pghistory.InsertEvent()] if inserts else []),
        pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent(),
        exclude=[*generated, *exclude], level=pghistory.Statement, append_only=True,
    )  # fmt: skip
    return track(model)


for model in (Agency, Factor, GridArea, Indicator, Reading, Policy, Position, Provision, Region, SavingsClaim, Source):
    keep_history(model)
keep_history(Scope, of_the_office=True)
