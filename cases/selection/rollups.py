"""Figures about regions that are made of cases.

A tree is summed here and not by a subquery a region: that would read every case once for each of
thousands of regions, while one grouped query and the codes above a few hundred give the same sums.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db.models import Count, Sum

from cases.models import Case
from cases.models.case import COUNTED_WITH_LOAD, COUNTED_WITH_RIGS, CaseStatus, LeadSource
from regions.grammar.dates import Precision
from regions.keeping import number_of, rows_found, rows_of_query
from regions.models import Boundary, Policy, Position, Region, SavingsClaim
from regions.models.region import REGIONS_WITHIN, codes_up, path_of
from regions.models.savings import ClaimKind

from .sentence import cases_in_words
from .sums import by_region, month_of


@dataclass
class Sums:
    """Of one region and everything below it. `rigs` and `kw` are None where no case states them."""

    cases: int = 0
    rigs: int | None = None
    kw: float | None = None

    def add(self, cases, rigs, kw):
        self.cases += cases
        self.rigs = _added(self.rigs, rigs)
        self.kw = _added(self.kw, kw)

    @property
    def in_words(self):
        return cases_in_words(self.cases)


def _added(sum_so_far, value):
    return sum_so_far if value is None else (sum_so_far or 0) + value


def _summed(groups):
    """The rows of `groups` of cases (a queryset of one value), each with what `Sums` has: cases, rigs, load."""
    sums = {"rigs_sum": Sum("rigs", filter=COUNTED_WITH_RIGS), "kw_sum": Sum("kw_best", filter=COUNTED_WITH_LOAD)}
    return rows_of_query(groups.annotate(Count("pk"), **sums), "=#++")


def by_code(cases):
    """{code: Sums} of every region with one of `cases` in it or below it. One query."""
    found = {}
    for path, *sums in _summed(cases.order_by().values_list(path_of("region"))):
        for code in codes_up(path):
            found.setdefault(code, Sums()).add(*sums)
    return found


def counted_upwards(rows):
    """{code: number} of `rows` (a queryset with a `region`) in each region or below it. One query."""
    found = Counter()
    for path, number in rows_of_query(rows.order_by().values_list(path_of("region")).annotate(Count("pk"))):
        for code in codes_up(path):
            found[code] += number
    return found


@dataclass
class Branch:
    """A region, what the record says of it and of those below it, and the provinces that it speaks of."""

    region: Region
    sums: Sums
    policies: int
    claims: int
    position: Position | None
    below: list["Branch"] = field(default_factory=list)


def tree(cases, day):
    """A Branch for each country that the record speaks of, most cases first; `position` is that of `day`.

    The number of queries does not depend on the number of regions.
    """
    sums = by_code(cases)
    policies = counted_upwards(Policy.objects.all())
    claims = counted_upwards(SavingsClaim.objects.all())
    positions = {position.region.code: position for position in Position.objects.on(day).select_related("region")}
    positioned = {code for position in positions.values() for code in position.region.codes_up()}
    branches, provinces = {}, []
    for region in Region.objects.filter(
        code__in={*sums, *policies, *claims, *positioned}, level__in=["bloc", "country", "admin1"]
    ).only("code", "name_en", "name_zh", "parent"):
        code = region.code
        branch = Branch(region, sums.get(code, Sums()), policies[code], claims[code], positions.get(code))
        if region.parent_id is None:
            branches[region.pk] = branch
        else:
            provinces.append(branch)
    for province in provinces:
        if province.region.parent_id in branches:
            branches[province.region.parent_id].below.append(province)
    for branch in branches.values():
        branch.below.sort(key=_most_cases_first)
    return sorted(branches.values(), key=_most_cases_first)


def _most_cases_first(branch):
    return -branch.sums.cases, -branch.policies, branch.region.name_en


@dataclass
class Place:
    """A region among its siblings: its position on a day (own, from above, or none known), its power and its claims."""

    region: Region
    position: Position | None
    inherited: bool
    cases: int = 0
    rigs: int | None = None
    kw: float | None = None
    claims: list[SavingsClaim] = field(default_factory=list)

    @property
    def saved(self):
        """The claimed savings as (least, most), kWh a year: claims overlap and are not added. None without one."""
        amounts = [float(claim.energy_kwh_per_year) for claim in self.claims]
        return (min(amounts), max(amounts)) if amounts else None


def places(parent, day, held, cases, also=()):
    """A Place for every region right below `parent` (every country without one) with a shape, with `cases`, or `also`.

    `held` are the Positions to look among, `also` regions.
    """
    in_force = (
        holding for holding in held if holding.first_day <= day and (not holding.last_day or holding.last_day >= day)
    )
    then = {position.region.code: position for position in in_force}
    sums = {row.region.pk: row for row in by_region(cases.in_region(parent) if parent else cases, parent)}
    claims = SavingsClaim.objects.filter(kind=ClaimKind.SAVING, energy_kwh_per_year__gt=0).select_related("region")
    shaped = Boundary.objects.right_below(parent).values_list("pk", flat=True)
    wanted = {*shaped, *sums, *(region.pk for region in also)}
    found = []
    for region in Region.objects.filter(parent=parent, pk__in=wanted).exclude(level="bloc").order_by("name_en"):
        holder = next((code for code in region.codes_up() if code in then), None)
        row = sums.get(region.pk)
        found.append(
            Place(
                region,
                then.get(holder),
                inherited=holder is not None and holder != region.code,
                **({"cases": row.cases, "rigs": row.rigs, "kw": row.kw} if row else {}),
                claims=[claim for claim in claims if claim.region.is_within(region)],
            )
        )
    return found


def neighbours(region, day, cases, most=8):
    """The Places beside `region` that the record speaks of, and itself: at most `most`, most cases first."""
    held = list(Position.objects.on(day).select_related("region"))
    found = places(region.parent, day, held, cases, also=[region])
    found.sort(key=lambda place: (place.region != region, -place.cases, -len(place.claims), place.region.name_en))
    shown = [place for place in found if place.region == region or place.cases or place.claims]
    return sorted(shown[:most], key=lambda place: (-place.cases, place.region.name_en))


class Span(NamedTuple):
    """A region (its key) and all below it, for some days; None where a side is open. `currency`: of losses to sum."""

    key: int
    region: int
    first: date | None = None
    last: date | None = None
    currency: str = ""


def in_spans(cases, spans):
    """{key: (Sums, loss)} of the counted cases in each of `spans`, which may overlap. One query, one look at each case.

    A case known to the month or the year is in a span if any day of it is.
    """
    if not spans:
        return {}
    columns = "region", "occurred_on", "occurred_until", "rigs", "kw_best", "loss_amount", "loss_currency"
    try:
        counted = cases.filter(counts_in_totals=True).order_by().values_list(*columns)
        seen, parameters = counted.query.sql_with_params()
    except EmptyResultSet:
        return {}
    listed = ", ".join(["(%s::bigint, %s::bigint, %s::date, %s::date, %s::text)"] * len(spans))
    statement = f"""
        WITH span (key, top, first_day, last_day, currency) AS (VALUES {listed}), places AS (
            SELECT key, first_day, last_day, currency, tree.below AS region
            FROM span JOIN ({REGIONS_WITHIN}) AS tree ON tree.top = span.top
        )
        SELECT places.key, count(*), sum(rigs), sum(kw), sum(loss) FILTER (WHERE lost_in = currency)
        FROM places JOIN ({seen}) AS seen (place, day, until, rigs, kw, loss, lost_in) ON seen.place = places.region
            AND (first_day IS NULL OR until >= first_day) AND (last_day IS NULL OR day <= last_day)
        GROUP BY places.key
    """  # noqa: S608 - our own names
    told = [value for span in spans for value in span]
    return {
        key: (Sums(count, rigs, kw), None if loss is None else float(loss))
        for key, count, rigs, kw, loss in rows_found(statement, [*told, *parameters], "=#+++")
    }


@dataclass
class Month:
    """What became known of one month. `distance` is in months from the one that is looked at from."""

    first_day: date
    distance: int
    sums: Sums
    unfinished: bool = False


def around(cases, day, today, months=12):
    """(a Month for each from `months` before that of `day` to as many after it, how many cases only their year tells).

    Months that have not begun by `today` are left out; the one that is going on is marked.
    """
    first = _month(day, -months)
    last = min(_month(day, months), today.replace(day=1))
    in_range = cases.filter(occurred_on__gte=first, occurred_on__lt=_month(last, 1)).order_by()
    rows = in_range.exclude(date_precision=Precision.YEAR).annotate(month=month_of("occurred_on")).values_list("month")
    known = {month: Sums(*sums) for month, *sums in _summed(rows)}
    found, month = [], first
    while month <= last:
        distance = (month.year - day.year) * 12 + month.month - day.month
        found.append(Month(month, distance, known.get(month, Sums()), unfinished=month == today.replace(day=1)))
        month = _month(month, 1)
    of_the_year = number_of(in_range.filter(date_precision=Precision.YEAR))
    return found, of_the_year


def _month(day, distance):
    """The first day of the month so many months away."""
    years, month = divmod(day.year * 12 + day.month - 1 + distance, 12)
    return date(years, month + 1, 1)


@dataclass
class LeadTally:
    """The cases that one kind of lead brought: how many, what became of them, and the newest that tells its outcome."""

    source: str
    cases: int = 0
    statuses: dict = field(default_factory=dict)  # {label: number}
    newest: Case | None = None

    @property
    def label(self):
        return LeadSource(self.source).label


def by_lead(cases, most_told, shown):
    """A LeadTally for each kind of lead among `cases`, the most cases first; what is not stated comes last.

    The first `most_told` have their newest case, as `shown` has it (`keeping.some_of`): of a rare kind it is far to
    look for.
    """
    found = {}
    counted = cases.order_by().values_list("lead_source", "status").annotate(n=Count("pk"))
    for source, status, number in rows_of_query(counted, "==#"):
        lead = found.setdefault(source, LeadTally(source))
        lead.cases += number
        lead.statuses[CaseStatus(status).label] = number
    leads = sorted(found.values(), key=lambda lead: (lead.source == LeadSource.UNKNOWN, -lead.cases, lead.source))
    telling = cases.exclude(outcome="", outcome_zh="").order_by("-occurred_on", "ref")
    # A look at an index for each kind of lead, where one question about all would sort all cases.
    newest = [telling.filter(lead_source=lead.source).values_list("pk", flat=True)[:1] for lead in leads[:most_told]]
    for case in shown.in_bulk(list(cases.none().values_list("pk", flat=True).union(*newest, all=True))).values():
        found[case.lead_source].newest = case
    return leads
