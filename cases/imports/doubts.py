"""Find what looks wrong about the rows of a file and may still be right."""

from collections import defaultdict
from copy import copy
from datetime import date

from django.utils.translation import gettext as _

from cases.doubts import rules, twins
from cases.files.csv_text import BETWEEN
from cases.models import Case, Rig
from cases.models.intake import DoubtRule
from regions.models import Policy, Region

from .cells import MONEY, Reader
from .groups import NUMBERS
from .library import cited_texts, library_of
from .report import Report, RowDoubt


def look_for_doubts(report: Report, reader: Reader, user) -> None:
    """Add the doubts about new rows, and those that a change makes new. Rows with errors are left out."""
    wrong = {problem.line for problem in report.errors}
    created = [row for row in report.created if row.line not in wrong]
    changed = [row for row in report.changed if row.read_row.line not in wrong]
    facts = _FactsOfRows([*created, *(row.read_row for row in changed)], reader, user)
    for row in created:
        _add_doubts(report, row, rules.doubts(facts.of(row.cells, row.region)))
    for row in changed:
        after = rules.doubts(facts.of(row.read_row.cells, row.read_row.region))
        if after:  # a doubt about the stored case has its reason already
            before = row.read_row.cells | {name: old for name, old, _new in row.cells}
            stood = {doubt.rule for doubt in rules.doubts(facts.of(before, row.case.region))}
            _add_doubts(report, row.read_row, [doubt for doubt in after if doubt.rule not in stood])
    _look_for_twins(report, created, user)
    report.doubts.sort(key=lambda doubt: doubt.line)


def _add_doubts(report, read_row, found):
    report.doubts += [RowDoubt(read_row.line, read_row.cells["ref"], str(doubt.rule), doubt.text) for doubt in found]


class _FactsOfRows:
    """The facts of rows, as `cases.doubts.rules` takes them; what all rows need is read once."""

    def __init__(self, read_rows, reader, user):
        self.reader, self.known = reader, {}
        self.catalogue = {rig.model: rig for rig in Rig.objects.filter(is_generic=False)}
        self.library = library_of(read_rows, user)
        self.policies = Policy.objects.in_bulk({policy for policy, _provision in self.library.values()})

    def of(self, cells, region):
        number = {name: float(cells[name]) if cells[name] else None for name in NUMBERS}
        texts = cited_texts(cells["legal_basis"])
        cited = [self.library.get((text, region.country_code)) or self.library.get(text) for text in texts]
        money = [cells[currency] for amount, currency in MONEY.values() if cells[amount] and amount != "fine_amount"]
        models = [part.partition(" (")[0] for part in cells["rig_models"].split(BETWEEN)]
        return rules.Facts(
            region=self._region(region),
            occurred_on=date.fromisoformat(cells["occurred_on"]),
            date_precision=cells["date_precision"],
            latitude=number["latitude"],
            longitude=number["longitude"],
            location_precision=cells["location_precision"],
            site_type=cells["site_type"],
            rigs=int(cells["rigs_seized"]) if cells["rigs_seized"] else None,
            models=[self.catalogue[model] for model in models if model in self.catalogue],
            energy_kwh=number["electricity_kwh"],
            energy_basis=cells["electricity_basis"],
            load_kw=number["power_kw"],
            currencies=money,
            arrests=int(cells["arrests"]) if cells["arrests"] else None,
            policies=[self.policies[policy] for policy, _provision in filter(None, cited)],
        )

    def _region(self, region):
        """The region with the currency of its country, worked out once for all rows."""
        if region.code not in self.known:
            self.known[region.code] = found = copy(region)
            found.currency = self.reader.usual_currency(region)
        return self.known[region.code]


def _look_for_twins(report, created, user):
    """Rows that look like a stored case or like another row. Each country is compared alone: fewer pairs."""
    by_country = defaultdict(list)
    for row in created:
        by_country[row.region.country_code].append(row)
    countries = Region.objects.in_bulk(by_country, field_name="code")
    for code, read_rows in by_country.items():
        sightings = [_sighting(row) for row in read_rows]
        cases = Case.objects.visible_to(user).in_region(countries[code])
        for index, found in twins.likely_twins(sightings, cases).items():
            found = [twin for twin in found if twin.case.ref != read_rows[index].cells["part_of"]]
            _add_twins(report, read_rows[index], [(twin.case.ref, twin.case.title, twin) for twin in found])
        for index, found in twins.twins_within(sightings).items():
            others = [(read_rows[twin.case], twin) for twin in found if twin.case < index]
            others = [(row.cells["ref"], _("line %(line)s") % {"line": row.line}, twin) for row, twin in others
                      if read_rows[index].cells["ref"] != row.cells["part_of"]
                      and row.cells["ref"] != read_rows[index].cells["part_of"]]  # fmt: skip
            _add_twins(report, read_rows[index], others)


def _add_twins(report, read_row, found):
    """Add one doubt for each row, about the likeliest twin; the report lists all twins."""
    if not found:
        return
    ref, title, twin = found[0]
    text = _("Similar to “%(title)s” (%(ref)s): %(why)s.")
    message = text % {"title": title, "ref": ref, "why": ", ".join(map(str, twin.why))}
    report.doubts.append(RowDoubt(read_row.line, read_row.cells["ref"], DoubtRule.TWIN.value, message))
    report.twins += [(read_row, *twin_found) for twin_found in found]


def _sighting(read_row):
    cells = read_row.cells
    return twins.Sighting(
        region=read_row.region,
        occurred_on=date.fromisoformat(cells["occurred_on"]),
        date_precision=cells["date_precision"],
        latitude=float(cells["latitude"]) if cells["latitude"] else None,
        longitude=float(cells["longitude"]) if cells["longitude"] else None,
        rigs=int(cells["rigs_seized"]) if cells["rigs_seized"] else None,
        titles=[cells["title_en"], cells["title_zh"]],
        ref=cells["ref"],
    )
