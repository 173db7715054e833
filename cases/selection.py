"""What an answer can show. Every reading view is a view of the same selection.

    query string → CaseFilter → Case.objects.visible_to(user) → Selection → page, totals, facets, map

Nothing else filters or counts cases.
"""

from dataclasses import dataclass, field

from django.core.paginator import Paginator
from django.db.models import Count, F, Max, Min, Q, Sum
from django.db.models.expressions import RawSQL
from django.db.models.functions import ExtractYear
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from regions.models import Region

from . import power
from .filters import CaseFilter
from .models import Case, Figure
from .models.field import FigureBasis, Quantity

PAGE_SIZES = (25, 50, 100)
# What a list may be sorted by: the public name of the column → the database's.
SORTS = {
    "occurred_on": "occurred_on",
    "title": "title_en",
    "region": "region__name_en",
    "kind": "kind",
    "rigs": "rigs",
    "kw": "kw_best",
    "lead_source": "lead_source",
    "site_type": "site_type",
    "status": "status",
    "confidence": "confidence",
}
DEFAULT_SORT = "-occurred_on"
MOST_FEATURES = 2_000
CLUSTER_PX = 56  # on a 256 px tile: two clusters do not overlap, neighbours still do not merge
DEEPEST_ZOOM = 18


class Selection:
    """The cases that a query string names, as far as `user` may see them.

    `query` is a QueryDict. Where any of it is not understood, `problems` says what, and there are no cases.
    """

    def __init__(self, query, user):
        self.query, self.user = query, user
        self.filter = CaseFilter(query, queryset=Case.objects.visible_to(user))
        self.problems = dict(self.filter.problems)
        self.sort = self._understood("sort", DEFAULT_SORT, self._read_sort)
        self.per_page = self._understood("per_page", str(PAGE_SIZES[1]), self._read_per_page)
        self.page_number = self._understood("page", "1", self._read_page)

    @property
    def is_valid(self):
        return not self.problems

    @cached_property
    def cases(self):
        """The selected cases, unordered."""
        return self.filter.qs.order_by() if self.is_valid else Case.objects.visible_to(self.user).none()

    @cached_property
    def chosen(self):
        """What was asked, read: {parameter: value or values}. Empty where nothing was understood."""
        read = {}
        for name, value in self.filter.form.cleaned_data.items():
            value = list(value) if hasattr(value, "all") else value
            if value not in (None, "", []):
                read[name] = value
        return read

    @cached_property
    def count(self):
        return self.cases.count()

    def rows(self):
        """Every selected case in the order asked for, with what a row shows."""
        column = SORTS[self.sort.removeprefix("-")]
        order = F(column).desc(nulls_last=True) if self.sort.startswith("-") else F(column).asc(nulls_last=True)
        return self.cases.for_list().order_by(order, "ref")

    def page(self):
        """The page asked for; page 1 where that page is not there, with the problem said."""
        paginator = _Counted(self.rows(), self.per_page, count=self.count)
        if self.page_number > paginator.num_pages:
            self.problems["page"] = [_("There is no page %(page)s; the last is %(last)s.") % {
                "page": self.page_number, "last": paginator.num_pages,
            }]  # fmt: skip
            return _Counted(Case.objects.none(), self.per_page, count=0).page(1)
        return paginator.page(self.page_number)

    def totals(self):
        return totals(self.cases)

    def without(self, *names):
        """The same question without some of its parameters."""
        query = self.query.copy()
        for name in (*names, "page"):
            query.pop(name, None)
        return Selection(query, self.user)

    def facets(self):
        """{facet: [{code, name, count}]}: each counted with every filter but its own, the most frequent first."""
        return {name: self.facet(name) for name in FACETS}

    def facet(self, name):
        cases = (self.without(name) if name in self.chosen else self).cases
        labels = dict(self.filter.form.fields[name].choices)
        if name == "theft":
            counts = {_THEFT[value]: count for value, count in _counts(cases, "theft")}
        else:
            counts = dict(_counts(cases, name))
        chosen = set(self.query.getlist(name))
        values = [
            {"code": code, "name": str(label), "count": counts.get(code, 0), "chosen": code in chosen}
            for code, label in labels.items()
            if code in counts or code in chosen
        ]
        return sorted(values, key=lambda value: -value["count"])

    def region_facet(self):
        """The regions below those asked for (or the countries), counted without the region filter."""
        wanted = self.chosen.get("region") or []
        cases = self.without("region").cases if wanted else self.cases
        parent = wanted[0] if len(wanted) == 1 else None
        found = by_region(cases.in_region(parent) if parent else cases, parent)
        codes = {region.code for region in wanted}
        return [
            {"code": row.region.code, "name": row.region.name, "count": row.cases, "chosen": row.region.code in codes}
            for row in found
        ]

    def by_region(self, parent=None):
        """Cases and rigs of each region right below `parent` (of each country without one)."""
        return by_region(self.cases.in_region(parent) if parent else self.cases, parent)

    def trend(self):
        """Cases and rigs by month, as [{month, cases, rigs, rigs_cases}]; dates known only to the year apart."""
        months = (
            self.cases.exclude(date_precision="year")
            .annotate(month=RawSQL("date_trunc('month', cases_case.occurred_on)::date", []))
            .values("month")
            .annotate(cases=Count("pk"), **_rig_sums())
            .order_by("month")
        )
        return list(months)

    def clusters(self, box, zoom):
        """Features for a map of `box` (west, south, east, north) at `zoom`: at most 2,000, made in the database."""
        return clusters(self.cases.placed().in_box(*box), zoom)

    def address(self, **changes):
        """The query string of this selection with `changes`; None takes a parameter out."""
        query = self.query.copy()
        for name, value in changes.items():
            query.pop(name, None)
            if value is not None:
                query.setlist(name, value if isinstance(value, list) else [value])
        return query.urlencode()

    def _understood(self, name, default, read):
        values = self.query.getlist(name)
        try:
            if len(values) > 1:
                raise ValueError(_("Give this once."))
            return read(values[0] if values and values[0] else default)
        except ValueError as problem:
            self.problems[name] = [str(problem)]
            return read(default)

    def _read_sort(self, text):
        if text.removeprefix("-") not in SORTS:
            raise ValueError(_("The list cannot be sorted by “%(text)s”.") % {"text": text[:40]})
        return text

    def _read_per_page(self, text):
        if text not in map(str, PAGE_SIZES):
            raise ValueError(_("A page has 25, 50 or 100 cases."))
        return int(text)

    def _read_page(self, text):
        if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text) > 0):
            raise ValueError(_("“%(text)s” is not the number of a page.") % {"text": text[:40]})
        return int(text)


