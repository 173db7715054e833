"""How facts come in: what is being typed, what is being imported, and why a doubted figure stands."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from regions.grammar.constraints import known

from .case import Case
from .outcome import document_path


class Bulletin(models.Model):
    """The text of an announcement that became drafts, and the file that it came in, until the last of them is saved.

    `content` is the file as it came, where there was one. Both are kept as documents of each case that is saved.
    """

    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("entered by"))
    text = models.TextField(_("text"))
    content = models.BinaryField(_("file"), null=True, blank=True)
    file_name = models.CharField(_("file name"), max_length=200, blank=True)
    media_type = models.CharField(_("type"), max_length=100, blank=True)
    saved_at = models.DateTimeField(_("saved at"), auto_now_add=True)

    class Meta:
        ordering = ["-saved_at"]
        verbose_name = _("bulletin")
        verbose_name_plural = _("bulletins")

    def __str__(self):
        return self.file_name or str(self.key)


class Draft(models.Model):
    """What somebody typed into the form of a case and has not saved yet, kept as it was typed.

    `key` comes with the form: a form that is sent twice meets its own draft, and `made` says what became of it.
    `read_from` says which words of `bulletin` a field was filled from: [{"name", "start", "end", "certainty"}, …].
    """

    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("entered by"))
    case = models.ForeignKey(
        Case, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("case"),
        help_text=_("Leave empty for a new case."),
    )  # fmt: skip
    typed = models.JSONField(_("entered data"), default=dict)
    made = models.ForeignKey(
        Case, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("resulting case")
    )
    bulletin = models.ForeignKey(
        Bulletin, models.SET_NULL, null=True, blank=True, related_name="drafts", verbose_name=_("bulletin")
    )
    read_from = models.JSONField(_("read from"), default=list, blank=True)
    saved_at = models.DateTimeField(_("saved at"), auto_now=True)

    class Meta:
        ordering = ["-saved_at"]
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")

    def __str__(self):
        return str(self.key)


class DoubtRule(models.TextChoices):
    """What can look wrong about a case and may still be right."""

    LOAD_PER_RIG = "load_per_rig", _("Load per rig")
    ENERGY_PER_RIG = "energy_per_rig", _("Electricity per rig")
    POLICY_NOT_IN_FORCE = "policy_not_in_force", _("Rule not in force on that date")
    POINT_OFF_REGION = "point_off_region", _("Point outside the region")
    POINT_SWAPPED = "point_swapped", _("Latitude and longitude may be swapped")
    POINT_NOWHERE = "point_nowhere", _("Point at 0, 0")
    COUNT_FOR_SITE = "count_for_site", _("Many rigs for this type of site")
    CURRENCY_OF_COUNTRY = "currency_of_country", _("Currency of another country")
    RIG_NOT_BUILT_YET = "rig_not_built_yet", _("Model not yet on sale")
    MANY_ARRESTS = "many_arrests", _("Many people detained")
    CONFLICTING_FIGURES = "conflicting_figures", _("Conflicting figures")
    OLD_FACTOR = "old_factor", _("Emission factor of another period")
    TWIN = "twin", _("Possible duplicate")


class Reason(models.Model):
    """Why something stands that looked wrong: the doubt with its arithmetic, and what the person who kept it said."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="reasons", verbose_name=_("case"))
    rule = models.CharField(_("doubt"), max_length=24, choices=DoubtRule)
    doubt = models.TextField(_("content of the doubt"))
    reason = models.TextField(_("why the data is correct"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("confirmed by")
    )
    given_at = models.DateTimeField(_("confirmed at"), auto_now_add=True)

    class Meta:
        ordering = ["case_id", "given_at"]
        verbose_name = _("reason")
        verbose_name_plural = _("reasons")
        constraints = [
            known("rule", DoubtRule),
            models.CheckConstraint(
                name="reason_is_given",
                condition=~Q(reason=""),
                violation_error_message=_("Give a reason why the data is correct."),
            ),
        ]

    def __str__(self):
        return self.get_rule_display()


# What only who is told of the point of a case may be told: that it has one, and where that is not.
ABOUT_THE_POINT = (DoubtRule.POINT_OFF_REGION, DoubtRule.POINT_SWAPPED, DoubtRule.POINT_NOWHERE)
NOT_ABOUT_THE_POINT = tuple(rule for rule in DoubtRule if rule not in ABOUT_THE_POINT)


class OpenDoubtQuerySet(models.QuerySet):
    def told_of(self, rules):
        """Which of the cases of `visible_to` have a doubt by any of `rules`, about a point only where that is told."""
        about_the_point = self.filter(rule__in=[rule for rule in rules if rule in ABOUT_THE_POINT])
        others = self.filter(rule__in=[rule for rule in rules if rule in NOT_ABOUT_THE_POINT])
        return Q(pk__in=others.values("case")) | Q(tells_where=True, pk__in=about_the_point.values("case"))


class OpenDoubt(models.Model):
    """Something that looks wrong about a stored case, and that nobody has given a reason for.

    `quality.review` writes them and nobody else does. `other` is the case that a likely twin looks like; it is
    published, so that whoever sees the case may be told.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="open_doubts")
    rule = models.CharField(max_length=24, choices=DoubtRule)
    other = models.ForeignKey(Case, models.CASCADE, null=True, blank=True, related_name="+")

    objects = OpenDoubtQuerySet.as_manager()

    class Meta:
        ordering = ["case_id", "rule"]
        verbose_name = _("open doubt")
        verbose_name_plural = _("open doubts")
        constraints = [
            known("rule", DoubtRule),
            models.UniqueConstraint(
                name="open_doubt_once",
                fields=["rule", "case", "other"],
                nulls_distinct=False,
                violation_error_message=_("This doubt is already open."),
            ),
            models.CheckConstraint(
                name="open_doubt_of_a_twin_names_it",
                condition=Q(rule="twin", other__isnull=False) | (~Q(rule="twin") & Q(other=None)),
                violation_error_message=_("A possible duplicate must name the other case; other doubts must not."),
            ),
        ]

    def __str__(self):
        return self.get_rule_display()


class ImportState(models.TextChoices):
    CHECKING = "checking", _("Checking")
    CHECKED = "checked", _("Checked, not imported")
    IMPORTING = "importing", _("Importing")
    DONE = "done", _("Imported")
    UNDONE = "undone", _("Undone")
    FAILED = "failed", _("Not imported")


class Import(models.Model):
    """A file of cases: what its dry run found, and what became of it. It is imported whole or not at all."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("imported by")
    )
    file = models.FileField(_("file"), upload_to=document_path)
    file_name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    state = models.CharField(_("state"), max_length=12, choices=ImportState, default=ImportState.CHECKING)
    report = models.JSONField(_("result of the check"), default=dict)
    reason = models.TextField(_("why the doubtful data is correct"), blank=True)
    change = models.UUIDField(
        _("change"), null=True, blank=True, help_text=_("The entry of this import in the history.")
    )
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    settled_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        ordering = ["-received_at"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            known("state", ImportState),
            models.CheckConstraint(
                name="import_has_a_sha256_digest",
                condition=Q(sha256__regex="^[0-9a-f]{64}$"),
                violation_error_message=_("A file needs its SHA-256 digest."),
            ),
        ]

    def __str__(self):
        return self.file_name
