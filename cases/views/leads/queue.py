"""The queue of leads, for who works on them: list, map, files, figures, steps for many, and entering a lead."""

from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import JsonResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from cases.fields import NamedField
from cases.leads import counting, files, handling, opening
from cases.models import Lead
from cases.models.lead import LeadKind
from cases.selection.leads import LeadSelection, describe_leads
from cases.selection.selection import PAGE_SIZES
from cases.views.confirm import may_get_and_post
from regions.grammar.fields import DegreesField
from regions.grammar.quantities import figure
from regions.grammar.reading import whole_number
from regions.models import Region
from regions.models.region import regions_by_code

from .guard import for_who_works_on_leads, labels_of, text_in

MOST_DRAWN = 2_000  # leads on a map, those that wait longest


@for_who_works_on_leads
@require_safe
def lead_list(request):
    """A selection of the leads of the regions of work, the longest waiting first."""
    selection = LeadSelection(request.GET, request.user)
    visible = Lead.objects.visible_to(request.user)
    page = selection.page()
    rows = list(page.object_list)
    where = opening.where_of(rows)
    context = {
        "selection": selection,
        "question": selection.filter,
        "sentence": describe_leads(selection),
        "page": page,
        "page_sizes": PAGE_SIZES,
        "rows": [(lead, where[lead.pk]) for lead in rows],
        "any": bool(rows) or visible.exists(),
        "waiting": visible.waiting_too_long().count(),
        "chosen_states": labels_of(handling.CHOSEN_STATES),
        **_facets(selection),
    }
    return TemplateResponse(request, "cases/leads/list.html", context)


def _facets(selection):
    if not selection.is_counted:
        return {"facets": [], "below": []}
    fields = selection.filter.form.fields
    return {
        "facets": [(name, fields[name].label, values) for name, values in selection.facets().items()],
        "below": selection.region_facet(),
    }


def _understood(view):
    """A machine that asks what we do not understand gets 400 and the name of the parameter."""

    @for_who_works_on_leads
    @require_safe
    def answer(request):
        selection = LeadSelection(request.GET, request.user)
        if not selection.is_valid:
            return JsonResponse({"errors": selection.problems}, status=400)
        return view(selection)

    return answer


@_understood
def lead_map(selection):
    """Where the leads of a selection are, as GeoJSON; what senders wrote is opened for who may see the lead."""
    leads = list(selection.rows()[:MOST_DRAWN])
    features = opening.features_of(leads)
    notes = [
        _not_drawn(len(leads) - len(features)),
        _("Only the %(most)s that wait longest are on the map.") % {"most": figure(MOST_DRAWN)}
        if selection.count > MOST_DRAWN
        else "",
    ]
    return JsonResponse(
        {"type": "FeatureCollection", "features": features, "note": " ".join(filter(None, notes))},
        content_type="application/geo+json",
        json_dumps_params={"ensure_ascii": False, "allow_nan": False},
    )


def _not_drawn(number):
    told = ngettext(
        "%(leads)s lead is not on the map: neither its place nor its region is known.",
        "%(leads)s leads are not on the map: neither their place nor their region is known.",
        number,
    )
    return told % {"leads": figure(number)} if number else ""


@_understood
def leads_csv(selection):
    response = StreamingHttpResponse(files.csv(selection), content_type="text/csv; charset=utf-8; header=present")
    return _named(response, selection, "csv")


@_understood
def leads_xlsx(selection):
    response = StreamingHttpResponse(
        files.xlsx(selection),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    return _named(response, selection, "xlsx")


def _named(response, selection, ending):
    own = quote(files.file_name(selection, ending, in_ascii=False), safe="")
    name = files.file_name(selection, ending)
    response["Content-Disposition"] = f"attachment; filename=\"{name}\"; filename*=UTF-8''{own}"
    return response


@for_who_works_on_leads
@require_safe
def lead_figures(request):
    """The leads of the regions of work, counted by kind, month and region."""
    visible = Lead.objects.visible_to(request.user)
    kinds, months, regions = (counting.sums_by(visible, group) for group in ("kind", "month", "region"))
    names = {code: region.name for code, region in regions_by_code([sums.of for sums in regions]).items()}
    tables = [
        (_("By kind"), [(LeadKind(sums.of).label, sums) for sums in kinds]),
        (_("By month"), [(date_format(sums.of, "YEAR_MONTH_FORMAT"), sums) for sums in months]),
        (_("By region"), [(names.get(sums.of, _("not known")), sums) for sums in regions]),
    ]
    return TemplateResponse(request, "cases/leads/figures.html", {"tables": tables})


@for_who_works_on_leads
@require_POST
def bulk(request):
    """Give the chosen leads to oneself, or bring them all to one state."""
    chosen = dict(entry.split(":", 1) for entry in request.POST.getlist("lead")[:200] if ":" in entry)
    leads = Lead.objects.visible_to(request.user).filter(ref__in=chosen)
    done, late, problem = 0, 0, "" if chosen else _("Choose at least one lead.")
    for lead in leads:
        try:
            _do_to(request, lead, whole_number(chosen[lead.ref]))
        except handling.ChangedMeanwhile:
            late += 1
        except ValidationError as refused:
            problem = f"{lead.ref}: {refused.messages[0]}"
        else:
            done += 1
    if done:
        messages.success(request, ngettext("Changed %(n)s lead.", "Changed %(n)s leads.", done) % {"n": done})
    if late:
        told = ngettext(
            "%(n)s lead was changed by a colleague meanwhile and stays as it is.",
            "%(n)s leads were changed by a colleague meanwhile and stay as they are.",
            late,
        )
        messages.error(request, told % {"n": late})
    if problem:
        messages.error(request, problem)
    # Back to the same question; only its query string is taken from the form, so that it leads nowhere else.
    asked = LeadSelection(QueryDict(request.POST.get("asked", "")), request.user).address()
    return redirect(reverse("leads:lead-list") + (f"?{asked}" if asked else ""))


def _do_to(request, lead, version):
    if request.POST.get("act") == "take":
        handling.assign(lead, request.user, by=request.user, version=version)
    else:
        handling.change_state(
            lead, request.POST.get("state", ""), by=request.user, version=version, reason=text_in(request, "reason"),
            passed_to=text_in(request, "passed_to")[:200],
        )  # fmt: skip


class LeadForm(forms.ModelForm):
    """A lead that an officer enters: everything but tips, which come by the public form."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=[choice for choice in LeadKind.choices if choice[0] != LeadKind.TIP]
    )
    region = NamedField("region", Region, "code", label=gettext_lazy("Region"))
    latitude = DegreesField("latitude", label=gettext_lazy("Latitude"), required=False)
    longitude = DegreesField("longitude", label=gettext_lazy("Longitude"), required=False)

    class Meta:
        model = Lead
        fields = ["kind", "region", "place", "latitude", "longitude", "summary", "score"]


@for_who_works_on_leads
@may_get_and_post
def record(request):
    """Enter a lead that did not come by the public form."""
    form = LeadForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        allowed = Region.objects.worked_in_by(request.user).filter(pk=form.cleaned_data["region"].pk).exists()
        if allowed:
            return redirect(handling.record_lead(form.save(commit=False), by=request.user))
        form.add_error("region", _("This is not among your regions of work."))
    return TemplateResponse(request, "cases/leads/new.html", {"form": form}, status=400 if form.errors else 200)
