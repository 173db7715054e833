"""What an answer can show. Every reading view is a view of the same selection.

    query string → CaseFilter → Case.objects.visible_to(user) → Selection → page, totals, facets, map

Nothing else filters or counts cases.
"""

import math
from dataclasses import dataclass, field

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Avg, Count, F, FloatField, Func, Max, Min, Q, Sum
from django.db.models.functions import TruncMonth
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from regions.dates import Precision
from regions.models import Region

from . import power
from .filters import CaseFilter
from .models import Case, Figure, SavedView
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
# What a list can show, in its order.
LIST_COLUMNS = {
    "occurred_on": _lazy("When"),
    "title": _lazy("Case"),
    "region": _lazy("Where"),
    "kind": _lazy("What"),
    "rigs": _lazy("Rigs"),
    "kw": _lazy("Load if run, kW"),
    "lead_source": _lazy("How it came to light"),
    "site_type": _lazy("Site"),
    "status": _lazy("Status"),
    "theft": _lazy("Electricity theft"),
    "arrests": _lazy("People held"),
    "confidence": _lazy("Confidence"),
    "source": _lazy("Source"),
}
DEFAULT_COLUMNS = ["occurred_on", "title", "region", "kind", "rigs", "kw", "lead_source", "source"]
MOST_FEATURES = 2_000
CLUSTER_PX = 56  # on a 256 px tile: two clusters do not overlap, neighbours still do not merge
DEEPEST_ZOOM = 18


class Selection:
    """The cases that a query string names, as far as `user` may see them.

    `query` is a QueryDict. Where any of it is not understood, `problems` says what, and there are no cases.
    Its `view` stands for the question saved under that name, and is replaced by it; `view` is then that SavedView.
    """

    def __init__(self, query, user):
        self.user = user
        self.query, self.view, unknown = _with_view(query, user)
        self.filter = CaseFilter(self.query, queryset=Case.objects.visible_to(user))
        self.problems = self.filter.problems | unknown
        self.sort = self._understood("sort", DEFAULT_SORT, self._read_sort)
        self.per_page = self._understood("per_page", str(PAGE_SIZES[1]), self._read_per_page)
        self.page_number = self._understood("page", "1", self._read_page)
        self.columns = self._read_columns()

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
        return self._totals.cases if "_totals" in self.__dict__ else self.cases.count()

    def rows(self):
        """Every selected case in the order asked for, with what a row shows; what is not said comes last."""
        column = F(SORTS[self.sort.removeprefix("-")])
        # Said only where it matters: an index on a column that is never NULL is not read for NULLS LAST.
        last = {"nulls_last": True} if column.name in ("rigs", "kw_best") else {}
        order = column.desc(**last) if self.sort.startswith("-") else column.asc(**last)
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
        """Sums with what they rest on; reckoned once."""
        return self._totals

    @cached_property
    def _totals(self):
        return totals(self.cases)

    def without(self, *names):
        """The same question without some of its parameters."""
        query = self.query.copy()
        for name in (*names, "page"):
            query.pop(name, None)
        return Selection(query, self.user)

    def facets(self):
        """{facet: [{code, name, count}]}: each counted with every filter but its own, the most frequent first."""
        # Those without a filter of their own are counted in one reading of the cases.
        together = [name for name in FACETS if name not in self.chosen]
        counts = _counts(self.cases, together)
        for name in FACETS:
            if name not in together:
                counts |= _counts(self.without(name).cases, [name])
        return {name: self._facet(name, counts[name]) for name in FACETS}

    def facet(self, name):
        """One facet: [{code, name, count, chosen}]."""
        cases = (self.without(name) if name in self.chosen else self).cases
        return self._facet(name, _counts(cases, [name])[name])

    def _facet(self, name, counts):
        labels = dict(self.filter.form.fields[name].choices)
        chosen = set(self.query.getlist(name))
        values = [
            {"code": code, "name": str(label), "count": counts.get(code, 0), "chosen": code in chosen}
            for code, label in labels.items()
            if code in counts or code in chosen
        ]
        return sorted(values, key=lambda value: -value["count"])

    def choices(self):
        """The facets without counts, for an answer that must not wait for them."""
        fields = self.filter.form.fields
        return {
            name: [
                {"code": code, "name": str(label), "chosen": code in self.query.getlist(name)}
                for code, label in fields[name].choices
            ]
            for name in FACETS
        }

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
        """Cases and rigs by month, [{month, cases, rigs, rigs_cases}]; cases known only to the year are left out."""
        months = (
            self.cases.exclude(date_precision=Precision.YEAR)
            .annotate(month=TruncMonth("occurred_on"))
            .values("month")
            .annotate(count=Count("pk"), **_rig_sums())
            .order_by("month")
        )
        return [
            {"month": row["month"], "cases": row["count"], "rigs": row["rigs_sum"], "rigs_cases": row["rigs_cases"]}
            for row in months
        ]

    def clusters(self, box, zoom):
        """Features for a map of `box` (west, south, east, north) at `zoom`: at most 2,000, made in the database."""
        return clusters(self.cases, box, zoom)

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

    def _read_columns(self):
        asked = [name for value in self.query.getlist("columns") for name in value.split(",") if name]
        unknown = [name for name in asked if name not in LIST_COLUMNS]
        if unknown:
            self.problems["columns"] = [_("There is no column “%(name)s”.") % {"name": unknown[0][:40]}]
        return [name for name in LIST_COLUMNS if name in asked] or DEFAULT_COLUMNS

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