FACETS = ("kind", "lead_source", "site_type", "status", "rig_kind", "theft", "confidence")
_THEFT = {True: "true", False: "false", None: "unknown"}


class _Counted(Paginator):
    """A paginator that is told the count, so that it is asked for once."""

    def __init__(self, rows, per_page, *, count):
        super().__init__(rows, per_page)
        self.count = count


def _counts(cases, column):
    return cases.order_by().values_list(column).annotate(Count("pk"))


def _rig_sums():
    stated = Q(counts_in_totals=True, rigs__isnull=False)
    return {"rigs_sum": Sum("rigs", filter=stated), "rigs_cases": Count("pk", filter=stated)}


@dataclass
class Loss:
    """What was lost in one currency on one basis. Bases and currencies are never added."""

    currency: str
    basis: str
    amount: float
    cases: int


@dataclass
class Totals:
    """Sums over cases, each with the number of cases that it rests on."""

    cases: int
    counted: int
    rigs: int
    rigs_cases: int
    kw: power.Range | None
    kw_cases: int
    arrests: int
    arrests_cases: int
    t_co2: power.Range | None = None
    t_co2_cases: int = 0
    losses: list[Loss] = field(default_factory=list)

    @property
    def kwh_a_year(self):
        return power.kwh_a_year(self.kw) if self.kw else None

    @property
    def tce(self):
        return power.tce(self.kwh_a_year) if self.kw else None

    @property
    def tce_calorific(self):
        return power.tce(self.kwh_a_year, power.CALORIFIC_GCE_PER_KWH) if self.kw else None


def totals(cases):
    """The Totals of `cases` (a queryset): no case inside its aggregate counts twice."""
    counted = Q(counts_in_totals=True)
    stated = counted & Q(rigs__isnull=False)
    loaded = counted & Q(kw_best__isnull=False)
    held = counted & Q(arrests__isnull=False)
    sums = cases.order_by().aggregate(
        cases=Count("pk"),
        counted=Count("pk", filter=counted),
        rigs_sum=Sum("rigs", filter=stated, default=0),
        rigs_cases=Count("pk", filter=stated),
        low=Sum("kw_low", filter=loaded),
        best=Sum("kw_best", filter=loaded),
        high=Sum("kw_high", filter=loaded),
        kw_cases=Count("pk", filter=loaded),
        arrests_sum=Sum("arrests", filter=held, default=0),
        arrests_cases=Count("pk", filter=held),
    )
    low, best, high = sums.pop("low"), sums.pop("best"), sums.pop("high")
    found = Totals(
        rigs=sums.pop("rigs_sum"),
        arrests=sums.pop("arrests_sum"),
        kw=power.Range(low, best, high) if best is not None else None,
        **sums,
    )
    found.t_co2, found.t_co2_cases = _carbon(cases.filter(loaded))
    found.losses = _losses(cases.filter(counted))
    return found


