"""Invented cases, for trials and measurements. Reference, title, note and source mark them; they can be removed.

They are distributed as the real record is: few regions have most cases, most counts are small, half of the facts
are not stated. COPY writes them with their sums and words, as `summing.sum_up` would calculate them.
"""

import csv
import io
import os
import random
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate

from django.db import connection, transaction
from django.db.models import Q
from tqdm import tqdm

from cases import power
from cases.bulk import in_processes, many_rows
from cases.doubts import open_doubts
from cases.method.factors import GridFactors
from cases.models import Case, Citation, FactorSet, Figure, OpenDoubt, Raid, Rig, Seizure
from cases.models.case import CaseKind, CaseStatus, LeadSource, LocationPrecision, SiteType
from cases.models.field import FigureBasis, Qualifier, Quantity
from cases.models.rig import RigKind
from cases.selection import search
from cases.selection.words import words
from regions.grammar.dates import Precision
from regions.grammar.keys import new_keys
from regions.models import Agency, Confidence, Policy, Region, Source

PREFIX = "synthetic-"
_PUBLISHER = "Synthetic"
NOTE = "Synthetic: made for trials and measuring, never reported."
CHUNK = 15_000  # of more than 10,000 rows at once the log of written rows (columns/logged.py) takes no note one by one
FIRST_DAY, DAYS = date(2016, 1, 1), 3_960


def _shares(codes, *shares):
    """What `_weighted_choice` draws from: codes as plain text, and their shares in the real record, added up."""
    return codes.values, [*accumulate(shares)]


KINDS = _shares(CaseKind, 73, 5, 12, 4, 2, 3, 1)
LEADS = _shares(LeadSource, 12, 18, 12, 3, 20, 7, 9, 3, 4, 12)
PRECISIONS = _shares(Precision, 48, 43, 9)
CONFIDENCES = _shares(Confidence, 30, 62, 8)
RIG_KINDS = _shares(RigKind, 6, 3, 1, 90)
TITLES = [
    ("{n} rigs found in a {site}", "{site}内查获{n}台“矿机”"),
    ("Meter bypass fed {n} miners in a {site}", "{site}绕表窃电供{n}台矿机"),
    ("Night raid on a {site} takes {n} machines", "夜查{site}，扣押{n}台设备"),
    ("Utility traces line loss to {n} rigs", "供电公司循线损查出{n}台矿机"),
]
SITES_ZH = "仓库 园区 厂房 数据中心 店铺 民宅 办公室 学校 农场 电厂 网吧 集装箱 机关 场所 场所"
SITES = list(zip(SiteType.values, SITES_ZH.split(), strict=True))
QUALIFIERS = Qualifier.values
COLUMNS = {
    Case: "id ref kind title_en title_zh status region_id place latitude longitude location_precision occurred_on "
    "date_precision site_type lead_source rig_kind theft arrests premises outcome note electricity_check confidence "
    "counts_in_totals published sensitive rigs rigs_qualifier kw_low kw_best kw_high kg_co2_per_kwh grid_gas "
    "loss_amount loss_currency words created_at changed_at place_zh outcome_zh note_zh",
    Raid: "id case_id raided_on date_precision visits place note note_zh",
    Seizure: "id raid_id rig_id kind models_as_published count qualifier value_currency",
    Figure: "id case_id quantity amount basis currency note",
    Citation: "id case_id text policy_id",
    Case.agencies.through: "id case_id agency_id",
    Case.sources.through: "id case_id source_id",
}


def make(count: int, *, seed: int = 1, quiet: bool = True) -> int:
    """Write `count` cases with raids, lines, figures, agencies and sources. Returns the rows of all tables."""
    maker, written = _Maker(seed), 0
    processes = 1 if connection.in_atomic_block else os.cpu_count()
    with _progress_bar("made", count, quiet) as bar, many_rows(), in_processes(processes) as each:
        for cases, rows in each(maker.write, maker.chunks(count)):
            written += rows
            bar.update(cases)
    keys = list(Case.objects.filter(ref__startswith=PREFIX).values_list("pk", flat=True))
    with _progress_bar("looked at for doubts", len(keys), quiet) as bar:
        open_doubts.review(keys, processes, bar.update)
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # so that the index of figures is read without the table
    return written


