"""What authorities say was saved, beside our own estimate."""

from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from cases import power
from cases.method import claims
from cases.models import Case
from regions.models import SavingsClaim
from regions.models.savings import ClaimKind


@require_safe
def savings(request):
    """What authorities say was saved, closed, used and lost, each beside its source; savings beside arithmetic."""
    stated = SavingsClaim.objects.select_related("region", "source")
    checks = claims.checks(Case.objects.visible_to(request.user), stated)
    checks.sort(key=lambda check: -(check.claim.energy_kwh_per_year or 0))
    groups = [(kind, [check for check in checks if check.claim.kind == kind]) for kind in ClaimKind]
    context = {
        "claimed": [check for check in checks if check.claim.energy_kwh_per_year],
        "disagreements": claims.disagreements([check.claim for check in checks]),
        "groups": [(kind, rows) for kind, rows in groups if rows],
        "count": len(checks),
        "hours": power.HOURS_A_YEAR,
    }
    return TemplateResponse(request, "cases/savings.html", context)
