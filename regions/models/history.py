"""Every change is kept by the database itself, whoever makes it: page, administration, import or SQL.

Each table has one of events beside it. An event holds the row as it was inserted, as it was *before* an update, or as
it was deleted, so that a change can be taken back from its own events alone. What the database works out is left out.
"""

import pghistory

from .agency import Agency
from .factor import Factor
from .indicator import Indicator, Reading
from .policy import Policy, Position, Provision
from .region import Region
from .savings import SavingsClaim
from .source import Source


def keep_history(model, exclude=()):
    """Keep every insert, update and delete of `model`, in one statement however many rows there are."""
    generated = [field.name for field in model._meta.concrete_fields if field.generated]
    track = pghistory.track(
        pghistory.InsertEvent(), pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent(),
        exclude=[*generated, *exclude], level=pghistory.Statement, append_only=True,
    )  # fmt: skip
    return track(model)


for model in (Agency, Factor, Indicator, Reading, Policy, Position, Provision, Region, SavingsClaim, Source):
    keep_history(model)
