"""The page on which an officer says whose columns are ours: what it shows, and what its form says."""

from collections.abc import Mapping as Values
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases.access import agencies_visible_to
from cases.files.columns import COLUMNS
from cases.files.tables.mapping import (
    DATES,
    DAY_FIRST,
    FOR_ALL,
    KEEP_IN_NOTE,
    LEAVE_OUT,
    MONTH_FIRST,
    NUMBERS,
    TITLES,
    Mapping,
    Rule,
    known_part,
    plain_text,
)
from cases.files.tables.placeholders import NONE, NONE_IS, placeholder
from cases.files.tables.questions import Unreadable
from cases.models import Import, SheetLayout
from cases.models.intake import ImportState
from cases.models.sheet_layout import LONGEST_NAME
from regions.grammar import days
from regions.grammar.days import Calendar
from regions.grammar.degrees import MOST as DEGREES
from regions.grammar.degrees import Datum
from regions.loading.lookups import Agencies
from regions.models import Region, Scope

from . import layouts
from .agency_names import names_of_agencies
from .cells import TRUTHS, codes_by_label, folded
from .layouts import MOST_LIKE

MOST_PAST = 50  # imports that are looked at
AS_WRITTEN, NOT_STATED = "as_written", "not_stated"
TRUE_OR_FALSE = ("electricity_theft", "counts_in_totals")
AGENCIES = ("agencies", "office_number_agency")
MOST_REGIONS = 1_000  # offered while one types
ORDERS = [
    ("", gettext_lazy("as the dates say")), (DAY_FIRST, gettext_lazy("day first: 03/04 is 3 April")),
    (MONTH_FIRST, gettext_lazy("month first: 03/04 is 4 March")),
]  # fmt: skip
CALENDARS = [("", gettext_lazy("Gregorian")), *Calendar.choices]
DECIMALS = [
    ("", gettext_lazy("as the numbers say")), (".", gettext_lazy("point: 1,250.5")),
    (",", gettext_lazy("comma: 1.250,5")),
]  # fmt: skip
DATUMS = [("", "WGS 84 (GPS)"), *Datum.choices]
# Questions; those about the meaning of cells come with the check.
ABOUT_ROWS = ("totals", "second_head", "hidden_lines", "formulas")
SETTINGS = ("unit", "order", "calendar", "decimal", "datum", "nothing")
NEEDED = ("region_code", "kind", "confidence", "source_publisher", "occurred_on")


