"""Who may read what is kept about cases beside the cases themselves."""

from django.db.models import Exists, OuterRef, Q

from regions.models import Agency, Policy, Reading, Region, SavingsClaim, Source

from .models import Case, Disposal, OfficeNumber
from .models.case import release_asked

# The verbs that enter an agency together with a case, of `actions.signing.Verb`.
WITH_A_CASE = ("record", "edit", "add", "import")


def may_read(user, region):
    """Whether `user` reads the history of cases in the region with this pk: it may hold what was withdrawn."""
    return user.has_perm("cases.view_case") and works_in(user, region)


def works_in(user, region):
    """Whether the region with this pk is one of those in which `user` does what their role may do."""
    return Region.objects.worked_in_by(user).filter(pk=region).exists()


def cases_visible_to(user):
    """`Case.objects.visible_to(user)`, built once for a user at hand: one answer asks for it several times."""
    if release_asked.get():
        return Case.objects.visible_to(user)
    if not hasattr(user, "_visible_cases"):
        user._visible_cases = Case.objects.visible_to(user)
    return user._visible_cases.all()


def agencies_visible_to(user):
    """The agencies that `user` may know of.

    An agency that was entered with a case is as hidden as the case: its name would tell of it. It is known as soon as
    a policy names it, or a case that `user` sees. All other agencies are of the standing record.
    """
    if sees_all(user):
        return Agency.objects.all()
    seen = Case.objects.visible_to(user).order_by().values("pk")
    # In the order of their cost: PostgreSQL asks the next only where the one before is false. Most agencies were not
    # entered with a case, and looking for a case that an officer sees may read them all.
    return Agency.objects.filter(
        ~Exists(
            _events_of(Agency).filter(
                pgh_obj=OuterRef("pk"), pgh_label="insert", pgh_context__metadata__verb__in=WITH_A_CASE
            )
        )
        | Exists(Agency.policies.through.objects.filter(agency=OuterRef("pk")))
        | Exists(Case.agencies.through.objects.filter(agency=OuterRef("pk"), case__in=seen))
        | Exists(OfficeNumber.objects.order_by().filter(agency=OuterRef("pk"), case__in=seen))
        | Exists(Disposal.objects.order_by().filter(authority=OuterRef("pk"), seizure__raid__case__in=seen))
    )


def sources_visible_to(user):
    """The sources that `user` may know of: those of the standing record, and those of the cases that they see."""
    if sees_all(user):
        return Source.objects.all()
    seen = Case.objects.visible_to(user).order_by().values("pk")
    named = Q()
    for model in (Policy, SavingsClaim, Reading):
        named |= Q(Exists(model.objects.order_by().filter(source=OuterRef("pk"))))
    return Source.objects.filter(
        named | Q(Exists(Case.sources.through.objects.filter(source=OuterRef("pk"), case__in=seen)))
    )


def sees_all(user):
    """Whether nothing of a case is hidden from `user`."""
    return user.has_perm("cases.view_case") and user.has_perm("regions.work_everywhere")


def _events_of(model):
    return model._meta.apps.get_model(model._meta.app_label, f"{model.__name__}Event").objects
