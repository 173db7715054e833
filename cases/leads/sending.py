"""A tip as somebody sends it: read, sealed, and stored with nothing that tells who sent it."""

import json
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadhandler import MemoryFileUploadHandler, StopUpload
from django.db import transaction
from django.db.models import Max
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from cases.fields import NamedField
from cases.files import uploads
from cases.models import Lead, Tip, TipPart
from cases.models.lead import About, LeadKind, PartKind
from regions import places
from regions.grammar.degrees import degrees
from regions.grammar.fields import ReadField
from regions.models import Region

from . import keys, receipts

MOST_TEXT = 10_000  # characters
MOST_PHOTOS = 5
MOST_BYTES = 24 * 1024 * 1024  # of one request
MOST_PARTS = 40  # of one tip
LONGEST_LINE = 300


class OnlyMemory(MemoryFileUploadHandler):
    """Holds uploads in memory, however large: a photo as it came may say where and by whom it was taken.

    More than MOST_BYTES or more than MOST_PHOTOS files end the upload.
    """

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):  # noqa: N803
        self.activated, self.taken, self.files = True, 0, 0

    def new_file(self, *args, **kwargs):
        self.files += 1
        if self.files > MOST_PHOTOS:
            raise StopUpload(connection_reset=False)
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data, start):
        self.taken += len(raw_data)
        if self.taken > MOST_BYTES:
            raise StopUpload(connection_reset=False)
        return super().receive_data_chunk(raw_data, start)


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Photographs, cleaned to the pixels of each as JPEG."""

    widget = SeveralFiles(attrs={"accept": "image/jpeg,image/png,image/webp"})

    def clean(self, data, initial=None):
        files = [file for file in data or [] if file]
        if len(files) > MOST_PHOTOS:
            raise ValidationError(too_many_photos())
        return [uploads.plain_photograph(file) for file in files]


def too_many_photos() -> str:
    told = ngettext("Send at most %(most)s photo.", "Send at most %(most)s photos.", MOST_PHOTOS)
    return told % {"most": MOST_PHOTOS}


class PointField(ReadField):
    """A point as map apps copy it, `40.743, 107.388`, cleaned to (latitude, longitude)."""

    def read(self, text):
        parts = unicodedata.normalize("NFKC", text).replace("、", ",").split(",")
        if len(parts) != 2:
            raise ValidationError(_("Write latitude and longitude with a comma between them: 40.743, 107.388"))
        return degrees(parts[0], "latitude"), degrees(parts[1], "longitude")


class PlainForm(forms.Form):
    """A form whose labels end without a colon, as all of ours."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"label_suffix": ""} | kwargs)


class TipForm(PlainForm):
    """What a member of the public is asked. Only the text is required."""

    about = forms.ChoiceField(
        label=gettext_lazy("What do you report?"), choices=About, initial=About.ENTERPRISE, widget=forms.RadioSelect
    )
    region = NamedField(
        "region", Region, "code", label=gettext_lazy("Province, city or county"), required=False,
        help_text=gettext_lazy("As far as you know it, for example: Bayannur. It decides which office reads this."),
    )  # fmt: skip
    where = forms.CharField(
        label=gettext_lazy("Where exactly?"), required=False, max_length=LONGEST_LINE,
        help_text=gettext_lazy("An address, or how to find the place."),
    )  # fmt: skip
    point = PointField(
        label=gettext_lazy("Coordinates"), required=False, max_length=80,
        help_text=gettext_lazy("If you have them, as map apps copy them: 40.743, 107.388"),
    )  # fmt: skip
    since = forms.CharField(label=gettext_lazy("Since when?"), required=False, max_length=LONGEST_LINE)
    text = forms.CharField(
        label=gettext_lazy("What did you see or hear?"), max_length=MOST_TEXT, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("For example noise of fans, heat, thick cables, electricity bills, trucks at night."),
    )  # fmt: skip
    photos = PhotosField(
        label=gettext_lazy("Photos"), required=False,
        help_text=gettext_lazy(
            "At most 5, as JPEG, PNG or WebP, 24 MB in all. What the camera noted in them (place, time, device) is "
            "removed before anything is stored. What can be seen in them stays."
        ),
    )  # fmt: skip
    contact = forms.CharField(
        label=gettext_lazy("How the office can reach you (optional)"), required=False, max_length=LONGEST_LINE,
        help_text=gettext_lazy("Leave this empty to stay unknown: with the receipt you can read answers all the same."),
    )  # fmt: skip
    # People do not see this field; what fills in everything fills it in too.
    website = forms.CharField(label=pgettext_lazy("tip", "Leave this empty"), required=False)

    def clean_website(self):
        if self.cleaned_data["website"]:
            raise ValidationError(_("This was not sent: a field that must stay empty was filled in."))
        return ""


class MoreForm(PlainForm):
    """What a sender adds later."""

    more = forms.CharField(
        label=gettext_lazy("Add something"), max_length=MOST_TEXT, widget=forms.Textarea(attrs={"rows": 4})
    )


def send(typed: dict, nonce: str) -> str:
    """Store a tip, sealed, once for each form. Returns its receipt. Raises NoKey."""
    receipt = receipts.receipt_of(nonce)
    digest = receipts.digest_of(receipt)
    if Tip.objects.filter(receipt=digest).exists():
        return receipt
    content = {name: typed[name] for name in ("text", "where", "since", "contact")}
    content |= {"point": typed["point"], "language": get_language()}
    key, sealed = keys.sealed_for_office(json.dumps(content).encode())
    reader = bytes(receipts.reader_of(receipt).public_key)
    with transaction.atomic():
        lead = Lead.objects.create(kind=LeadKind.TIP, about=typed["about"], region=_region_of(typed))
        tip = Tip(lead=lead, receipt=digest, reader=reader, key=key, sealed=sealed)
        # Not by an error that the database would log: the second of two clicks finds the tip of the first.
        Tip.objects.bulk_create([tip], ignore_conflicts=True)
        if not Tip.objects.filter(lead=lead).exists():
            transaction.set_rollback(True)
            return receipt
        for number, photo in enumerate(typed["photos"]):
            key, sealed = keys.sealed_for_office(photo)
            TipPart.objects.create(tip=tip, kind=PartKind.PHOTO, number=number, key=key, sealed=sealed)
    return receipt


def _region_of(typed):
    """The region that the sender named, or that of the point; None where neither says one."""
    at = places.region_at(*typed["point"]) if typed["point"] else None
    return at or typed["region"]


def tip_of(receipt: str) -> Tip | None:
    """The tip of this receipt, or None."""
    if not receipts.typed(receipt):
        return None
    return Tip.objects.select_related("lead__merged_into").filter(receipt=receipts.digest_of(receipt)).first()


@transaction.atomic
def add_more(tip: Tip, text: str) -> None:
    """Keep what the sender adds, sealed. Raises ValidationError where there is enough."""
    Tip.objects.select_for_update().get(pk=tip.pk)
    if tip.parts.count() >= MOST_PARTS:
        raise ValidationError(_("No more can be added to this report. Send a new one."))
    last = tip.parts.aggregate(last=Max("number"))["last"]
    key, sealed = keys.sealed_for_office(text.encode())
    TipPart.objects.create(tip=tip, kind=PartKind.MORE, number=(last or 0) + 1, key=key, sealed=sealed)


def answers_to(tip: Tip, receipt: str) -> list[tuple]:
    """[(day, text)] of what the office answered, as the holder of the receipt may read it."""
    rows = tip.parts.filter(kind=PartKind.ANSWER)
    return [(row.added_on, receipts.read_answer(receipt, row.sealed_for_sender)) for row in rows]
