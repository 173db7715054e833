"""Rules for what looks wrong about a case and may still be right, each with its arithmetic. None forbids to save."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from cases import power
from cases.models import Case, Rig
from cases.models.case import LocationPrecision, SiteType
from cases.models.field import FigureBasis, Quantity
from cases.models.intake import DoubtRule
from regions.grammar.dates import Precision, day_as_known
from regions.grammar.quantities import figure
from regions.models import Policy, Region
from regions.places import far_off, swapped_fits

# A machine that runs draws between these, kW: from one graphics card to the heaviest model of the catalogue.
LEAST_KW, MOST_KW = 0.2, 4.0
HOURS = {
    FigureBasis.PER_HOUR: 1,
    FigureBasis.PER_DAY: 24,
    FigureBasis.PER_MONTH: power.HOURS_A_YEAR / 12,
    FigureBasis.PER_YEAR: power.HOURS_A_YEAR,
}
# How far a point may lie outside its region, km: shapes are simplified, and a coarse point stands for a wide place.
TOLERANCE_KM = {
    LocationPrecision.SITE: 5,
    LocationPrecision.LOCALITY: 15,
    LocationPrecision.ADMIN2: 60,
    LocationPrecision.ADMIN1: 200,
}
# More rigs than a site of this kind has held in any case on record, by far.
MOST_RIGS_AT = {
    SiteType.RESIDENTIAL: 1_000,
    SiteType.SHOPHOUSE: 4_000,
    SiteType.OFFICE: 2_500,
    SiteType.SCHOOL: 1_000,
    SiteType.INTERNET_CAFE: 1_000,
    SiteType.CONTAINER: 2_500,
}
MANY_ARRESTS = 1_000
# A grid changes by some per cent a year (MEE, China: 0.5568 kg/kWh in 2021, 0.5366 in 2022).
MOST_YEARS_OFF = 2
# What was paid with before the euro, and through which year (ISO 4217, list three).
FORMER_CURRENCIES = {
    "EE": ("EEK", 2010),
    "LV": ("LVL", 2013),
    "LT": ("LTL", 2014),
    "HR": ("HRK", 2022),
    "BG": ("BGN", 2025),
}


@dataclass
class Facts:
    """What is known of a case: stored, typed or read from a file. None and "" mean: not stated."""

    region: Region | None
    occurred_on: date | None
    date_precision: str = Precision.DAY
    latitude: float | None = None
    longitude: float | None = None
    location_precision: str = ""
    site_type: str = ""
    rigs: int | None = None
    models: list[Rig] = field(default_factory=list)  # the Rigs of the lines
    energy_kwh: float | None = None
    energy_basis: str = ""
    load_kw: float | None = None
    currencies: list[str] = field(default_factory=list)
    amounts: list[tuple[str, str, str, float]] = field(
        default_factory=list
    )  # (quantity, basis, currency, amount) of each published figure
    factor_year: int | None = None  # of the grid's emission factor that its carbon is calculated with
    arrests: int | None = None
    policies: list[Policy] = field(default_factory=list)


@dataclass
class Doubt:
    """One thing that looks wrong: by which rule, at which fields, and why.

    Of thousands of cases only the rules are wanted: `say` makes the text when it is asked for.
    """

    rule: DoubtRule
    fields: list[str]
    say: Callable[[], str]

    @property
    def text(self) -> str:
        """Why, in words with the numbers."""
        return self.say()

    @property
    def usual_reason(self) -> str:
        """The reason that people give most often for data that this rule doubts."""
        return USUAL_REASONS.get(self.rule, AS_PUBLISHED)


# Of a case: what its facts take over as it is stored.
AS_STORED = (
    "occurred_on", "date_precision", "latitude", "longitude", "location_precision", "site_type", "rigs", "arrests",
)  # fmt: skip


def facts_of(case: Case) -> Facts:
    """The Facts of a stored case, prefetched as by `Case.objects.for_page`."""
    return facts_with(
        case.region,
        {name: getattr(case, name) for name in AS_STORED},
        figures=list(case.figures.all()),
        models=[line.rig for raid in case.raids.all() for line in raid.seizures.all() if line.rig],
        policies=[citation.policy for citation in case.citations.all() if citation.policy],
    )


def facts_with(region: Region, as_stored: dict, *, figures: list, models: list[Rig], policies: list[Policy]) -> Facts:
    """The Facts of a stored case: its values AS_STORED, and what belongs to it."""
    energy = next((stated for stated in figures if stated.quantity == Quantity.ENERGY_KWH), None)
    load = next((stated for stated in figures if stated.quantity == Quantity.LOAD_KW), None)
    return Facts(
        region=region,
        **as_stored,
        models=models,
        energy_kwh=float(energy.amount) if energy else None,
        energy_basis=energy.basis if energy else "",
        load_kw=float(load.amount) if load else None,
        currencies=[stated.currency for stated in figures if stated.currency],
        amounts=[(stated.quantity, stated.basis, stated.currency, float(stated.amount)) for stated in figures],
        policies=policies,
    )


def doubts(facts: Facts) -> list[Doubt]:
    """A list of Doubt about `facts`; none asks the database for more than the country's currency."""
    found = (rule(facts) for rule in RULES)
    return [doubt for doubt in found if doubt]