def _with_view(query, user):
    """`query` with what its `view` stands for, that view, and what is wrong with it.

    What the query says itself takes the place of what the view says. A view that `user` may not open stays in the
    query, which no filter set understands.
    """
    if "view" not in query:
        return query, None, {}
    slugs = [slug for slug in query.getlist("view") if slug]
    if len(slugs) > 1:
        return query, None, {"view": [_("Give this once.")]}
    view = SavedView.objects.visible_to(user).filter(slug=slugs[0]).first() if slugs else None
    if slugs and view is None:
        return query, None, {"view": [_("There is no view “%(view)s” that you may open.") % {"view": slugs[0][:40]}]}
    whole = QueryDict(view.query if view else "", mutable=True)
    for name, values in query.lists():
        if name != "view":
            whole.setlist(name, values)
    return whole, view, {}


FACETS = ("kind", "lead_source", "site_type", "status", "rig_kind", "theft", "confidence")
_THEFT = {True: "true", False: "false", None: "unknown"}


class _Counted(Paginator):
    """A paginator that is told the count, so that it is asked for once."""

    def __init__(self, rows, per_page, *, count):
        super().__init__(rows, per_page)
        self.count = count


def _counts(cases, names):
    """How many of `cases` have each code: {name: {code: count}}, in one query for all `names`."""
    found = {name: {} for name in names}
    try:
        chosen, parameters = cases.order_by().values_list(*names).query.sql_with_params()
    except EmptyResultSet:
        return found
    columns = ", ".join(names)
    sets = ", ".join(f"({name})" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns}, count(*), GROUPING({columns}) FROM ({chosen}) AS chosen ({columns})"  # noqa: S608 - our names
            f" GROUP BY GROUPING SETS ({sets})",
            parameters,
        )
        for *codes, count, grouping in cursor.fetchall():
            # A bit of `grouping` is 0 for the column that a row counts, the first column being the highest bit.
            at = next(at for at in range(len(names)) if not grouping >> (len(names) - 1 - at) & 1)
            code = _THEFT[codes[at]] if names[at] == "theft" else codes[at]
            found[names[at]][code] = count
    return found


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
    placed: int = 0
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
    placed_on_a_grid = loaded & Q(kg_co2_per_kwh__isnull=False)
    held = counted & Q(arrests__isnull=False)
    sums = cases.order_by().aggregate(
        cases=Count("pk"),
        counted=Count("pk", filter=counted),
        placed=Count("pk", filter=Q(shown_longitude__isnull=False)),
        rigs_sum=Sum("rigs", filter=stated, default=0),
        rigs_cases=Count("pk", filter=stated),
        kw_cases=Count("pk", filter=loaded),
        t_co2_cases=Count("pk", filter=placed_on_a_grid),
        arrests_sum=Sum("arrests", filter=held, default=0),
        arrests_cases=Count("pk", filter=held),
        **{f"{one}_kw": Sum(f"kw_{one}", filter=loaded) for one in power.Range._fields},
        **{
            f"{one}_co2": Sum(F(f"kw_{one}") * F("kg_co2_per_kwh"), filter=placed_on_a_grid)
            for one in power.Range._fields
        },
    )
    kw = power.Range(*(sums.pop(f"{one}_kw") for one in power.Range._fields))
    kg_an_hour = power.Range(*(sums.pop(f"{one}_co2") for one in power.Range._fields))
    return Totals(
        rigs=sums.pop("rigs_sum"),
        arrests=sums.pop("arrests_sum"),
        kw=kw if kw.best is not None else None,
        t_co2=power.kwh_a_year(kg_an_hour) / 1000 if kg_an_hour.best is not None else None,
        losses=_losses(cases.filter(counted)),
        **sums,
    )


