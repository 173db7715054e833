"""The chain of custody: what became of the rigs of each seizure line, on whose order and by which document."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Case, Disposal, Seizure
from cases.models.case import CaseStatus
from cases.models.field import place_in_words
from cases.models.outcome import DisposalKind
from regions.grammar.dates import day_as_known
from regions.grammar.days import latest_today
from regions.grammar.quantities import figure

from . import signing

# After one of these steps the rig is gone; a stored rig is still there.
FINAL = {DisposalKind.DESTROYED, DisposalKind.AUCTIONED, DisposalKind.RETURNED, DisposalKind.TRANSFERRED}


@dataclass
class Chain:
    """A seizure line and its steps, oldest first; `left` is None where the line states no count."""

    seizure: Seizure
    steps: list[Disposal]
    left: int | None

    @property
    def place(self):
        raid = self.seizure.raid
        return place_in_words(raid.place, raid.case.place, raid.case.place_zh)

    @property
    def accounted(self):
        return None if self.left is None else self.seizure.count - self.left


def chains(case: Case) -> list[Chain]:
    """The Chain of every line of `case`, in the order of its raids."""
    lines = (
        Seizure.objects.filter(raid__case=case)
        .select_related("raid__case", "rig")
        .prefetch_related("disposals__authority", "disposals__document")
        .order_by("raid__raided_on", "raid", "pk")
    )
    found = []
    for line in lines:
        steps = sorted(line.disposals.all(), key=lambda step: (step.disposed_on is not None, step.disposed_on, step.pk))
        found.append(Chain(line, steps, left_of(line, steps)))
    return found


def left_of(line: Seizure, steps) -> int | None:
    """How many rigs of `line` have no final step among `steps`. None where the line states no count."""
    if line.count is None:
        return None
    final = [step for step in steps if step.kind in FINAL]
    if any(step.count is None for step in final):
        return 0
    return line.count - sum(step.count for step in final)


def is_done(found: list[Chain]) -> bool:
    """Whether every rig of every line is accounted for."""
    return bool(found) and all(chain.left == 0 for chain in found)


@transaction.atomic
def dispose(
    seizure, *, by, kind, count=None, disposed_on=None, date_precision="day", authority=None, document=None, note=""
):
    """Record what became of `count` rigs of a line (None: of all that are left). Returns the Disposal.

    Raises PermissionDenied, and ValidationError where more would be disposed of than was seized, or before it was.
    """
    signing.locked(seizure.raid.case, Case.objects.editable_by(by))
    left = left_of(seizure, seizure.disposals.all())
    if count == 0:
        raise ValidationError({"count": _("Enter a number of rigs above 0.")})
    if left is not None and kind in FINAL:
        if left <= 0:
            raise ValidationError({"count": _("All rigs of this line are already accounted for.")})
        if count is not None and count > left:
            raise ValidationError({"count": _("Rigs left in this line: %(left)s.") % {"left": figure(left)}})
    if count is not None and seizure.count is not None and count > seizure.count:
        raise ValidationError({"count": _("Rigs seized: %(count)s.") % {"count": figure(seizure.count)}})
    if disposed_on and disposed_on > latest_today():
        raise ValidationError({"when": _("This date is in the future.")})
    raided = seizure.raid.raided_on
    if disposed_on and raided and date_precision == "day" and disposed_on < raided:
        raise ValidationError({"when": _("The rigs were seized later, on %(day)s.") % {"day": day_as_known(raided)}})
    step = Disposal(
        seizure=seizure, kind=kind, count=count, disposed_on=disposed_on, date_precision=date_precision,
        authority=authority, document=document, note=note,
    )  # fmt: skip
    step.full_clean()
    with signing.changing(signing.Verb.DISPOSAL_RECORDED, by):
        step.save()
    return step


@transaction.atomic
def take_back(disposal: Disposal, *, by, reason: str) -> None:
    """Delete a step of the chain; the reason is kept. Raises PermissionDenied."""
    signing.locked(disposal.seizure.raid.case, Case.objects.editable_by(by))
    if not reason.strip():
        raise ValidationError(_("Give a reason for undoing this."))
    with signing.changing(signing.Verb.DISPOSAL_UNDONE, by, reason):
        disposal.delete()


@transaction.atomic
def close(case: Case, *, by) -> None:
    """Say of a case whose every rig is accounted for that its rigs are disposed of. Raises PermissionDenied."""
    case = signing.locked(case, Case.objects.editable_by(by))
    if not is_done(chains(case)):
        raise ValidationError(_("Some rigs are not accounted for yet."))
    with signing.changing(signing.Verb.DISPOSAL_RECORDED, by):
        case.status = CaseStatus.DISPOSED
        case.save(update_fields=["status", "changed_at"])