def twin_doubt(twins) -> Doubt:
    """The Doubt that a case with these likely twins is another."""
    return Doubt(DoubtRule.TWIN, [], lambda: _listed(f"{twin.case} ({', '.join(twin.why)})" for twin in twins))


def _listed(parts):
    return pgettext("between parts of a sentence", "; ").join(parts)


def energy_was_stored(facts: Facts) -> bool:
    """Whether what was metered shows that the rigs did not run: then no saving may be made of them."""
    return facts.energy_kwh is not None and bool(facts.rigs) and not facts.energy_basis and _kwh_each(facts) < LEAST_KW


def _kwh_each(facts):
    return facts.energy_kwh / facts.rigs


def _load_per_rig(facts):
    if facts.load_kw is None or not facts.rigs:
        return None
    each = facts.load_kw / facts.rigs
    if LEAST_KW <= each <= MOST_KW:
        return None

    def say():
        text = _("%(kw)s kW ÷ %(rigs)s rigs = %(each)s kW per rig; a running rig draws %(least)s to %(most)s kW.")
        return text % _numbers(facts.load_kw, facts.rigs, each)

    return Doubt(DoubtRule.LOAD_PER_RIG, ["figures", "raids"], say)


def _energy_per_rig(facts):
    if facts.energy_kwh is None or not facts.rigs:
        return None
    if energy_was_stored(facts):
        return Doubt(DoubtRule.ENERGY_PER_RIG, ["figures"], lambda: _stored_not_running(facts))
    hours = HOURS.get(facts.energy_basis)
    if hours is None:
        return None
    each = _kwh_each(facts) / hours
    if LEAST_KW <= each <= MOST_KW:
        return None

    def say():
        text = _(
            "%(kw)s kWh ÷ %(rigs)s rigs ÷ %(hours)s h = %(each)s kW per rig;"
            " a running rig draws %(least)s to %(most)s kW."
        )
        return text % (_numbers(facts.energy_kwh, facts.rigs, each) | {"hours": figure(hours)})

    return Doubt(DoubtRule.ENERGY_PER_RIG, ["figures", "raids"], say)


def _stored_not_running(facts):
    text = _("%(kwh)s kWh ÷ %(rigs)s rigs = %(each)s kWh per rig: stored, not running.")
    return text % {"kwh": figure(facts.energy_kwh), "rigs": figure(facts.rigs), "each": f"{_kwh_each(facts):.2g}"}


def _policy_not_in_force(facts):
    fields = ["citations", "when"]
    for policy in facts.policies:
        begins = policy.effective_on or policy.issued_on
        if begins and facts.occurred_on and _last_day(facts) < begins:
            return Doubt(DoubtRule.POLICY_NOT_IN_FORCE, fields, partial(_too_early, facts, policy, begins))
        if policy.expires_on and facts.occurred_on and facts.occurred_on > policy.expires_on:
            return Doubt(DoubtRule.POLICY_NOT_IN_FORCE, fields, partial(_too_late, facts, policy))
    return None


