"""What looks wrong about the rows of a file and may still be right."""

from collections import defaultdict
from copy import copy
from datetime import date

from django.utils.translation import gettext as _

from cases.doubts import rules, twins
from cases.files import sheet
from cases.models import Case, Rig
from cases.models.intake import DoubtRule
from regions.models import Policy, Region

from .cells import MONEY
from .groups import NUMBERS
from .library import cited_texts, library_of
from .report import Doubt


def look_for_doubts(report, reader, user):
    """What looks wrong about new rows, and what changes make look wrong; only of rows without errors."""
    wrong = {problem.line for problem in report.errors}
    created = [one for one in report.created if one.line not in wrong]
    changed = [one for one in report.changed if one.reading.line not in wrong]
    facts = _Facts([*created, *(one.reading for one in changed)], reader)
    for one in created:
        _doubt(report, one, rules.doubts(facts.of(one.cells, one.region)))
    for one in changed:
        after = rules.doubts(facts.of(one.reading.cells, one.reading.region))
        if after:  # what looked wrong before was kept then
            before = one.reading.cells | {name: old for name, old, _new in one.cells}
            stood = {doubt.rule for doubt in rules.doubts(facts.of(before, one.case.region))}
            _doubt(report, one.reading, [doubt for doubt in after if doubt.rule not in stood])
    _look_for_twins(report, created, user)
    report.doubts.sort(key=lambda doubt: doubt.line)


def _doubt(report, reading, found):
    report.doubts += [Doubt(reading.line, reading.cells["ref"], str(one.rule), one.text) for one in found]


class _Facts:
    """What rows say, as `plausibility` asks for it."""

    def __init__(self, readings, reader):
        self.reader, self.known = reader, {}
        self.catalogue = {rig.model: rig for rig in Rig.objects.filter(is_generic=False)}
        self.library = library_of(readings)
        self.policies = Policy.objects.in_bulk({policy for policy, _provision in self.library.values()})

    def of(self, cells, region):
        number = {name: float(cells[name]) if cells[name] else None for name in NUMBERS}
        texts = cited_texts(cells["legal_basis"])
        cited = [self.library.get((text, region.country_code)) or self.library.get(text) for text in texts]
        money = [cells[currency] for amount, currency in MONEY.values() if cells[amount] and amount != "fine_amount"]
        models = [part.partition(" (")[0] for part in cells["rig_models"].split(sheet.BETWEEN)]
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
        """The region with the currency of its country, which would else be asked for at every row."""
        if region.code not in self.known:
            self.known[region.code] = found = copy(region)
            found.currency = self.reader.usual_currency(region)
        return self.known[region.code]


def _look_for_twins(report, created, user):
    """Rows that look like a case that is there, or like another row: by country, so that few are compared."""
    by_country = defaultdict(list)
    for one in created:
        by_country[one.region.country_code].append(one)
    countries = Region.objects.in_bulk(by_country, field_name="code")
    for code, readings in by_country.items():
        sightings = [_sighting(one) for one in readings]
        cases = Case.objects.visible_to(user).in_region(countries[code])
        for index, found in twins.likely_twins(sightings, cases).items():
            found = [twin for twin in found if twin.case.ref != readings[index].cells["part_of"]]
            _tell_twins(report, readings[index], [(twin.case.ref, twin.case.title, twin) for twin in found])
        for index, found in twins.twins_within(sightings).items():
            others = [(readings[twin.case], twin) for twin in found if twin.case < index]
            others = [(one.cells["ref"], _("line %(line)s") % {"line": one.line}, twin) for one, twin in others
                      if readings[index].cells["ref"] != one.cells["part_of"]
                      and one.cells["ref"] != readings[index].cells["part_of"]]  # fmt: skip
            _tell_twins(report, readings[index], others)


def _tell_twins(report, reading, found):
    """One doubt a row, about the likeliest; the report lists all that were found."""
    if not found:
        return
    ref, title, twin = found[0]
    text = _("It looks like “%(title)s” (%(ref)s): %(why)s.")
    said = text % {"title": title, "ref": ref, "why": ", ".join(map(str, twin.why))}
    report.doubts.append(Doubt(reading.line, reading.cells["ref"], DoubtRule.TWIN.value, said))
    report.twins += [(reading, *one) for one in found]


def _sighting(reading):
    cells = reading.cells
    return twins.Sighting(
        region=reading.region,
        occurred_on=date.fromisoformat(cells["occurred_on"]),
        date_precision=cells["date_precision"],
        latitude=float(cells["latitude"]) if cells["latitude"] else None,
        longitude=float(cells["longitude"]) if cells["longitude"] else None,
        rigs=int(cells["rigs_seized"]) if cells["rigs_seized"] else None,
        titles=[cells["title_en"], cells["title_zh"]],
        ref=cells["ref"],
    )
