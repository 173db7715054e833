"""The facts about a case as the form of a case has them, and the words at which each field of it was read."""

from django.utils.translation import gettext as _

from cases.entry.stored import FRESH
from cases.files.text import cell_text
from cases.models.case import LocationPrecision
from cases.models.field import FigureBasis, Quantity
from regions.grammar.dates import Precision
from regions.grammar.language import simplified
from regions.models import Region

from .facts import CaseFacts, Certainty
from .languages.english_names import short_forms

MIDDLES = {"admin1": LocationPrecision.ADMIN1, "admin2": LocationPrecision.ADMIN2}
LENGTH_OF_WHEN = {Precision.DAY: 10, Precision.MONTH: 7, Precision.YEAR: 4}
PLAIN = ("lead_source", "site_type", "arrests", "premises")
FIGURES = [
    ("electricity_kwh", Quantity.ENERGY_KWH, "electricity_basis", None, ""),
    ("loss_amount", Quantity.LOSS, "loss_basis", "loss_currency", ""),
    ("power_kw", Quantity.LOAD_KW, None, None, ""),
    ("equipment_value", Quantity.EQUIPMENT_VALUE, None, "equipment_value_currency", FigureBasis.TOTAL),
]


class Filled:
    """The form of a case, filled from a bulletin: `typed` as a draft keeps it, and `read_from`."""

    def __init__(self, case: CaseFacts, text: str, gazetteer, source: dict[str, str], is_chinese: bool):
        self.case, self.text, self.gazetteer, self.is_chinese = case, text, gazetteer, is_chinese
        self.typed: dict[str, list[str]] = {name: [value] for name, value in FRESH.items()}
        self.read_from: list[dict] = []
        self._what_and_where()
        self._amounts()
        self._rows("agencies", "agency", self._agencies())
        self._rows("citations", "text", [(fact, fact.value) for fact in case.of("legal_basis")])
        self._set("sources-TOTAL_FORMS", "1")
        self._set("sources-INITIAL_FORMS", "0")
        for name, value in source.items():
            self._set(f"sources-0-{name}", value)
        self._contradictions()

    def _set(self, name, value, fact=None):
        self.typed[name] = [cell_text(str(value))]
        if fact is not None and fact.end > fact.start:
            where = {"name": name, "start": fact.start, "end": fact.end, "certainty": str(fact.certainty)}
            self.read_from.append(where)

    def _what_and_where(self):
        case = self.case
        if when := case.first("occurred_on"):
            precision = case.first("date_precision").value
            self._set("when", when.value[: LENGTH_OF_WHEN[precision]], when)
        region = case.first("region")
        if region and (row := Region.objects.filter(code=region.value).first()):
            self._set("region", f"{row.name} · {row.code}", region)
            self._point(row)
        place = case.first("admin2_name_local") or case.first("admin2_name")
        if place:
            self._set("place_zh" if self.is_chinese else "place", place.value, place)
        for name in PLAIN:
            if fact := case.first(name):
                self._set(name, fact.value, fact)
        if outcome := case.first("outcome"):
            self._set("outcome_zh" if self.is_chinese else "outcome", outcome.value, outcome)
        if theft := case.first("electricity_theft"):
            self._set("theft", "true", theft)
        self._title(place)

    def _point(self, region):
        """The point that the text gives; else the middle of a region that is no larger than a province."""
        latitude, longitude = self.case.first("latitude"), self.case.first("longitude")
        if latitude:
            self._set("latitude", latitude.value, latitude)
            self._set("longitude", longitude.value, longitude)
            self._set("location_precision", LocationPrecision.SITE)
        elif region.level in MIDDLES and region.latitude is not None:
            self._set("latitude", region.latitude)
            self._set("longitude", region.longitude)
            self._set("location_precision", MIDDLES[region.level])

    def _title(self, place):
        """A title of what is known, for a person to improve."""
        rigs, where = self.case.first("rigs_seized"), place.value if place else ""
        if self.is_chinese:
            self._set("title_zh", f"{where}查获矿机{rigs.value}台" if rigs else f"{where}查处“挖矿”案")
        elif rigs:
            self._set("title_en", f"{rigs.value:,} mining rigs{f' in {where}' if where else ''}")
        else:
            self._set("title_en", f"Mining site{f' in {where}' if where else ''}")

    def _amounts(self):
        case = self.case
        if rigs := case.first("rigs_seized"):
            for prefix in ("raids", "raids-0-lines"):
                self._set(f"{prefix}-TOTAL_FORMS", "1")
                self._set(f"{prefix}-INITIAL_FORMS", "0")
            self._set("raids-0-lines-0-count", rigs.value, rigs)
            self._set("raids-0-lines-0-qualifier", case.first("rigs_qualifier").value)
            if model := case.first("rig_models"):
                self._model(model)
        rows = [figure for figure in FIGURES if case.first(figure[0])]
        for at, (key, quantity, basis, currency, usual) in enumerate(rows):
            fact = case.first(key)
            self._set(f"figures-{at}-amount", fact.value, fact)
            self._set(f"figures-{at}-quantity", quantity)
            self._set(f"figures-{at}-basis", case.first(basis).value if basis else usual)
            if currency:
                self._set(f"figures-{at}-currency", case.first(currency).value)
        if rows:
            self._set("figures-TOTAL_FORMS", len(rows))
            self._set("figures-INITIAL_FORMS", "0")

    def _model(self, model):
        """The model of the catalogue, where only one has that name."""
        said = model.value.casefold().replace("矿机", "").replace("蚂蚁", "antminer ").replace("神马", "whatsminer ")
        named = [
            slug for slug, name in self.gazetteer.rigs if name.partition(" (")[0].casefold() == " ".join(said.split())
        ]
        if len(named) == 1:
            self._set("raids-0-lines-0-rig", named[0], model)

    def _rows(self, section, field, rows):
        for at, (fact, value) in enumerate(rows):
            self._set(f"{section}-{at}-{field}", value, fact)
        if rows:
            self._set(f"{section}-TOTAL_FORMS", len(rows))
            self._set(f"{section}-INITIAL_FORMS", "0")

    def _agencies(self):
        """(fact, name) of each body: as the record knows it, else as the text has it if that names one at all."""
        rows = []
        for fact in self.case.of("agencies"):
            name = self._known_agency(fact.value)
            says_which = len(fact.value) > 4 if self.is_chinese else fact.value[0].isupper() and " " in fact.value
            if name or says_which:
                rows.append((fact, name or fact.value))
        return rows

    def _known_agency(self, said):
        essence = simplified(said).casefold()
        for agency in self.gazetteer.agencies:
            names = {*agency.names, *short_forms(agency.names)}
            if essence in {simplified(name).casefold() for name in names}:
                return agency.name_en
        return ""

    def _contradictions(self):
        """Where the text gives two figures that cannot both be, the note keeps the other one too."""
        others = [
            self.text[fact.start : fact.end]
            for key in ("rigs_seized", "loss_amount")
            for fact in self.case.of(key)[1:]
            if fact.certainty == Certainty.DOUBTFUL
        ]
        if others:
            note = _("The text also says: %(words)s.") % {"words": "; ".join(others)}
            self._set("note_zh" if self.is_chinese else "note", note)
