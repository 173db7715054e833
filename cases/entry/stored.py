"""A stored case as the entry form shows it, and its state, by which the edits of two people are compared."""

from itertools import chain

from cases.models import Case
from regions.grammar.dates import Precision

from .forms import SECTIONS

STATE_SALT = "case-state"  # seals the state that a form was opened with, see regions.edit_states
FRESH = {"kind": "raid", "status": "found", "site_type": "unknown", "lead_source": "unknown", "confidence": "medium"}


def initial_of(case: Case) -> dict:
    """What the form of a stored case contains before anybody types: always the same texts for the same case."""
    raids = list(case.raids.order_by("pk").prefetch_related("seizures__rig"))
    return {
        "case": {
            **{
                name: getattr(case, name)
                for name in (
                    "place", "place_zh", "latitude", "longitude", "location_precision", "lead_source", "site_type",
                    "kind", "status", "title_en", "title_zh", "outcome", "outcome_zh", "note", "note_zh", "confidence",
                    "sensitive", "arrests", "premises",
                )
            },
            "region": f"{case.region.name} · {case.region.code}",
            "when": _typed_day(case.occurred_on, case.date_precision),
            "running_since": _typed_day(case.running_since),
            "theft": {True: "true", False: "false", None: ""}[case.theft],
        },
        "raids": [
            {
                "id": raid.pk, "when": _typed_day(raid.raided_on, raid.date_precision), "place": raid.place,
                "note": raid.note,
            }
            for raid in raids
        ],
        "lines": {
            raid.pk: [
                {
                    "id": line.pk,
                    "rig": f"{line.rig} · {line.rig.slug}" if line.rig else "",
                    "kind": line.kind,
                    "count": line.count_as_published or ("" if line.count is None else str(line.count)),
                    "qualifier": line.qualifier,
                }
                for line in sorted(raid.seizures.all(), key=lambda line: line.pk)
            ]
            for raid in raids
        },
        "figures": [_typed_figure(figure) for figure in case.figures.order_by("pk")],
        "agencies": [
            {"id": agency.pk, "agency": f"{agency} · {agency.slug}"} for agency in case.agencies.order_by("pk")
        ],
        "numbers": [
            {"id": number.pk, "number": number.number, "agency": f"{number.agency} · {number.agency.slug}"}
            for number in case.office_numbers.select_related("agency").order_by("pk")
        ],
        "citations": [
            _typed_citation(citation) for citation in case.citations.select_related("policy").order_by("pk")
        ],
        "sources": [_typed_source(source) for source in case.sources.order_by("pk")],
    }  # fmt: skip


def _typed_figure(figure):
    return {
        "id": figure.pk,
        "quantity": figure.quantity,
        "amount": figure.as_published or f"{figure.amount.normalize():f}",
        "currency": figure.currency,
        "basis": figure.basis,
    }


def _typed_citation(citation):
    policy = citation.policy
    return {"id": citation.pk, "text": citation.text, "policy": f"{policy.title} · {policy.ref}" if policy else ""}


def _typed_source(source):
    return {
        "id": source.pk,
        "publisher": source.publisher,
        "title": source.title,
        "url": source.url,
        "published": _typed_day(source.published_on),
    }


def _typed_day(day, precision=Precision.DAY):
    if day is None:
        return ""
    return day.isoformat()[: {Precision.YEAR: 4, Precision.MONTH: 7}.get(precision, 10)]


def entry_state(initial: dict) -> dict[str, str]:
    """A stored case as {key: text}, a key for each field of each row: what two editors are compared by."""
    found = {f"case {name}": _plain(value) for name, value in initial["case"].items()}
    rows = initial | {"lines": chain.from_iterable(initial["lines"].values())}
    for section in ("raids", "lines", *SECTIONS):
        for row in rows[section]:
            key = f"{section} {row['id']}"
            found |= {f"{key} {name}": _plain(value) for name, value in row.items() if name != "id"}
    return found


def _plain(value):
    return "" if value is None or value is False else "on" if value is True else str(value)