def _progress_bar(done, count, quiet):
    return tqdm(desc=done, total=count, unit=" cases", disable=quiet)


@transaction.atomic
def remove_all() -> int:
    """Delete every synthetic case and its source. Returns how many cases."""
    cases = Case.objects.filter(ref__startswith=PREFIX)
    count = cases.count()
    raids = Raid.objects.filter(case__in=cases)
    # Child by child, without loading a row: the cascade in Python would read all of them.
    for rows in (
        Seizure.objects.filter(raid__in=raids),
        raids,
        Figure.objects.filter(case__in=cases),
        Citation.objects.filter(case__in=cases),
        OpenDoubt.objects.filter(Q(case__in=cases) | Q(other__in=cases)),
        Case.agencies.through.objects.filter(case__in=cases),
        Case.sources.through.objects.filter(case__in=cases),
        cases,
        Source.objects.filter(publisher=_PUBLISHER),
    ):
        rows._raw_delete(rows.db)
    return count


class _Maker:
    """Makes and writes the rows, each chunk by itself: several processes may."""

    def __init__(self, seed):
        self.seed = seed
        self.source, _made = Source.objects.get_or_create(publisher=_PUBLISHER, title=NOTE)
        self.stored = Case.objects.filter(ref__startswith=PREFIX).count()
        self.now = datetime.now(UTC)
        self.classes = Rig.objects.generic_classes()
        self.models = list(Rig.objects.filter(is_generic=False))
        self.agencies = list(Agency.objects.order_by("pk"))
        self.policies = list(Policy.objects.order_by("pk"))
        self.regions = list(Region.objects.filter(latitude__isnull=False).order_by("pk"))
        _chance(seed).shuffle(self.regions)
        # Few regions hold most: the weight falls with the square root of the rank.
        self.weights = list(accumulate(1 / rank for rank in range(1, len(self.regions) + 1)))
        self.region_names = {region.code: (region.name_en, region.name_zh) for region in Region.objects.all()}
        self.known_factors = {}
        self.factors, self.given = GridFactors(), FactorSet.objects.assumptions()

    def chunks(self, count):
        """What `write` takes: (the number of the first case, how many)."""
        return [(self.stored + done + 1, min(CHUNK, count - done)) for done in range(0, count, CHUNK)]

    @transaction.atomic
    def write(self, chunk):
        """Write the cases of a chunk. Returns how many, and the rows of all tables."""
        first, size = chunk
        chance, ids = _chance(self.seed, first), _new_ids(size)
        found = {model: [] for model in COLUMNS}
        for number in range(first, first + size):
            for model, row in self._case(chance, number, ids):
                found[model].append(row)
        _copy(found)
        return size, sum(map(len, found.values()))

    def _case(self, chance, number, ids):
        pk, raid = next(ids[Case]), next(ids[Raid])
        region = chance.choices(self.regions, cum_weights=self.weights)[0]
        precision = _weighted_choice(chance, PRECISIONS)
        day = FIRST_DAY + timedelta(days=int(DAYS * chance.random() ** 0.6))
        if precision != Precision.DAY:
            day = day.replace(day=1) if precision == Precision.MONTH else day.replace(month=1, day=1)
        site, site_zh = chance.choice(SITES)
        count = min(100_000, int(chance.lognormvariate(4, 1.6))) if chance.random() < 0.68 else None
        english, chinese = (
            text.format(n=count if count is not None else "", site=name)
            for text, name in zip(chance.choice(TITLES), (site.replace("_", " "), site_zh), strict=True)
        )
        english, chinese = f"[synthetic] {english}", f"【合成】{chinese}"
        kind, rig_kind = _weighted_choice(chance, KINDS), _weighted_choice(chance, RIG_KINDS)
        rig = chance.choice(self.models) if count is not None and chance.random() < 0.3 else None
        kw = (None, None, None)
        if count is not None:
            line = power.Line.of_model(count, rig.power_w) if rig else self._generic(count, rig_kind, day.year)
            kw = power.running_kw([line], self.given)
        loss = round(chance.lognormvariate(11, 2), 2) if chance.random() < 0.4 else None
        currency = region.currency or "USD"
        qualifier = chance.choice(QUALIFIERS) if count is not None else ""
        agencies = chance.sample(self.agencies, chance.choice((1, 1, 1, 2, 3)))
        policy = chance.choice(self.policies) if chance.random() < 0.4 else None
        ref = f"{PREFIX}{number:07}"
        fields = [(words(ref), search.REST)]
        fields += [(_words(title), search.TITLE) for title in (english, chinese)]
        fields.append((_words(NOTE), search.REST))
        names = [self.region_names[code] for code in region.codes_up()]
        names += [(agency.name_en, agency.name_zh) for agency in sorted(agencies, key=lambda agency: agency.pk)]
        fields += [(_words(name), search.PLACE) for pair in names for name in pair]
        fields += [(_words(policy.title_en[:200]), search.REST)] if policy else []
        point = (
            round(max(-85, min(85, region.latitude + chance.gauss(0, 0.4))), 4),
            round(max(-180, min(180, region.longitude + chance.gauss(0, 0.4))), 4),
        )
        yield Case, (
            pk, ref, kind, english, chinese, CaseStatus.FOUND, region.pk, "", *point, LocationPrecision.LOCALITY, day,
            precision, site, _weighted_choice(chance, LEADS), rig_kind, chance.choice(("t", "t", "f", None)),
            chance.choice((None, None, 0, 1, 2, 5)), chance.choice((None, 1, 1, 3)), "", NOTE, "",
            _weighted_choice(chance, CONFIDENCES), chance.random() < 0.96, True, False, count, qualifier,
            *kw, *self._carbon(region, day.year), loss, currency if loss else "",
            search.vector(fields), self.now, self.now, "", "", "",
        )  # fmt: skip
        yield Raid, (raid, pk, day, precision, 1, "", "", "")
        if count is not None:
            yield Seizure, (next(ids[Seizure]), raid, rig.pk if rig else None, rig_kind, "", count, qualifier, "")
        if loss:
            yield Figure, (next(ids[Figure]), pk, Quantity.LOSS, loss, FigureBasis.TOTAL, currency, "")
        if policy:
            yield Citation, (next(ids[Citation]), pk, policy.title_en[:200], policy.pk)
        for agency in agencies:
            yield Case.agencies.through, (next(ids[Case.agencies.through]), pk, agency.pk)
        yield Case.sources.through, (next(ids[Case.sources.through]), pk, self.source.pk)

    def _carbon(self, region, year):
        if (region.pk, year) not in self.known_factors:
            factor = self.factors.of(region.codes_up(), year)
            self.known_factors[region.pk, year] = (float(factor.value), factor.gas) if factor else (None, "")
        return self.known_factors[region.pk, year]

    def _generic(self, count, kind, year):
        return power.generic_line(count, kind, year, self.classes)


