"""Meters that were looked at and are no mines: what inspections found not to be one, and what officers say is none.

A later run over the same region marks such a meter and lists it apart. The mark ends on its last day, if it has one;
when the load has grown since, for rigs may stand behind anything; and when mining is found there after all.
"""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from cases.actions.signing import Verb, changing
from cases.models import Clearance, ScreenedMeter, ScreeningRun

GROWN, GROWN_KW = 1.5, 1.0  # times the load of then, and at least as many kW more: less is the weather


@dataclass(frozen=True)
class ClearedMeter:
    """`then` is the meter as it was looked at, `kw` the load that rigs would explain now."""

    then: ScreenedMeter
    kw: float

    @property
    def looked_on(self) -> date | None:
        return self.then.looked_on

    @property
    def clearance(self) -> Clearance | None:
        """What an officer said; None where an inspection is all there is."""
        return getattr(self.then, "clearance", None)

    @property
    def what(self) -> str:
        """What it is instead of a mine."""
        return str(self.clearance or _("no mining found"))

    @property
    def has_grown(self) -> bool:
        return self.kw > max(GROWN * self.then.kw, self.then.kw + GROWN_KW)

    @property
    def until(self) -> date | None:
        """The last day; none of what an inspection found."""
        return self.clearance.until if self.clearance and self.then.is_hit is None else None

    @property
    def has_expired(self) -> bool:
        return self.until is not None and self.until < localdate()

    @property
    def holds(self) -> bool:
        return not (self.has_grown or self.has_expired)


def cleared_in(run: ScreeningRun) -> dict[str, ClearedMeter]:
    """{meter of `run`: its last look of which nothing came}, in this or in another run that shares its meters.

    Also those that hold no longer. A meter where mining was found is never among them.
    """
    runs = ScreeningRun.objects.sharing_meters_with(run)
    judged = ScreenedMeter.objects.judged().filter(run__in=runs.values("pk"))
    mines = judged.filter(is_hit=True).values_list("meter", flat=True)
    looks = judged.cleared().order_by("looked_on", "pk").defer("parts", "figures")
    last = {then.meter: then for then in looks}
    for meter in mines:
        last.pop(meter, None)
    loads = dict(run.meters.order_by().filter(meter__in=last).values_list("meter", "kw"))
    return {meter: ClearedMeter(last[meter], kw) for meter, kw in loads.items()}


@transaction.atomic
def clear_meter(screened: ScreenedMeter, clearance: Clearance, *, by) -> None:
    """Put a meter on the list, or say it anew. Raises PermissionDenied outside the regions of work of `by`."""
    _lock(screened, by)
    clearance.screened, clearance.by = screened, by
    with changing(Verb.METER_CLEARED, by):
        clearance.save()


@transaction.atomic
def suspect_again(screened: ScreenedMeter, *, by) -> None:
    """Take a meter off the list; that it was there stays in the history. What an inspection found is not touched."""
    _lock(screened, by)
    with changing(Verb.CLEARANCE_TAKEN_BACK, by):
        Clearance.objects.filter(screened=screened).delete()


def _lock(screened, by):
    """One after the other, and only who works there."""
    if not ScreeningRun.objects.visible_to(by).filter(pk=screened.run_id).exists():
        raise PermissionDenied
    ScreenedMeter.objects.select_for_update(no_key=True).get(pk=screened.pk)
