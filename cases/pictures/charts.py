"""The charts of a selection: what each shows, in numbers and in words."""

from calendar import monthrange
from datetime import date, timedelta

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from cases.selection.measures import Amounts, Metric
from cases.selection.selection import Selection
from regions.grammar.dates import day_as_known
from regions.grammar.language import between_sentences, listed
from regions.grammar.quantities import figure, money, power_draw, with_unit
from regions.models import Position
from regions.models.policy import Stance
from regions.models.region import names_right_below

from . import bars

QUARTERS_FROM = 12  # cases; below this, years
YEARS_FROM = 6  # cases; below this, a list of them
MOST_QUARTERS = 60
MOST_ROWS = 8  # of a chart on a page
LATE = timedelta(days=270)  # that long after its end a quarter is still filling up: cases reach the record late
FINDING_FROM = 6  # cases, of which a title may say what is most
AHEAD = 1.15  # times the next one: then a title says that it is first
NEARLY = 0.85  # times the highest year: then the year beside it is named too


class Chart:
    """A chart of `selection` by one column or by time. `name` is its part of an address."""

    name: str

    def __init__(self, selection: Selection):
        self.selection = selection
        self.metric = selection.metric
        self.measures = selection.measures
        self.total = self.measures.total

    @property
    def made_of(self):
        """All that it shows is made of, beside the language: a page keeps it for as long as this is the same."""
        currencies = [self.measures.currency, *(loss.currency for loss in self.selection.totals().losses)]
        return [self.name, self.metric.value, self.measures.rows, currencies, list(self.selection.query.lists())]

    @property
    def is_empty(self):
        return not self.total.resting_on(self.metric)

    def written(self, amount):
        """An amount of the metric with its unit."""
        return with_unit(self._parts(amount))

    def _parts(self, amount):
        if self.metric == Metric.POWER:
            return power_draw(amount)
        if self.metric == Metric.LOSSES:
            return money(amount, self.measures.currency)
        return figure(amount), ""

    @property
    def what(self):
        """The metric in words."""
        return {
            Metric.CASES: pgettext("of a chart", "Cases"),
            Metric.RIGS: pgettext("of a chart", "Rigs seized"),
            Metric.POWER: pgettext("of a chart", "Estimated power draw"),
            Metric.LOSSES: pgettext("of a chart", "Reported losses in %(currency)s")
            % {"currency": self.measures.currency},
        }[self.metric]

    @property
    def subtitle(self):
        """What it shows, in words; its title where there is no finding."""
        return _("%(what)s by %(column)s") % {"what": self.what, "column": self.column}

    @property
    def coverage(self):
        """On how many of its cases the figures rest."""
        stated = {"stated": figure(self.total.resting_on(self.metric)), "cases": figure(self.total.cases)}
        if self.metric == Metric.CASES:
            return ngettext("%(count)s case.", "%(count)s cases.", self.total.cases) % {"count": stated["cases"]}
        if self.metric == Metric.RIGS:
            return _("%(stated)s of %(cases)s cases state rigs and count in totals.") % stated
        if self.metric == Metric.POWER:
            return _("%(stated)s of %(cases)s cases state rigs that ran and count in totals.") % stated
        return _("%(stated)s of %(cases)s cases state a total loss in this currency.") % stated + self._others

    @property
    def _others(self):
        """The currencies that are not drawn: amounts of several are not added."""
        others = [loss.currency for loss in self.selection.totals().losses if loss.currency != self.measures.currency]
        told = _("Not drawn: losses in %(currencies)s.") % {"currencies": listed(others)}
        return between_sentences() + told if others else ""

    is_drawn = True

    def source_of(self, most):
        """What the figures rest on, in sentences, where at most so many bars are shown."""
        return between_sentences().join(filter(None, [self.coverage, *self.remarks(most)]))

    @property
    def source(self):
        return self.source_of(MOST_ROWS)

    @property
    def heading(self):
        """Of its table."""
        return _("By %(column)s") % {"column": self.column}

    def rows_of_file(self):
        """(name, its Amounts) of every bar, and of what is not drawn."""
        return [(name, measure) for name, measure, _address in self.rows_of_table()]

    def address(self, **changes):
        """The list of the cases that the question with `changes` selects."""
        return f"{self._list}?{self.selection.address(page=None, **changes)}"

    @cached_property
    def _list(self):
        return reverse("cases:case-list")


