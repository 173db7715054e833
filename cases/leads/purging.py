"""What people sent is deleted when the office has long finished with it; the leads stay and are counted."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from cases.models import Tip
from cases.models.lead import OPEN_STATES

KEPT = timedelta(days=180)  # after the last step of a lead that is closed; the public form says so


def out_of_time():
    """The tips whose lead is closed, and of which nothing was done for so long."""
    return (
        Tip.objects.exclude(lead__state__in=OPEN_STATES)
        .annotate(last=Max("lead__steps__at"))
        .filter(Q(last=None) | Q(last__lt=timezone.now() - KEPT))
    )


@transaction.atomic
def purge() -> int:
    """Delete their content. Returns how many there were."""
    gone = list(out_of_time().values_list("pk", flat=True))
    Tip.objects.filter(pk__in=gone).delete()
    return len(gone)
