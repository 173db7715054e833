"""The events of what happened; see `regions.models.history`."""

from regions.models import keep_history

from .case import Case, Citation
from .field import Figure, Raid, Seizure
from .intake import Reason
from .outcome import Disposal, Document, Party, Sanction
from .rig import Rig


class CaseAgency(Case.agencies.through):
    """That an agency took part in a case."""

    class Meta:
        proxy = True


class CaseSource(Case.sources.through):
    """That a source tells of a case."""

    class Meta:
        proxy = True


# The sums of `actions.sum_up`, and what follows from it: not changes that anybody made.
WORKED_OUT = [
    "rigs", "rigs_qualifier", "kw_low", "kw_best", "kw_high", "kg_co2_per_kwh", "loss_amount", "loss_currency", "words",
    "changed_at",
]  # fmt: skip

keep_history(Case, exclude=WORKED_OUT)
for model in (
    Citation,
    Raid,
    Seizure,
    Figure,
    Party,
    Sanction,
    Disposal,
    Document,
    Reason,
    Rig,
    CaseAgency,
    CaseSource,
):
    keep_history(model)