@dataclass
class ColumnOfTheirs:
    """A column of the sheet, what is said of it, and what can be said."""

    at: int
    seen: dict  # as the sketch has it
    rule: Rule
    regions: dict[str, str] = field(default_factory=dict)  # {a name, folded: its code}
    agencies: Agencies | None = None

    @property
    def name(self):
        return f"c{self.at}"

    @property
    def targets(self):
        """The columns of ours, (column, is it chosen), without those that follow from the region."""
        return [
            (column, self.rule.to == column.name) for column in COLUMNS.values() if column.group != "from_region"
        ]  # fmt: skip

    @property
    def settings(self):
        """(name, label, options or None for words, value, the value in words) of what can be said of this column."""
        to, rule, found = self.rule.to, self.rule, []
        if to in DATES:
            found += [("order", _("Day and month"), ORDERS), ("calendar", _("Calendar"), CALENDARS)]
        if to in NUMBERS and to not in DEGREES:
            found.append(("unit", _("Unit of numbers without one"), None))
        if to in NUMBERS:
            found.append(("decimal", _("Decimal sign"), DECIMALS))
        if to in DEGREES:
            found.append(("datum", _("Coordinate system"), DATUMS))
        if to in COLUMNS:
            found.append(("nothing", _("Other words for “not stated”"), None))
        values = [getattr(rule, name) for name, _label, _options in found]
        return [
            (*setting, value, value and dict(setting[2] or {}).get(value, value))
            for setting, value in zip(found, values, strict=True)
        ]

    @cached_property
    def legend(self):
        """[(its number, their text, how often, the options or None for a code, what is chosen, must it be)]."""
        return [
            (number, text, count, *self._meaning(text, kind))
            for number, (text, count) in enumerate(self.seen["values"])
            if (kind := self._kind_of(text))
        ]  # fmt: skip

    def _kind_of(self, text):
        """Why a text needs a word about it: it may say “none”, or it is no code of ours."""
        to = self.rule.to
        if to not in COLUMNS:
            return ""
        kind = placeholder(to, text)
        if kind == NONE and to in NONE_IS:
            return NONE
        if kind:
            return ""
        if to == "region_code":
            return "region"
        if to in AGENCIES:
            return "agency" if self._names_unknown_agency(text) else ""
        if COLUMNS[to].choices and folded(text) not in codes_by_label(to):
            return "code"
        return "code" if to in TRUE_OR_FALSE and folded(text) not in TRUTHS else ""

    def _names_unknown_agency(self, text):
        known = {*self.agencies.by_name, *(alias for alias, _code in self.agencies.by_alias)}
        return not all(name in known for name in names_of_agencies(text.strip(), known.__contains__))

    def _meaning(self, text, kind):
        to, said = self.rule.to, self.rule.legend.get(plain_text(text))
        if kind == NONE:
            options = [(NONE_IS[to], NONE_IS[to]), (NOT_STATED, _("not stated"))]
            return options, NOT_STATED if said == "" else said, True
        if kind == "region":
            return None, said if said is not None else self.regions.get(folded(text), ""), False
        if kind == "agency":
            return None, said or "", False
        codes = [("true", _("yes")), ("false", _("no"))] if to in TRUE_OR_FALSE else COLUMNS[to].choices.choices
        options = [(AS_WRITTEN, _("as written")), *(pair for pair in codes if pair[0]), (NOT_STATED, _("not stated"))]
        return options, NOT_STATED if said == "" else said or AS_WRITTEN, False

    def read(self, data: Values) -> Rule:
        """The Rule that a form says."""

        def value(part):
            return str(data.get(f"{self.name}_{part}", "")).strip()[:200]

        allowed = {LEAVE_OUT, KEEP_IN_NOTE, *COLUMNS}
        said = Rule(to if (to := value("to")) in allowed else "")
        options = {"order": ORDERS, "calendar": CALENDARS, "decimal": DECIMALS, "datum": DATUMS}
        asked = {name for name, *_rest in replace(self, rule=said).settings}
        for name in SETTINGS:
            if name in asked and (name not in options or value(name) in dict(options[name])):
                setattr(said, name, value(name))
        if said.to == data.get(f"{self.name}_shown"):
            shown = replace(self, rule=said)
            for number, text, _count, given, *_rest in shown.legend:
                if (
                    (chosen := value(f"v{number}"))
                    and chosen != AS_WRITTEN
                    and (given is None or chosen in dict(given))
                ):
                    said.legend[plain_text(text)] = "" if chosen == NOT_STATED else chosen
        return said

    def problems(self, data: Values):
        """What the form must still say about this column."""
        if not self.rule.to:
            yield _("Say what the column “%(name)s” is.") % {"name": self.seen["key"]}
            return
        names = {"name": self.seen["key"], "column": getattr(COLUMNS.get(self.rule.to), "title", "")}
        if self.rule.to != data.get(f"{self.name}_shown") and self.legend:
            yield _("“%(name)s” is now “%(column)s”. Say below what its values mean.") % names
            return
        for _number, text, _count, _options, chosen, must in self.legend:
            if must and not chosen:
                yield _("In “%(name)s”, say what “%(text)s” means.") % (names | {"text": text})
        if self.rule.to in DATES and not self.rule.order and not self.rule.calendar:
            texts = [text for text, _count in self.seen["values"]] or self.seen["samples"]
            for two in [text for text in texts if days.day_or_month_first(text)][:1]:
                yield _("In “%(name)s”, say whether the day or the month is first: %(text)s.") % (names | {"text": two})


def remembered(user, keys: list[str]) -> tuple[Import, dict] | None:
    """(import, its mapping) of the import that `user` or a colleague of the region did with most of these columns.

    Only mappings that name columns of ours are given: those of an earlier version may not.
    """
    colleagues = Scope.objects.filter(region__in=Region.objects.worked_in_by(user)).values("user")
    past = Import.objects.filter(Q(by=user.pk) | Q(by__in=colleagues), state=ImportState.DONE)
    best, most = None, MOST_LIKE * len(keys)
    for the_import in past.exclude(report__mapping=None).order_by("-received_at")[:MOST_PAST]:
        kept = the_import.report["mapping"]
        try:
            shared = len(Mapping.from_json(kept).rules.keys() & set(keys))
        except Unreadable:
            continue
        if shared > most:
            best, most = (the_import, kept), shared
    return best


