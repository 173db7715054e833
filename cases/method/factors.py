"""Which factor applies: of the nearest ancestor region, and of the nearest year it has."""

from collections import defaultdict
from functools import cached_property

from regions.models import Factor, Reading
from regions.models.factor import FactorKind
from regions.models.indicator import IndicatorKind

# The best series first. Life-cycle factors are another quantity, the residual mix leaves out what was sold
# as green, and the old regional grids were for project offsets: none of these is what a load emits.
SERIES = ["mee_nbs", "my_energy_commission", "mee_ets", "ember_average"]


class GridFactors:
    """The direct emission factors of grid electricity, kgCO₂/kWh."""

    def __init__(self):
        self.by_code = defaultdict(list)
        rows = Factor.objects.filter(kind=FactorKind.GRID_CO2, region__isnull=False, year__isnull=False)
        for factor in rows.select_related("region").filter(series__in=SERIES):
            # Several grids may share a code; only the one named after the region speaks for all of it.
            if factor.scope == factor.region.name_en:
                self.by_code[factor.region.code].append(factor)

    def of(self, codes, year):
        """The factor for a region's `codes_up` and `year`, or None: no figure then, and the page says so."""
        for code in codes:
            if code in self.by_code:
                return min(self.by_code[code], key=lambda one: _fit(one, year))
        return None


def _fit(factor, year):
    return abs(factor.year - year), SERIES.index(factor.series), -factor.year


class Tariffs:
    """Prices of electricity, with what miners pay on top apart. Read when the first is asked for."""

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