class ByTime(Chart):
    """By quarter; by year where there are few cases, and a list of them where a chart would say less."""

    name = "trend"

    @property
    def made_of(self):
        drawn = self._rule if self.listed is None else list(self.listed)
        return [*super().made_of, localdate(), self.is_drawn, drawn]

    @cached_property
    def by_quarter(self):
        found = self.measures.quarters
        return self.total.cases >= QUARTERS_FROM and found and len(_quarters(min(found), localdate())) <= MOST_QUARTERS

    @property
    def column(self):
        return pgettext("of a chart", "quarter") if self.by_quarter else pgettext("of a chart", "year")

    @cached_property
    def listed(self):
        """The cases themselves, the newest first, where they are too few to draw; else None."""
        few = self.selection.is_valid and self.total.cases < YEARS_FROM
        return self.selection.first(YEARS_FROM, "-occurred_on", "ref") if few else None

    @cached_property
    def _known(self):
        return self.measures.quarters if self.by_quarter else self.measures.years

    @cached_property
    def _days(self):
        """The first day of every quarter or year from the first case until today, or until the day asked for."""
        if not self._known:
            return []
        last = min(localdate(), self.selection.chosen.get("occurred_before") or localdate())
        first = min(self._known) if self.by_quarter else date(min(self._known), 1, 1)
        years = [date(year, 1, 1) for year in range(first.year, last.year + 1)]
        return _quarters(first, last) if self.by_quarter else years

    def _end_of(self, day):
        return _end_of_quarter(day) if self.by_quarter else date(day.year, 12, 31)

    @cached_property
    def slots(self):
        return [self._slot(day, self._known) for day in self._days]

    def _slot(self, day, known):
        last = self._end_of(day)
        number = (day.month + 2) // 3
        quarter = _("%(year)s Q%(number)s") % {"year": day.year, "number": number}
        name = quarter if self.by_quarter else str(day.year)
        amount = known.get(day if self.by_quarter else day.year, Amounts()).amount(self.metric)
        return bars.Slot(
            day,
            last,
            amount,
            name,
            unfinished=last + LATE > localdate(),
            words=f"{name}: {self.written(amount)}",
            address=self.address(occurred_after=day.isoformat(), occurred_before=last.isoformat()),
        )

    @property
    def in_words(self):
        """The chart for whoever does not see it."""
        highest = max(self.slots, key=lambda slot: slot.amount or 0)
        return _("The highest bar is %(bar)s.") % {"bar": highest.words}

    @cached_property
    def picture(self):
        """The bars in their places."""
        if not self.slots:
            return None
        rule = self._rule
        return bars.columns(self.slots, self._on_the_axis, rule=rule, still_filling_up=_("still filling up"))

    def _on_the_axis(self, amount):
        if not amount:
            return "0"
        text, unit = self._parts(amount)
        # The currency is in the subtitle.
        return with_unit((text, unit.removesuffix(self.measures.currency).strip()))

    @cached_property
    def _rule(self):
        """The day from which mining was forbidden in the region that is asked for, or that has most of the cases."""
        if not self._days:
            return None
        found = self.selection.region
        if found is None:
            most = max(self.measures.by["region"].items(), key=lambda item: (item[1].cases, item[0]), default=None)
            codes = [most[0]] if most and most[0] else []
        else:
            codes = found.codes_up()
        positions = Position.objects.filter(
            region__code__in=codes,
            stance__in=[Stance.BANNED, Stance.ELIMINATED_CLASS],
            first_day__range=(self._days[0], self._end_of(self._days[-1])),
        ).select_related("region")
        nearest = min(positions, key=lambda held: (codes.index(held.region.code), held.first_day), default=None)
        if nearest is None:
            return None
        told = {"day": day_as_known(nearest.first_day), "region": nearest.region.name}
        if nearest.stance == Stance.BANNED:
            return nearest.first_day, _("%(day)s: mining banned in %(region)s") % told
        return nearest.first_day, _("%(day)s: mining ordered out in %(region)s") % told

    @property
    def title(self):
        if self.listed is not None:
            return _("The cases, newest first")
        years = {year: measure.amount(self.metric) or 0 for year, measure in self.measures.years.items()}
        finding = _peak_of(years)
        if finding is None:
            return self.subtitle
        told = {"what": self.what, "first": finding[0], "last": finding[-1]}
        if len(finding) == 1:
            return _("%(what)s peaked in %(first)s") % told
        return _("%(what)s peaked in %(first)s and %(last)s") % told

    @property
    def is_drawn(self):
        return self.listed is None

    def remarks(self, most):
        year_only = sum((measure.cases for measure in self.measures.year_only.values()), 0)
        if self.by_quarter and year_only:
            yield ngettext(
                "%(count)s case is known only by its year and is not drawn.",
                "%(count)s cases are known only by their year and are not drawn.",
                year_only,
            ) % {"count": figure(year_only)}
        if any(slot.unfinished for slot in self.slots) and self.listed is None:
            yield _("On grey: still filling up, because cases reach the record late.")

    def rows_of_table(self):
        """(name, its Amounts, the address of its cases) of every bar, and of what is not drawn."""
        for slot in self.slots:
            key = slot.first_day if self.by_quarter else slot.first_day.year
            yield slot.name, self._known.get(key, Amounts()), slot.address
        for year, measure in sorted(self.measures.year_only.items()) if self.by_quarter else ():
            yield _("%(year)s, quarter unknown") % {"year": year}, measure, ""


