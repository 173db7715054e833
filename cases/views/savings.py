"""What authorities say was saved, beside our own estimate."""

from dataclasses import dataclass

from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from cases import power
from cases.method import claims
from cases.models import Case, MeasuredAvoided
from cases.pictures import spans
from regions.grammar import quantities
from regions.grammar.dates import Precision, day_as_known
from regions.grammar.language import in_reading_language
from regions.models import SavingsClaim
from regions.models.savings import ClaimKind


@require_safe
def savings(request):
    """What authorities say was saved, closed, used and lost, each beside its source; savings beside arithmetic.

    `?kind=` chooses which kind of claim the table lists; one that no claim has lists the first.
    """
    stated = SavingsClaim.objects.select_related("region", "source")
    page = SavingsPage(claims.checks(Case.objects.visible_to(request.user), stated), request.GET.get("kind", ""))
    measured = MeasuredAvoided.objects.visible_to(request.user).select_related("case__region")
    context = {"page": page, "hours": power.HOURS_A_YEAR, "measured": measured}
    return TemplateResponse(request, "cases/method/savings.html", context)


@dataclass
class SavingsPage:
    """What the page shows of `checks`, each statement of an authority beside our arithmetic."""

    checks: list[claims.Check]
    asked: str

    def __post_init__(self):
        self.checks.sort(key=lambda check: -(check.claim.energy_kwh_per_year or 0))

    @cached_property
    def claimed(self):
        return [check for check in self.checks if check.claim.energy_kwh_per_year]

    @property
    def headline(self):
        """What the claimed savings come to, in a sentence or two."""
        if not self.claimed:
            return _("No authority on record has claimed a saving of power.")
        largest = self.claimed[0]
        said = ngettext(
            "%(number)s authority claims a saving of power: %(energy)s a year in %(region)s. %(verdict)s",
            "%(number)s authorities claim a saving of power, the largest %(energy)s a year in %(region)s. %(verdict)s",
            len(self.claimed),
        )
        return said % {
            "number": quantities.figure(len(self.claimed)),
            "energy": quantities.with_unit(quantities.energy(largest.claim.energy_kwh_per_year)),
            "region": largest.claim.region.name,
            "verdict": _verdict(largest),
        }

    @cached_property
    def groups(self):
        """[(kind, its checks)] of the kinds that authorities state."""
        groups = [(kind, [check for check in self.checks if check.claim.kind == kind]) for kind in ClaimKind]
        return [(kind, rows) for kind, rows in groups if rows]

    @cached_property
    def chosen(self):
        """The kind that the table lists, and its checks."""
        return next((group for group in self.groups if group[0] == self.asked), next(iter(self.groups), (None, [])))

    @cached_property
    def disagreements(self):
        """[(Disagreement, its picture)]."""
        found = claims.disagreements([check.claim for check in self.checks])
        return [(group, spans.spans([_statement(claim) for claim in group.claims], _written(group))) for group in found]


def _verdict(check):
    if check.gce_per_kwh is None:
        return _("Nothing on record can confirm it.") if check.kwh_if_run is None else ""
    if check.fits_together:
        if check.kwh_if_run is None:
            return _("Its figures fit together, but nothing on record can confirm the size.")
        return _("Its figures fit together.")
    return _("Its figures do not fit together.")


def _statement(claim):
    unit, amount = claims.measured(claim)
    said = claim.stated_on or claim.period_end
    words = _("%(amount)s, %(day)s") % {
        "amount": _in_words(amount, unit), "day": day_as_known(said, Precision.MONTH),
    }  # fmt: skip
    return spans.Statement(
        claim.period_start or claim.period_end,
        claim.period_end,
        float(amount),
        words,
        in_reading_language(claim.claimed_by, claim.claimed_by_zh),
    )


def _written(group):
    unit, _amount = claims.measured(group.claims[0])
    return lambda amount: _in_words(amount, unit)


def _in_words(amount, unit):
    """`amount` of what `claims.measured` compares: kW, kWh or a currency."""
    pairs = {"kW": quantities.power_draw, "kWh": quantities.energy}
    return quantities.with_unit(pairs[unit](amount) if unit in pairs else quantities.money(amount, unit))
