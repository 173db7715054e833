"""A bulletin becomes drafts: paste a text or choose a file, and check each value beside the words it was read from."""

import uuid
from functools import wraps

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.db import transaction
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.bulletins import files, reader
from cases.bulletins.drafts import Filled
from cases.bulletins.gazetteer import Gazetteer
from cases.bulletins.text import MOST
from cases.fields import WhenField
from cases.files.uploads import clean_name
from cases.models import Bulletin, Draft
from regions.uploads import refuses_large

from .confirm import may_get_and_post

MOST_OF_A_REQUEST = files.MOST_BYTES + 3 * MOST


class BulletinForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Text of the announcement"), required=False, widget=forms.Textarea(attrs={"rows": 10})
    )
    file = forms.FileField(
        label=gettext_lazy("or a file: PDF, DOCX, HTML, text"), required=False, allow_empty_file=True
    )
    published = WhenField(label=gettext_lazy("Published on"), required=False)
    publisher = forms.CharField(label=gettext_lazy("Publisher"), max_length=200, required=False)
    url = forms.URLField(label=gettext_lazy("Address"), required=False, assume_scheme="https", max_length=1000)
    key = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_key(self):
        try:
            return uuid.UUID(self.cleaned_data["key"])
        except ValueError:
            return uuid.uuid4()

    def clean(self):
        typed = super().clean()
        if self.errors:
            return typed
        typed["media_type"], file = "", typed.get("file")
        if file:
            typed["text"], typed["media_type"] = files.text_of_file(file)
        else:
            typed["text"] = files.tidy(typed.get("text") or "")
        if not typed["text"]:
            raise ValidationError(_("Paste a text, or choose a file."))
        return typed


def _too_long(request, _size=None):
    return _page(request, _empty(), problem=files.TOO_LONG, status=413)


def _says_what_is_too_long(view):
    @wraps(view)
    def answer(request, *args, **kwargs):
        try:
            return view(request, *args, **kwargs)
        except RequestDataTooBig:
            return _too_long(request)

    # The form says at which field a NUL byte is; before that, nothing may read the request.
    answer.names_nul_bytes_itself = True
    return answer


@_says_what_is_too_long
@refuses_large(MOST_OF_A_REQUEST, _too_long)
@may_get_and_post
@login_required
def new_bulletin(request):
    """Give a bulletin. POST reads it, keeps a draft for each case in it, and goes to the first of them."""
    if not request.user.has_perm("cases.add_case"):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, _empty())
    form = BulletinForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=400)
    return _read(request, form)


def _read(request, form):
    typed = form.cleaned_data
    already = Draft.objects.filter(
        bulletin=typed["key"], bulletin__text=typed["text"], by=request.user, made=None
    ).last()
    if already:
        return _go_to(already)  # sent twice
    published = typed["published"] and typed["published"][0]
    gazetteer = Gazetteer.of_record()
    read = reader.read_bulletin(typed["text"], published=published, gazetteer=gazetteer)
    if not read.cases:
        problem = (
            _("This language is not read yet: the text must be English or Chinese.")
            if read.language is None
            else _("No case was found in this text: nothing about mining with a day, a count or an amount.")
        )
        return _page(request, form, problem=problem, status=400)
    source = {"publisher": typed["publisher"], "url": typed["url"]}
    if published:
        source["published"] = published.isoformat()
    return _go_to(_keep(request.user, typed, read, gazetteer, source))


@transaction.atomic
def _keep(user, typed, read, gazetteer, source):
    """Keep the bulletin and a draft for each of its cases. Returns the first draft."""
    file = typed["file"]
    if file:
        file.seek(0)
    is_used = Bulletin.objects.filter(key=typed["key"]).exists()  # by who went back and gave another text
    bulletin = Bulletin.objects.create(
        key=uuid.uuid4() if is_used else typed["key"],
        by=user,
        text=typed["text"],
        content=file.read() if file else None,
        media_type=typed["media_type"],
        file_name=clean_name(file.name) if file else "",
    )
    made = []
    for case in read.cases:
        filled = Filled(case, typed["text"], gazetteer, source, is_chinese="zh-Hans" in read.language.CODES)
        draft = Draft.objects.create(by=user, bulletin=bulletin, typed=filled.typed, read_from=filled.read_from)
        made.append(draft)
    return made[0]


def _go_to(draft):
    return redirect(f"{reverse('cases:case-new')}?draft={draft.key}")


def _empty():
    return BulletinForm(initial={"key": uuid.uuid4()})


def _page(request, form, *, problem="", status=200):
    context = {"form": form, "problem": problem}
    return TemplateResponse(request, "cases/bulletins/new.html", context, status=status)
