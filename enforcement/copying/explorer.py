"""The list of cases in the copy: its data, which the page carries, and the page that one script fills from them.

`data()` is a script of data rather than JSON, because a page that is opened from a folder may ask for no file.
"""

import json
from urllib.parse import parse_qsl

from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.utils.translation import get_language, gettext, ngettext, pgettext

from cases.models import Case
from cases.pictures.world import outlines
from cases.selection.filters import SHOWING, CaseFilter
from cases.selection.measures import Metric
from cases.selection.sums import THEFT
from regions.grammar.dates import day_as_known
from regions.grammar.quantities import power_draw, rigs, rigs_word
from regions.models import Policy
from regions.models.region import regions_by_code

LIST, DATA = "/cases/", "/cases/data.js"
FACETS = ("kind", "lead_source", "site_type", "status", "rig_kind", "confidence")
SHOWN_FACETS = FACETS[:3]
METRICS = (Metric.CASES, Metric.RIGS, Metric.POWER)
# The parameters that the script answers; those of how an answer is shown change nothing of it.
ANSWERED = {
    "q", "region", "policy", "theft", "occurred_after", "occurred_before", "rigs_min", "rigs_max", "kw_min", "kw_max",
    *FACETS,
}  # fmt: skip


def is_answered(query):
    """Whether the copy can answer a question to the list of cases."""
    return {name for name, _value in parse_qsl(query, keep_blank_values=True)} <= ANSWERED | SHOWING


def list_page():
    """The content of the page, in the language that is active."""
    shapes, height = outlines()
    facets = [(name, _label(name), _choices(name).items()) for name in SHOWN_FACETS]
    return render_to_string("enforcement/copy_explorer.html", {
        "facets": facets, "metrics": METRICS, "shapes": shapes, "height": height,
    })  # fmt: skip


def data():
    """The published cases, and the words around them, in the language that is active: a script."""
    cases = list(Case.objects.visible_to(AnonymousUser()).for_list().prefetch_related("citations"))
    above = {code for case in cases for code in case.region.codes_up()}
    regions = regions_by_code(above)
    policies = {policy.pk: policy for policy in Policy.objects.all()}
    rows = [_row(case, regions, policies) for case in cases]
    carried = {
        "language": get_language(),
        "words": _words(),
        "facets": {name: _choices(name) for name in (*FACETS, "theft")},
        "showing": sorted(SHOWING),
        "regions": {code: [row.name, *row.codes_up()[1:2]] for code, row in sorted(regions.items())},
        "policies": {policy.ref: policy.title for policy in policies.values()},
        "fields": list(rows[0]) if rows else [],  # said once: the values of a case follow in this order
        "cases": [list(row.values()) for row in rows],
    }
    text = json.dumps(carried, ensure_ascii=False, separators=(",", ":")).replace("],[", "],\n[")
    return f"window.copiedRecord = {text};\n".encode()


def _label(name):
    return str(CaseFilter.base_filters[name].label)


def _choices(name):
    return {code: str(label) for code, label in CaseFilter.base_filters[name].field.choices}


def _row(case, regions, policies):
    """What the script knows of a case, by the names that it uses."""
    up = [regions[code] for code in case.region.codes_up()]
    names = [name for region in up for name in (region.name_en, region.name_zh, region.name)]
    texts = [case.ref, case.title_en, case.title_zh, case.title, case.shown_place, case.shown_place_zh, *names]
    number = None if case.kw_best is None else round(case.kw_best, 3)
    return {
        "ref": case.ref,
        "title": case.title,
        "region": case.region.code,
        "day": day_as_known(case.occurred_on, case.date_precision),
        "from": case.occurred_on.isoformat(),
        "until": case.occurred_until.isoformat(),
        **{name: getattr(case, name) for name in FACETS},
        "theft": THEFT[case.theft],
        "rigs": case.rigs,
        "rigsText": "" if case.rigs is None else rigs(case.rigs, case.rigs_qualifier),
        "kw": number,
        "arrests": case.arrests,
        "counted": int(case.counts_in_totals),
        "policies": sorted({policies[cited.policy_id].ref for cited in case.citations.all() if cited.policy_id}),
        "text": " ".join(dict.fromkeys(filter(None, texts))),
    }


def _words():
    """What the script writes, with the names of what it fills in; a pair is for one and for more."""
    return {
        "cases": [ngettext("%(count)s case", "%(count)s cases", number) for number in (1, 2)],
        "stated": {
            "rigs": gettext("%(stated)s of %(cases)s cases state rigs and count in totals."),
            "mw": gettext("%(stated)s of %(cases)s cases state rigs that ran and count in totals."),
            "arrests": gettext("%(stated)s of %(cases)s cases state it"),
        },
        "figures": {
            "rigs": gettext("Rigs seized"), "mw": gettext("Estimated power draw"),
            "arrests": gettext("People detained"),
        },
        "rigsUnit": rigs_word(2),
        "power": _steps_of_power(),
        "unsaid": gettext("not stated"),
        "none": pgettext("legend of a map", "none on record"),
        "nothing": gettext("No cases match these filters"),
        "unknown": gettext("The copy does not know the filter “%(name)s”, so it shows nothing."),
        "unread": gettext("“%(value)s” is no value of the filter “%(name)s”, so the copy shows nothing."),
        "remove": gettext("Remove this filter"),
        "all": gettext("Show all cases"),
        "more": gettext("Show more"),
        "anywhere": gettext("All regions"),
        "colon": pgettext("after a label", ":"),
        "labels": {name: _label(name) for name in sorted(ANSWERED)},
        "charts": {"trend": gettext("Year")} | {name: _label(name) for name in ("region", *SHOWN_FACETS)},
        "metrics": {metric.value: str(metric.label) for metric in METRICS},
        "columns": {
            "rigs": gettext("Rigs"), "kw": gettext("Estimated power, kW"), "kind": gettext("Type"),
            "lead_source": gettext("Lead"),
        },
    }  # fmt: skip


def _steps_of_power():
    """[(from how many kilowatts, in which unit)], ascending, as the site writes power."""
    written = [(10**exponent, *power_draw(10**exponent)) for exponent in range(13)]
    return [(size, unit) for size, number, unit in written if number == "1"]