def _too_early(facts, policy, begins):
    text = _("“%(policy)s” has been in force only since %(since)s; the case is dated %(day)s.")
    since = day_as_known(begins, policy.date_precision)
    return text % {"policy": policy.title, "since": since, "day": _day(facts)}


def _too_late(facts, policy):
    text = _("“%(policy)s” was in force until %(until)s; the case is dated %(day)s.")
    return text % {"policy": policy.title, "until": day_as_known(policy.expires_on), "day": _day(facts)}


def _day(facts):
    return day_as_known(facts.occurred_on, facts.date_precision)


def _last_day(facts):
    if facts.date_precision == Precision.YEAR:
        return facts.occurred_on.replace(month=12, day=31)
    if facts.date_precision == Precision.MONTH:
        return facts.occurred_on.replace(day=28)
    return facts.occurred_on


def _point(facts):
    """Where the point lies: nowhere, exchanged, or outside the region."""
    if facts.latitude is None or facts.longitude is None:
        return None
    fields = ["latitude", "longitude"]
    if facts.latitude == 0 and facts.longitude == 0:
        return Doubt(DoubtRule.POINT_NOWHERE, fields, lambda: _("0, 0 is in the Gulf of Guinea."))
    if facts.region is None or abs(facts.latitude) > 90:
        return None
    km = far_off(facts.region, facts.latitude, facts.longitude)
    if km is None or km <= TOLERANCE_KM.get(facts.location_precision, 5):
        return None
    swapped = swapped_fits(facts.region, facts.latitude, facts.longitude)

    def say():
        text = (
            _("The point is %(km)s km outside %(region)s. With latitude and longitude swapped, it is inside.")
            if swapped
            else _("The point is %(km)s km outside %(region)s.")
        )
        return text % {"region": facts.region.name, "km": figure(round(km))}

    if swapped:
        return Doubt(DoubtRule.POINT_SWAPPED, fields, say)
    return Doubt(DoubtRule.POINT_OFF_REGION, ["region", *fields], say)


def _count_for_site(facts):
    most = MOST_RIGS_AT.get(facts.site_type)
    if most is None or facts.rigs is None or facts.rigs <= most:
        return None

    def say():
        text = _("%(rigs)s rigs at one site of the type “%(site)s”: no report so far has more than %(most)s.")
        return text % {"rigs": figure(facts.rigs), "site": SiteType(facts.site_type).label, "most": figure(most)}

    return Doubt(DoubtRule.COUNT_FOR_SITE, ["site_type", "raids"], say)


def _currency_of_country(facts):
    if facts.region is None or not facts.currencies:
        return None
    own = _currency_of(facts.region)
    former, through = FORMER_CURRENCIES.get(facts.region.country_code, ("", 0))
    if facts.occurred_on and facts.occurred_on.year <= through:
        own = former
    foreign = Counter(currency for currency in facts.currencies if own and currency not in (own, "USD"))
    if not foreign:
        return None

    def say():
        text = _("The amount is in %(currency)s, but %(country)s uses %(own)s.")
        return text % {"currency": ", ".join(foreign), "country": facts.region.country_code, "own": own}

    return Doubt(DoubtRule.CURRENCY_OF_COUNTRY, ["figures"], say)


def _currency_of(region):
    if region.currency or not region.parent_id:
        return region.currency
    return Region.objects.filter(code=region.country_code).values_list("currency", flat=True).first() or ""


def _rig_not_built_yet(facts):
    for rig in facts.models:
        if facts.occurred_on and rig.released_year and rig.released_year > facts.occurred_on.year:
            return Doubt(DoubtRule.RIG_NOT_BUILT_YET, ["raids", "when"], partial(_too_new, facts, rig))
    return None


def _too_new(facts, rig):
    text = _("%(rig)s has been on sale since %(year)s; the case is dated %(day)s.")
    return text % {"rig": rig, "year": rig.released_year, "day": _day(facts)}


