"""The leads of a selection as a file, with what the office wrote of them.

What senders wrote stays sealed: a file lies about in the clear. Who may read it opens the page of the lead.
"""

from itertools import chain

from django.db.models import Count, Max
from django.utils.text import slugify
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases.files.csv_text import BYTE_ORDER_MARK, csv_lines, defused
from cases.files.xlsx import Sheet, workbook_parts
from cases.models import Case

AT_A_TIME = 1_000  # rows

# name: (title, width in a spreadsheet, what stands there)
COLUMNS = {
    "ref": (gettext_lazy("Reference"), 12, lambda lead: lead.ref),
    "kind": (gettext_lazy("Kind"), 22, lambda lead: lead.get_kind_display()),
    "about": (gettext_lazy("About"), 22, lambda lead: lead.get_about_display()),
    "region": (gettext_lazy("Code of the region"), 12, lambda lead: getattr(lead.region, "code", "")),
    "region_name": (gettext_lazy("Region"), 22, lambda lead: getattr(lead.region, "name", "")),
    "place": (gettext_lazy("Place"), 30, lambda lead: lead.place),
    "latitude": (gettext_lazy("Latitude"), 10, lambda lead: lead.latitude),
    "longitude": (gettext_lazy("Longitude"), 10, lambda lead: lead.longitude),
    "summary": (gettext_lazy("Summary"), 40, lambda lead: lead.summary),
    "score": (gettext_lazy("Score"), 8, lambda lead: lead.score),
    "received_on": (gettext_lazy("Received on"), 12, lambda lead: lead.arrived_on),
    "days": (gettext_lazy("Days"), 8, lambda lead: lead.days),
    "state": (gettext_lazy("State"), 20, lambda lead: lead.get_state_display()),
    "passed_to": (gettext_lazy("Passed on to"), 22, lambda lead: lead.passed_to),
    "assigned_to": (gettext_lazy("Assigned to"), 16, lambda lead: getattr(lead.assigned_to, "username", "")),
    "inspections": (pgettext_lazy("of a lead", "Inspections"), 10, lambda lead: lead.visits),
    "inspected_on": (gettext_lazy("Inspected last on"), 12, lambda lead: lead.visited_last),
    "case": (gettext_lazy("Led to the case"), 24, lambda lead: getattr(lead.led_to, "ref", "")),
}  # fmt: skip


def _rows(selection):
    """The cells of each lead; of a case that the reader may not see nothing."""
    known = set(Case.objects.visible_to(selection.user).filter(leads__in=selection.found).values_list("pk", flat=True))
    leads = (
        selection.rows()
        .select_related(None)
        .select_related("region", "assigned_to", "led_to")  # and nothing sealed
        .annotate(visits=Count("inspections"), visited_last=Max("inspections__visited_on"))
    )
    for lead in leads.iterator(AT_A_TIME):
        if lead.led_to_id not in known:
            lead.led_to = None
        yield [read(lead) for _title, _width, read in COLUMNS.values()]


def csv(selection):
    """The bytes of an RFC 4180 file. Texts that look like formulas are defused."""
    yield BYTE_ORDER_MARK
    for row in chain([list(COLUMNS)], _rows(selection)):
        yield csv_lines([[_in_csv(value) for value in row]])


def _in_csv(value):
    if value is None:
        return ""
    return defused(value) if isinstance(value, str) else value.isoformat() if hasattr(value, "isoformat") else value


def xlsx(selection):
    """The bytes of a workbook, its head in the reader's language."""
    titles, widths, _read = zip(*COLUMNS.values(), strict=True)
    return workbook_parts([Sheet(_("Leads"), list(map(str, titles)), widths, _rows(selection))])


def file_name(selection, ending, *, in_ascii=True):
    """Such as leads-inner-mongolia-2026-11-23.csv; without `in_ascii` in the reader's script."""
    names = [region.name_en if in_ascii else region.name for region in selection.chosen.get("region", [])[:3]]
    subject = "leads" if in_ascii else str(_("leads"))
    stem = slugify("-".join([subject, *names]), allow_unicode=not in_ascii)[:80].rstrip("-")
    return f"{stem}-{localdate().isoformat()}.{ending}"
