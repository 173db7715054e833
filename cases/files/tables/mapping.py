"""Whose column is ours: what an officer says about the columns of a sheet that is not ours.

A Mapping is kept with its import as JSON. Its rules are by the heading of their column, so that the same mapping reads
next month's sheet.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from cases.files.columns import COLUMNS
from cases.files.text import printable
from regions.grammar import days, degrees
from regions.grammar.degrees import EXACT_TO, Datum, in_wgs84

from .headings import MEASURED_IN, Heading
from .placeholders import placeholder
from .questions import Unreadable

LEAVE_OUT, KEEP_IN_NOTE = "leave_out", "keep_in_note"
DAY_FIRST, MONTH_FIRST = "day_first", "month_first"
DATES = ("occurred_on", "source_date")
NUMBERS = (*MEASURED_IN, "latitude", "longitude")
# Values that an officer can give all rows. Those after a column say something about it: they are for rows that have it.
FOR_ALL = {
    "title_en": "", "title_zh": "", "occurred_on": "", "region_code": "", "kind": "", "confidence": "",
    "source_publisher": "", "source_title": "", "source_url": "", "source_date": "", "agencies": "",
    "office_number_agency": "office_number", "site_type": "", "lead_source": "", "rig_kind": "",
    "location_precision": "latitude", "loss_currency": "loss_amount",
    "equipment_value_currency": "equipment_value", "fine_currency": "fine_amount",
}  # fmt: skip
TITLES = ("title_en", "title_zh")
_DITTO = {'"', "''", "〃", "”", "″", "同上", "s.d.a.", "s.d.a", "sda", "ditto", "do."}
LONGEST_DITTO = 12  # with blanks around it
_FIELD = re.compile(r"\{([^{}]+)\}")
_NOTHING = re.compile(r"[,;，；、]")


@dataclass
class Rule:
    """What is done with a column: `to` is a column of ours, LEAVE_OUT or KEEP_IN_NOTE; the rest says how it is read."""

    to: str = KEEP_IN_NOTE
    unit: str = ""  # of numbers without one
    order: str = ""  # of day and month
    calendar: str = ""
    decimal: str = ""  # the sign: "." or ","
    datum: str = ""  # of coordinates
    nothing: str = ""  # words that say nothing, beside those that we know
    legend: dict[str, str] = field(default_factory=dict)  # {their text: ours}

    def read(self, text: str) -> str:
        """A text of their column as one that ours takes. Raises ValidationError."""
        if not text.strip():  # most cells of a wide sheet
            return text
        plain = plain_text(text)
        if self.nothing and plain in self._nothing:
            return ""
        if plain in self.legend:
            return self.legend[plain]
        if self.to in DATES and plain:
            return self._day(text)
        if self.decimal and self.to in NUMBERS:
            text = self._number(text)
        return Heading("", self.to, self.unit).measured(text)

    @property
    def _nothing(self):
        return {plain_text(word) for word in _NOTHING.split(self.nothing) if word.strip()}

    def _day(self, text):
        if self.calendar and not placeholder(self.to, text):
            text = days.in_our_calendar(text, self.calendar)
        readings = days.day_or_month_first(text) if self.order else None
        return readings[self.order == MONTH_FIRST] if readings else text

    def _number(self, text):
        plain = unicodedata.normalize("NFKC", text)
        thousands = r"[. ']" if self.decimal == "," else r"[, ']"
        plain = re.sub(rf"(?<=\d){thousands}(?=\d{{3}}(?!\d))", "", plain)
        plain = re.sub(r"(?<=\d),(?=\d)", ".", plain) if self.decimal == "," else plain
        # Three digits after the sign are no thousands here: 12.500 is 12.5.
        return re.sub(r"(\d\.\d*[1-9])0+(?!\d)|(\d)\.0+(?!\d)", r"\1\2", plain)


@dataclass
class Mapping:
    """`rules` by the keys of their columns, and the values that all rows have."""

    rules: dict[str, Rule] = field(default_factory=dict)
    for_all: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict:
        rules = {
            key: {name: value for name, value in asdict(rule).items() if value} for key, rule in self.rules.items()
        }
        return {"rules": rules, "for_all": self.for_all}

    @classmethod
    def from_json(cls, kept) -> "Mapping":
        """The Mapping that `kept` describes. Raises Unreadable where it is none, or names a column that is not ours."""
        mapping, unknown = known_part(kept)
        if unknown:
            why = _("The mapping names columns that we do not have: %(names)s.")
            raise Unreadable(why % {"names": ", ".join(unknown)})
        return mapping

    def missing(self, keys: Sequence[str]) -> list[str]:
        """The columns about which it says nothing."""
        return [key for key in keys if key not in self.rules]

    def problems(self) -> list[str]:
        """Why it cannot be used, in sentences."""
        found, at = [], {}
        for key, rule in self.rules.items():
            at.setdefault(rule.to, []).append(key)
        for name, keys in at.items():
            if name not in (LEAVE_OUT, KEEP_IN_NOTE) and len(keys) > 1:
                why = _("%(count)s columns are mapped to “%(column)s”: %(names)s. Only one can be.")
                found.append(why % {"count": len(keys), "column": COLUMNS[name].title, "names": ", ".join(keys)})
        if not any(name in COLUMNS for name in at):
            found.append(_("No column is mapped to a column of ours."))
        for text in (self.for_all.get(name, "") for name in TITLES):
            unknown = [key for key in _FIELD.findall(text) if key not in self.rules]
            if unknown:
                why = _("The title names columns that the sheet does not have: %(names)s.")
                found.append(why % {"names": ", ".join(unknown)})
        return found

    def columns(self, keys: Sequence[str]) -> list[str]:
        """The columns of ours that a sheet with the columns `keys` has by this mapping."""
        found = [self.rules[key].to for key in keys if self.rules[key].to in COLUMNS]
        found += [name for name in self.for_all if name not in found]
        needs_note = any(self.rules[key].to == KEEP_IN_NOTE or self.rules[key].datum for key in keys)
        found += ["note"] if needs_note and "note" not in found else []
        has_names = any(self.rules[key].to == "region_code" and self.rules[key].legend for key in keys)
        return [*found, "admin2_name"] if has_names and "admin2_name" not in found else found

    def read_into(self, row, name: str, key: str, as_written: str, text: str) -> None:
        """Read a cell of theirs; `text` is what its “ditto” says. What is not as written is echoed, or a problem."""
        try:
            read = self.rules[key].read(text)
        except ValidationError as problem:
            row.problems.append((name, as_written, problem.messages[0]))
            return
        row.cells[name] = read
        if read != as_written:
            row.echoes.append((name, printable(as_written, 200), read or _("not stated")))

    def complete(self, row, texts: dict[str, str]) -> None:
        """Add to a row of ours what does not come from one cell; `texts` are its cells as they are, by their keys."""
        cells = row.cells
        notes = [cells["note"]] if cells.get("note") and not placeholder("note", cells["note"].strip()) else []
        for key, text in texts.items():
            rule = self.rules[key]
            if rule.to == KEEP_IN_NOTE and text.strip() and not placeholder("note", text.strip()):
                notes.append(f"{key}: {text.strip()}")
            if rule.to == "region_code" and rule.legend and not cells.get("admin2_name"):
                cells["admin2_name"] = text.strip()
        for name, value in self.for_all.items():
            about = FOR_ALL.get(name, "")
            if about and (not cells.get(about) or placeholder(about, cells[about])):
                value = ""
            cells[name] = _FIELD.sub(lambda found: texts.get(found[1], "").strip(), value) if name in TITLES else value
        self._convert_point(row, notes)
        if notes:
            cells["note"] = "\n".join(notes)

    def _convert_point(self, row, notes):
        datum = next((rule.datum for rule in self.rules.values() if rule.datum), "")
        written = [row.cells.get(name, "") for name in degrees.MOST]
        values = [degrees.written(text) for text in written]
        if not datum or None in values:
            return
        point = in_wgs84(*values, datum)
        kept = _(
            "Coordinates as published: %(latitude)s, %(longitude)s in %(system)s; converted to WGS 84, right to "
            "%(metres)s m."
        )
        notes.append(kept % {
            "latitude": written[0], "longitude": written[1], "system": Datum(datum).name, "metres": EXACT_TO,
        })  # fmt: skip
        for name, text, value in zip(degrees.MOST, written, point, strict=True):
            row.cells[name] = str(value)
            row.echoes.append((name, printable(text), str(value)))


def known_part(kept) -> tuple[Mapping, list[str]]:
    """The Mapping that `kept` describes without the columns of ours that we do not have, and their names.

    Raises Unreadable where it is none.
    """
    try:
        rules = {str(key): _rule(rule) for key, rule in kept["rules"].items()}
        for_all = {str(name): str(text) for name, text in kept["for_all"].items()}
    except (KeyError, TypeError, AttributeError) as problem:
        raise Unreadable(_("This is no mapping of columns.")) from problem
    known = {LEAVE_OUT, KEEP_IN_NOTE, *COLUMNS}
    unknown = {rule.to for rule in rules.values()} - known | for_all.keys() - COLUMNS.keys()
    return Mapping(
        {key: rule for key, rule in rules.items() if rule.to in known},
        {name: text for name, text in for_all.items() if name in COLUMNS},
    ), sorted(unknown)


def _rule(kept):
    """The Rule that `kept` describes. Raises TypeError where it is none."""
    rule = Rule(**kept)
    texts = [rule.to, rule.unit, rule.nothing, *rule.legend, *rule.legend.values()]
    chosen = {
        rule.order: (DAY_FIRST, MONTH_FIRST), rule.calendar: days.Calendar.values, rule.decimal: (".", ","),
        rule.datum: Datum.values,
    }  # fmt: skip
    if not all(isinstance(text, str) for text in texts) or any(said and said not in of for said, of in chosen.items()):
        raise TypeError
    return rule


def written_out(texts: dict[str, str], above: dict[str, str]) -> dict[str, str]:
    """`texts` of a row by the keys of their columns, with the text of the row `above` where they say “ditto”."""
    return {key: above.get(key, "") if text and _is_ditto(text) else text for key, text in texts.items()}


def _is_ditto(text):
    return len(text) <= LONGEST_DITTO and plain_text(text).casefold() in _DITTO


def plain_text(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def keys_of(headings: Sequence[str]) -> list[str]:
    """What the columns with these headings are called in a mapping: each by another name."""
    keys = []
    for at, heading in enumerate(headings):
        key = printable(" ".join(heading.split()), 100).replace("{", "(").replace("}", ")")
        name = key = key or f"[{get_column_letter(at + 1)}]"
        number = 2
        while name in keys:
            name, number = f"{key} ({number})", number + 1
        keys.append(name)
    return keys
