from django.db import models
from django.utils.translation import gettext_lazy as _


class Confidence(models.TextChoices):
    """How far a row can be relied on; fixtures/README.md says how it was judged."""

    HIGH = "high", _("High")
    MEDIUM = "medium", _("Medium")
    LOW = "low", _("Low")


class Source(models.Model):
    """Who published a statement, and where: each statement of the record has a source."""

    publisher = models.CharField(_("publisher"), max_length=200)
    title = models.CharField(_("title"), max_length=300, blank=True)
    url = models.URLField(_("address"), max_length=1000, blank=True)
    published_on = models.DateField(_("published on"), null=True, blank=True)

    class Meta:
        ordering = ["publisher", "title"]
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        constraints = [
            models.UniqueConstraint(
                name="source_is_listed_once",
                fields=["publisher", "title", "url", "published_on"],
                nulls_distinct=False,
                violation_error_message=_("This source is already listed."),
            ),
            models.CheckConstraint(
                name="source_names_its_publisher",
                condition=~models.Q(publisher=""),
                violation_error_message=_("A source needs a publisher."),
            ),
        ]

    def __str__(self):
        return f"{self.publisher}: {self.title}" if self.title else self.publisher
