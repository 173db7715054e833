"""Write into the record what somebody typed: a new case, a changed case, details added to a case."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.text import slugify

from cases.locks import Purpose, lock_until_commit
from cases.models import Case, Citation, Figure, OfficeNumber, Raid, Seizure
from regions.grammar.keys import unguessable
from regions.models import Agency, Region, Source
from regions.models.agency import AgencyKind

from .answering import keep_reasons
from .merging import NOT_STATED
from .signing import Verb, changing, locked
from .summing import sum_up


@transaction.atomic
def save_case(case: Case | None, typed: dict, *, by, reason: str = "") -> Case:
    """Make a case of what `cases.entry.saving.to_save` gives, or `case` say it. Returns the case.

    Only what differs is written, so that the history holds what was changed and nothing else. A new case is internal.
    Raises PermissionDenied where `by` does not work for the region, the old one or the new.
    """
    if not Region.objects.worked_in_by(by).filter(pk=typed["fields"]["region"].pk).exists():
        raise PermissionDenied
    if case is None and not by.has_perm("cases.add_case"):
        raise PermissionDenied
    if case is not None:
        case = locked(case, Case.objects.editable_by(by))
    with changing(Verb.EDITED if case else Verb.ENTERED, by, reason):
        if case is None:
            case = Case(ref=free_ref(typed["fields"]), **typed["fields"])
            case.full_clean()
            case.save()
        else:
            _write_if_changed(case, typed["fields"])
        _save_rows(case, typed)
        _link(case, typed, by)
        _save_numbers(case, typed["numbers"], by)
        keep_reasons(case, typed["reasons"], by)
        sum_up(Case.objects.filter(pk=case.pk))
    return case


@transaction.atomic
def add_to_case(case: Case, typed: dict, *, by, reason: str = "") -> Case:
    """Add to `case` what it lacks of what somebody typed for the same raid: sources, agencies, rules, empty facts.

    Raids are taken over only where it has none, and a figure only of a quantity that it does not state: no rig and no
    kilowatt-hour is counted twice. Raises PermissionDenied.
    """
    case = locked(case, Case.objects.editable_by(by))
    with changing(Verb.DETAILS_ADDED, by, reason):
        missing = {
            name: value
            for name, value in typed["fields"].items()
            if getattr(case, name) in NOT_STATED and value not in NOT_STATED
        }
        if case.latitude is not None:
            missing.pop("location_precision", None)
        _write_if_changed(case, missing)
        stated = set(case.figures.values_list("quantity", flat=True))
        cited = set(case.citations.values_list("text", flat=True))
        rows = {section: _as_new(typed[section]) for section in ("raids", "figures", "citations")}
        rows["raids"] = [] if case.raids.exists() else rows["raids"]
        rows["figures"] = [row for row in rows["figures"] if row["values"]["quantity"] not in stated]
        rows["citations"] = [row for row in rows["citations"] if row["values"]["text"] not in cited]
        _save_rows(case, rows)
        _link(case, typed, by)
        _save_numbers(case, [row for row in _as_new(typed["numbers"]) if not _is_given(row)], by)
        sum_up(Case.objects.filter(pk=case.pk))
    return case


def stem_of_ref(region: Region, day: date, precision: str) -> str:
    """The beginning of a reference: country, place and date."""
    digits = day.strftime({"year": "%Y", "month": "%Y%m"}.get(precision, "%Y%m%d"))
    return slugify(f"{region.country_code} {region.name_en}")[:60].strip("-") + f"-{digits}"


def free_ref(fields: dict) -> str:
    """A reference as the record has them, country-place-date, with an ending of its own, that no case has or had."""
    stem = stem_of_ref(fields["region"], fields["occurred_on"], fields["date_precision"])
    lock_until_commit(Purpose.NEW_REFERENCE, stem)
    taken = set(Case.objects.filter(ref__startswith=stem).values_list("ref", flat=True))
    taken |= {ref for refs in Case.objects.once_called().values_list("former_refs", flat=True) for ref in refs}
    return unguessable(stem, taken)


def _as_new(rows):
    """`rows` as none that is stored: none is changed, and none deleted."""
    return [row | {"id": None, "lines": _as_new(row.get("lines", ()))} for row in rows if not row["delete"]]


def _save_rows(case, typed):
    for row in typed["raids"]:
        raid = _save_row(Raid, row, case=case)
        for line in row.get("lines", ()):
            _save_row(Seizure, line, raid=raid)
    for model, section in ((Figure, "figures"), (Citation, "citations")):
        for row in typed[section]:
            _save_row(model, row, case=case)


def _save_numbers(case, rows, by):
    """Save the office numbers; an agency that is entered with one has its name there."""
    for row in rows:
        agency = row["values"].get("agency")
        if isinstance(agency, str):
            row = row | {"values": row["values"] | {"agency": _new_agency(agency, case, by)}}
        _save_row(OfficeNumber, row, case=case)


def _is_given(row):
    """Whether a case has this office number already."""
    number, agency = row["values"]["number"], row["values"]["agency"]
    by = "agency__name_en" if isinstance(agency, str) else "agency"
    return OfficeNumber.objects.filter(**{"number": number, by: agency}).exists()


def _save_row(model, row, **above):
    """Make, change or delete a row of a case as it was typed. Returns the row, or None where it is deleted."""
    stored = model.objects.filter(pk=row["id"], **above).first() if row["id"] else None
    if row["delete"]:
        if stored is not None:
            stored.delete()
        return None
    if stored is not None:
        _write_if_changed(stored, row["values"])
        return stored
    made = model(**above, **row["values"])
    made.full_clean()
    made.save()
    return made


def _write_if_changed(row, values):
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.full_clean(validate_constraints=True)
        row.save(update_fields=[*changed, *(["changed_at"] if isinstance(row, Case) else [])])


def _link(case, typed, by):
    agencies, sources = typed["agencies"], typed["sources"]
    bodies = [body or _new_agency(name, case, by) for body, name in agencies["keep"] if body or name]
    case.agencies.remove(*[pk for pk in agencies["drop"] if pk not in {body.pk for body in bodies}])
    case.agencies.add(*bodies)
    linked = [Source.objects.get_or_create(**source)[0] for source in sources["keep"]]
    case.sources.remove(*[pk for pk in sources["drop"] if pk not in {source.pk for source in linked}])
    case.sources.add(*linked)


def _new_agency(name, case, by):
    if not by.has_perm("regions.add_agency"):
        raise PermissionDenied
    # A name that the record has and `by` may not know is taken as it is: a refusal would tell that it was there.
    there = Agency.objects.filter(name_en=name).first()
    if there is not None:
        return there
    stem = slugify(name)[:80] or "agency"
    slug = unguessable(stem, Agency.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return Agency.objects.create(slug=slug, name_en=name, kind=AgencyKind.OTHER, region=case.region)
