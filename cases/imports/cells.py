"""Read what people write into the cells of the sheet as the sheet's own canonical text.

    Reader(user).read(line, cells, groups) → ReadRow

`1.01万` becomes 10100 and is echoed, `2021年9月` becomes a month, `查处行动` the code raid. What cannot be right
becomes a Problem: the column, what is wrong, and what would be right. A `Reader` reads a whole file, and asks the
database once for what it needs.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from difflib import get_close_matches
from functools import cache

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import translation
from django.utils.translation import gettext as _

from cases.access import agencies_visible_to
from cases.files.columns import COLUMNS
from cases.files.csv_text import BETWEEN
from cases.files.sheet import canonical, numbers_in_cells, place_of
from cases.files.tables.placeholders import NONE, NONE_IS, placeholder
from cases.files.tables.questions import Answers, FileQuestion
from cases.files.text import printable
from cases.models.case import ElectricityCheck, LeadSource, SiteType
from cases.models.field import MOST_RIGS, Qualifier
from cases.models.rig import RigKind
from regions.grammar import amounts, days, degrees, reading
from regions.grammar.dates import Precision
from regions.loading.lookups import Agencies
from regions.models import Region

from .agency_names import names_of_agencies, office_numbers_of, split_list
from .matching.usable_references import names_of_pages, unusable_reference
from .open_cells import OpenCells

MOST_PEOPLE = 1_000_000
MOST_OF_A_FIGURE = 10**15
MOST_SUGGESTIONS = 500  # for one file: finding the nearest of thousands of names takes time
LONGEST_CITATION, LONGEST_AGENCY = 200, 160
# What an empty cell means, if it is not "the source does not say".
EMPTY_MEANS = {
    "site_type": SiteType.UNKNOWN.value,
    "lead_source": LeadSource.UNKNOWN.value,
    "rig_kind": RigKind.UNKNOWN.value,
    "counts_in_totals": "true",
}
NEVER_EMPTY = {"kind", "confidence"}
GROUPS = {}
for _column in COLUMNS.values():
    GROUPS.setdefault(_column.group or _column.name, []).append(_column.name)
GROUPS["title"] = [GROUPS.pop("title_en")[0], GROUPS.pop("title_zh")[0]]
GROUP_OF = {name: group for group, names in GROUPS.items() for name in names}
MONEY = {
    "equipment_value": ("equipment_value", "equipment_value_currency"),
    "loss": ("loss_amount", "loss_currency"),
    "fine": ("fine_amount", "fine_currency"),
}
TRUTHS = {
    "true": "true", "yes": "true", "y": "true", "1": "true", "是": "true", "真": "true",
    "false": "false", "no": "false", "n": "false", "0": "false", "否": "false", "假": "false",
}  # fmt: skip
_PLAIN = re.compile(r"(?:0|[1-9]\d{0,8})(?:\.\d{1,2})?", re.ASCII)
_DIGITS = re.compile(r"\d{1,15}(?:\.\d{1,2})?", re.ASCII)
_REF = re.compile(r"[-a-zA-Z0-9_]+", re.ASCII)
_AN_ADDRESS = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True)
class Problem:
    """What is wrong in a cell: where, the value, the reason, and what would be right."""

    line: int
    column: str
    value: str
    problem: str
    right: str = ""


@dataclass
class ReadRow:
    """A row as read: `cells` in canonical text; `echoes` are (column, as written, as read)."""

    line: int
    cells: dict[str, str]
    problems: list[Problem] = field(default_factory=list)
    echoes: list[tuple[str, str, str]] = field(default_factory=list)
    as_published: dict[str, str] = field(default_factory=dict)
    region: Region | None = None
    agencies: list = field(default_factory=list)  # Agency, or the name of an agency that the import will make
    numbers: list = field(default_factory=list)  # of (office number, the agency that gave it, likewise)

    def wrong(self, column, problem, right=None):
        value = self.cells.get(column, "")
        right = str(COLUMNS[column].right) if right is None and column in COLUMNS else right or ""
        self.problems.append(Problem(self.line, column, printable(value, 200), problem, right))


class Reader:
    """Reads the rows of one file for `user`; with `makes_agencies` an unknown agency is no problem: it will be made."""

    def __init__(self, user, *, makes_agencies: bool = False, answers: Answers | None = None):
        self.open_cells = OpenCells(answers or {})
        self.regions = {region.code: region for region in Region.objects.all()}
        self.codes = {code.casefold(): region for code, region in self.regions.items()}
        everywhere = user.has_perm("regions.work_everywhere")
        self.worked = None if everywhere else set(Region.objects.worked_in_by(user).values_list("pk", flat=True))
        self.bodies = Agencies(agencies_visible_to(user))
        self.makes_agencies = makes_agencies
        self.suggestions, self.currencies = {}, {}

    @property
    def questions(self) -> list[FileQuestion]:
        """What the cells that were read leave open."""
        return self.open_cells.questions()

    def works_in(self, region_id):
        return self.worked is None or region_id in self.worked

    def read(self, line, cells, groups, region=None):
        """The ReadRow of these cells; only `groups` are read. `region` is that of the stored case, if there is one."""
        row = ReadRow(line, dict(cells), region=region)
        for name in cells:
            if GROUP_OF[name] in groups:
                row.cells[name] = self._clean(row, name)
        # The region comes before the agencies, which are looked up in it; the check comes before the energy.
        for group in sorted(groups, key=_order_of_reading):
            getattr(self, f"_read_{group}", self._read_alone)(row, *([group] if group in _ALONE else []))
        return row

    def _clean(self, row, name):
        text = row.cells[name].replace("\r\n", "\n").replace("\r", "\n").strip()
        if not text:  # most cells
            return text
        column = COLUMNS[name]
        several_lines = name in ("note", "note_zh", "outcome", "outcome_zh")
        unseen = (
            None
            if text.isprintable()
            else next(
                (
                    character
                    for character in text
                    if _is_control(character) and not (several_lines and character in "\n\t")
                ),
                None,
            )
        )
        if unseen is not None:
            row.wrong(
                name,
                _("Contains a control character (%(code)s).") % {"code": f"U+{ord(unseen):04X}"},
                _("the same text, typed again"),
            )
            return "".join(character for character in text if not _is_control(character))
        if column.longest and len(text) > column.longest:
            why = _("The text has %(count)s characters; the limit is %(most)s.")
            row.wrong(name, why % {"count": len(text), "most": column.longest})
        return self._without_placeholder(row, name, text)

    def _without_placeholder(self, row, name, text):
        """`text`, or "" where it only says that nothing is stated."""
        kind = placeholder(name, text)
        if not kind:
            return text
        read = ""
        if kind == NONE:
            answer = self.open_cells.is_none(name, text)
            if answer is None:
                why = _("“%(text)s” can mean “%(none)s” or “not stated”.")
                row.wrong(name, why % {"text": printable(text), "none": NONE_IS[name]})
                return ""
            read = NONE_IS[name] if answer else ""
        row.echoes.append((name, text, read or _("not stated")))
        return read

    # One cell alone

    def _read_alone(self, row, name):
        column = COLUMNS[name]
        if column.choices:
            self._choice(row, name)
        elif name in ("electricity_theft", "counts_in_totals"):
            self._truth(row, name)
        elif name in ("arrests", "premises"):
            self._people(row, name)

    def _choice(self, row, name):
        text = row.cells[name]
        if not text:
            row.cells[name] = EMPTY_MEANS.get(name, "")
            if name in NEVER_EMPTY:
                row.wrong(name, _("Required."), _one_of(name))
            return
        code = codes_by_label(name).get(folded(text))
        if code is None:
            near = get_close_matches(folded(text), list(codes_by_label(name)), 1, cutoff=0.5)
            right = _("perhaps %(code)s; ") % {"code": codes_by_label(name)[near[0]]} if near else ""
            row.wrong(name, _("This code is not valid in this column."), right + _one_of(name))
        elif code != text:
            row.cells[name] = code
            row.echoes.append((name, text, code))

    def _truth(self, row, name):
        text = row.cells[name]
        if text:
            read = TRUTHS.get(folded(text))
            if read is None:
                row.wrong(name, _("Must be true or false."))
            else:
                row.cells[name] = read
        else:
            row.cells[name] = EMPTY_MEANS.get(name, "")

    def _people(self, row, name):
        read = self._amount(row, name, "people" if name == "arrests" else "plain", MOST_PEOPLE)
        if read is None:
            return
        if read.qualifier != Qualifier.EXACT or read.high is not None:
            row.wrong(name, _("This number is not exact, and this column has no place to say so."),
                        _("the number; say in the note that it is not exact"))  # fmt: skip
        elif read.value != read.value.to_integral_value():
            row.wrong(name, _("Enter a whole number."))
        row.cells[name] = canonical(read.value)

    def _amount(self, row, name, unit, most):
        """The Amount in a cell; None if it is empty or wrong. What is not written in plain digits is echoed."""
        text = row.cells[name]
        if not text:
            return None
        published = text
        try:
            if readings := amounts.dotted(text):
                text = self.open_cells.reading("dots", text, readings)
            # Money and plain digits: nine digits are within every limit but those of counts.
            if _PLAIN.fullmatch(text) and (most > 10**9 or Decimal(text) <= most):
                read = amounts.Amount(Decimal(text), "" if unit == "money" else unit)
                if unit in ("rigs", "people") and "." in text:
                    read = amounts.amount(text, unit=unit, most=most)
            else:
                read = amounts.amount(text, unit=unit, most=most)
        except ValidationError as problem:
            row.wrong(name, problem.messages[0])
            return None
        if not _DIGITS.fullmatch(published):
            row.echoes.append((name, published, amounts.echo(read)))
            row.as_published[name] = published[: reading.LONGEST]
        return read

    # Cells that say one thing together

    def _read_ref(self, row):
        ref = row.cells["ref"]
        if not ref:
            row.wrong("ref", _("Required: the reference identifies the case."))
        elif not _REF.fullmatch(ref):
            row.wrong(
                "ref", _("A reference can contain only the letters A–Z and a–z, digits, hyphens and underscores.")
            )
        elif ref in names_of_pages():
            row.wrong("ref", unusable_reference(), _("a different reference"))

    def _read_title(self, row):
        if not row.cells["title_en"] and not row.cells["title_zh"]:
            row.wrong("title_en", _("A case needs a title in at least one language."))

    def _read_from_region(self, row):
        """These cells follow from the region: nothing is read of them."""

    def _read_day(self, row):
        text, given = row.cells["occurred_on"], row.cells["date_precision"]
        if given:
            self._choice(row, "date_precision")
            given = row.cells["date_precision"]
        if not text:
            row.wrong("occurred_on", _("Required."))
            return
        try:
            day, known_to = self._when(text)
        except ValidationError as problem:
            row.wrong("occurred_on", problem.messages[0])
            return
        if given and given in Precision.values and given != known_to:
            order = list(Precision.values)
            if order.index(given) < order.index(known_to):
                why = _("The precision is “%(given)s”, but the date is exact only to “%(said)s”.")
                row.wrong("date_precision", why % {"given": _label(given), "said": _label(known_to)}, known_to)
            elif day != _first(day, given):
                why = _("If the precision is “%(given)s”, write the first day of that period.")
                row.wrong("occurred_on", why % {"given": _label(given)}, _first(day, given).isoformat())
            known_to = given
        if day.isoformat() != text:
            row.echoes.append(("occurred_on", text, f"{day.isoformat()} ({_label(known_to)})"))
        row.cells |= {"occurred_on": day.isoformat(), "date_precision": str(known_to)}

    def _when(self, text):
        """The first day and the precision of a date; of 03/04/2021 as the officer says."""
        readings = days.day_or_month_first(text)
        return days.when(self.open_cells.reading("dates", text, readings) if readings else text)

    def _read_region(self, row):
        cells = row.cells
        name = next((column for column in ("region_code", "admin1_code", "country") if cells[column]), None)
        if name is None:
            row.wrong("region_code", _("Required."))
            return
        row.region = region = self.codes.get(cells[name].casefold())
        if region is None:
            near = self._nearest_region(cells[name])
            row.wrong(name, _("No region has this code."), near or None)
            return
        codes = region.codes_down()
        for other, place in (("country", 0), ("admin1_code", 1)):
            code = cells[other].casefold()
            # A province that is not in the record (CN-HK, beside HK) contradicts nothing.
            if code in self.codes and code not in [above.casefold() for above in codes]:
                why = _("%(region)s (%(name)s) is in another place.") % {"region": region.code, "name": region.name}
                row.wrong(other, why, codes[place] if place < len(codes) else _("an empty cell"))
        if not self.works_in(region.pk):
            row.wrong(
                name, _("%(region)s is not one of your regions.") % {"region": region.name}, _("one of your regions")
            )
        cells["region_code"] = region.code

    def _nearest_region(self, text):
        key = "region", folded(text)
        if key not in self.suggestions and len(self.suggestions) < MOST_SUGGESTIONS:
            names = {}
            for region in self.regions.values():
                for name in (region.code, region.name_en, region.name_zh):
                    names.setdefault(folded(name), region)
            near = get_close_matches(key[1], [name for name in names if name], 3, cutoff=0.7)
            found = dict.fromkeys(names[name] for name in near)
            self.suggestions[key] = ", ".join(f"{region.code} ({region.name})" for region in found)
        suggested = self.suggestions.get(key)
        return _("perhaps %(names)s") % {"names": suggested} if suggested else ""

    def _read_place(self, row):
        if len(place_of(row.cells["locality"], row.cells["admin2_name"])) > COLUMNS["locality"].longest:
            row.wrong("locality", _("The place and the district name together are too long."))

    def _read_point(self, row):
        cells = row.cells
        self._choice(row, "location_precision")
        read = {name: self._degrees(row, name) for name in degrees.MOST}
        if None in read.values():
            return
        missing = [name for name, value in read.items() if value == ""]
        if len(missing) == 1:
            row.wrong(missing[0], _("A point needs both a latitude and a longitude."))
        elif missing and cells["location_precision"]:
            row.wrong(
                "location_precision", _("There are no coordinates, so this cell must be empty."), _("an empty cell")
            )
        elif not missing and not cells["location_precision"]:
            row.wrong("location_precision", _("Coordinates need a location precision."), _one_of("location_precision"))

    def _degrees(self, row, name):
        """The canonical text of degrees; "" for an empty cell, None for a wrong one."""
        text = row.cells[name]
        if not text:
            return ""
        try:
            value = degrees.degrees(text, name)
        except ValidationError as problem:
            why, right = problem.messages[0], None
            other = row.cells["longitude" if name == "latitude" else "latitude"]
            is_swapped = name == "latitude" and problem.code == "range" and _fits(text, 180) and _fits(other, 90)
            if is_swapped:
                why = _("%(problem)s Are latitude and longitude swapped?") % {"problem": why}
                right = _("latitude %(latitude)s, longitude %(longitude)s") % {"latitude": other, "longitude": text}
            row.wrong(name, why, right)
            return None
        read = str(int(value)) if value == int(value) else repr(value)
        if read != text and abs(value) != abs(_float(text)):
            row.echoes.append((name, text, read))
        row.cells[name] = read
        return read

    def _read_rig_kind(self, row):
        self._choice(row, "rig_kind")

    def _read_rigs(self, row):
        cells = row.cells
        self._choice(row, "rigs_qualifier")
        if not cells["rigs_seized"]:
            cells["rigs_qualifier"] = ""
            return
        read = self._amount(row, "rigs_seized", "rigs", MOST_RIGS)
        if read is None:
            return
        stated = cells["rigs_qualifier"]
        if stated and read.qualifier != Qualifier.EXACT and stated != read.qualifier:
            why = _("The count says “%(count)s”, but this column says “%(here)s”.")
            words = {"count": Qualifier(read.qualifier).label, "here": stated}
            row.wrong("rigs_qualifier", why % words, str(read.qualifier))
        cells["rigs_qualifier"] = stated or str(read.qualifier)
        cells["rigs_seized"] = canonical(read.value)

    def _read_equipment_value(self, row):
        self._money(row, "equipment_value")

    def _read_loss(self, row):
        self._choice(row, "loss_basis")
        self._money(row, "loss", "loss_basis")

    def _read_fine(self, row):
        self._money(row, "fine")

    def _money(self, row, group, *beside):
        name, currency = MONEY[group]
        cells = row.cells
        if not cells[name]:
            for other in (currency, *beside):
                if cells[other]:
                    row.wrong(other, _("There is no amount, so this cell must be empty."), _("an empty cell"))
            return
        code = self._currency(row, currency)
        read = self._amount(row, name, "money", MOST_OF_A_FIGURE)
        if read is None or code is None:
            return
        if read.unit and code and read.unit != code:
            why = _("The amount is in %(said)s.") % {"said": read.unit}
            row.wrong(currency, why, read.unit)
        elif not read.unit and not code:
            usual = self.usual_currency(row.region)
            row.wrong(currency, _("An amount needs a currency."), usual or None)
        cells |= {name: _rounded(read.value), currency: code or read.unit}

    def _currency(self, row, name):
        """The ISO 4217 code in a cell; "" for an empty cell, None for a wrong one."""
        text = row.cells[name]
        if text and text not in self.currencies:
            try:
                self.currencies[text] = amounts.amount(f"1 {text}", unit="money").unit
            except ValidationError:
                self.currencies[text] = ""
        if text and not self.currencies[text]:
            row.wrong(name, _("Unknown currency."))
            return None
        return self.currencies[text] if text else ""

    def usual_currency(self, region):
        """The currency of a region or of the nearest region above it; "" if none is known."""
        codes = region.codes_up() if region else ()
        return next((self.regions[code].currency for code in codes if self.regions[code].currency), "")

    def _read_energy(self, row):
        cells = row.cells
        self._choice(row, "electricity_basis")
        if not cells["electricity_kwh"] and cells["electricity_basis"]:
            row.wrong("electricity_basis", _("There is no amount, so this cell must be empty."), _("an empty cell"))
        read = self._amount(row, "electricity_kwh", "kWh", MOST_OF_A_FIGURE)
        if read is not None:
            cells["electricity_kwh"] = _rounded(read.value)
        # A reading that cannot be the whole consumption was taken at the raid: no source says for which time.
        if cells["electricity_check"] == ElectricityCheck.IMPLAUSIBLE:
            cells["electricity_basis"] = ""

    def _read_power(self, row):
        read = self._amount(row, "power_kw", "kW", MOST_OF_A_FIGURE)
        if read is not None:
            row.cells["power_kw"] = _rounded(read.value)

    def _read_agencies(self, row):
        if row.region is None:  # reported already; agencies are looked up in their region
            return
        row.agencies = list(dict.fromkeys(self.agencies_in(row, "agencies")))
        row.cells["agencies"] = BETWEEN.join(sorted(map(agency_name, row.agencies)))

    def agencies_in(self, row, column):
        """The agencies that a cell names."""
        for name in names_of_agencies(row.cells[column], lambda name: self.bodies.named(name, row.region)):
            body = self.bodies.named(name, row.region)
            if body is None and self.makes_agencies and len(name) <= LONGEST_AGENCY:
                body = name
            if body is None:
                row.wrong(column, _("No agency of this region is called “%(name)s”.") % {"name": printable(name)},
                            self._nearest_body(name) or None)  # fmt: skip
            else:
                yield body

    def _read_office_number(self, row):
        if row.region is None:
            return
        row.numbers = office_numbers_of(row, self.agencies_in, self.bodies)
        if row.numbers:
            row.cells |= numbers_in_cells((number, agency_name(body)) for number, body in row.numbers)

    def _nearest_body(self, name):
        key = "agency", folded(name)
        if key not in self.suggestions and len(self.suggestions) < MOST_SUGGESTIONS:
            names = {folded(name): body for name, body in self.bodies.by_name.items()}
            near = get_close_matches(key[1], list(names), 3, cutoff=0.6)
            self.suggestions[key] = "; ".join(dict.fromkeys(names[name].name_en for name in near))
        suggested = self.suggestions.get(key)
        return _("perhaps %(names)s") % {"names": suggested} if suggested else ""

    def _read_legal_basis(self, row):
        texts = list(dict.fromkeys(split_list(row.cells["legal_basis"])))
        for text in texts:
            if len(text) > LONGEST_CITATION:
                why = _("“%(text)s” has more than %(most)s characters.")
                row.wrong("legal_basis", why % {"text": printable(text), "most": LONGEST_CITATION})
        row.cells["legal_basis"] = BETWEEN.join(sorted(texts))

    def _read_source(self, row):
        cells = row.cells
        if not cells["source_publisher"]:
            row.wrong("source_publisher", _("Every case needs a source."))
        if cells["source_url"]:
            try:
                _AN_ADDRESS(cells["source_url"])
            except ValidationError:
                row.wrong("source_url", _("Not a valid web address."))
        if cells["source_date"]:
            try:
                day, known_to = self._when(cells["source_date"])
            except ValidationError as problem:
                row.wrong("source_date", problem.messages[0])
                return
            if known_to != Precision.DAY:
                row.wrong(
                    "source_date",
                    _("The date of a source must be a full date or empty."),
                    _("a full date, or an empty cell"),
                )
            if day.isoformat() != cells["source_date"]:
                row.echoes.append(("source_date", cells["source_date"], day.isoformat()))
            cells["source_date"] = day.isoformat()

    def _read_part_of(self, row):
        if row.cells["part_of"] and row.cells["part_of"] == row.cells["ref"]:
            row.wrong("part_of", _("A case cannot be part of itself."))


# Groups of a single column, whose name is the column's.
_ALONE = {group for group in GROUPS if not hasattr(Reader, f"_read_{group}")}


def _order_of_reading(group):
    return group != "region", group != "electricity_check", group


def agency_name(body):
    """The name of an agency, or of one that the import will make."""
    return getattr(body, "name_en", body)


@cache
def codes_by_label(name):
    """{a code or its label in any language of ours, folded: the code} of a column."""
    found = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found |= {folded(str(label)): code for code, label in COLUMNS[name].choices.choices if code}
    return found | {folded(code): code for code in COLUMNS[name].codes}


def _one_of(name):
    return ", ".join(COLUMNS[name].codes)


def folded(text):
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("_", " ").replace("-", " ").split())


def _is_control(character):
    return unicodedata.category(character) in ("Cc", "Cs")


def _rounded(value):
    """An amount as the database has room for it."""
    return canonical(Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP))


def _first(day, precision):
    return day.replace(month=1, day=1) if precision == Precision.YEAR else day.replace(day=1)


def _label(precision):
    return Precision(precision).label


def _float(text):
    try:
        return float(text)
    except ValueError:
        return -1.0


def _fits(text, most):
    value = degrees.written(text)
    return value is not None and abs(value) <= most