class MappingPage:
    """The page of the mapping of `the_import` for `user`; `data` is its form, if it was sent."""

    def __init__(self, the_import: Import, user, data: Values | None = None):
        self.report, self.user, self.data = the_import.report, user, data
        self.sketch = self.report["sketch"]
        self.past_import, self.recognised = None, False
        self.layout = self.report.get("layout") or {}  # its name and its version
        mapping = Mapping.from_json(self.sketch["mapping"])
        kept, self.unknown = known_part(self._kept() or {"rules": {}, "for_all": {}})
        mapping.rules |= {key: rule for key, rule in kept.rules.items() if key in mapping.rules}
        self.kept_rules = kept.rules
        self.mapping = Mapping(mapping.rules, kept.for_all or self._guess_for_all(mapping))
        if data is not None:
            rules = {column.seen["key"]: column.read(data) for column in self.columns}
            self.__dict__.pop("columns")
            named = {rule.to for rule in rules.values()}
            for_all = {name: str(data.get(f"all_{name}", "")).strip()[:1_000] for name in _for_all(named)}
            self.mapping = Mapping(rules, {name: text for name, text in for_all.items() if text})
            # With those of other sheets of the file, and those that the layout has for other months.
            self.kept = Mapping(self.kept_rules | rules, self.mapping.for_all)

    def _kept(self):
        """What was said of these columns: for this file, in a layout that was chosen or recognised, or earlier."""
        if offered := self.report.get("offered"):
            self.layout = offered
            return offered["mapping"]
        if self.report.get("mapping"):
            return self.report["mapping"]
        keys = [seen["key"] for seen in self.sketch["columns"]]
        if layout := layouts.recognised(self.user, keys):
            self.layout, self.recognised = layouts.said_of(layout), True
            return layout.mapping
        if past := remembered(self.user, keys):
            self.past_import, mapping = past
            return mapping
        return None

    @property
    def layout_name(self):
        return self.layout.get("name", "") if self.data is None else str(self.data.get("layout", ""))

    @cached_property
    def layouts(self):
        """The layouts that can be chosen, each in its last version."""
        return list(SheetLayout.objects.shared_with(self.user).newest().select_related("region"))

    @cached_property
    def regions_of_layouts(self):
        """The regions within which a new layout can be shared."""
        return [scope.region for scope in self.user.scopes.select_related("region")]

    def keep_layout(self) -> dict | None:
        """Keep what the form says as the layout that it names, and return what an import keeps of it."""
        name = " ".join(str(self.data.get("layout", "")).split())[:LONGEST_NAME]
        if not name:
            return None
        code = self.data.get("layout_region")
        own = self.regions_of_layouts
        region = next((region for region in own if region.code == code), own[0] if own else None)
        return layouts.said_of(layouts.keep_layout(name, self.kept, by=self.user, region=region))

    @cached_property
    def columns(self):
        rules = self.mapping.rules
        return [
            ColumnOfTheirs(at, seen, self._rule(rules, seen), self._regions, self._agencies)
            for at, seen in enumerate(self.sketch["columns"])
        ]

    def _rule(self, rules, seen):
        seen["is_new"] = bool(self.kept_rules) and seen["key"] not in self.kept_rules
        return Rule("") if seen["is_new"] and self.data is None else rules[seen["key"]]

    @cached_property
    def _regions(self):
        """{a name of a region where `user` works, folded: its code}; names of several regions are not in it."""
        names = {}
        for region in self.worked:
            for name in {folded(region.name_en), folded(region.name_zh), folded(region.code)} - {""}:
                names.setdefault(name, []).append(region.code)
        return {name: codes[0] for name, codes in names.items() if len(codes) == 1}

    @cached_property
    def _agencies(self):
        return Agencies(agencies_visible_to(self.user))

    @property
    def agencies(self):
        """The names of the agencies that can be meant."""
        return sorted(self._agencies.by_name)

    @cached_property
    def worked(self):
        return list(Region.objects.worked_in_by(self.user).order_by("code"))

    @property
    def regions(self):
        return self.worked[:MOST_REGIONS]

    def _guess_for_all(self, mapping):
        found = dict(mapping.for_all)
        above = self.sketch["above"]
        if above and "source_title" not in {rule.to for rule in mapping.rules.values()}:
            found["source_title"] = above[0]
        own = self.regions_of_layouts
        if len(own) == 1 and "region_code" not in {rule.to for rule in mapping.rules.values()}:
            found["region_code"] = own[0].code
        return found

    @property
    def for_all(self):
        """[(column, what is said, must it be)] of what all rows can have."""
        named = {rule.to for rule in self.mapping.rules.values()}
        needed = set() if "ref" in named else set(NEEDED)
        if "office_number" in named and "agencies" not in named | self.mapping.for_all.keys():
            needed.add("office_number_agency")
        return [(COLUMNS[name], self.mapping.for_all.get(name, ""), name in needed) for name in _for_all(named)]

    @property
    def questions(self):
        """What the file asks about its rows. What is offered first is chosen: it is seen here."""
        for question in self.report["questions"]:
            if question["key"] in ABOUT_ROWS:
                options = question["options"]
                if not any(option["chosen"] for option in options):
                    options = [options[0] | {"chosen": True}, *options[1:]]
                yield question | {"options": options, "open": False}

    @property
    def reading(self):
        """How the file is read: sheets, encoding, separator, line of the head."""
        first = [question for question in self.report["questions"] if question["key"] in ("encoding", "sheets")]
        return first + self.sketch["reading"]

    @cached_property
    def problems(self) -> list[str]:
        if self.data is None:
            return []
        found = [problem for column in self.columns for problem in column.problems(self.data)]
        found += self.mapping.problems() if all(column.rule.to for column in self.columns) else []
        missing = [column.name for column, text, must in self.for_all if must and not text]
        mapped = {rule.to for rule in self.mapping.rules.values()}
        said = mapped | self.mapping.for_all.keys()
        if not {"title_en", "title_zh"} & said:
            missing.append("title_en")
        if missing and "ref" not in mapped:
            found.append(
                ngettext(
                    "New cases need a value for all rows: %(names)s.",
                    "New cases need values for all rows: %(names)s.",
                    len(missing),
                )
                % {"names": "; ".join(COLUMNS[name].title for name in missing)}
            )
        return found


def _for_all(named):
    """The columns that all rows can have a value of, where the sheet has the columns `named`."""
    titles = not named & set(TITLES)
    return [
        name for name, about in FOR_ALL.items()
        if name not in named and (not about or about in named) and (titles or name not in TITLES)
    ]  # fmt: skip