def _losses(cases):
    figures = Figure.objects.filter(case__in=cases.values("pk"), quantity=Quantity.LOSS, basis=FigureBasis.TOTAL)
    rows = (
        figures.order_by()
        .values("currency", "basis")
        .annotate(amount=Sum("amount"), cases=Count("case", distinct=True))
    )
    return [Loss(**row) for row in rows.order_by("-cases", "currency")]


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
    # Summed by region first: thousands of cases become a few rows before anything is joined.
    rows = (
        cases.order_by()
        .values("region")
        .annotate(count=Count("pk"), kw=Sum("kw_best", filter=loaded), **_rig_sums())
        .values_list("region", "count", "kw", "rigs_sum", "rigs_cases")
    )
    paths = dict(Region.objects.filter(pk__in=[row[0] for row in rows]).values_list("pk", "path"))
    found = {}
    for region, count, kw, rigs, rigs_cases in rows:
        codes = paths[region].split("/")
        if len(codes) > level and codes[level - 1]:
            below = found.setdefault(codes[level - 1], [0, None, None, 0])
            below[0] += count
            below[1] = _plus(below[1], kw)
            below[2] = _plus(below[2], rigs)
            below[3] += rigs_cases
    regions = Region.objects.filter(code__in=found).in_bulk(field_name="code")
    listed = [
        RegionRow(regions[code], cases=count, rigs=rigs, rigs_cases=rigs_cases, kw=kw)
        for code, (count, kw, rigs, rigs_cases) in found.items()
    ]
    return sorted(listed, key=lambda row: (-row.cases, row.region.name_en))


def _plus(one, other):
    """A sum in which what is not said is not zero."""
    return other if one is None else one if other is None else one + other


def clusters(cases, box, zoom):
    """GeoJSON features of `cases` inside `box`, clustered on a Mercator grid of about 56 px at `zoom`.

    A feature is a cluster (`count`, `rigs`, `bbox`) or one case (`ref`, `title`, `rigs`, `occurred_on`,
    `precision`). Where that grid could give more than 2,000, a coarser one is taken.
    """
    cases = cases.placed().in_box(*box).order_by()
    size = 360 / 2 ** max(0, min(int(zoom), DEEPEST_ZOOM)) * CLUSTER_PX / 256
    if cases.count() > MOST_FEATURES:
        size = max(size, _coarsest(box))
    cells = (
        cases.annotate(column=_cell("{x}", "shown_longitude", size), row=_cell(NORTHING, "shown_latitude", size))
        .values("column", "row")
        .annotate(
            count=Count("pk"), first=Min("pk"),
            west=Min("shown_longitude"), east=Max("shown_longitude"),
            south=Min("shown_latitude"), north=Max("shown_latitude"),
            longitude=Avg("shown_longitude"), latitude=Avg("shown_latitude"), **_rig_sums(),
        )
    )  # fmt: skip
    found = list(cells)
    single = Case.objects.in_bulk([row["first"] for row in found if row["count"] == 1])
    return [_single(single[row["first"]], row) if row["count"] == 1 else _cluster(row) for row in found]


# Degrees of a Mercator map north of the equator; the poles are cut as on every web map.
NORTHING = "degrees(ln(tan(pi() / 4 + radians(greatest(-85, least(85, {x}))) / 2)))"


def _coarsest(box):
    """The size of a cell, in degrees of the map, of which at most 2,000 cover `box`."""
    west, south, east, north = box
    width = east - west if east >= west else east - west + 360
    height = _northing(north) - _northing(south)
    # A grid that does not begin at the edge of the box has one more column and row.
    columns = math.sqrt(MOST_FEATURES * max(width, 1e-9) / max(height, 1e-9))
    return max(width / max(1, columns - 2), height / max(1, MOST_FEATURES / columns - 2))


def _northing(latitude):
    return math.degrees(math.log(math.tan(math.pi / 4 + math.radians(max(-85, min(85, latitude))) / 2)))


def _cell(template, column, size):
    """The number of the cell of `size` degrees that a coordinate falls in."""
    template = f"floor(({template.replace('{x}', '%(expressions)s')}) / {size!r})"
    return Func(F(column), template=template, output_field=FloatField())


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
