"""What a brief says of a selection and a period: on screen, on paper and in the document it is the same."""

from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy, pgettext

from cases.access import cases_visible_to
from cases.leads import counting
from cases.method import claims
from cases.models import Lead
from cases.models.intake import DoubtRule
from cases.pictures import maps
from cases.selection.filters import FACTS
from cases.selection.selection import Selection
from cases.selection.sentence import describe
from cases.selection.sums import by_region
from regions.grammar import quantities
from regions.grammar.dates import Precision, days_on
from regions.grammar.language import between_sentences
from regions.keeping import number_of, some_of
from regions.models import Policy, Position, Region, SavingsClaim

from . import briefing
from .months import ByMonth
from .period import BriefPeriod

MOST_NAMED = 6  # cases
MOST_CLAIMS = 4
MOST_CURRENCIES = 3
DAYS_AHEAD = 90  # deadlines that far after the period are told of

UNFINISHED = gettext_lazy("Cases reach the record late: those of the last nine months are still filling up.")
WITHOUT_RIGS = ngettext_lazy(
    "%(count)s of %(cases)s cases states no number of rigs.",
    "%(count)s of %(cases)s cases state no number of rigs.",
    "number",
)
IN_NO_TOTAL = ngettext_lazy(
    "%(count)s case is part of a wider one and in no total.",
    "%(count)s cases are part of wider ones and in no total.",
    "number",
)
YEAR_ONLY = ngettext_lazy(
    "%(count)s case is known only by its year: it is in the brief of every period of that year.",
    "%(count)s cases are known only by their year: they are in the brief of every period of that year.",
    "number",
)
WITHOUT_SOURCE = ngettext_lazy("%(count)s case names no source.", "%(count)s cases name no source.", "number")
DOUBTED = ngettext_lazy("%(count)s case has an open doubt.", "%(count)s cases have an open doubt.", "number")


@dataclass
class Value:
    """A figure with its unit, and of an estimate its range."""

    best: str
    bounds: str = ""


class Cell(NamedTuple):
    """A figure of a period, None where it is not stated; in a saved brief also what it is now, where that differs."""

    period: BriefPeriod
    value: Value | None
    has_changed: bool = False
    now: Value | None = None


@dataclass
class FigureRow:
    """A figure in the period and in those it is compared with. `rests_on`: on how many of the cases of the period."""

    label: str
    by_period: list[Cell]
    rests_on: str = ""
    rests_on_now: str = ""  # where that has changed


@dataclass
class Missing:
    """What is doubtful or missing; `address` is the list of the cases that it is about."""

    text: str
    address: str = ""


