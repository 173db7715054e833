"""The picture of a shared link: what the page is about, at most three figures, what they rest on."""

from dataclasses import dataclass

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.pictures.export import breadth, lines
from regions.grammar.dates import day_as_known
from regions.grammar.quantities import figure, power_draw, with_unit

WIDTH, HEIGHT, EDGE = 1200, 630, 72
MOST_LINES = 3  # of a name
MOST_FIGURES = 3


@dataclass
class Card:
    """`name` below `above`; `figures` are (value, what it is); `source` is the last line."""

    above: str
    name: str
    figures: list[tuple[str, str]]
    source: str

    width, height, edge = WIDTH, HEIGHT, EDGE

    @cached_property
    def name_lines(self):
        """(where it stands, text) of each line of the name, in letters that fit it."""
        size = self.name_size
        found = lines(self.name, WIDTH - 2 * EDGE, size)
        if len(found) > MOST_LINES:
            found = [*found[: MOST_LINES - 1], f"{found[MOST_LINES - 1]}…"]
        return [(176 + place * round(size * 1.2), text) for place, text in enumerate(found)]

    @cached_property
    def name_size(self):
        return 60 if breadth(self.name, 60) <= 1.9 * (WIDTH - 2 * EDGE) else 46

    @property
    def columns(self):
        """(where it stands, value, what it is) of each figure."""
        step = (WIDTH - 2 * EDGE) // MOST_FIGURES
        return [(EDGE + place * step, *pair) for place, pair in enumerate(self.figures[:MOST_FIGURES])]


def card_of_sums(name, above, totals):
    """The Card of cases with these Totals: only figures that there are."""
    cases = ngettext("case on record", "cases on record", totals.cases)
    figures = [(figure(totals.cases), cases)]
    if totals.rigs_cases:
        figures.append((figure(totals.rigs), _("rigs seized")))
    if totals.kw:
        figures.append((with_unit(power_draw(totals.kw.best)), _("estimated power draw")))
    source = _("%(stated)s of %(cases)s cases state rigs. Every figure names its source.") % {
        "stated": figure(totals.rigs_cases), "cases": figure(totals.cases),
    }  # fmt: skip
    return Card(above, name, figures, source)


def card_of_case(case):
    """The Card of a case (of `visible_to`)."""
    figures = [(day_as_known(case.occurred_on, case.date_precision), case.region.name)]
    if case.rigs is not None:
        figures.append((figure(case.rigs), _("rigs seized")))
    if case.kw_best is not None:
        figures.append((with_unit(power_draw(case.kw_best)), _("estimated power draw")))
    source = next((str(source.publisher or source.title) for source in case.sources.all()), "")
    return Card(
        case.get_kind_display(), case.title, figures, _("Source: %(source)s") % {"source": source} if source else ""
    )