def _conflicting_figures(facts):
    stated = defaultdict(set)
    for quantity, basis, currency, amount in facts.amounts:
        stated[quantity, basis, currency].add(amount)
    conflicts = {key: amounts for key, amounts in stated.items() if len(amounts) > 1}
    if not conflicts:
        return None

    def say():
        return _listed(
            _("%(quantity)s: %(amounts)s")
            % {
                "quantity": Quantity(quantity).label,
                "amounts": pgettext("between alternatives", " or ").join(
                    f"{figure(amount)} {currency}".strip() for amount in sorted(amounts)
                ),
            }
            for (quantity, _basis, currency), amounts in conflicts.items()
        )

    return Doubt(DoubtRule.CONFLICTING_FIGURES, ["figures"], say)


def _old_factor(facts):
    if facts.factor_year is None or abs(facts.factor_year - facts.occurred_on.year) <= MOST_YEARS_OFF:
        return None

    def say():
        text = _("The grid emission factor is for %(factor)s; the case is from %(year)s.")
        return text % {"factor": facts.factor_year, "year": facts.occurred_on.year}

    return Doubt(DoubtRule.OLD_FACTOR, [], say)


def _many_arrests(facts):
    if facts.arrests is None or facts.arrests <= MANY_ARRESTS:
        return None

    def say():
        return _("%(people)s people detained.") % {"people": figure(facts.arrests)}

    return Doubt(DoubtRule.MANY_ARRESTS, ["arrests"], say)


# What each rule asks, for the page that counts them.
ASKS = {
    DoubtRule.LOAD_PER_RIG: gettext_lazy(
        "A running rig draws 0.2 to 4 kW. The stated load per rig is outside this range."
    ),
    DoubtRule.ENERGY_PER_RIG: gettext_lazy(
        "The rigs were stored, not running; or they used more or less than is possible in the stated period."
    ),
    DoubtRule.POLICY_NOT_IN_FORCE: gettext_lazy("The case cites a rule that was not in force on its date."),
    DoubtRule.POINT_OFF_REGION: gettext_lazy("The point is outside the region by more than its precision allows."),
    DoubtRule.POINT_SWAPPED: gettext_lazy(
        "The point is outside the region, but inside if latitude and longitude are swapped."
    ),
    DoubtRule.POINT_NOWHERE: gettext_lazy("The point is in the Gulf of Guinea: the coordinates were never set."),
    DoubtRule.COUNT_FOR_SITE: gettext_lazy("More rigs than any site of this type on record."),
    DoubtRule.CURRENCY_OF_COUNTRY: gettext_lazy(
        "The currency is neither that of the country in that year nor the US dollar."
    ),
    DoubtRule.RIG_NOT_BUILT_YET: gettext_lazy("The model was released in a later year than the case."),
    DoubtRule.MANY_ARRESTS: gettext_lazy("More than 1,000 people in one case."),
    DoubtRule.CONFLICTING_FIGURES: gettext_lazy("Two different amounts of the same quantity, on the same basis."),
    DoubtRule.OLD_FACTOR: gettext_lazy(
        "The emission factor is more than two years from the case; the grid has no closer one."
    ),
    DoubtRule.TWIN: gettext_lazy("Within 25 km and 45 days, with a similar rig count or a similar title."),
}

# What people give as the reason most often: one press instead of a sentence.
USUAL_REASONS = {
    DoubtRule.ENERGY_PER_RIG: gettext_lazy("The rigs were stored, not running."),
    DoubtRule.TWIN: gettext_lazy("Another case."),
}
AS_PUBLISHED = gettext_lazy("The source says so.")

RULES = [
    _load_per_rig, _energy_per_rig, _policy_not_in_force, _point, _count_for_site, _currency_of_country,
    _rig_not_built_yet, _many_arrests, _conflicting_figures, _old_factor,
]  # fmt: skip


def _numbers(amount, rigs, each):
    return {
        "kw": figure(amount),
        "rigs": figure(rigs),
        "each": f"{each:.2g}" if each < 100 else figure(round(each)),
        "least": LEAST_KW,
        "most": f"{MOST_KW:g}",
    }
