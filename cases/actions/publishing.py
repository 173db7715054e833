"""The verbs of the record. Each is one transaction, is signed in the history, and leaves sums and words true."""

from collections import defaultdict
from itertools import chain, count

import pghistory
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cases import power
from cases.doubts import open_doubts as quality
from cases.method.factors import GridFactors
from cases.models import (
    Case,
    Citation,
    Document,
    FactorSet,
    Figure,
    OpenDoubt,
    Party,
    Raid,
    Reason,
    Rig,
    Sanction,
    Seizure,
)
from cases.models.case import CaseKind, ElectricityCheck
from cases.models.field import FigureBasis, Quantity
from cases.selection import search
from regions.models import Agency, Region, Source
from regions.models.agency import AgencyKind


class AlreadyDone(ValidationError):
    """It is as asked already: somebody else was quicker, or the same person pressed twice."""


def changing(verb, by, reason="", **more):
    """What is written inside is one change of the history, made by `by` (a user, or the name of a command)."""
    who = {"name": by} if isinstance(by, str) else {"user": by.pk, "name": by.get_username()}
    return pghistory.context(verb=verb, **who, **({"reason": reason} if reason else {}), **more)


def missing(case):
    """What a case still lacks before the public may see it, as {field: what to do}."""
    lacks = {}
    if not case.sources.exists():
        lacks["sources"] = _("name a source")
    if not case.title_en and not case.title_zh:
        lacks["title_en"] = _("give it a title")
    if case.raids.filter(raided_on=None).exists() and case.kind == CaseKind.RAID:
        lacks["raids"] = _("say when the raid was")
    return lacks


@transaction.atomic
def publish_case(case, *, by, reason=""):
    """Let the public see `case`. Raises PermissionDenied, AlreadyDone, and ValidationError naming what is missing."""
    case = locked(case, Case.objects.publishable_by(by))
    if case.published:
        raise AlreadyDone(_("It is published already."))
    lacks = missing(case)
    if lacks:
        raise ValidationError(_("Before it is published: %(lacks)s.") % {"lacks": ", ".join(lacks.values())})
    with changing("publish", by, reason):
        Case.objects.filter(pk=case.pk).update(published=True, changed_at=Now())
        quality.review([case.pk])


@transaction.atomic
def withdraw_case(case, *, by, reason):
    """Take `case` back from the public; the reason is kept. Raises PermissionDenied and AlreadyDone."""
    case = locked(case, Case.objects.publishable_by(by))
    if not case.published:
        raise AlreadyDone(_("It is not published."))
    if not reason.strip():
        raise ValidationError(_("Say why it is withdrawn."))
    with changing("withdraw", by, reason):
        Case.objects.filter(pk=case.pk).update(published=False, changed_at=Now())
        quality.review([case.pk])


@transaction.atomic
def delete_case(case, *, by, reason):
    """Delete `case` with its raids and lines; its history stays and can bring it back. Raises PermissionDenied."""
    case = locked(case, Case.objects.deletable_by(by))
    if not reason.strip():
        raise ValidationError(_("Say why it is deleted."))
    if case.parts.exists():
        raise ValidationError(_("Other cases are part of this one: change them first."))
    with changing("delete", by, reason):
        case.delete()


@transaction.atomic
def merge_cases(twin, into, *, by, reason=""):
    """Make `twin` part of the record of `into`: one case, both sources.

    What `into` does not say is taken from `twin`; what both say stays as `into` has it. Sources, agencies, citations,
    documents, parties and sanctions of both are kept; raids, seizures and figures only where `into` has none, so that
    no rig is counted twice. What one of them keeps from the public, the point of a sensitive case, stays kept from it.
    The address of `twin` leads to `into` from then on. Raises PermissionDenied.
    """
    if twin.pk == into.pk:
        raise ValidationError(_("A case cannot be merged into itself."))
    # Always the older first: two officers who merge the other way round wait for each other in the same order.
    first, second = sorted((twin, into), key=lambda case: case.pk)
    allowed = {twin.pk: Case.objects.deletable_by(by), into.pk: Case.objects.editable_by(by)}
    held = {case.pk: locked(case, allowed[case.pk]) for case in (first, second)}
    twin, into = held[twin.pk], held[into.pk]
    with changing("merge", by, reason, twin=twin.ref, into=into.ref):
        if into.part_of_id == twin.pk:
            into.part_of_id = twin.part_of_id if twin.part_of_id != into.pk else None
        _take_over(twin, into)
        into.former_refs = sorted({*into.former_refs, *twin.former_refs, twin.ref})
        into.save()
        twin.parts.exclude(pk=into.pk).update(part_of=into)
        Case.objects.get(pk=twin.pk).delete()
        sum_up(Case.objects.filter(pk=into.pk))
    return into


def taken_over(twin, into):
    """The fields of a case that `into` does not say and `twin` does."""
    return [
        field
        for field in Case._meta.concrete_fields
        if field.editable
        and not field.generated
        and field.name != "part_of"
        and getattr(into, field.attname) in _UNSAID
        and getattr(twin, field.attname) not in _UNSAID
    ]


