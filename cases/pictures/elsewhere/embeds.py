"""What another site may show of a selection: its number, its map, its charts."""

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.pictures import maps
from cases.pictures.charts import CHARTS, ByRegion, Chart
from cases.pictures.export import MAPS, breadth, style
from cases.pictures.frame import Framed
from cases.pictures.world import world
from cases.selection.measures import Metric
from cases.selection.sentence import describe

# What there is, with its name in a menu and the height of a frame that holds it 800 pixels wide.
PIECES = [
    ("number", gettext_lazy("The number"), 270),
    ("map", gettext_lazy("The map"), 780),
    ("trend", gettext_lazy("The chart over time"), 460),
    ("region", gettext_lazy("The chart by region"), 780),
    ("kind", gettext_lazy("The chart by kind"), 400),
    ("lead_source", gettext_lazy("The chart by lead"), 480),
    ("site_type", gettext_lazy("The chart by site"), 640),
]
LEGEND_LINE = 20


class TheNumber(Chart):
    """The sum of a selection alone."""

    name = "number"

    @property
    def title(self):
        return self.what

    @property
    def is_empty(self):
        return self.metric != Metric.CASES and super().is_empty  # that there is no case is said, too

    @property
    def number(self):
        return self.written(self.total.amount(self.metric) or 0)

    def remarks(self, most):
        return []


class TheMap(ByRegion):
    """The regions that the chart by region has, on a map: of the world, or of the region that is asked for."""

    @cached_property
    def picture(self):
        size = 1_000 if self.metric == Metric.POWER else 1  # kW as MW
        measures = self.measures.by["region"]
        amounts = {code: measure.amount(self.metric) for code, measure in measures.items() if code}
        values = {code: round(amount / size, 1) for code, amount in amounts.items() if amount}
        values = {code: int(value) if value == int(value) else value for code, value in values.items()}
        quantity = {
            Metric.CASES: _("cases"), Metric.RIGS: _("rigs"), Metric.POWER: "MW", Metric.LOSSES: self.measures.currency,
        }[self.metric]  # fmt: skip
        within = self.selection.region
        if within is None:
            return world(values, quantity=quantity)
        return maps.of_region(within, self.selection.cases, values, quantity)

    @property
    def is_drawn(self):
        return self.picture is not None

    def remarks(self, most):
        vague = self.measures.by["region"].get("")
        if vague and vague.amount(self.metric):
            yield f"{self.labels['']}: {self.written(vague.amount(self.metric))}."


class FramedNumber(Framed):
    body, body_height = "pictures/number.svg", 64

    @property
    def about(self):
        return describe(self.chart.selection)


class FramedMap(Framed):
    body = "pictures/map_framed.svg"

    @property
    def style(self):
        return style() + style(MAPS)

    @property
    def map_height(self):
        return round(self.inner_width * self.chart.picture.height / self.chart.picture.width)

    @property
    def body_height(self):
        return self.map_height + 12 + LEGEND_LINE * len(self._entries)

    @property
    def _entries(self):
        """Lines of [(class, text)]: what the fills mean, and below it the circles of cases."""
        drawn = self.chart.picture
        nothing = drawn.none_on_record if self.chart.metric == Metric.CASES else _("no figure")
        unit = [("", drawn.quantity)] if self.chart.metric in (Metric.POWER, Metric.LOSSES) else []
        fills = [*unit, ("none", nothing), *((found.css, found.label) for found in drawn.legend)]
        circles = [("spot exact", _("case, place or prefecture known"))] if drawn.shows_exact else []
        circles += [("spot coarse", _("case, only the province known"))] if drawn.shows_coarse else []
        return [fills, circles] if circles else [fills]

    @property
    def legend(self):
        """(where the sign stands, its class, where the text begins, where it stands, the text) of each entry."""
        for number, entries in enumerate(self._entries):
            x, y = 0, self.map_height + 22 + LEGEND_LINE * number
            for css, text in entries:
                start = x + 18 if css else x
                yield x, css, start, y, text
                x = start + round(breadth(text, 12)) + 16


def embedded(name, selection, address, today):
    """The Framed of one of PIECES of `selection`, or None where there is nothing to draw."""
    chart = {"number": TheNumber, "map": TheMap, **CHARTS}[name](selection)
    if chart.is_empty or not chart.is_drawn:
        return None
    return {"number": FramedNumber, "map": FramedMap}.get(name, Framed)(chart, address, today)
