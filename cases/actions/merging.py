"""Two records of one raid become one case."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Case, Document, Figure, MeasuredAvoided, OfficeNumber, Party, Raid, Reason, Sanction

from .signing import Verb, changing, locked
from .summing import sum_up

# What a source that does not say a thing leaves in its field.
NOT_STATED = (None, "", "unknown")


@transaction.atomic
def merge_cases(twin: Case, into: Case, *, by, reason: str = "") -> Case:
    """Make `twin` part of the record of `into`: one case, both sources.

    What `into` does not say is taken from `twin`; what both say stays as `into` has it. Sources, agencies, citations,
    documents, office numbers, parties and sanctions of both are kept; raids, seizures and figures only where `into` has
    none, so that no rig is counted twice. What one of them keeps from the public, the point of a sensitive case, stays
    kept from it. The address of `twin` leads to `into` from then on. Raises PermissionDenied.
    """
    if twin.pk == into.pk:
        raise ValidationError(_("A case cannot be merged into itself."))
    # Always the older first: two officers who merge the other way round wait for each other in the same order.
    first, second = sorted((twin, into), key=lambda case: case.pk)
    allowed = {twin.pk: Case.objects.deletable_by(by), into.pk: Case.objects.editable_by(by)}
    held = {case.pk: locked(case, allowed[case.pk]) for case in (first, second)}
    twin, into = held[twin.pk], held[into.pk]
    with changing(Verb.MERGED, by, reason, twin=twin.ref, into=into.ref):
        if into.part_of_id == twin.pk:
            into.part_of_id = twin.part_of_id if twin.part_of_id != into.pk else None
        _take_over(twin, into)
        into.former_refs = sorted({*into.former_refs, *twin.former_refs, twin.ref})
        into.save()
        twin.parts.exclude(pk=into.pk).update(part_of=into)
        twin.leads.update(led_to=into)
        Case.objects.get(pk=twin.pk).delete()
        sum_up(Case.objects.filter(pk=into.pk))
    return into


def taken_over(twin: Case, into: Case) -> list:
    """The fields of a case that `into` does not say and `twin` does."""
    return [
        field
        for field in Case._meta.concrete_fields
        if field.editable
        and not field.generated
        and field.name != "part_of"
        and getattr(into, field.attname) in NOT_STATED
        and getattr(twin, field.attname) not in NOT_STATED
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
    if not into.measured.exists():
        MeasuredAvoided.objects.filter(case=twin).update(case=into)
    if not into.figures.exists():
        Figure.objects.filter(case=twin).update(case=into)
    for model in (OfficeNumber, Party, Sanction, Reason):
        model.objects.filter(case=twin).update(case=into)
