"""Figures about regions that are made of cases.

A tree is summed here and not by a subquery a region: that would read every case once for each of
thousands of regions, while one grouped query and the paths of a few hundred give the same sums.
"""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, Q, Sum
from django.db.models.functions import ExtractYear

from regions.models import Policy, Position, Region, SavingsClaim

_STATED = Q(counts_in_totals=True, rigs__isnull=False)
_LOADED = Q(counts_in_totals=True, kw_best__isnull=False)


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


def _added(sum_so_far, value):
    return sum_so_far if value is None else (sum_so_far or 0) + value


def by_path(cases):
    """{path: Sums} of every region with one of `cases` in it or below it. One query."""
    found = {}
    rows = cases.order_by().values("region__path").annotate(
        n=Count("pk"), rigs_sum=Sum("rigs", filter=_STATED), kw_sum=Sum("kw_best", filter=_LOADED)
    )  # fmt: skip
    for row in rows:
        for path in _upwards(row["region__path"]):
            found.setdefault(path, Sums()).add(row["n"], row["rigs_sum"], row["kw_sum"])
    return found


def _counted_upwards(rows):
    """{path: number} of `rows` (a queryset with a `region`) in each region or below it. One query."""
    found = Counter()
    for path, number in rows.order_by().values_list("region__path").annotate(Count("pk")):
        for above in _upwards(path):
            found[above] += number
    return found


def _upwards(path):
    return Region(path=path).paths_above()


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
    sums = by_path(cases)
    policies = _counted_upwards(Policy.objects.all())
    claims = _counted_upwards(SavingsClaim.objects.all())
    positions = {position.region.path: position for position in Position.objects.on(day).select_related("region")}
    paths = {*sums, *policies, *claims, *(above for path in positions for above in _upwards(path))}
    branches, provinces = {}, []
    for region in Region.objects.filter(path__in=paths, level__in=["bloc", "country", "admin1"]):
        path = region.path
        branch = Branch(region, sums.get(path, Sums()), policies[path], claims[path], positions.get(path))
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


def by_year(cases):
    """[{year, cases, rigs}] of `cases`, the newest year first. A date known only to the year has its year."""
    rows = cases.order_by().annotate(year=ExtractYear("occurred_on")).values("year")
    return list(rows.annotate(cases=Count("pk"), rigs_sum=Sum("rigs", filter=_STATED)).order_by("-year"))
