"""The events of what happened; see `regions.models.history`. And the seals over all events; see `cases.seal`."""

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from regions.models import keep_history

from .case import Case, Citation
from .field import Figure, Raid, Seizure
from .intake import Import, Reason
from .lead import Inspection, InspectionPhoto, Lead
from .method import FactorSet
from .number import OfficeNumber
from .outcome import Disposal, Document, Party, Sanction
from .rig import Rig
from .saved import SavedView
from .screening import Clearance, MeasuredAvoided, ScreenedMeter, WeightSet


class CaseAgency(Case.agencies.through):
    """That an agency took part in a case."""

    class Meta:
        proxy = True


class CaseSource(Case.sources.through):
    """That a source tells of a case."""

    class Meta:
        proxy = True


# The sums of `actions.sum_up`, and what follows from it: not changes that anybody made.
WORKED_OUT = [
    "rigs", "rigs_qualifier", "kw_low", "kw_best", "kw_high", "kg_co2_per_kwh", "grid_gas", "loss_amount",
    "loss_currency", "words", "changed_at",
]  # fmt: skip

keep_history(Case, exclude=WORKED_OUT)
for model in (
    Citation,
    OfficeNumber,
    Raid,
    Seizure,
    Figure,
    Party,
    Sanction,
    Disposal,
    Document,
    Reason,
    Rig,
    CaseAgency,
    CaseSource,
    Inspection,
    InspectionPhoto,
    MeasuredAvoided,
):
    keep_history(model)
# When a tip came is known to the day only.
keep_history(Lead, inserts=False)
# The report of an import is long, and what it brought has events of its own. The feed of a view is its owner's secret.
keep_history(Import, exclude=["report"], of_the_office=True)
keep_history(SavedView, exclude=["feed_digest", "feed_opened_at", "feed_fetched_on", "changed_at"], of_the_office=True)
keep_history(FactorSet, of_the_office=True)
keep_history(Clearance, of_the_office=True)
keep_history(WeightSet, of_the_office=True)


_Look = pghistory.create_event_model(
    Document,
    pghistory.ManualEvent("viewed"),
    pghistory.ManualEvent("downloaded"),
    pghistory.ManualEvent("refused"),
    fields=["key", "case", "title", "sha256"],
    obj_field=pghistory.ObjForeignKey(related_name="looks"),
    append_only=True,
)


class DocumentLook(_Look):
    """That somebody looked at a document, downloaded its original, or was refused it because it is damaged."""

    class Meta(_Look.Meta):
        default_permissions = ()
        verbose_name = _("look at a document")
        verbose_name_plural = _("looks at documents")
        indexes = [models.Index(fields=["key", "-pgh_id"], name="document_look_by_document")]


_MeterLook = pghistory.create_event_model(
    ScreenedMeter,
    pghistory.ManualEvent("viewed"),
    fields=["run", "meter"],
    obj_field=pghistory.ObjForeignKey(related_name="looks"),
    append_only=True,
)


class MeterLook(_MeterLook):
    """That somebody looked at a meter: its readings tell when people are at home."""

    class Meta(_MeterLook.Meta):
        default_permissions = ()
        verbose_name = _("look at a meter")
        verbose_name_plural = _("looks at meters")
        indexes = [models.Index(fields=["meter", "-pgh_id"], name="meter_look_by_meter")]


# Events of what was read, not of what was changed.
LOOKS = (DocumentLook, MeterLook)


class HistorySeal(models.Model):
    """That the events of a table, after the seal before and up to `up_to`, were these: a digest of each."""

    table = models.CharField(_("table"), max_length=63)
    up_to = models.BigIntegerField(_("up to"))
    digests = models.JSONField(_("digests"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    # Over which columns the digests are; NULL in seals of before they were named.
    columns = models.JSONField(_("columns"), null=True)
    sealed_at = models.DateTimeField(_("sealed at"), auto_now_add=True)

    class Meta:
        ordering = ["table", "up_to"]
        verbose_name = _("history seal")
        verbose_name_plural = _("history seals")
        constraints = [
            models.UniqueConstraint(
                name="history_seal_once",
                fields=["table", "up_to"],
                violation_error_message=_("These events are already sealed."),
            )
        ]

    def __str__(self):
        return f"{self.table} {self.up_to}"
