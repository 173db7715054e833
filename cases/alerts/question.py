"""What a follow asks, and as whom: the rights are those of the moment."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict

from cases.models import SavedView
from cases.models.saved import Of
from cases.selection.selection import Selection


def told_as(follow):
    """Whose eyes it sees with: those of its account, or of the public."""
    return follow.owner or AnonymousUser()


def may_have_hooks(user):
    """Whether programs of `user` may be called: of those whose programs may ask the API."""
    return user.has_perm("accounts.add_apitoken")


def told_at(follow):
    """Where it is told; "" where nobody may be told now: the account is closed, or the public reads nothing here."""
    if follow.hook:
        return follow.hook if follow.owner.is_active and may_have_hooks(follow.owner) else ""
    if follow.owner is None:
        return follow.address if settings.PUBLIC and settings.MAIL_IS_SENT else ""
    return follow.owner.email if follow.owner.is_active and settings.MAIL_IS_SENT else ""


def view_of(follow, reader):
    """The saved view that it follows, as far as its reader may open it."""
    return SavedView.objects.visible_to(reader).filter(pk=follow.view_id, of=Of.CASES).first()


def selection_of(follow, reader):
    """The Selection that it follows; None where the view is gone or closed, or the question is not understood now."""
    query = follow.query
    if follow.view_id:
        view = view_of(follow, reader)
        if view is None:
            return None
        query = view.query
    selection = Selection(QueryDict(query), reader)
    return selection if selection.is_valid else None