def _take_over(twin, into):
    for field in taken_over(twin, into):
        setattr(into, field.attname, getattr(twin, field.attname))
    into.sensitive = into.sensitive or twin.sensitive
    into.sources.add(*twin.sources.all())
    into.agencies.add(*twin.agencies.all())
    cited = set(into.citations.values_list("text", flat=True))
    twin.citations.exclude(text__in=cited).update(case=into)
    known = set(into.documents.values_list("sha256", flat=True))
    if not into.raids.exists():
        Raid.objects.filter(case=twin).update(case=into)
    Document.objects.filter(case=twin).exclude(sha256__in=known).update(case=into)
    if not into.figures.exists():
        Figure.objects.filter(case=twin).update(case=into)
    for model in (Party, Sanction, Reason):
        model.objects.filter(case=twin).update(case=into)


@transaction.atomic
def answer_doubt(case, doubt, *, by, reason):
    """Keep why what looks wrong about `case` stands; `doubt` is a plausibility.Doubt. Raises PermissionDenied."""
    case = locked(case, Case.objects.editable_by(by))
    if not reason.strip():
        raise ValidationError(_("Say why it stands all the same."))
    if not OpenDoubt.objects.filter(case=case, rule=doubt.rule).exists():
        raise AlreadyDone(_("It is answered already."))
    with changing("answer", by, reason):
        _keep_reasons(case, [(doubt.rule, doubt.text, reason)], by)
        quality.review([case.pk])


# What a source that does not say a thing leaves in its field.
_UNSAID = (None, "", "unknown")


def locked(case, allowed):
    """`case` as it stands now, its row locked to the end of the transaction. Raises PermissionDenied."""
    # A row that points here, of another case that looks like this one, need not wait.
    now = Case.objects.select_for_update(no_key=True).filter(pk=case.pk).first()
    if now is None or not allowed.filter(pk=case.pk).exists():
        raise PermissionDenied
    return now


@transaction.atomic
def sum_up(cases):
    """Write what a list of cases sorts, sums and filters by: `rigs`, `kw_*`, the grid's factor, doubts and the words.

    `rigs` is NULL where no line states a count. `kw_*` is the load of the rigs if they run, and NULL where
    there is no count or where what was metered shows that they did not run: a rig in storage saves nothing.
    Returns how many cases it wrote.
    """
    classes = list(Rig.objects.filter(is_generic=True).values_list("kind", "released_year", "power_w"))
    seized = Seizure.objects.filter(raid__case__in=cases, count__isnull=False)
    lines, counts = defaultdict(list), defaultdict(list)
    for seizure in seized.select_related("rig", "raid__case").order_by("pk"):
        case = seizure.raid.case
        counts[case.pk].append((seizure.count, seizure.qualifier))
        if case.electricity_check != ElectricityCheck.IMPLAUSIBLE:
            lines[case.pk].append(line_of(seizure, case.occurred_on.year, classes))
    # A line that the catalogue cannot rate leaves the case without a load: part of one would mislead.
    lines = {pk: some for pk, some in lines.items() if None not in some}
    losses = {}
    stated = Figure.objects.filter(case__in=cases, quantity=Quantity.LOSS, basis=FigureBasis.TOTAL)
    for pk, amount, currency in stated.order_by("pk").values_list("case", "amount", "currency"):
        # A second amount is the same loss in another currency or by another source, not another loss.
        losses.setdefault(pk, (amount, currency))
    factors, given = GridFactors(), FactorSet.objects.assumptions()
    rows = []
    for pk, path, day in cases.values_list("pk", "region__path", "occurred_on"):
        kw = power.running_kw(lines[pk], given) if pk in lines else (None, None, None)
        rigs = sum(count for count, _qualifier in counts[pk]) if counts[pk] else None
        qualifiers = {qualifier for _count, qualifier in counts[pk]}
        # Lines of different exactness add up to "about"; of one exactness, to that.
        qualifier = qualifiers.pop() if len(qualifiers) == 1 else "about" if qualifiers else ""
        factor = factors.of(path, day.year)
        kg_co2_per_kwh = float(factor.value) if factor else None
        rows.append((pk, rigs, qualifier, *kw, kg_co2_per_kwh, *losses.get(pk, (None, ""))))
    _write(rows)
    quality.review([row[0] for row in rows])
    return search.index(cases)


# What `sum_up` writes, with the type it has in the database.
SUMS = {
    "rigs": "int",
    "rigs_qualifier": "text",
    "kw_low": "float8",
    "kw_best": "float8",
    "kw_high": "float8",
    "kg_co2_per_kwh": "float8",
    "loss_amount": "numeric",
    "loss_currency": "text",
}


