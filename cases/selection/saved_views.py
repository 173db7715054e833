"""Saved views: the verbs, and what a view asks in words.

A verb raises ValidationError, keyed by field, where it refuses what was typed, and PermissionDenied where `by` may
not do it at all.
"""

import unicodedata
from secrets import token_hex, token_urlsafe

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cases.models import SavedView
from cases.models.saved import LONGEST_QUERY, UNDO_DAYS, Of, digest
from regions.carried import without_carried

from . import leads, sentence
from .leads import LeadSelection
from .selection import Selection

SHARE = "cases.add_savedview"
MOST_VIEWS = 200  # of one person
QUESTIONS = {question.of: question for question in (Selection, LeadSelection)}
KEPT_OF_THE_LIST = ("sort", "per_page", "columns")  # how a view shows its cases; the page is not part of it
TAKEN = {"save"}  # an address below /cases/v/ that is ours
SLUG_LENGTH = 60
FEED = ["feed_digest", "feed_opened_at", "feed_fetched_on"]


def save_view(*, name, query, of=Of.CASES, shared=False, by):
    """Keep the question `query` (a query string) under `name`. The same once more is the same view."""
    if shared and not by.has_perm(SHARE):
        raise PermissionDenied
    view = SavedView(name=_tidy(name), of=of, shared=shared, owner=by)
    problems = {}
    try:
        view.query = understood(query, by, of)
    except ValidationError as problem:
        problems["query"] = problem.messages
    try:
        view.clean_fields(exclude=["slug", "query"])
    except ValidationError as problem:
        problems |= problem.message_dict
    if problems:
        raise ValidationError(problems)
    try:
        return _keep(view)
    except IntegrityError:  # somebody else took the slug at the same moment: there is another
        view.pk = None
        return _keep(view)


@transaction.atomic
def _keep(view):
    # One after the other: the second of two simultaneous clicks finds what the first made.
    get_user_model().objects.select_for_update(no_key=True).get(pk=view.owner_id)
    mine = SavedView.objects.of(view.owner).kept()
    twin = mine.filter(name=view.name, of=view.of, query=view.query, shared=view.shared).first()
    if twin:
        return twin
    if mine.count() >= MOST_VIEWS:
        raise ValidationError({"name": [_("You have %(most)s views. Delete one first.") % {"most": MOST_VIEWS}]})
    _refuse_a_second(view)
    view.slug = _free_slug(view.name)
    view.save(force_insert=True)
    return view


def rename_view(view, *, name, by):
    """Give `view` another name. Its address stays, so that links to it hold."""
    _must_own(view, by)
    view.name = _tidy(name)
    view.clean_fields(exclude=["slug", "query"])
    _refuse_a_second(view)
    _write(view, "name")


def share_view(view, *, shared, by):
    """Open `view` to everybody who may read the cases, or close it again."""
    _must_own(view, by)
    if shared and not by.has_perm(SHARE):
        raise PermissionDenied
    view.shared = shared
    _write(view, "shared")


def delete_view(view, *, by):
    """Take `view` away; for 30 days `restore_view` brings it back. A second time changes nothing."""
    _must_own(view, by)
    if view.deleted_at is None:
        view.deleted_at = timezone.now()
        _write(view, "deleted_at")


def restore_view(view, *, by):
    """Bring back a deleted view as it was."""
    _must_own(view, by)
    if view.deleted_at is None:
        return
    if not SavedView.objects.restorable().filter(pk=view.pk).exists():
        raise ValidationError(_("It was deleted more than %(days)s days ago.") % {"days": UNDO_DAYS})
    view.deleted_at = None
    _refuse_a_second(view)
    _write(view, "deleted_at")


def open_feed(view, *, by):
    """Give `view` a feed with a new password, and return it; it is told only here.

    Whoever has it reads what the owner may read, so only the owner makes one. Who subscribed with an earlier one is
    cut off.
    """
    if by.pk != view.owner_id or not view.is_of_cases:
        raise PermissionDenied
    secret = token_urlsafe(32)
    view.feed_digest, view.feed_opened_at, view.feed_fetched_on = digest(secret), timezone.now(), None
    view.save(update_fields=FEED)
    return secret


def close_feed(view, *, by):
    """End the feed of `view` for everybody who subscribed to it."""
    _must_own(view, by)
    view.feed_digest = view.feed_opened_at = view.feed_fetched_on = None
    view.save(update_fields=FEED)


