"""The question to the ranking of a run: which of its meters are listed."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases.models import ScreeningRun
from cases.screening.results.cleared import cleared_in
from cases.screening.rules import MARKS
from cases.screening.words import MARK_NAMES
from regions.filters.base import bounded
from regions.grammar.quantities import figure
from regions.grammar.reading import whole_number

NONE = "none"  # of no class, without a mark
LEADS = {
    "yes": pgettext_lazy("screening", "with a lead"),
    "no": pgettext_lazy("screening", "without a lead"),
}
LOOKED_AT = {
    "yes": pgettext_lazy("screening", "no mining there"),
    "no": pgettext_lazy("screening", "all others"),
}
LABELS = {
    "class": gettext_lazy("Tariff class"),
    "mark": gettext_lazy("Looks like"),
    "lead": gettext_lazy("Lead"),
    "looked": pgettext_lazy("screening", "Looked at"),
    "feeder": gettext_lazy("Feeder"),
    "points": gettext_lazy("Points from"),
    "page": gettext_lazy("Page"),
}


@dataclass(frozen=True)
class Choice:
    code: str
    name: str
    count: int
    chosen: bool


class MeterQuestion:
    """The meters of `run` that a query string names; none where it is not understood, and `problems` say why.

    Who does not ask for them does not get the meters that were looked at and are no mines.
    """

    def __init__(self, query, run: ScreeningRun):
        self.run = run
        self.query, too_much = bounded(query)
        self.query = self.query.copy()
        for name, values in list(self.query.lists()):
            self.query.setlist(name, [value for value in values if value != ""])
        self.problems = {name: messages[0] for name, messages in too_much.items()}
        for name in self.query:
            if name not in LABELS:
                self.problems[name] = _("There is no filter with this name.")
        if self._one("points") and whole_number(self._one("points")) is None:
            self.problems["points"] = _("Enter a whole number.")
        for name, known in (("mark", {*MARKS, NONE}), ("lead", LEADS), ("looked", LOOKED_AT)):
            for value in self.query.getlist(name):
                if value not in known:
                    self.problems[name] = _("“%(value)s” is not a valid choice.") % {"value": value[:40]}

    def _one(self, name):
        return self.query.get(name, "")

    @cached_property
    def found(self):
        """The meters, the most suspicious first."""
        return self._without("")

    def _without(self, left_out):
        if self.problems:
            return self.run.meters.none()
        found = self.run.meters.all()
        for name in LABELS:
            if name not in (left_out, "page", "looked") and self.query.getlist(name):
                found = found.filter(self._condition(name))
        asked = self.query.getlist("looked") or ["no"]
        if left_out == "looked" or len(set(asked)) == 2:
            return found
        return found.filter(self.is_cleared) if "yes" in asked else found.exclude(self.is_cleared)

    @cached_property
    def cleared(self):
        """{meter: ClearedMeter}"""
        return cleared_in(self.run)

    @cached_property
    def is_cleared(self):
        return Q(meter__in=[meter for meter, look in self.cleared.items() if look.holds])

    @cached_property
    def left_out(self):
        """How many meters are not listed because they were looked at, and the query string that lists them too."""
        if self.problems or self.query.getlist("looked"):
            return 0, ""
        asked = self.query.copy()
        asked.pop("page", None)
        asked.setlist("looked", [*LOOKED_AT])
        return self._without("looked").filter(self.is_cleared).count(), asked.urlencode()

    def _condition(self, name):
        values = self.query.getlist(name)
        if name == "class":
            return Q(tariff_class__in=["" if value == NONE else value for value in values])
        if name == "feeder":
            return Q(feeder__in=values)
        if name == "points":
            return Q(points__gte=whole_number(values[-1]))
        if name == "lead":
            return Q(lead__isnull="no" in values) if len(values) == 1 else Q()
        has_any = Q(pk__in=[])
        for value in values:
            has_any |= ~Q(parts__has_any_keys=list(MARKS)) if value == NONE else Q(parts__has_key=value)
        return has_any

    @cached_property
    def facets(self):
        """[(name, label, choices)], each counted with every filter but its own."""
        classes = dict(self._without("class").order_by().values_list("tariff_class").annotate(Count("pk")))
        marks = {name: Q(parts__has_key=name) for name in MARKS} | {NONE: ~Q(parts__has_any_keys=list(MARKS))}
        return [
            self._facet(
                "class", {code or NONE: (code or _("not on file")) for code in classes},
                {code or NONE: count for code, count in classes.items()},
            ),
            self._facet("mark", MARK_NAMES | {NONE: _("nothing else")}, self._counted("mark", marks)),
            self._facet("lead", LEADS, self._counted("lead", {"yes": Q(lead__isnull=False), "no": Q(lead=None)})),
            self._facet("looked", LOOKED_AT, self._looked_at()),
        ]  # fmt: skip

    def _looked_at(self):
        if not any(look.holds for look in self.cleared.values()):
            return {}
        return self._counted("looked", {"yes": self.is_cleared, "no": ~self.is_cleared})

    def _counted(self, name, parts):
        # The names of marks are words of ours; "" before them keeps them apart from the columns.
        sums = {f"of_{code}": Count("pk", filter=part) for code, part in parts.items()}
        return {code.removeprefix("of_"): count for code, count in self._without(name).aggregate(**sums).items()}

    def _facet(self, name, names, counts):
        chosen = set(self.query.getlist(name))
        choices = [Choice(code, str(names[code]), counts.get(code, 0), code in chosen) for code in names]
        shown = [choice for choice in choices if choice.count or choice.chosen]
        return name, LABELS[name], sorted(shown, key=lambda choice: -choice.count)

    @cached_property
    def chips(self):
        """[(what is asked, the query string without it)]"""
        found = []
        names = {name: {choice.code: choice.name for choice in choices} for name, _label, choices in self.facets}
        for name, values in self.query.lists():
            for value in values if name in LABELS and name != "page" else ():
                rest = self.query.copy()
                rest.pop("page", None)
                rest.setlist(name, [other for other in values if other != value])
                told = names.get(name, {}).get(value, value)
                found.append((f"{LABELS[name]}: {told}", rest.urlencode()))
        return found

    @property
    def is_asked(self):
        return bool(self.chips or self.problems)

    @cached_property
    def sentence(self):
        if self.problems:
            return _("Some filters are not valid")
        count = self.found.count()
        told = [text for text, _rest in self.chips]
        return ", ".join([_("%(meters)s meters") % {"meters": figure(count)}, *told])