def _write(rows):
    """One statement for all `rows`, (pk, *SUMS). A case whose sums stay is not a changed case."""
    arrays = ", ".join(f"%s::{kind}[]" for kind in ("bigint", *SUMS.values()))
    change = ", ".join(f"{name} = new.{name}" for name in SUMS)
    stored, new = (", ".join(f"{table}.{name}" for name in SUMS) for table in ("cases_case", "new"))
    statement = (
        f"UPDATE cases_case SET {change}, changed_at = clock_timestamp()"  # noqa: S608 - our own names
        f" FROM unnest({arrays}) AS new (id, {', '.join(SUMS)})"
        f" WHERE cases_case.id = new.id AND ({stored}) IS DISTINCT FROM ({new})"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)] or [[]] * (len(SUMS) + 1))


def line_of(seizure, year, classes):
    """A seizure line as power arithmetic reads it; `classes` as in `power.generic_line`.

    None where the model is not known and the catalogue has no generic row for its kind.
    """
    if seizure.rig is not None and not seizure.rig.is_generic:
        return power.Line.of_model(seizure.count, seizure.rig.power_w)
    try:
        return power.generic_line(seizure.count, seizure.kind, year, classes)
    except ValueError:
        return None


# Entry


@transaction.atomic
def save_case(case, typed, *, by, reason=""):
    """Make a case of what `Entry.to_save` gives, or `case` say it. Returns the case.

    Only what differs is written, so that the history holds what was changed and nothing else. A new case is internal.
    Raises PermissionDenied where `by` does not work for the region, the old one or the new.
    """
    if not Region.objects.worked_in_by(by).filter(pk=typed["fields"]["region"].pk).exists():
        raise PermissionDenied
    if case is None and not by.has_perm("cases.add_case"):
        raise PermissionDenied
    if case is not None:
        case = locked(case, Case.objects.editable_by(by))
    with changing("edit" if case else "record", by, reason):
        if case is None:
            case = Case(ref=free_ref(typed["fields"]), **typed["fields"])
            case.full_clean()
            case.save()
        else:
            _write_if_changed(case, typed["fields"])
        _save_rows(case, typed)
        _link(case, typed, by)
        _keep_reasons(case, typed["reasons"], by)
        sum_up(Case.objects.filter(pk=case.pk))
    return case


@transaction.atomic
def add_to_case(case, typed, *, by, reason=""):
    """Add to `case` what it lacks of what somebody typed for the same raid: sources, agencies, rules, empty facts.

    Raids are taken over only where it has none, and a figure only of a quantity that it does not state: no rig and no
    kilowatt-hour is counted twice. Raises PermissionDenied.
    """
    case = locked(case, Case.objects.editable_by(by))
    with changing("add", by, reason):
        said = {
            name: value
            for name, value in typed["fields"].items()
            if getattr(case, name) in _UNSAID and value not in _UNSAID
        }
        if case.latitude is not None:
            said.pop("location_precision", None)
        _write_if_changed(case, said)
        stated = set(case.figures.values_list("quantity", flat=True))
        cited = set(case.citations.values_list("text", flat=True))
        rows = {section: _as_new(typed[section]) for section in ("raids", "figures", "citations")}
        rows["raids"] = [] if case.raids.exists() else rows["raids"]
        rows["figures"] = [row for row in rows["figures"] if row["values"]["quantity"] not in stated]
        rows["citations"] = [row for row in rows["citations"] if row["values"]["text"] not in cited]
        _save_rows(case, rows)
        _link(case, typed, by)
        sum_up(Case.objects.filter(pk=case.pk))
    return case


def free_ref(fields):
    """A reference as the record has them, country-place-date, that no case has or had."""
    region, day, precision = fields["region"], fields["occurred_on"], fields["date_precision"]
    digits = day.strftime({"year": "%Y", "month": "%Y%m"}.get(precision, "%Y%m%d"))
    stem = slugify(f"{region.country_code} {region.name_en}")[:60].strip("-") + f"-{digits}"
    with connection.cursor() as cursor:  # two who record raids of one place and day get one after the other
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [stem])
    taken = set(Case.objects.filter(ref__startswith=stem).values_list("ref", flat=True))
    taken |= {
        ref for refs in Case.objects.exclude(former_refs=[]).values_list("former_refs", flat=True) for ref in refs
    }
    return first_free(stem, taken)


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


def _save_row(model, row, **above):
    """Make, change or delete a row of a case as it was typed. Returns it; None of one that is gone."""
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
    told = [Source.objects.get_or_create(**source)[0] for source in sources["keep"]]
    case.sources.remove(*[pk for pk in sources["drop"] if pk not in {source.pk for source in told}])
    case.sources.add(*told)


def _new_agency(name, case, by):
    if not by.has_perm("regions.add_agency"):
        raise PermissionDenied
    stem = (slugify(name) or f"agency-{slugify(case.ref)}")[:80]
    slug = first_free(stem, Agency.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return Agency.objects.create(slug=slug, name_en=name, kind=AgencyKind.OTHER, region=case.region)


def first_free(stem, taken):
    """The first of `stem`, stem-2, stem-3 … that is not among `taken`."""
    return next(one for one in chain([stem], (f"{stem}-{number}" for number in count(2))) if one not in taken)


def _keep_reasons(case, reasons, by):
    for rule, doubt, reason in reasons:
        Reason.objects.create(case=case, rule=rule, doubt=doubt, reason=reason, by=by)
