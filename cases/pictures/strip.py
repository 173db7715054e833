"""A strip of time: the legal position as bands, rules, deadlines and cases as marks on one axis, with names.

A long time without an entry before today is cut short, and what is long before all others is only counted. No name lies
over another: what finds no room is drawn without one, and the list of `entries` has it.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.translation import gettext as _

from regions.grammar.dates import Precision, day_as_known
from regions.grammar.quantities import figure

from .labels import width_of

LEFT, TAIL = 108, 142  # px for the names of the rows; for the time after the last entry, where that is cut short
LINE = 15
NAME = 150  # px at most of a name, in two lines
MOST_MARKS = 40  # cases as marks of their own; more are columns by month
COLUMN_HEIGHT = 44
MOST_LISTED = 12
ABOVE = {False: 12, True: 22}  # px from the line of a row to a name above it: a flag is higher than other marks


@dataclass
class Dated:
    """Something on a day, or on any day from `day` until `last`. `kind`: rule, draft, deadline, case, sum."""

    day: date
    kind: str
    title: str
    when: str
    link: str = ""
    last: date | None = None
    note: str = ""


@dataclass
class Stretch:
    """A legal position from `first` to `last`, None where it is open."""

    first: date
    last: date | None
    css: str
    label: str


@dataclass
class Mark:
    x: float
    event: Dated
    width: float = 0.0  # of the days that it may have been, px
    lines: list = field(default_factory=list)  # (text, css), from the top
    text_x: float = 0.0
    is_above: bool = False

    @property
    def period_x(self):
        return self.x - self.width / 2

    @property
    def placed_lines(self):
        """(how far below the line of the row, text, css)."""
        first = (
            -ABOVE[self.event.kind == "deadline"] - LINE * len(self.lines) + LINE / 2
            if self.is_above
            else 12 + LINE / 2
        )
        return [(first + LINE * number, text, css) for number, (text, css) in enumerate(self.lines)]


@dataclass
class Track:
    """Marks of one kind on a line, or `columns` (x, width, height) by month."""

    name: str
    y: float = 0.0
    marks: list = field(default_factory=list)
    columns: list = field(default_factory=list)
    earlier: int = 0

    @property
    def outline(self):
        """The columns as the data of one SVG path: a hundred elements of their own take as long as the page around."""
        return "".join(
            f"M{x:.1f} {self.y:.1f}v{-height:.1f}h{width:.1f}v{height:.1f}z" for x, width, height in self.columns
        )

    @property
    def earlier_text(self):
        return _("%(number)s earlier") % {"number": figure(self.earlier)}


@dataclass
class Strip:
    width: int
    height: float = 0.0
    bands: list = field(default_factory=list)  # (x, width, css, label)
    rows: list = field(default_factory=list)
    ticks: list = field(default_factory=list)  # (x, text)
    left: int = LEFT
    end: float = 0.0
    break_x: float | None = None
    today: str = ""
    after: list = field(default_factory=list)  # (y, text): what is said of the time that was cut short

    @property
    def label(self):
        return _("Rules, deadlines and cases over time")

    @property
    def position(self):
        return _("Legal position")


class Axis:
    """Days to pixels. What was long before `start` is left of it; `last` is the last entry."""

    def __init__(self, days, today, width):
        days = sorted(days)
        self.today, self.width = today, width
        self.start, self.last = _start(days), days[-1]
        span = max((self.last - self.start).days, 1)
        self.is_cut = (today - self.last).days > max(550, span * 0.2)
        margin = timedelta(days=max(30, span // 30))
        self.start -= margin
        self.end = self.last + margin if self.is_cut else max(today, self.last)
        self.right = width - (TAIL if self.is_cut else 4)

    def x(self, day):
        share = (day - self.start).days / max((self.end - self.start).days, 1)
        return LEFT + max(0.0, min(1.0, share)) * (self.right - LEFT)

    def years(self):
        """The first days of the years on the axis: every one, or every second or fifth of many."""
        years = range(self.start.year + 1, self.end.year + 1)
        step = next((step for step in (1, 2, 5, 10, 20) if len(years) / step <= 14), 50)
        return [date(year, 1, 1) for year in years if year % step == 0]


def _start(days):
    """The first day of the axis: a few entries long before the others do not make it longer."""
    at = len(days) - 1
    while at > 0:
        gap, rest = days[at] - days[at - 1], days[-1] - days[at]
        if at <= len(days) / 3 and gap.days > max(1100, rest.days * 0.6):
            break
        at -= 1
    return days[at]


def strip(spans, groups, today, width, months=None):
    """A Strip of `spans` and of `groups` ([(name, [Dated])]), `width` px wide. None without an event.

    `months` ([(first day, count)]) are the cases where these are too many to be marked one by one: the last row.
    """
    days = [event.last or event.day for _name, events in groups for event in events]
    days += [event.day for _name, events in groups for event in events] + [day for day, _count in (months or [])]
    days = [day for day in days if day]
    if not days:
        return None
    axis = Axis(days, today, width)
    found = Strip(width, end=axis.right, break_x=axis.right + 8 if axis.is_cut else None)
    found.bands = _bands(axis, spans, width)
    found.ticks = [(axis.x(day), str(day.year)) for day in axis.years()]
    y = 36.0 if found.bands else 6.0
    for name, events in groups:
        if not events:
            continue
        row = _row(name, events, axis, axis.right + 24 if axis.is_cut else width)
        above = [ABOVE[mark.event.kind == "deadline"] + LINE * len(mark.lines) for mark in row.marks if mark.is_above]
        y += 10 + max(above, default=6)
        row.y = y
        y += 10 + LINE * max((len(mark.lines) for mark in row.marks if not mark.is_above), default=0)
        found.rows.append(row)
    if months:
        row = _columns(months, axis)
        y += 14 + COLUMN_HEIGHT
        row.y = y
        y += 4
        found.rows.append(row)
    found.height = round(y + 26)
    if axis.is_cut:
        found.today = _("today, %(day)s") % {"day": day_as_known(today)}
        text = _("no entry since %(day)s") % {"day": day_as_known(axis.last, Precision.MONTH)}
        found.after = [(y - 22 + LINE * number, line) for number, line in enumerate(in_two_lines(text, TAIL - 30))]
    return found


def _bands(axis, spans, width):
    found = []
    for span in sorted(spans, key=lambda span: span.first):
        left = axis.x(span.first)
        right = axis.x(span.last) if span.last else width - 4
        if right - left < 2:
            continue
        label = span.label if width_of(span.label) * 1.1 < right - left - 16 else _cut(span.label, right - left - 24)
        found.append((left, right - left, span.css, label))
    return found


def _row(name, events, axis, width):
    row = Track(name)
    taken = {False: [], True: []}  # where each name below and above the line ends
    for event in sorted(events, key=lambda event: event.day):
        if (event.last or event.day) < axis.start:
            row.earlier += 1
            continue
        left, right = axis.x(event.day), axis.x(event.last or event.day)
        mark = Mark((left + right) / 2, event, right - left if event.last else 0.0)
        _name(mark, taken, width)
        row.marks.append(mark)
    return row


def _name(mark, taken, width):
    """Put the name of `mark` below it, or above, where there is room."""
    event = mark.event
    if event.note:
        when = _("%(day)s, %(distance)s") % {"day": event.when, "distance": event.note}
        lines = [(_cut(event.title, NAME + 20), ""), (when, "soft")]
    else:
        lines = [(text, "") for text in in_two_lines(event.title, NAME)] + [(event.when, "soft")]
    across = max(width_of(text) for text, _css in lines) + 10
    for is_above in (False, True):
        left = _free_from(taken[is_above], mark.x, across, width)
        if left is not None:
            taken[is_above].append(left + across)
            mark.lines, mark.text_x, mark.is_above = lines, left + across / 2, is_above
            return


def _free_from(ends, x, across, width):
    """Where a name of `across` px begins that stands under `x`, in its middle or aside; None without room."""
    left = max(min(x - across / 2, width - across), LEFT, *ends)
    return left if left <= x - 12 and left + across <= width + 1 else None


def in_two_lines(text, most):
    """`text` in one or two lines of at most `most` px; what is longer ends with an ellipsis."""
    if width_of(text) <= most:
        return [text]
    pieces = text.split(" ") if " " in text and width_of(text.split(" ")[0]) < most else list(text)
    between = " " if " " in text and len(pieces) < len(text) else ""
    first = ""
    while pieces and width_of(first + between + pieces[0]) <= most:
        first = f"{first}{between}{pieces.pop(0)}" if first else pieces.pop(0)
    return [first, _cut(between.join(pieces), most)] if first else [_cut(text, most)]


def _cut(text, most):
    if width_of(text) <= most:
        return text
    while text and width_of(text + "…") > most:
        text = text[:-1]
    return f"{text.rstrip()}…" if text else ""


def _columns(months, axis):
    counts = Counter(dict(months))
    most = max(counts.values())
    row = Track(_("Cases"))
    width = max((axis.right - LEFT) / max((axis.end - axis.start).days / 30.4, 1) - 1, 1.5)
    for day, count in sorted(counts.items()):
        if day < axis.start:
            row.earlier += count
            continue
        row.columns.append((axis.x(day), width, max(COLUMN_HEIGHT * count / most, 1.5)))
    return row
