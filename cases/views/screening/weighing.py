"""The points of rules and marks: the set in force, what other points would change, and the next set."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import ScreeningRun, WeightSet
from cases.screening.results.fitting import LEAST, WeightsFit, inspections_of
from cases.screening.results.inspected import Inspected
from cases.screening.rules import MARKS
from cases.screening.weights import (
    SHIPPED,
    WeightsPreview,
    adopt,
    changes_of_sets,
    current_weights,
    limits_of,
    outcomes_in,
    runs_to_try,
)
from cases.screening.words import NAMES
from cases.views.confirm import may_get_and_post


class RunField(forms.ModelChoiceField):
    """A run by its file, region and first day."""

    def label_from_instance(self, run):
        return f"{run.file_name} · {run.region.name} · {run.first_day or ''}"


class WeightsForm(forms.Form):
    """Points for each rule and mark, a reason, and the run that they are tried on."""

    reason = forms.CharField(label=gettext_lazy("Why"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 3}))
    run = RunField(None, label=gettext_lazy("Try them on"), required=False, empty_label=None)
    instead_of = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data=None, *, runs, current, points, reason=""):
        super().__init__(data, initial={"instead_of": current.number, "reason": reason})
        self.fields["run"].queryset = runs
        for name in SHIPPED:
            least, most = limits_of(name)
            self.fields[name] = forms.FloatField(
                label=NAMES[name], min_value=least, max_value=most, initial=points.get(name, 0.0),
                widget=forms.NumberInput(attrs={"step": "any"}),
            )  # fmt: skip

    @property
    def points(self):
        """Those that were typed."""
        return {name: self.cleaned_data[name] for name in SHIPPED}

    @property
    def rules(self):
        return [self[name] for name in SHIPPED if name not in MARKS]

    @property
    def marks(self):
        return [self[name] for name in MARKS]


@permission_required("cases.add_weightset", raise_exception=True)
@may_get_and_post
def weights_page(request):
    """The set in force and those before it; POST shows what other points would change, or puts them in force.

    It may also fit points to what inspections found, which then stand in the form: nothing is in force by itself.
    """
    current, runs = current_weights(), runs_to_try(request.user)
    inspected = Inspected(ScreeningRun.objects.visible_to(request.user))
    form = WeightsForm(request.POST or None, runs=runs, current=current, points=current.points)
    preview = fit = None
    if "fit" in request.POST:
        form = WeightsForm(runs=runs, current=current, points=current.points)
        try:
            fit = WeightsFit(inspections_of(inspected.outcomes, SHIPPED), SHIPPED | current.points)
            reason = _("Fitted to %(n)s inspections.") % {"n": fit.found.count}
            form = WeightsForm(runs=runs, current=current, points=fit.points, reason=reason)
        except ValidationError as refusal:
            messages.error(request, refusal.messages[0])
    elif request.method == "POST" and form.is_valid():
        try:
            if "save" in request.POST:
                return _adopt(request, form)
            if form.points == current.points:
                form.add_error(None, _("These are the points that are in force."))
            elif run := form.cleaned_data["run"]:
                preview = WeightsPreview(run, current.points, form.points, outcomes_in(run))
        except ValidationError as refusal:
            form.add_error(None, refusal)
    sets = WeightSet.objects.select_related("made_by")
    context = {
        "form": form,
        "current": current,
        "preview": preview,
        "fit": fit,
        "inspected": inspected,
        "least": LEAST,
        "unseen": [NAMES[name] for name in preview.unseen] if preview else [],
        "may_save": form.is_bound and not form.errors,
        "has_runs": runs.exists(),
        "sets": [
            (made, [(NAMES.get(name, name), before, after) for name, before, after in moved])
            for made, moved in changes_of_sets(sets)
        ],
    }
    return TemplateResponse(request, "cases/screening/weights.html", context, status=400 if form.errors else 200)


def _adopt(request, form):
    typed = form.cleaned_data
    made = adopt(form.points, instead_of=typed["instead_of"], reason=typed["reason"], by=request.user)
    told = _("Version %(number)s is in force: new runs use it, older ones keep their points.")
    messages.success(request, told % {"number": made.number})
    return redirect("screening:weights")
