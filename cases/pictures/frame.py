"""A chart as a picture of its own: what stands above and below it, and where."""

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from cases.selection.sentence import describe

from .charts import Chart
from .export import breadth, lines, style

WIDTH = 800
EDGE = 32
ROW = 28  # from one lying bar to the next
NAMES = 232  # pixels for the names of lying bars
VALUES = 150
MOST_ROWS = 20
ROOM_OF_TICKS = {1: 36, 2: 60, 3: 92}


@dataclass(frozen=True)
class TextLine:
    """A line of text and where its foot stands."""

    y: int
    text: str


@dataclass
class Framed:
    """`chart` with its title, the question, its source, the day and the `address` where it is alive."""

    chart: Chart
    address: str
    today: date

    width = WIDTH
    edge = EDGE

    @cached_property
    def title(self):
        return _stacked(lines(self.chart.title, WIDTH - 2 * EDGE, 22), 52, 28)

    @cached_property
    def subtitle(self):
        return _stacked(lines(self.about, WIDTH - 2 * EDGE, 14), self.title[-1].y + 24, 20)

    @property
    def about(self):
        if self.chart.title == self.chart.subtitle:
            return describe(self.chart.selection)
        return _("%(what)s. %(question)s") % {"what": self.chart.subtitle, "question": describe(self.chart.selection)}

    @property
    def top(self):
        return self.subtitle[-1].y + 20

    @property
    def left(self):
        return EDGE + (ROOM_OF_TICKS[self.chart.picture.room_of_ticks] if self._is_of_columns else 0)

    @property
    def inner_width(self):
        return WIDTH - EDGE - self.left

    @property
    def _is_of_columns(self):
        return self.chart.name == "trend"

    @property
    def body(self):
        """The template of what stands between the words above and below."""
        return "pictures/bars.svg" if self._is_of_columns else "pictures/rows.svg"

    @property
    def body_height(self):
        return self.chart.picture.total_height if self._is_of_columns else ROW * len(self.rows)

    @property
    def style(self):
        return style()

    @cached_property
    def rows(self):
        """(row, where it stands, its name as far as there is room, the length of its bar)."""
        room = WIDTH - 2 * EDGE - NAMES - VALUES
        return [
            (row, place * ROW, _cut(row.name, NAMES - 16, 14), None if row.share is None else room * row.share / 100)
            for place, row in enumerate(self.chart.most(MOST_ROWS))
        ]

    names = NAMES

    @property
    def bottom(self):
        return self.top + self.body_height

    @cached_property
    def source(self):
        return _stacked(lines(self.chart.source_of(MOST_ROWS), WIDTH - 2 * EDGE, 12), self.bottom + 28, 17)

    @cached_property
    def origin(self):
        where = _("%(name)s, %(day)s") % {
            "name": _("Mining Enforcement"), "day": date_format(self.today, "DATE_FORMAT"),
        }  # fmt: skip
        found = [where, *lines(self.address, WIDTH - 2 * EDGE, 12)[:2]]
        return _stacked(found, self.source[-1].y + 22, 17)

    @cached_property
    def without_chinese(self):
        return TextLine(
            self.origin[-1].y + 17, _("No Chinese font is installed on the server: the picture is in English.")
        )

    @property
    def height(self):
        return self.origin[-1].y + 17 + 20


def _stacked(texts, first, step):
    return [TextLine(first + place * step, text) for place, text in enumerate(texts or [""])]


def _cut(text, width, size):
    if breadth(text, size) <= width:
        return text
    while text and breadth(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"
