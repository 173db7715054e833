"""How figures are calculated: the page of the method, the calculator, and the form for a changed factor."""

from decimal import Decimal

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from cases import power
from cases.actions import factor_sets
from cases.method.calculator import CalculatorForm, calculate
from cases.method.estimate import RatedLine
from cases.models import FactorSet, Rig
from regions.grammar.language import in_reading_language
from regions.grammar.reading import whole_number
from regions.models import Factor, GridArea, Region
from regions.models.factor import FactorKind, Gas, Measure
from regions.models.region import regions_by_code

from .confirm import may_get_and_post


@require_safe
def method(request):
    """The method with every factor. `set` shows how it stood under an earlier number."""
    current = FactorSet.objects.current()
    number = whole_number(request.GET.get("set", ""), digits=8)
    kept = FactorSet.objects.filter(number=number).exclude(number=current.number).first()
    context = {
        "current": current,
        "set": kept or current,
        "unknown_set": request.GET.get("set", "") if kept is None and number != current.number else "",
        "sets": FactorSet.objects.defer("factors").select_related("made_by"),
        "factors": _by_kind(kept.factors if kept else factor_sets.snapshot()),
        "kept": kept,
        "grids": GridArea.objects.prefetch_related("regions"),
        "generic": Rig.objects.generic().order_by("kind", "released_year"),
        "hours": power.HOURS_A_YEAR,
        "worked": worked_examples(),
    }
    return TemplateResponse(request, "cases/method/method.html", context)


def _by_kind(rows):
    """[(kind, its rows)] of a table of factors as a set keeps it, in words."""
    found = {}
    names = {code: region.name for code, region in regions_by_code({row["region"] for row in rows}).items()}
    grids = {grid.slug: grid.name for grid in GridArea.objects.all()}
    in_chinese = dict(Factor.objects.exclude(source_text_zh="").values_list("source_text", "source_text_zh"))
    for row in rows:
        shown = row | {
            "value": f"{Decimal(row['value']).normalize():f}",
            "source": in_reading_language(row["source"], in_chinese.get(row["source"], "")),
            "region": names.get(row["region"]),
            # A set that was made before there were grid areas has none of these.
            "grid": grids.get(row.get("grid")),
            "gas": Gas(row["gas"]).label if row.get("gas") else "",
            "measure": Measure(row["measure"]).label if row.get("measure") else "",
        }
        found.setdefault(FactorKind(row["kind"]).label, []).append(shown)
    return list(found.items())


def worked_examples():
    """The two checks of the method, under the documented defaults, by the code that calculates everything else."""
    plain = power.Assumptions(nameplate=power.EXACTLY)
    line = power.Line.of_model(100, 3250)
    estimate = power.Estimate(power.running_kw([line], plain), 0.5810, given=plain)
    rated = RatedLine("Antminer S19 Pro", 100, line.watts, False, power.rated_kw([line], plain))
    return {
        "estimate": estimate,
        "lines": [rated],
        "mwh": estimate.kwh / 1000,
        "claim": _worked_claim(kwh=6.58e9, tce=2_000_000, projects=45),
    }


def _worked_claim(kwh, tce, projects):
    gce, kw = power.gce_per_kwh(tce, kwh), kwh / power.HOURS_A_YEAR
    return {
        "kwh": kwh,
        "tce": tce,
        "gce": gce,
        "on_generation": power.stands_on_generation(gce),
        "kw": kw,
        "kw_a_project": kw / projects,
    }


@require_safe
def calculator(request):
    """Four figures for rigs that somebody types; the address keeps what was typed."""
    form = CalculatorForm(request.GET if request.GET else None)
    context = {"form": form}
    if form.is_bound and form.is_valid():
        try:
            context["found"] = calculate(form.cleaned_data)
        except ValueError:
            form.add_error("kind", _("The catalogue has no generic rig of this type."))
    return TemplateResponse(request, "cases/method/calculator.html", context)


class AssumptionsForm(forms.ModelForm):
    reason = forms.CharField(
        label=gettext_lazy("Why"), widget=forms.Textarea(attrs={"rows": 3}), help_text=gettext_lazy("Name the source.")
    )

    class Meta:
        model = FactorSet
        fields = factor_sets.ASSUMED


class FactorForm(forms.ModelForm):
    region = forms.ModelChoiceField(
        Region.objects.all(), label=gettext_lazy("Region code"), to_field_name="code", required=False,
        widget=forms.TextInput, error_messages={"invalid_choice": gettext_lazy("No region has this code.")},
    )  # fmt: skip
    reason = AssumptionsForm.base_fields["reason"]

    class Meta:
        model = Factor
        fields = [
            "kind", "region", "scope", "grid", "series", "year", "value", "unit", "measure", "basis", "basis_zh",
            "confidence", "source_text", "source_text_zh", "note", "note_zh",
        ]  # fmt: skip


@permission_required("cases.add_factorset", raise_exception=True)
@may_get_and_post
def revise(request, pk=None):
    """Change what is assumed, or one factor (`pk`; 0 for a new one): first what it changes, then the next set."""
    factor = None if pk is None else get_object_or_404(Factor, pk=pk) if pk else Factor()
    current = FactorSet.objects.current()
    form = _revision_form(request, current, factor)
    effect = None
    if request.method == "POST" and form.is_valid():
        try:
            if "save" in request.POST:
                return _revise(request, form)
            effect = factor_sets.preview(_change_in(form), by=request.user)
        except ValidationError as problem:
            form.add_error(None, problem)
    context = {"form": form, "effect": effect, "current": current, "factor": factor}
    return TemplateResponse(request, "cases/method/revise.html", context, status=400 if form.errors else 200)


def _revision_form(request, current, factor):
    """The form for `factor`; without one, for what the `current` set assumes."""
    if factor is not None:
        return FactorForm(request.POST or None, instance=factor)
    assumed = {name: getattr(current, name) for name in factor_sets.ASSUMED}
    return AssumptionsForm(request.POST or None, instance=FactorSet(**assumed))


def _revise(request, form):
    effect = factor_sets.revise(_change_in(form), by=request.user, reason=form.cleaned_data["reason"])
    message = _("Method v%(number)s is in force; %(cases)s cases were recalculated.")
    messages.success(request, message % {"number": effect.number, "cases": f"{effect.cases:,}"})
    return redirect(f"{reverse('method:method')}?set={effect.number}")


def _change_in(form):
    """What makes the change that was typed: it saves the factor, or returns what is assumed."""
    if isinstance(form, FactorForm):
        return lambda: form.save() and None
    typed = {name: form.cleaned_data.get(name) for name in factor_sets.ASSUMED}
    return lambda: typed
