"""Which factor applies: of the smallest area around a place that has one, and of the nearest year it has."""

from collections import defaultdict
from functools import cached_property

from django.db.models import Q

from regions.models import Factor, GridArea, Reading
from regions.models.factor import FactorKind, Measure
from regions.models.indicator import IndicatorKind

# The best series first. Only averages are taken: life-cycle factors are another quantity, the residual mix leaves out
# what was sold as green, and the factor of fossil plants answers what a load that ends avoids at most.
SERIES = ["mee_nbs", "my_energy_commission", "mee_ets", "ember_average"]


class GridFactors:
    """The direct average emission factors of grid electricity, in kilograms a kWh; `gas` says of CO₂ or of CO₂e.

    With `codes`, of regions and of those above them, only the factors that may be asked for with them are read.
    """

    def __init__(self, codes=None):
        self.of_region, of_grid, self._found = defaultdict(list), defaultdict(list), {}
        rows = Factor.objects.filter(kind=FactorKind.GRID_CO2, region__isnull=False, year__isnull=False)
        rows = rows.filter(series__in=SERIES, measure=Measure.AVERAGE).select_related("region", "grid")
        if codes is not None:
            grids = GridArea.objects.filter(regions__code__in=codes)
            rows = rows.filter(Q(region__code__in=codes) | Q(grid__in=grids.values("pk")))
        for factor in rows:
            if factor.grid_id:
                of_grid[factor.grid_id].append(factor)
            # Another scope is a plant, or a grid that is on record as no area: it does not speak for the whole region.
            elif factor.scope == factor.region.name_en:
                self.of_region[factor.region.code].append(factor)
        # {region code: [(how many regions the grid names, its factors)]}, the smallest grid first.
        self.of_grids = defaultdict(list)
        for grid in GridArea.objects.filter(pk__in=of_grid).prefetch_related("regions"):
            codes = [region.code for region in grid.regions.all()]
            for code in codes:
                self.of_grids[code].append((len(codes), of_grid[grid.pk]))
        for grids in self.of_grids.values():
            grids.sort(key=lambda grid: grid[0])

    def of(self, codes, year):
        """The factor for a region's `codes_up` and `year`, or None: no figure then, and the page says so.

        From the region upwards: the factor of the region itself, then of the smallest grid area that names it. So the
        grid of a district comes before the province around it, and a province before the grid of several provinces.
        """
        for code in codes:
            known = self.of_region.get(code) or next((rows for _size, rows in self.of_grids.get(code, ())), None)
            if known:
                return min(known, key=lambda factor: _fit(factor, year))
        return None


def _fit(factor, year):
    return abs(factor.year - year), SERIES.index(factor.series), -factor.year


class Tariffs:
    """Prices of electricity; the surcharge of miners is separate. Read from the database at the first use."""

    SURCHARGE = "mining_surcharge"

    @cached_property
    def by_code(self):
        found = defaultdict(list)
        rows = Reading.objects.filter(indicator__kind=IndicatorKind.TARIFF).select_related(
            "indicator__region", "source"
        )
        for row in rows:
            row.currency = row.indicator.unit.partition("/")[0]
            found[row.indicator.region.code, row.indicator.series == self.SURCHARGE].append(row)
        return found

    def of(self, codes, year, surcharge=False):
        """The Reading, with its `currency`, of the nearest of `codes` and the latest year up to `year`, or None.

        A price that came later is not taken: what was used before was not sold at it.
        """
        for code in codes:
            known = [row for row in self.by_code[code, surcharge] if row.year <= year]
            if known:
                return max(known, key=lambda row: (row.year, row.month or 0))
        return None
