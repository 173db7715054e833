"""Turn a valid Entry into what `cases.actions.saving` writes."""

from cases.doubts import rules
from cases.models.rig import RigKind


def to_save(entry) -> dict:
    """The argument `typed` of `saving.save_case`. The entry must be valid."""
    typed = entry.form.cleaned_data
    day, precision = typed["when"]
    fields = {
        name: typed[name]
        for name in (
            "place", "place_zh", "region", "latitude", "longitude", "lead_source", "site_type", "kind", "status",
            "outcome", "outcome_zh", "note", "note_zh", "confidence", "sensitive",
        )
    } | {
        "title_en": typed["title_en"] or typed["title_zh"],
        "title_zh": typed["title_zh"],
        "occurred_on": day,
        "date_precision": precision,
        "running_since": typed["running_since"][0] if typed["running_since"] else None,
        "location_precision": (typed["location_precision"] or "locality") if typed["latitude"] is not None else "",
        "theft": {"true": True, "false": False}.get(typed["theft"]),
        "arrests": _whole(typed["arrests"]),
        "premises": _whole(typed["premises"]),
        "rig_kind": _kind_of_rigs(entry),
    }  # fmt: skip
    if rules.energy_was_stored(entry.facts):
        fields["electricity_check"] = "implausible"
    elif entry.case is None or entry.case.electricity_check == "implausible":
        fields["electricity_check"] = ""
    return {
        "fields": fields,
        "raids": [_raid(form, day, precision) for form in entry.raids.forms if _matters(form)],
        "figures": [_figure(form) for form in entry.sections["figures"].forms if _matters(form)],
        "agencies": {
            "keep": [
                (form.cleaned_data.get("agency"), form.cleaned_data.get("name", ""))
                for form in entry.typed_rows(entry.sections["agencies"])
            ],
            "drop": _dropped(entry, "agencies"),
        },
        "numbers": [_number(form) for form in entry.sections["numbers"].forms if _matters(form)],
        "citations": [_citation(form) for form in entry.sections["citations"].forms if _matters(form)],
        "sources": {
            "keep": [
                {
                    "publisher": form.cleaned_data["publisher"],
                    "title": form.cleaned_data["title"],
                    "url": form.cleaned_data["url"],
                    "published_on": form.cleaned_data["published"][0] if form.cleaned_data["published"] else None,
                }
                for form in entry.typed_rows(entry.sections["sources"])
            ],
            "drop": _dropped(entry, "sources"),
        },
        "reasons": [(doubt.rule, doubt.text, entry.reason_for(doubt.rule)) for doubt in entry.doubts],
    }


def _dropped(entry, section):
    """The primary keys of stored rows that were deleted or changed."""
    forms = entry.sections[section].forms
    return [form.number for form in forms if form.number and (form.is_deleted or form.has_changed())]


def _matters(form):
    """Whether a row has an effect: it is stored, or it is new and neither empty nor deleted."""
    return not form.is_empty and not (form.is_deleted and not form["id"].value())


def _raid(form, day, precision):
    if form.is_deleted:
        return _row(form)
    own = form.cleaned_data.get("when") or (day, precision)
    lines = [_line(line) for line in form.lines.forms if _matters(line)]
    return _row(
        form,
        raided_on=own[0],
        date_precision=own[1],
        place=form.cleaned_data["place"],
        note=form.cleaned_data["note"],
    ) | {"lines": lines}


def _line(form):
    if form.is_deleted:
        return _row(form)
    count = form.cleaned_data["count"]
    text = form["count"].value() or ""
    return _row(
        form,
        rig=form.cleaned_data["rig"],
        kind=form.cleaned_data["kind"] or RigKind.UNKNOWN,
        count=_whole(count),
        qualifier=(form.cleaned_data["qualifier"] or count.qualifier) if count else "",
        count_as_published=_unless_plain(text),
    )


def _figure(form):
    if form.is_deleted:
        return _row(form)
    typed = form.cleaned_data
    return _row(
        form, quantity=typed["quantity"], amount=round(typed["read"].value, 2), basis=typed["basis"],
        currency=typed["currency"], as_published=_unless_plain(typed["amount"]),
    )  # fmt: skip


def _number(form):
    if form.is_deleted:
        return _row(form)
    typed = form.cleaned_data
    return _row(form, number=typed["number"], agency=typed["agency"] or typed["name"])


def _citation(form):
    if form.is_deleted:
        return _row(form)
    return _row(form, text=form.cleaned_data["text"], policy=form.cleaned_data["policy"])


def _kind_of_rigs(entry):
    kinds = {
        line.cleaned_data["rig"].kind if line.cleaned_data["rig"] else line.cleaned_data["kind"] for line in entry.lines
    } - {RigKind.UNKNOWN, ""}
    return kinds.pop() if len(kinds) == 1 else RigKind.MIXED if kinds else RigKind.UNKNOWN


def _row(form, **values):
    return {"id": form.number, "delete": form.is_deleted, "values": values}


def _unless_plain(text):
    """What was typed, if it says more than the number that is stored; else ""."""
    return "" if text.isascii() and text.replace(".", "", 1).isdigit() else text


def _whole(amount):
    return int(amount.value) if amount else None