def _losses(cases):
    figures = Figure.objects.filter(case__in=cases.values("pk"), quantity=Quantity.LOSS, basis=FigureBasis.TOTAL)
    rows = figures.values("currency", "basis").annotate(amount=Sum("amount"), cases=Count("case", distinct=True))
    return [Loss(**row) for row in rows.order_by("-cases", "currency")]


def _carbon(cases):
    """Carbon dioxide a year of the load of `cases`, t, and the number of cases whose region has a factor."""
    from .factors import GridFactors

    factors = GridFactors()
    loads = (
        cases.order_by()
        .annotate(year=ExtractYear("occurred_on"))
        .values_list("region__path", "year")
        .annotate(Sum("kw_low"), Sum("kw_best"), Sum("kw_high"), Count("pk"))
    )
    total, covered = power.NOTHING, 0
    for path, year, low, best, high, count in loads:
        factor = factors.of(path, year)
        if factor:
            total += power.t_co2(power.kwh_a_year(power.Range(low, best, high)), float(factor.value))
            covered += count
    return (total, covered) if covered else (None, 0)


@dataclass
class RegionRow:
    """Cases and rigs of one region and everything below it."""

    region: Region
    cases: int
    rigs: int | None
    rigs_cases: int
    kw: float | None


def by_region(cases, parent=None):
    """`cases` by the regions right below `parent`, or by country: a list of RegionRow, most cases first.

    Cases known only to `parent` itself are left out.
    """
    level = 3 + parent.path.strip("/").count("/") if parent else 2
    loaded = Q(counts_in_totals=True, kw_best__isnull=False)
    rows = (
        cases.order_by()
        .annotate(code=RawSQL("split_part(regions_region.path, '/', %s)", [level]), below=F("region__path"))
        .values("code")
        .annotate(cases=Count("pk"), kw=Sum("kw_best", filter=loaded), **_rig_sums())
    )
    found = {row["code"]: row for row in rows if row["code"]}
    regions = Region.objects.filter(code__in=found).in_bulk(field_name="code")
    listed = [
        RegionRow(regions[code], row["cases"], row["rigs_sum"], row["rigs_cases"], row["kw"])
        for code, row in found.items()
    ]
    return sorted(listed, key=lambda row: (-row.cases, row.region.name_en))


def clusters(cases, zoom):
    """GeoJSON features of `cases` (placed ones), clustered on a Mercator grid of about 56 px at `zoom`.

    A feature is a cluster (`count`, `rigs`, `bbox`) or one case (`ref`, `title`, `rigs`, `occurred_on`,
    `precision`). Where a finer grid would give more than 2,000, a coarser one is taken.
    """
    zoom = max(0, min(int(zoom), DEEPEST_ZOOM))
    while True:
        cell = 360 / 2**zoom * CLUSTER_PX / 256
        # Northing in degrees of a Mercator map; the poles are cut as on every web map.
        northing = "degrees(ln(tan(pi() / 4 + radians(greatest(-85, least(85, {lat}))) / 2)))"
        cells = (
            cases.order_by()
            .annotate(x=F("shown_longitude"), y=F("shown_latitude"))
            .annotate(column=_cell("%s", F("x"), cell), row=_cell(northing.replace("{lat}", "%s"), F("y"), cell))
            .values("column", "row")
            .annotate(
                count=Count("pk"), first=Min("pk"), west=Min("x"), east=Max("x"), south=Min("y"), north=Max("y"),
                longitude=Sum("x") / Count("pk"), latitude=Sum("y") / Count("pk"), **_rig_sums(),
            )[: MOST_FEATURES + 1]
        )  # fmt: skip
        found = list(cells)
        if len(found) <= MOST_FEATURES:
            break
        zoom -= 1
    single = Case.objects.in_bulk([row["first"] for row in found if row["count"] == 1])
    return [_single(single[row["first"]], row) if row["count"] == 1 else _cluster(row) for row in found]


def _cell(template, column, size):
    from django.db.models import FloatField, Func

    return Func(column, template=f"floor(({template.replace('%s', '%(expressions)s')}) / {size!r})",
                output_field=FloatField())  # fmt: skip


def _cluster(row):
    properties = {
        "count": row["count"],
        "rigs": row["rigs_sum"],
        "bbox": [row["west"], row["south"], row["east"], row["north"]],
    }
    return _feature(row["longitude"], row["latitude"], properties)


def _single(case, row):
    properties = {
        "count": 1,
        "ref": case.ref,
        "title": case.title,
        "rigs": case.rigs,
        "occurred_on": case.occurred_on.isoformat(),
        "date_precision": case.date_precision,
        "precision": case.location_precision,
    }
    return _feature(row["longitude"], row["latitude"], properties)


def _feature(longitude, latitude, properties):
    point = {"type": "Point", "coordinates": [round(longitude, 5), round(latitude, 5)]}
    return {"type": "Feature", "geometry": point, "properties": properties}