class Brief:
    """The report on what `query` (a QueryDict without days) selects, as far as `user` may see it, in a BriefPeriod.

    `region` is None where the question names none, or several.
    """

    def __init__(self, query, user, period, today):
        self.user, self.period, self.today = user, period, today
        self.query = query
        self.selection = self._of(period)
        self.region = self.selection.region
        self.before, self.year_before = period.before(), period.a_year_before()

    @property
    def name(self):
        """What it is about."""
        if self.selection.view:
            return self.selection.view.name
        if self.region:
            return self.region.name
        return _("Selected cases") if self.query else _("All cases")

    @property
    def is_narrower(self):
        """Whether it asks for more than a region: then the question is said in full."""
        return bool(self.selection.chosen.keys() - {"region", "occurred_after", "occurred_before"})

    @property
    def question(self):
        return describe(self.selection)

    def _of(self, period):
        query = self.query.copy()
        query["occurred_after"], query["occurred_before"] = period.first.isoformat(), period.last.isoformat()
        return Selection(query, self.user)

    @property
    def cases(self):
        return self.selection.cases

    @cached_property
    def totals(self):
        return self.selection.totals()

    @property
    def compared(self):
        """[(what it is, Period)] of the periods beside this one."""
        beside = [(_("the period before"), self.before), (_("a year before"), self.year_before)]
        return [(what, period) for what, period in beside if period]

    @property
    def periods(self):
        """[(what it is, Period)] of this one and of those beside it."""
        return [("", self.period), *self.compared]

    @cached_property
    def selections(self):
        """The Selection of each of `periods`."""
        return [self.selection, *(self._of(period) for _what, period in self.compared)]

    @cached_property
    def _sums(self):
        """The Totals of each of `periods`."""
        return [self.totals, *(selection.totals() for selection in self.selections[1:])]

    # In short

    between_sentences = property(lambda self: between_sentences())

    @cached_property
    def sentences(self):
        made = [self._counted(), self._beside(), briefing.law_of(self) if self.region else ""]
        return [sentence for sentence in made if sentence]

    def _counted(self):
        totals, about = self.totals, {"name": self.name, "period": self.period.in_words}
        if not totals.cases:
            return format_html(_("{name}, {period}: no case is on record."), **about)
        cases = briefing.strong(_cases(totals.cases))
        if not totals.rigs_cases:
            return format_html(_("{name}, {period}: {cases}; none states a number of rigs."), cases=cases, **about)
        rigs = briefing.strong(quantities.rigs_named(totals.rigs))
        if totals.rigs_cases == totals.cases:
            return format_html(_("{name}, {period}: {cases} with {rigs}."), cases=cases, rigs=rigs, **about)
        text = ngettext(
            "{name}, {period}: {cases}; {stating} of them states rigs: {rigs}.",
            "{name}, {period}: {cases}; {stating} of them state rigs: {rigs}.",
            totals.rigs_cases,
        )
        return format_html(text, cases=cases, rigs=rigs, stating=quantities.figure(totals.rigs_cases), **about)

    def _beside(self):
        told = [
            _("%(when)s (%(period)s): %(cases)s")
            % {"when": what, "period": period.in_words, "cases": _cases(totals.cases)}
            for (what, period), totals in zip(self.compared, self._sums[1:], strict=True)
        ]
        if not told:
            return ""
        joined = pgettext("between parts of a sentence", "; ").join(told)
        return pgettext("end of a sentence", "%(text)s.") % {"text": f"{joined[0].upper()}{joined[1:]}"}

    @cached_property
    def position(self):
        """The legal position on the last day of the period, its own or the nearest from above."""
        held = Position.objects.held_in(self.region).select_related("region", "policy")
        return held.on(min(self.period.last, self.today)).first()

    # Figures

    @cached_property
    def rows(self):
        """A FigureRow for every figure that the period or one beside it has."""
        sums, cases = self._sums, self.totals.cases

        def row(label, written, resting=None):
            values = [written(totals) for totals in sums]
            by_period = [Cell(period, value) for (_what, period), value in zip(self.periods, values, strict=True)]
            return FigureRow(label, by_period, resting or "") if any(values) else None

        def resting(number):
            if not number:
                return ""
            return _("%(stated)s of %(cases)s cases") % {
                "stated": quantities.figure(number), "cases": quantities.figure(cases),
            }  # fmt: skip

        given = self.totals.given
        gce = _("generation basis, %(gce)s gce/kWh") % {"gce": quantities.figure(given.gce_generation, 4)}
        made = [
            row(_("Cases"), lambda totals: Value(quantities.figure(totals.cases))),
            row(_("Rigs seized"), _stated("rigs", "rigs_cases"), resting(self.totals.rigs_cases)),
            row(_("Estimated power draw"), _ranged("kw", quantities.power_draw), resting(self.totals.kw_cases)),
            row(_("Electricity a year, if they ran"), _ranged("kwh_a_year", quantities.energy), _("8,766 hours")),
            row(_("Standard coal a year"), _ranged("tce", quantities.coal), gce),
            row(_("Carbon dioxide a year"), _carbon, resting(self.totals.t_co2_cases)),
            *[
                row(
                    _("Reported losses (%(currency)s)") % {"currency": quantities.unit(currency)},
                    lambda totals, currency=currency: _loss(totals, currency),
                    resting(next((loss.cases for loss in self.totals.losses if loss.currency == currency), 0)),
                )
                for currency in self._currencies[:MOST_CURRENCIES]
            ],
            row(_("People detained"), _stated("arrests", "arrests_cases"), resting(self.totals.arrests_cases)),
        ]
        return [one for one in made if one]

    @property
    def has_estimates(self):
        return any(totals.kw for totals in self._sums)

    @cached_property
    def _currencies(self):
        """Those in which losses are stated, of this period first."""
        return list(dict.fromkeys(loss.currency for totals in self._sums for loss in totals.losses))

    @property
    def other_currencies(self):
        return self._currencies[MOST_CURRENCIES:]

    # Pictures

    @cached_property
    def picture(self):
        """The map of the region with its cases of the period; None without a region or its shape."""
        if not self.region:
            return None
        values = {row.region.code: row.cases for row in by_region(self.cases, self.region)}
        return maps.of_region(self.region, self.cases, values, _("cases"))

    @cached_property
    def months(self):
        return ByMonth(self.selection, self.period, self.today)

    # What happened

    @cached_property
    def named(self):
        """The cases worth naming, with their sources: those with the most rigs."""
        most = self.cases.for_list().order_by(F("rigs").desc(nulls_last=True), "-occurred_on", "ref")
        shown = cases_visible_to(self.user).for_list()
        return list(some_of(most, slice(MOST_NAMED), shown, of=self.totals.cases))

    @property
    def not_named(self):
        return max(0, self.totals.cases - len(self.named))

    @property
    def not_named_in_words(self):
        text = ngettext(
            "Those with the most rigs; %(cases)s more is in the list.",
            "Those with the most rigs; %(cases)s more are in the list.",
            self.not_named,
        )
        return text % {"cases": quantities.figure(self.not_named)}

    @cached_property
    def leads(self):
        """LeadSums by kind of the leads that came in the period, as far as the reader may know; [] without a region."""
        if not self.region:
            return []
        came = Lead.objects.in_region(self.region).filter(arrived_on__range=(self.period.first, self.period.last))
        if self.user.has_perm("cases.work_on_leads"):
            return counting.named_sums(came.visible_to(self.user))
        return counting.public_sums(came)

    @cached_property
    def _checks(self):
        """What authorities state of the region for the period or in it, each with our check, the largest first."""
        if not self.region:
            return []
        first, last = self.period.first, self.period.last
        stated = SavingsClaim.objects.filter(region__in=Region.objects.within(self.region)).filter(
            Q(stated_on__range=(first, last))
            | Q(period_start__lte=last, period_end__gte=first)
            | Q(period_start=None, period_end__range=(first, last))
        )
        seen = self.selection.without("occurred_after", "occurred_before").cases
        found = claims.checks(seen, stated.select_related("region", "source"))
        return sorted(found, key=lambda check: -(check.claim.energy_kwh_per_year or 0))

    @cached_property
    def claims(self):
        """[(Check, in words)] of the claims that can be said in a sentence."""
        told = ((check, briefing.claim_in_words(self, check)) for check in self._checks)
        return [(check, words) for check, words in told if words][:MOST_CLAIMS]

    @property
    def other_claims(self):
        return len(self._checks) - len(self.claims)

    @cached_property
    def deadlines(self):
        """The policies whose binding deadline fell into the period or falls soon after it."""
        if not self.region:
            return []
        policies = Policy.objects.as_of(self.today).select_related("region").binding_in(self.region)
        until = days_on(self.period.last, DAYS_AHEAD)
        return list(
            policies.with_binding_deadline()
            .filter(deadline_on__range=(self.period.first, until))
            .order_by("deadline_on", "ref")
        )

    # What to be careful with

    @cached_property
    def internal(self):
        """How many of its cases are not published: then it is not for the public either."""
        return number_of(self.cases.filter(published=False))

    @property
    def internal_in_words(self):
        text = ngettext(
            "%(cases)s of these cases is internal: this brief is not for the public.",
            "%(cases)s of these cases are internal: this brief is not for the public.",
            self.internal,
        )
        return text % {"cases": quantities.figure(self.internal)}

    @cached_property
    def missing(self):
        """Everything that keeps its figures from being the whole truth."""
        found = [Missing(str(UNFINISHED))] if self.is_unfinished else []
        if not self.totals.cases:
            return found

        def add(number, text, **asked):
            if number:
                told = text % {
                    "number": number, "count": quantities.figure(number),
                    "cases": quantities.figure(self.totals.cases),
                }  # fmt: skip
                found.append(Missing(told, self.selection.address(page=None, **asked) if asked else ""))

        add(number_of(self.cases.filter(rigs=None)), WITHOUT_RIGS, empty="rigs")
        add(self.totals.cases - self.totals.counted, IN_NO_TOTAL)
        add(number_of(self.cases.filter(date_precision=Precision.YEAR)), YEAR_ONLY)
        add(number_of(self.cases.filter(FACTS["source"][1])), WITHOUT_SOURCE, empty="source")
        if self.user.has_perm("cases.change_case"):
            doubted = number_of(self.cases.in_doubt(DoubtRule.values))
            add(doubted, DOUBTED, doubt=DoubtRule.values)
        return found

    @property
    def is_unfinished(self):
        return self.period.is_unfinished(self.today)


def _cases(number):
    return ngettext("%(number)s case", "%(number)s cases", number) % {"number": quantities.figure(number)}


def _stated(name, resting):
    """The Value of a sum; None where no case states it, because that is not zero."""
    return lambda totals: Value(quantities.figure(getattr(totals, name))) if getattr(totals, resting) else None


def _ranged(name, quantity):
    return lambda totals: _range(getattr(totals, name), quantity)


def _carbon(totals):
    return _range(totals.t_co2, lambda tonnes: quantities.carbon(tonnes, totals.gas))


def _range(found, quantity):
    if not found:
        return None
    bounds = quantities.between(quantity(found.low), quantity(found.high))
    return Value(quantities.with_unit(quantity(found.best)), bounds)


def _loss(totals, currency):
    found = next((loss for loss in totals.losses if loss.currency == currency), None)
    return Value(quantities.with_unit(quantities.money(found.amount, currency))) if found else None
