"""What authorities claim, each beside our arithmetic and beside the cases on record; and where claims disagree."""

from dataclasses import dataclass, field
from itertools import pairwise

from cases import power
from cases.models import FactorSet, versions
from cases.selection.rollups import Span, Sums, in_spans
from regions.models import Region, SavingsClaim
from regions.models.savings import ClaimKind, LossBasis

from .factors import GridFactors


@dataclass
class Check:
    """What an authority claims beside what arithmetic and the record make of it. Nothing here is added to anything.

    `kw` is the average load of a saving a year, or the load as claimed; `sums` are of the cases on record in the
    claim's region and period, and `loss` what those lost in the claim's currency.
    """

    claim: SavingsClaim
    gce_per_kwh: float | None
    kw: float | None
    kw_a_project: float | None
    tce_generation: float | None
    tce_calorific: float | None
    factor: object | None
    t_co2: float | None
    sums: Sums
    loss: float | None
    given: power.Assumptions

    @property
    def is_on_generation_basis(self):
        """The claim's coal is nearer to what a plant burns than to the energy content alone."""
        return self.gce_per_kwh is not None and power.stands_on_generation(self.gce_per_kwh, self.given)

    @property
    def fits_together(self):
        """The claim's coal and electricity are those of one of the two bases, within 5 %."""
        bases = (self.given.gce_generation, self.given.gce_calorific)
        return self.gce_per_kwh is not None and any(abs(self.gce_per_kwh / basis - 1) <= 0.05 for basis in bases)

    @property
    def kwh_if_run(self):
        """What the cases on record in its region and period would use in a year if all their rigs ran, kWh."""
        return self.sums.kw * power.HOURS_A_YEAR if self.sums.kw is not None else None


def claimed_savings(cases, claims=None):
    """The claimed savings with a figure for energy, the largest first, each a Check."""
    claims = SavingsClaim.objects.all() if claims is None else claims
    savings = claims.filter(kind=ClaimKind.SAVING, energy_kwh_per_year__gt=0).select_related("region", "source")
    return checks(cases, savings.order_by("-energy_kwh_per_year", "ref"))


def checks(cases, claims):
    """A Check of each of `claims`, in their order. As many queries for many as for one."""
    claims = list(claims)
    if not claims:
        return []
    spans = [
        Span(claim.pk, claim.region.pk, claim.period_start, claim.period_end, claim.loss_currency) for claim in claims
    ]
    codes = {code for claim in claims if claim.energy_kwh_per_year for code in claim.region.codes_up()}
    factors = versions.of_standing(("factors", frozenset(codes)), lambda: GridFactors(codes))
    known, given = in_spans(cases, spans), FactorSet.objects.assumptions()
    return [_checked(claim, *known.get(claim.pk, (Sums(), None)), factors, given) for claim in claims]


def _checked(claim, sums, loss, factors, given):
    kwh = float(claim.energy_kwh_per_year) if claim.energy_kwh_per_year else None
    kw = kwh / power.HOURS_A_YEAR if kwh else float(claim.power_kw) if claim.power_kw is not None else None
    said_on = claim.period_end or claim.stated_on
    factor = factors.of(claim.region.codes_up(), said_on.year) if said_on and kwh else None
    return Check(
        claim=claim,
        gce_per_kwh=power.gce_per_kwh(float(claim.coal_tce), kwh) if kwh and claim.coal_tce is not None else None,
        kw=kw,
        kw_a_project=kw / claim.projects_closed if kw is not None and claim.projects_closed else None,
        tce_generation=power.tce(kwh, given.gce_generation) if kwh else None,
        tce_calorific=power.tce(kwh, given.gce_calorific) if kwh else None,
        factor=factor,
        t_co2=power.t_co2(kwh, float(factor.value)) if factor else None,
        sums=sums,
        loss=loss,
        given=given,
    )


@dataclass
class Disagreement:
    """Claims of one region that measure the same over overlapping times and differ. They are shown, never averaged.

    `sequences` are those of one claimant that follow one another, with what they come to together.
    """

    region: Region
    kind: str
    claims: list[SavingsClaim]
    sequences: list[tuple[list[SavingsClaim], float]] = field(default_factory=list)


def disagreements(claims):
    """What `claims` contradict each other in, the most claims first. Only totals and loads are compared."""
    groups = {}
    for claim in claims:
        measure = measured(claim)
        if measure and claim.period_end:
            groups.setdefault((claim.region, claim.kind, measure[0]), []).append(claim)
    found = []
    for (region, kind, _unit), claims_alike in groups.items():
        for together in _overlapping(claims_alike):
            sequences = list(_sequences(together))
            amounts = {measured(claim)[1] for claim in together}
            if len(amounts) > 1 and len(together) > max((len(chain) for chain, _sum in sequences), default=0):
                found.append(Disagreement(region, kind, together, sequences))
    return sorted(found, key=lambda conflict: -len(conflict.claims))


def measured(claim):
    """(unit, amount) of what a claim states, where two claims of it can be compared."""
    if claim.loss_amount is not None and claim.loss_basis == LossBasis.TOTAL:
        return claim.loss_currency, claim.loss_amount
    if claim.power_kw is not None and claim.kind == ClaimKind.CAPACITY:
        return "kW", claim.power_kw
    if claim.energy_kwh_per_year is not None:
        return "kWh", claim.energy_kwh_per_year
    return None


def _overlapping(claims):
    """`claims` in groups of overlapping periods, each in order of its start; a claim without overlap is left out."""
    ordered = sorted(claims, key=lambda claim: (claim.period_start or claim.period_end, claim.period_end))
    group, until = [], None
    for claim in ordered:
        if group and (claim.period_start or claim.period_end) > until:
            if len(group) > 1:
                yield group
            group, until = [], None
        group.append(claim)
        until = max(until or claim.period_end, claim.period_end)
    if len(group) > 1:
        yield group


def _sequences(claims):
    """Of each claimant, stated on one day, the claims of which none overlaps another, with their sum."""
    by_claimant = {}
    for claim in claims:
        by_claimant.setdefault((claim.claimed_by, claim.stated_on), []).append(claim)
    for chain in by_claimant.values():
        apart = all(
            earlier.period_end < later.period_start
            for earlier, later in pairwise(chain)
            if later.period_start and earlier.period_end
        )
        if len(chain) > 1 and apart:
            yield chain, sum(measured(claim)[1] for claim in chain)
