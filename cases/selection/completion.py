"""Names that a field completes: what a reader types becomes the code that a filter wants."""

from django.db.models import Q, Value
from django.db.models.functions import Concat
from django.http import Http404

from cases.access import agencies_visible_to
from cases.models import Rig
from regions.grammar.language import simplified
from regions.models import Policy, Region


def named(what, text, user):
    """(code, name) pairs of `what` whose name in either language is like `text`, of what `user` may know.

    Raises Http404 for another `what`.
    """
    if what not in FINDERS:
        raise Http404
    return FINDERS[what](simplified(text), user)


def _regions(text, _user):
    found = Region.objects.named(text).exclude(level="bloc").select_related("parent")
    return [(region.code, _with_parent(region)) for region in found[:20]]


def _with_parent(region):
    return f"{region.name}, {region.parent.name}" if region.parent else region.name


def _agencies(text, user):
    found = agencies_visible_to(user).filter(Q(name_en__icontains=text) | Q(name_zh__contains=text) | Q(slug=text))
    return [(agency.slug, str(agency)) for agency in found[:20]]


def _policies(text, _user):
    found = Policy.objects.filter(Q(title_en__icontains=text) | Q(title_zh__contains=text) | Q(ref=text))
    return [(policy.ref, policy.title) for policy in found[:20]]


def _rigs(text, _user):
    whole = Concat("manufacturer", Value(" "), "model")
    found = Rig.objects.alias(whole=whole).filter(Q(whole__icontains=text) | Q(slug=text))
    return [(rig.slug, str(rig)) for rig in found[:20]]


FINDERS = {"region": _regions, "agency": _agencies, "policy": _policies, "rig": _rigs}
