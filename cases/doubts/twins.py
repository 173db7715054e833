"""It looks like a duplicate: near in place, near in time, and alike in count or title.

Nothing is decided here. An officer sees the likely twins with their distance and days, and says.
"""

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import Case
from cases.selection import search
from regions.grammar.dates import Precision, days_on
from regions.models import Region
from regions.models.region import path_of
from regions.places import km_between

NEAR_KM = 25
NEAR_DAYS = 45
ALIKE_COUNT = 0.20
ALIKE_TITLE = 0.5
SAME_TITLE = 0.8
MOST = 5
MOST_COMPARED = 200  # in one cell of the map, for one sighting
LONGEST = {Precision.DAY: 0, Precision.MONTH: 30, Precision.YEAR: 365}


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

    @property
    def until(self):
        return days_on(self.occurred_on, LONGEST[self.date_precision])

    @cached_property
    def words(self):
        """The lexemes of its titles."""
        return search.lexemes(" ".join(self.titles))


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

    One query, however many sightings.
    """
    if not sightings:
        return {}
    first = days_on(min(sighting.occurred_on for sighting in sightings), -NEAR_DAYS)
    last = days_on(max(sighting.until for sighting in sightings), NEAR_DAYS)
    rows = _as_sighted(cases.filter(occurred_on__lte=last, occurred_until__gte=first))
    return _match(sightings, [(Sighting.shown(case), case) for case in rows])


def twins_within(sightings):
    """{index: Twins} of sightings among themselves; the `case` of a Twin is the index of the other."""
    found = _match(sightings, [(sighting, index) for index, sighting in enumerate(sightings)], among_themselves=True)
    return {index: twins for index, twins in found.items() if twins}


def twins_on_record(pks):
    """Pairs of keys, both ways round: each of the cases `pks` with each likely twin that the record holds.

    The second of a pair is published: of an internal case nobody is told. Of a sensitive case the point is not looked
    at: a twin would tell where it is. A case and its parts are no twins, nor are the parts of one case.
    """
    everything = Case.objects.annotate(shown_latitude=F("public_latitude"), shown_longitude=F("public_longitude"))
    cases = list(_as_sighted(everything.filter(pk__in=pks)))
    pairs = set()
    for index, twins in likely_twins([Sighting.shown(case) for case in cases], everything).items():
        case = cases[index]
        for other in (twin.case for twin in twins):
            if not ({case.pk, case.part_of_id} - {None}) & {other.pk, other.part_of_id}:
                both = ((case, other), (other, case))
                pairs |= {(doubted.pk, twin.pk) for doubted, twin in both if twin.published}
    return pairs


def _as_sighted(cases):
    return cases.order_by().select_related("region").only(
        "ref", "title_en", "title_zh", "occurred_on", "date_precision", "latitude", "longitude", "rigs", "part_of",
        "published",
        path_of("region"), "region__code", "region__name_en", "region__name_zh",
    )  # fmt: skip


def _match(sightings, known, among_themselves=False):
    nearby = _Nearby(known)
    found = {}
    for index, sighting in enumerate(sightings):
        twins = []
        for other, row in nearby.to(sighting):
            if (among_themselves and row == index) or (sighting.ref and other.ref == sighting.ref):
                continue
            twin = _compared(sighting, other, row)
            if twin:
                twins.append(twin)
        if twins:
            found[index] = sorted(twins, key=lambda twin: -twin.score)[:MOST]
    return found


class _Nearby:
    """`known` by where they are, then by day: so that a row is compared with its neighbours and not with all."""

    CELL = 0.25  # degrees: more than NEAR_KM of latitude
    AROUND = 1440  # cells of longitude

    def __init__(self, known):
        self.cells, self.districts, self.districts_without_point = {}, {}, {}
        for pair in sorted(known, key=lambda pair: pair[0].occurred_on):
            sighting = pair[0]
            if sighting.latitude is not None:
                self._add(self.cells, self._cell(sighting.latitude, sighting.longitude), pair)
            else:
                self._add(self.districts_without_point, self._district(sighting), pair)
            self._add(self.districts, self._district(sighting), pair)

    def to(self, sighting):
        """The pairs that may be near to it, in place and in time."""
        first = days_on(sighting.occurred_on, -NEAR_DAYS - LONGEST[Precision.YEAR])
        last = days_on(sighting.until, NEAR_DAYS)
        for days, pairs in self._buckets(sighting):
            start, end = bisect_left(days, first), bisect_right(days, last)
            if end - start > MOST_COMPARED:  # a sheet may hold thousands of one place and month: the nearest in time
                middle = min(max(bisect_left(days, sighting.occurred_on), start + MOST_COMPARED // 2), end)
                start = max(start, middle - MOST_COMPARED // 2)
                end = min(end, start + MOST_COMPARED)
            yield from pairs[start:end]

    def _buckets(self, sighting):
        if sighting.latitude is None:
            found = [self.districts.get(self._district(sighting))]
        else:
            row, column = self._cell(sighting.latitude, sighting.longitude)
            # Degrees of longitude shrink towards the poles.
            wide = math.ceil(1 / max(math.cos(math.radians(min(abs(sighting.latitude) + self.CELL, 89))), 0.02))
            columns = {(column + step) % self.AROUND for step in range(-wide, wide + 1)}
            found = [self.cells.get((row + step, at)) for step in (-1, 0, 1) for at in sorted(columns)]
            found.append(self.districts_without_point.get(self._district(sighting)))
        return [bucket for bucket in found if bucket]

    def _cell(self, latitude, longitude):
        return math.floor(latitude / self.CELL), math.floor(longitude / self.CELL) % self.AROUND

    def _district(self, sighting):
        """Country, province and district; None of what is not known so closely: pointless, it is near to nothing."""
        return sighting.codes[:3] if len(sighting.codes) >= 3 else None

    def _add(self, buckets, key, pair):
        if key is None:
            return
        days, pairs = buckets.setdefault(key, ([], []))
        days.append(pair[0].occurred_on)
        pairs.append(pair)


def _compared(sighting, other, row):
    """The Twin that `other` is, or None. The cheap questions first: most pairs fall at them."""
    days = _days_between(sighting, other)
    if days > NEAR_DAYS:
        return None
    km, near = _place(sighting, other)
    if not near:
        return None
    count = _alike(sighting.rigs, other.rigs)
    title = _overlap(sighting, other)
    # Another number of rigs is borne only under nearly the same words.
    if not count and title < (SAME_TITLE if count is False else ALIKE_TITLE):
        return None
    score = title + (1 if count else 0) + 1 / (1 + days / 7) + (1 / (1 + km / 5) if km is not None else 0.5)
    return Twin(row, km, days, score, other.rigs if count else None, title >= ALIKE_TITLE)


def _days_between(sighting, other):
    """Days between the two periods; 0 where they overlap."""
    if sighting.occurred_on > other.until:
        return (sighting.occurred_on - other.until).days
    if other.occurred_on > sighting.until:
        return (other.occurred_on - sighting.until).days
    return 0


def _place(sighting, other):
    """(km or None, whether they are near)."""
    if None not in (sighting.latitude, other.latitude):
        # Degrees first: the sphere costs more.
        if abs(sighting.latitude - other.latitude) > NEAR_KM / 110:
            return None, False
        km = km_between(sighting.latitude, sighting.longitude, other.latitude, other.longitude)
        return km, km <= NEAR_KM
    # Two cases of one province are not near for that: three codes name a district.
    shared = min(len(sighting.codes), len(other.codes))
    return None, shared >= 3 and sighting.codes[:shared] == other.codes[:shared]


def _alike(rigs, others):
    """True, False, or None where one of the two says nothing."""
    if rigs is None or others is None:
        return None
    return abs(rigs - others) <= ALIKE_COUNT * max(rigs, others)


def _overlap(sighting, other):
    if not sighting.words or not other.words:
        return 0.0
    return len(sighting.words & other.words) / min(len(sighting.words), len(other.words))


def _place_in_words(km):
    return _("%(km)s km away") % {"km": f"{km:.1f}"} if km is not None else _("same region")


def _days_in_words(days):
    return ngettext("%(days)s day apart", "%(days)s days apart", days) % {"days": days} if days else _("same time")