_words = lru_cache(50_000)(words)  # many cases share a text


def _chance(*seed):
    return random.Random(repr(seed))  # noqa: S311 - a repeatable sequence is what is wanted


def _csv(rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    text.seek(0)
    return text


def _weighted_choice(chance, shares):
    codes, up_to = shares
    return chance.choices(codes, cum_weights=up_to)[0]


def _new_ids(size):
    """Enough new primary keys of each table for `size` cases."""
    return {model: iter(new_keys(model, 3 * size if model is Case.agencies.through else size)) for model in COLUMNS}


def _copy(tables):
    with connection.cursor() as cursor:
        # The index of words takes them by larger sorted lists, and nobody waits for the disk: what a crash loses is
        # made again.
        cursor.execute("SET LOCAL gin_pending_list_limit = '64MB'")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute("SET LOCAL synchronous_commit = off")
        for model, rows in tables.items():
            columns = COLUMNS[model].split()
            # What stands between two commas is an empty text, or NULL where there may be one.
            filled = {field.column for field in model._meta.fields if not field.null}.intersection(columns)
            statement = (
                f"COPY {model._meta.db_table} ({', '.join(columns)}) FROM STDIN"
                f" WITH (FORMAT csv, FORCE_NOT_NULL ({', '.join(filled)}))"
            )
            cursor.copy_expert(statement, _csv(rows))