class ByCode(Chart):
    """By a coded column of the cases; each bar leads to its cases."""

    def __init__(self, selection, name):
        super().__init__(selection)
        self.name = name

    @property
    def column(self):
        return self.selection.filter.form.fields[self.name].label.lower()

    @cached_property
    def labels(self):
        return dict(self.selection.filter.form.fields[self.name].choices)

    unstated = "unknown"

    @cached_property
    def rows(self):
        """Every bar, the longest first."""
        found = []
        for code, measure in self.measures.by[self.name].items():
            amount = measure.amount(self.metric)
            if amount is not None:
                name, address = str(self.labels.get(code, code)), self.towards(code)
                found.append(
                    bars.LyingBar(
                        code,
                        name,
                        amount,
                        self.written(amount),
                        address,
                        unstated=code == self.unstated,
                        chosen=code in self.chosen,
                    )
                )
        return bars.rows(found)

    @property
    def chosen(self):
        return self.selection.query.getlist(self.name)

    def towards(self, code):
        """The question with one more code, or without it where it is chosen."""
        codes = [chosen for chosen in self.chosen if chosen != code]
        return self.address(**{self.name: codes if code in self.chosen else [*codes, code]})

    def most(self, number):
        """The first of its bars; "not stated" is among them also where it would be cut off."""
        if len(self.rows) <= number or not self.rows[-1].unstated:
            return self.rows[:number]
        return [*self.rows[: number - 1], self.rows[-1]]

    @property
    def shown(self):
        return self.most(MOST_ROWS)

    @property
    def title(self):
        ordered = sorted(self.rows, key=lambda row: -row.amount)
        first, others = (ordered[0], ordered[1:]) if ordered else (None, [])
        clear = others and not first.unstated and first.amount >= AHEAD * others[0].amount
        if not clear or self.total.resting_on(self.metric) < FINDING_FROM:
            return self.subtitle
        share = round(100 * first.amount / self.total.amount(self.metric))
        told = {"name": first.name, "share": share, "currency": self.measures.currency}
        return {
            Metric.CASES: _("%(name)s: %(share)s%% of cases"),
            Metric.RIGS: _("%(name)s: %(share)s%% of rigs seized"),
            Metric.POWER: _("%(name)s: %(share)s%% of estimated power draw"),
            Metric.LOSSES: _("%(name)s: %(share)s%% of reported losses in %(currency)s"),
        }[self.metric] % told

    def remarks(self, most):
        more = len(self.rows) - len(self.most(most))
        if more:
            yield ngettext("%(count)s more in the table.", "%(count)s more in the table.", more) % {"count": more}

    def rows_of_table(self):
        """(name, its Amounts, the address of its cases) of every bar."""
        measures = self.measures.by[self.name]
        known = sorted(measures, key=lambda code: (code == self.unstated, -measures[code].cases, code))
        for code in known:
            yield str(self.labels.get(code, code)), measures[code], self.address(**{self.name: code}) if code else ""


class ByRegion(ByCode):
    """By country, or by the regions right below the one that is asked for."""

    def __init__(self, selection):
        super().__init__(selection, "region")

    @property
    def made_of(self):
        return [*super().made_of, self.labels]

    @property
    def column(self):
        return pgettext("of a chart", "region") if self.selection.region else pgettext("of a chart", "country or area")

    @cached_property
    def labels(self):
        within = self.selection.region
        beside = {"": _("Only %(name)s known") % {"name": within.name} if within else _("Not stated")}
        return names_right_below(within) | beside

    unstated = ""

    def towards(self, code):
        """The question about this region alone: regions add up, and the one around it would include it."""
        return self.address(region=code) if code else ""


CHARTS = {
    "trend": ByTime,
    "region": ByRegion,
    **{name: (lambda selection, name=name: ByCode(selection, name)) for name in ("kind", "lead_source", "site_type")},
}


def charts_of(selection):
    """The charts of `selection`, in their order on a page."""
    return [make(selection) for make in CHARTS.values()]


def _peak_of(years):
    """The year or the two years in a row in which most happened; None where no year stands out."""
    if len(years) < 3:
        return None
    peak = max(years, key=lambda year: (years[year], year))
    if years[peak] < 2 * sum(years.values()) / (max(years) - min(years) + 1):
        return None
    beside = max((peak - 1, peak + 1), key=lambda year: years.get(year, 0))
    return sorted([peak, beside]) if years.get(beside, 0) >= NEARLY * years[peak] else [peak]


def _quarters(first, last):
    """The first days of the quarters from that of `first` until that of `last`."""
    start, end = (4 * day.year + (day.month - 1) // 3 for day in (first, last))
    return [date(count // 4, 3 * (count % 4) + 1, 1) for count in range(start, end + 1)]


def _end_of_quarter(day):
    month = day.month + 2
    return date(day.year, month, monthrange(day.year, month)[1])