def fetched(view):
    """Keep the day on which the feed of `view` was last asked for: one write a day, however often readers ask."""
    today = timezone.localdate()
    if view.feed_fetched_on != today:
        SavedView.objects.filter(pk=view.pk).update(feed_fetched_on=today)


def understood(query, user, of=Of.CASES):
    """The query string `query` as it is kept: what a selection of `user` understands, in one order, without the page.

    Raises ValidationError naming each parameter that is not understood.
    """
    if len(query) > LONGEST_QUERY:
        raise ValidationError(_("The filters are too long to save."))
    if "\0" in query or "%00" in query:
        raise ValidationError(_("The filters contain a NUL byte."))
    selection = QUESTIONS[of](QueryDict(without_carried(query)), user)
    # Another page of the same list is the same question.
    problems = {name: messages for name, messages in selection.problems.items() if name != "page"}
    if problems:
        raise ValidationError([f"{name[:40]}: {messages[0]}" for name, messages in problems.items()])
    kept = QueryDict(mutable=True)
    for name in [*selection.filter.filters, *KEPT_OF_THE_LIST]:
        values = list(dict.fromkeys(value for value in selection.query.getlist(name) if value))
        if values:
            kept.setlist(name, values)
    if len(kept.urlencode()) > LONGEST_QUERY:
        raise ValidationError(_("The filters are too long to save."))
    return kept.urlencode()


def question_kept(selection):
    """What `selection` asks, as `understood` keeps it: its view replaced, and without how a list shows it."""
    asked = selection.query.copy()
    for name in KEPT_OF_THE_LIST:
        asked.pop(name, None)
    return understood(asked.urlencode(), selection.user, selection.of)


def views_in_words(views, user):
    """What each of `views` asks, as [(view, sentence)], without counting; "" where `user` would not understand it.

    A view is anything that has a `query` and says what that is `of`.
    However many views there are, the regions, agencies, policies and rigs they name are fetched together.
    """
    told = {}
    for of, question in QUESTIONS.items():
        blank = question.filter_set(user=user)
        questions = [(view, QueryDict(view.query)) for view in views if view.of == of]
        rows = {
            name: _rows(field, {code for _view, query in questions for code in query.getlist(name)})
            for name, field in blank.form.fields.items()
            if hasattr(field, "queryset")
        }
        told |= {id(view): _sentence(_Read(blank, query, rows), of) for view, query in questions}
    return [(view, told[id(view)]) for view in views]


class _Read:
    """As much of a selection as words are made of: what was asked, read without asking the database."""

    def __init__(self, blank, query, rows):
        self.filter = blank
        try:
            self.chosen = {
                name: self._read(name, field, query.getlist(name), rows)
                for name, field in blank.form.fields.items()
                if name in query
            }
        except (ValidationError, KeyError):
            self.chosen = None

    def _read(self, name, field, values, rows):
        if name in rows:
            return [rows[name][code] for code in values]
        return field.clean(values if isinstance(field, forms.MultipleChoiceField) else values[0])


def _rows(field, codes):
    key = field.to_field_name
    return {getattr(row, key): row for row in field.queryset.filter(**{f"{key}__in": codes})} if codes else {}


def _sentence(question, of):
    chosen = question.chosen
    if chosen is None:
        return ""
    if of == Of.LEADS:
        return leads.compose_leads(leads.noun(chosen), chosen, question.filter.form.fields)
    return sentence.uncounted(chosen, question.filter.form.fields)


def _tidy(name):
    return unicodedata.normalize("NFC", name).strip(" \u3000")


def _free_slug(name):
    """Readable where `name` has Latin letters; never one that was given before, so that no old link changes meaning."""
    slug = slugify(name)[:SLUG_LENGTH].strip("-_")
    if not slug:
        return f"view-{token_hex(3)}"
    taken = slug in TAKEN or SavedView.objects.filter(slug=slug).exists()
    return f"{slug}-{token_hex(3)}" if taken else slug


def _refuse_a_second(view):
    try:
        view.validate_constraints()
    except ValidationError as problem:
        raise ValidationError({"name": problem.messages}) from problem


def _must_own(view, by):
    if not view.belongs_to(by):
        raise PermissionDenied


def _write(view, field):
    try:
        with transaction.atomic():
            view.save(update_fields=[field, "changed_at"])
    except IntegrityError as problem:  # the same name was given in another window at the same moment
        raise ValidationError({"name": [_("You already have a view with this name.")]}) from problem
