from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from regions.grammar.constraints import amount_has_currency, in_range, known
from regions.grammar.dates import Precision, coarse_dates_start_their_period
from regions.models import Agency, Region
from regions.models.policy import SanctionKind

from .case import Case
from .field import MOST_RIGS, Raid, Seizure


class PartyKind(models.TextChoices):
    PERSON = "person", _("Private person")
    COMPANY = "company", _("Company")
    OFFICIAL = "official", _("Public official")
    PUBLIC_BODY = "public_body", _("Public institution")


class Party(models.Model):
    """A person or company in a case. Private individuals stay unnamed."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="parties", verbose_name=_("case"))
    kind = models.CharField(_("kind"), max_length=12, choices=PartyKind)
    name = models.CharField(_("name"), max_length=200, blank=True, help_text=_("Leave empty for private persons."))
    role = models.CharField(_("role"), max_length=200, blank=True)

    class Meta:
        ordering = ["case_id", "pk"]
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        constraints = [
            known("kind", PartyKind),
            models.CheckConstraint(
                name="party_private_persons_stay_unnamed",
                condition=~Q(kind="person") | Q(name=""),
                violation_error_message=_("Do not name private persons."),
            ),
        ]

    def __str__(self):
        return self.name or self.get_kind_display()


class Sanction(models.Model):
    """What a party received. The kinds are those that provisions foresee."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="sanctions", verbose_name=_("case"))
    party = models.ForeignKey(
        Party, models.SET_NULL, null=True, blank=True, related_name="sanctions", verbose_name=_("party")
    )
    kind = models.CharField(_("kind"), max_length=32, choices=SanctionKind)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    imprisonment_years = models.DecimalField(
        _("imprisonment, years"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        ordering = ["case_id", "pk"]
        verbose_name = _("sanction")
        verbose_name_plural = _("sanctions")
        constraints = [
            known("kind", SanctionKind),
            amount_has_currency(),
            in_range("imprisonment_years", 0, 100, _("Years of imprisonment must be from 0 to 100.")),
        ]

    def __str__(self):
        return self.get_kind_display()

    def clean(self):
        if self.party and self.party.case_id != self.case_id:
            raise ValidationError({"party": _("This party belongs to another case.")})


def document_path(document, filename):
    """Where a document is kept: by its digest, never by a name that somebody chose."""
    return f"{document.sha256[:2]}/{document.sha256}"


def shown_path(document, filename):
    """Where the shown copy is kept, beside the original."""
    return f"{document.sha256[:2]}/{document.sha256}.shown"


class DocumentQuerySet(models.QuerySet):
    def readable_by(self, user):
        """The documents of the cases in the regions that `user` works for: documents are internal."""
        if not user.has_perm("cases.view_case"):
            return self.none()
        return self.filter(case__region__in=Region.objects.worked_in_by(user))

    def named(self, words):
        """Documents with each of `words` in their title or file name."""
        for word in words:
            self = self.filter(Q(title__icontains=word) | Q(file_name__icontains=word))
        return self


class Document(models.Model):
    """A file that belongs to a case or to one of its raids.

    `file` holds the bytes as they came, `sha256` is theirs, taken at arrival; `shown` is the copy that is shown of a
    photograph, smaller and without what the camera wrote into it.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="documents", verbose_name=_("case"))
    raid = models.ForeignKey(
        Raid, models.SET_NULL, null=True, blank=True, related_name="documents", verbose_name=_("raid")
    )
    # Its address: a number that follows another could be guessed.
    key = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    title = models.CharField(_("title"), max_length=200)
    file = models.FileField(_("file"), upload_to=document_path)
    file_name = models.CharField(_("file name"), max_length=200, blank=True, default="", db_default="")
    shown = models.FileField(_("display copy"), upload_to=shown_path, blank=True, default="", db_default="")
    # Of the display copy; "" of one that was made before its digest was taken.
    shown_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    media_type = models.CharField(_("type"), max_length=100)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size_bytes = models.PositiveBigIntegerField(_("size, bytes"))
    added_at = models.DateTimeField(_("added"), auto_now_add=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("added by")
    )

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["case_id", "added_at"]
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.UniqueConstraint(
                name="document_once_a_case",
                fields=["case", "sha256"],
                violation_error_message=_("This case already has that file."),
            ),
            models.CheckConstraint(
                name="document_has_a_sha256_digest",
                condition=Q(sha256__regex="^[0-9a-f]{64}$"),
                violation_error_message=_("A document needs its SHA-256 digest."),
            ),
        ]

    def __str__(self):
        return self.title


class DisposalKind(models.TextChoices):
    STORED = "stored", _("Stored")
    DESTROYED = "destroyed", _("Destroyed")
    AUCTIONED = "auctioned", _("Auctioned")
    RETURNED = "returned", _("Returned")
    TRANSFERRED = "transferred", _("Transferred to public use")


class Disposal(models.Model):
    """What became of seized rigs. A line may have several, of parts of it."""

    seizure = models.ForeignKey(Seizure, models.CASCADE, related_name="disposals", verbose_name=_("seizure"))
    kind = models.CharField(_("kind"), max_length=12, choices=DisposalKind)
    count = models.PositiveIntegerField(
        _("count"), null=True, blank=True, help_text=_("Leave empty for the whole line.")
    )
    disposed_on = models.DateField(_("date"), null=True, blank=True)
    date_precision = models.CharField(_("date precision"), max_length=5, choices=Precision, default=Precision.DAY)
    authority = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ordered by")
    )
    document = models.ForeignKey(
        Document, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("document"),
        help_text=_("The order, the destruction record or the receipt."),
    )  # fmt: skip
    note = models.TextField(_("note"), blank=True)
    note_zh = models.TextField(_("note, in Chinese"), blank=True)

    class Meta:
        ordering = ["seizure_id", "disposed_on", "pk"]
        verbose_name = _("disposal")
        verbose_name_plural = _("disposals")
        constraints = [
            known("kind", DisposalKind),
            known("date_precision", Precision),
            coarse_dates_start_their_period("disposed_on"),
            in_range("count", 0, MOST_RIGS, _("Over the limit of 1,000,000.")),
        ]

    def __str__(self):
        return self.get_kind_display()
