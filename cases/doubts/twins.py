"""It looks like a duplicate: near in place, near in time, and alike in count or title.

Nothing is decided here. An officer sees the likely twins with their distance and days, and says.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from math import isnan
from operator import attrgetter

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, Q, TextField, Value
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.bulk import AnyOf, among
from cases.models import Case
from cases.models.case import map_cell
from cases.selection import search
from regions.grammar.dates import Precision, days_on
from regions.models import Region
from regions.models.region import codes_up, path_of

from .pairs import ALIKE_TITLE, LONGEST, NEAR_DAYS, SightingColumns, likely_pairs


@dataclass
class Sighting:
    """What is known of a case that is being entered. `ref` is its own, where it is in the record already.

    Half a point is no point: somebody is still typing the other half, or it cannot be read.
    """

    region: Region | None
    occurred_on: date
    date_precision: str = Precision.DAY
    latitude: float | None = None
    longitude: float | None = None
    rigs: int | None = None
    titles: list[str] = field(default_factory=list)
    ref: str = ""

    def __post_init__(self):
        if self.latitude is None or self.longitude is None:
            self.latitude = self.longitude = None

    @classmethod
    def of(cls, case):
        """Of a stored case, with the point that it has."""
        return cls(
            case.region, case.occurred_on, case.date_precision, case.latitude, case.longitude, case.rigs,
            [case.title_en, case.title_zh], case.ref,
        )  # fmt: skip

    @classmethod
    def shown(cls, case):
        """The same with the point that may be shown to the reader that it was asked for."""
        return replace(cls.of(case), latitude=case.shown_latitude, longitude=case.shown_longitude)

    @cached_property
    def codes(self):
        """The codes of its region, that of the country first."""
        return tuple(self.region.codes_down()) if self.region else ()

    @cached_property
    def words(self):
        """The lexemes of its titles."""
        return set().union(*map(search.lexemes, self.titles))


@dataclass
class Twin:
    """A case, or another row of the file, that may be the same; `km` is None where one of the two has no point."""

    case: object
    km: float | None
    days: int
    score: float
    rigs: int | None = None  # where both have about as many
    similar: bool = False  # by their titles

    @property
    def why(self):
        """What is alike, in words."""
        reasons = [_place_in_words(self.km), _days_in_words(self.days)]
        if self.rigs is not None:
            reasons.append(_("%(rigs)s rigs") % {"rigs": f"{self.rigs:,}"})
        if self.similar:
            reasons.append(_("similar title"))
        return reasons


def likely_twins(sightings, cases):
    """{index of the sighting: its Twins, the likeliest first} among `cases`, a queryset of what the reader may see.

    As many queries for many sightings as for one.
    """
    if not sightings:
        return {}
    when = [(sighting.occurred_on, sighting.date_precision) for sighting in sightings]
    asked = _columns(sightings)
    rows = list(_as_sighted(_near_in_place(asked, cases, "shown_latitude").filter(_near_in_time(when))))
    known = [Sighting.shown(case) for case in rows]
    return _twins(likely_pairs(asked, _columns(known)), known, rows)


def twins_within(sightings):
    """{index: Twins} of sightings among themselves; the `case` of a Twin is the index of the other."""
    columns = _columns(sightings)
    columns.refs = [ref or index for index, ref in enumerate(columns.refs)]
    return _twins(likely_pairs(columns, columns), sightings, range(len(sightings)))


def twins_on_record(pks):
    """Pairs of keys, both ways round: each of the cases `pks` with each likely twin that the record holds.

    The second of a pair is published: of an internal case nobody is told. Of a sensitive case the point is not looked
    at: a twin would tell where it is. A case and its parts are no twins, nor are the parts of one case.
    """
    asked = list(_on_record(Case.objects.filter(pk__in=among(pks))))
    columns = _columns_of_record(asked)
    near = _near_in_place(columns, Case.objects.exclude(AnyOf("pk", pks)), "public_latitude")
    others = _on_record(near.filter(_near_in_time((row.occurred_on, row.date_precision) for row in asked)))
    known = sorted([*asked, *others], key=attrgetter("pk"))
    pairs = set()
    for index, other, *_how in likely_pairs(columns, _columns_of_record(known)):
        case, twin = asked[index], known[other]
        if not {case.pk, case.part_of} & {twin.pk, twin.part_of} - {None}:
            pairs |= {(doubted.pk, other.pk) for doubted, other in ((case, twin), (twin, case)) if other.published}
    return pairs


def _near_in_place(asked, cases, latitude):
    """Those of `cases` that may be near in place to any of `asked`; without the column `latitude` one has no point."""
    in_districts, of_pointless = map(_regions_in, asked.districts())
    pointless = Q(AnyOf("region", in_districts), **{latitude: None})
    near = Q(AnyOf("cell", asked.cells())) | pointless | Q(AnyOf("region", of_pointless))
    return cases.alias(cell=map_cell()).filter(near)


def _regions_in(districts):
    """The primary keys of the regions in any of `districts`, each named by three codes."""
    # Keys and not a query for them: between two indexes and a query PostgreSQL would read all cases.
    return list(Region.objects.in_districts(districts).values_list("pk", flat=True)) if districts else []


def _near_in_time(when):
    """The cases that may be near in time to any of `when`, each (day, precision)."""
    spans, found = {}, Q(pk__in=[])
    for day, precision in when:
        first, last = spans.get(precision, (day, day))
        spans[precision] = min(first, day), max(last, day)
    for precision, (first, last) in spans.items():
        until = days_on(last, LONGEST[precision] + NEAR_DAYS)
        found |= Q(occurred_on__lte=until, occurred_until__gte=days_on(first, -NEAR_DAYS))
    return found


def _as_sighted(cases):
    return cases.order_by("pk").select_related("region").only(
        "ref", "title_en", "title_zh", "occurred_on", "date_precision", "latitude", "longitude", "rigs",
        path_of("region"), "region__code", "region__name_en", "region__name_zh",
    )  # fmt: skip


def _columns(sightings):
    rows = [
        (row.occurred_on, row.date_precision, row.latitude, row.longitude, row.rigs, row.codes, row.ref or None)
        for row in sightings
    ]
    return SightingColumns(*(zip(*rows, strict=True) if rows else [()] * 7), lambda index: sightings[index].words)


def _on_record(cases):
    """`cases` as plain rows: thousands are compared. Words are taken as they are stored."""
    titles = Func("words", Value("{a}"), function="ts_filter")
    titles = Func(titles, function="tsvector_to_array", output_field=ArrayField(TextField()))
    cases = cases.order_by("pk").annotate(within=F(path_of("region")), titles=titles)
    return cases.values_list(
        "pk", "part_of", "published", "occurred_on", "date_precision", "public_latitude", "public_longitude", "rigs",
        "within", "titles", named=True,
    )  # fmt: skip


def _columns_of_record(rows):
    columns = [
        (
            row.occurred_on, row.date_precision, row.public_latitude, row.public_longitude, row.rigs,
            _codes_down(row.within), row.pk,
        )
        for row in rows
    ]  # fmt: skip
    columns = zip(*columns, strict=True) if columns else [()] * 7
    return SightingColumns(*columns, lambda index: rows[index].titles or ())


@cache
def _codes_down(path):
    return tuple(reversed(codes_up(path)))


def _twins(pairs, known, rows):
    """{index: Twins} of likely pairs; `rows` are what the Twins are, each of the Sighting at its place in `known`."""
    found = {}
    for index, other, km, days, alike, title, score in pairs:
        rigs = known[other].rigs if alike else None
        twin = Twin(rows[other], None if isnan(km) else km, days, score, rigs, title >= ALIKE_TITLE)
        found.setdefault(index, []).append(twin)
    return found


def _place_in_words(km):
    return _("%(km)s km away") % {"km": f"{km:.1f}"} if km is not None else _("same region")


def _days_in_words(days):
    return ngettext("%(days)s day apart", "%(days)s days apart", days) % {"days": days} if days else _("same time")
