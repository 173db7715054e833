"""Meters that were looked at and are no mines: the list of them, and the form that puts one on it."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import F
from django.template.response import TemplateResponse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases.models import Clearance, ScreenedMeter, ScreeningRun
from cases.screening.results.cleared import ClearedMeter
from cases.views.leads.guard import for_who_works_on_leads

MOST_LISTED = 50


class ClearanceForm(forms.ModelForm):
    """What a meter is that is no mine, since when that is known and for how long it holds."""

    class Meta:
        model = Clearance
        fields = ["kind", "note", "looked_on", "until"]
        widgets = {
            name: forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}) for name in ("looked_on", "until")
        }  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, initial={"looked_on": localdate()}, **kwargs)

    def clean_looked_on(self):
        day = self.cleaned_data["looked_on"]
        if day > localdate():
            raise ValidationError(_("This day is still to come."))
        return day


@for_who_works_on_leads
@require_safe
def cleared_list(request):
    """The meters of the regions of work that were looked at and are no mines, the last look first."""
    runs = ScreeningRun.objects.visible_to(request.user)
    found = ScreenedMeter.objects.cleared().filter(run__in=runs.values("pk"))
    order = found.select_related("run__region", "lead", "clearance__by").defer("parts", "figures", "run__peers")
    page = Paginator(order.order_by(F("looked_on").desc(nulls_last=True), "pk"), MOST_LISTED).get_page(
        request.GET.get("page")
    )
    rows = [ClearedMeter(then, then.kw) for then in page]
    return TemplateResponse(request, "cases/screening/cleared.html", {"page": page, "rows": rows})
