"""A selection in words: "37 raids in Inner Mongolia since March 2021, at least 1,000 rigs, excluding sweeps"."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy, pgettext

from cases.models.case import CaseKind
from regions.grammar.dates import days_on
from regions.grammar.quantities import figure

from .filters import FACTS

NOUNS = {
    CaseKind.RAID: ngettext_lazy("%(count)s raid", "%(count)s raids", "number"),
    CaseKind.CLOSURE_ORDER: ngettext_lazy("%(count)s closure order", "%(count)s closure orders", "number"),
    CaseKind.SWEEP: ngettext_lazy("%(count)s sweep", "%(count)s sweeps", "number"),
    CaseKind.SANCTION: ngettext_lazy("%(count)s sanction", "%(count)s sanctions", "number"),
    CaseKind.CUSTOMS_SEIZURE: ngettext_lazy("%(count)s customs seizure", "%(count)s customs seizures", "number"),
    CaseKind.SYSTEM_MISUSE: ngettext_lazy(
        "%(count)s case of IT system misuse", "%(count)s cases of IT system misuse", "number"
    ),
    CaseKind.DISPOSAL: ngettext_lazy("%(count)s disposal", "%(count)s disposals", "number"),
}
CODED = ("status", "site_type", "lead_source", "rig_kind", "confidence", "agency", "policy", "rig", "doubt")

THEFT = {
    "true": gettext_lazy("power theft"),
    "false": gettext_lazy("no power theft"),
    "unknown": gettext_lazy("power theft not stated"),
}


def describe(selection):
    """The sentence that heads the page and every file. It names every filter that is on."""
    if not selection.is_counted:
        # Nothing was counted: "0 cases" would be said as a fact.
        return _("Some filters are not valid")
    counted = _cases(selection.count, selection.chosen)
    said = compose(counted, selection.chosen, selection.filter.form.fields)
    if not selection.release:
        return said
    return _("%(sentence)s (release %(version)s)") % {"sentence": said, "version": selection.release}


def uncounted(chosen, fields):
    """What is asked, uncounted."""
    kinds = chosen.get("kind", [])
    cases = CaseKind(kinds[0]).label if len(kinds) == 1 else _("Cases") if chosen else _("All cases")
    return compose(cases, chosen, fields)


def compose(cases, chosen, fields):
    """A question in words: `cases` is what is found ("37 raids"), `chosen` what was asked, read."""
    parts = {
        "cases": cases,
        "where": _where(chosen),
        "when": _when(chosen),
        "rest": "".join(pgettext("of a list in a sentence", ", %s") % part for part in _rest(chosen, fields)),
    }
    # Translators: the parts bring their own blanks; languages order them differently.
    return (_("%(cases)s%(where)s%(when)s%(rest)s") % parts).strip()


def in_words(name, values, fields):
    """One filter that is on, as the sentence says it: `values` as it was read, or a list of some of its values."""
    if name in ("region", "kind"):
        return _labels(fields[name], values)
    return (_when({name: values}) or next(_rest({name: values}, fields))).strip()


def _cases(count, chosen):
    kinds = chosen.get("kind", [])
    if len(kinds) == 1:
        return NOUNS[kinds[0]] % {"number": count, "count": figure(count)}
    return cases_in_words(count)


def cases_in_words(count):
    """ "1 case", "2 cases"."""
    return ngettext("%(count)s case", "%(count)s cases", count) % {"count": figure(count)}


def _where(chosen):
    regions = chosen.get("region")
    return _(" in %(places)s") % {"places": either(region.name for region in regions)} if regions else ""


def _when(chosen):
    first, last = chosen.get("occurred_after"), chosen.get("occurred_before")
    if first and last:
        return _(" from %(first)s to %(last)s") % {"first": _first(first), "last": _last(last)}
    if first:
        return _(" since %(first)s") % {"first": _first(first)}
    return _(" until %(last)s") % {"last": _last(last)} if last else ""


def _rest(chosen, fields):
    if "q" in chosen:
        yield _("with the words “%(words)s”") % {"words": chosen["q"]}
    if len(chosen.get("kind", [])) > 1:
        yield _labels(fields["kind"], chosen["kind"])
    for name in CODED:
        if name in chosen:
            values = _labels(fields[name], chosen[name])
            yield _("%(name)s: %(values)s") % {"name": fields[name].label, "values": values}
    if "theft" in chosen:
        yield _theft(chosen["theft"])
    if "rigs_min" in chosen:
        yield _("at least %(count)s rigs") % {"count": figure(chosen["rigs_min"])}
    if "rigs_max" in chosen:
        yield _("at most %(count)s rigs") % {"count": figure(chosen["rigs_max"])}
    if "kw_min" in chosen:
        yield _("at least %(kw)s kW") % {"kw": figure(chosen["kw_min"])}
    if "kw_max" in chosen:
        yield _("at most %(kw)s kW") % {"kw": figure(chosen["kw_max"])}
    for name, values in chosen.items():
        if name.endswith("__not"):
            what = _theft(values) if name == "theft__not" else _labels(fields[name], values)
            yield _("excluding %(what)s") % {"what": what}
    if "empty" in chosen:
        yield _("not stated: %(facts)s") % {"facts": _all(str(FACTS[fact][0]) for fact in chosen["empty"])}
    if "present" in chosen:
        yield _("stated: %(facts)s") % {"facts": _all(str(FACTS[fact][0]) for fact in chosen["present"])}
    if "changed_after" in chosen:
        yield _("new or changed since %(day)s") % {"day": date_format(chosen["changed_after"], "DATE_FORMAT")}
    if "bbox" in chosen:
        yield _("in the map area")


def _theft(answers):
    return either(str(THEFT[answer]) for answer in answers)


def _labels(field, values):
    if hasattr(field, "queryset"):
        return either(str(value) for value in values)
    labels = dict(field.choices)
    return either(str(labels[value]) for value in values)


def either(names):
    """Names as alternatives: "raid or sweep"."""
    return pgettext("between alternatives", " or ").join(names)


def _all(names):
    return pgettext("between conditions", " and ").join(names)


def _first(day):
    """The beginning of a time: a month that is meant whole is named by itself."""
    return date_format(day, "YEAR_MONTH_FORMAT" if day.day == 1 else "DATE_FORMAT")


def _last(day):
    whole_month = days_on(day, 1).day == 1
    return date_format(day, "YEAR_MONTH_FORMAT" if whole_month else "DATE_FORMAT")
