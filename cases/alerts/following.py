"""Who begins, changes and ends a follow. A verb raises ValidationError where it refuses what was asked."""

from dataclasses import dataclass

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from cases.models import Follow, SavedView
from cases.models.follow import Rhythm
from cases.models.saved import Of
from cases.selection import saved_views, sentence
from cases.selection.selection import Selection

from . import hooks, news, outbox
from .question import may_have_hooks

MOST = 50  # of one account or address
MOST_UNCONFIRMED = 3  # of one address: more mails that it did not ask for it does not get


@dataclass
class Asked:
    """What somebody wants to follow: a saved view, or a query string."""

    name: str
    view: SavedView | None = None
    query: str = ""


class FollowForm(forms.Form):
    """How often, and to which address; an account that has one is not asked."""

    use_required_attribute = False

    rhythm = forms.ChoiceField(label=gettext_lazy("How often"), choices=Rhythm.choices, initial=Rhythm.DAILY)
    address = forms.EmailField(
        label=gettext_lazy("Mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    hook = forms.CharField(
        label=gettext_lazy("Call a program instead (hook)"), max_length=500, required=False, validators=[hooks.checked],
        widget=forms.TextInput(attrs={"placeholder": "https://", "inputmode": "url"}),
    )  # fmt: skip

    def __init__(self, user, data=None):
        super().__init__(data, label_suffix="")
        if not may_have_hooks(user):
            del self.fields["hook"]
        if has_address(user) or (self.data.get("hook") and may_have_hooks(user)):
            del self.fields["address"]


def has_address(user):
    """Whether mails can go to the account of `user`."""
    return bool(user.is_authenticated and user.email)


def is_of_account(user, by_hook):
    """Whether the account itself is told, with its rights."""
    return has_address(user) or bool(by_hook and may_have_hooks(user))


def question_of(query, user, *, by_hook=False):
    """What a query string asks. Raises ValidationError naming what is not understood.

    Who is told neither at the address of an account nor by a hook asks as the public does.
    """
    reader = user if is_of_account(user, by_hook) else AnonymousUser()
    if query.keys() == {"view"}:
        view = SavedView.objects.visible_to(reader).filter(of=Of.CASES, slug=query["view"]).first()
        if view:
            return Asked(view.name, view=view)
    selection = Selection(query, reader)
    if "view" in selection.problems:  # the only one that is lost when the view is replaced by its question
        raise ValidationError(selection.problems["view"])
    kept = saved_views.question_kept(selection)
    selection = Selection(QueryDict(kept), reader)
    return Asked(_name(selection), query=kept)


def _name(selection):
    name = sentence.uncounted(selection.chosen, selection.filter.form.fields)
    if selection.region and selection.chosen.keys() == {"region"}:
        name = selection.region.name
    return name if len(name) <= 200 else f"{name[:199]}…"


def follow(question, *, user, rhythm, address="", hook=""):
    """Follow `question`. The Follow; the same once more is the same follow, with its new rhythm.

    At an address that is not the account's it begins when it was confirmed. None where the address has been asked too
    often: that is said to nobody, as somebody else may have asked.
    """
    whose = {"owner": user, "hook": hook} if is_of_account(user, hook) else {"address": address}
    asked = {"view": question.view, "query": question.query}
    found = Follow.objects.filter(**whose, **asked, ended_at=None).first()
    if found:
        if found.confirmed_at and found.owner_id:
            change(found, rhythm=rhythm)
        return found
    mine = Follow.objects.filter(**whose, ended_at=None)
    if mine.count() >= MOST:
        raise ValidationError(_("You follow %(most)s things already. Stop one first.") % {"most": MOST})
    if "address" in whose and mine.filter(confirmed_at=None).count() >= MOST_UNCONFIRMED:
        return None
    made = Follow(**whose, **asked, name=question.name, language=get_language(), rhythm=rhythm)
    try:
        with transaction.atomic():
            if made.owner_id:
                news.begin_to_follow(made)
            else:
                made.save()
                outbox.ask_to_confirm(made)
    except IntegrityError:  # the second of two clicks
        return Follow.objects.filter(**whose, **asked, ended_at=None).first()
    return made


@transaction.atomic
def begin_confirmed(pk):
    """Begin a follow whose address is right. Whether it is followed; a second time changes nothing."""
    found = Follow.objects.select_for_update(of=("self",)).filter(pk=pk, ended_at=None).first()
    if found and not found.confirmed_at:
        with override(found.language):
            news.begin_to_follow(found)
    return bool(found)


def change(found, *, rhythm):
    """Tell the follower more or less often."""
    if rhythm not in Rhythm:
        raise ValidationError(_("Not a valid choice."))
    Follow.objects.filter(pk=found.pk).update(rhythm=rhythm)


def stop_following(pk):
    """End a follow, with all that still waits for it. Nothing of it is kept, the address neither."""
    Follow.objects.filter(pk=pk).delete()
