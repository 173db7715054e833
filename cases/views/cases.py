"""The pages of cases: the list, its figures as tables and as JSON, data quality, and the page of one case."""

import re
from dataclasses import asdict, dataclass
from functools import cache, partial

from django.contrib.auth.models import User
from django.db.models import Q, prefetch_related_objects
from django.http import Http404, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from cases import access
from cases.doubts import open_doubts, rules
from cases.doubts.data_quality import DataQuality
from cases.history import changes
from cases.method.estimate import Basis, if_run
from cases.models import Case, versions
from cases.models.case import load_its_page
from cases.models.field import Qualifier
from cases.models.intake import DoubtRule
from cases.pictures import maps
from cases.pictures.charts import charts_of
from cases.pictures.elsewhere import embeds
from cases.selection.completion import named
from cases.selection.filters import FACTS, LONGEST_TEXT
from cases.selection.selection import PAGE_SIZES, Selection
from cases.selection.sentence import describe
from regions.keeping import KeptParts, answer_for_readers_alike, key_of_readers_alike
from regions.models import Boundary
from regions.models.region import names_right_below

from .timeline import course_of, deadlines_in

MOST_KNOWN = 5_000  # addresses of which a process keeps whether a case is there
FEW = 2_000  # cases of which the first answer has the counts and charts too: they cost less than other requests
ZOOM = re.compile(r"(1?[0-7]|[89]|18)(\.[0-9]{1,4})?", re.ASCII)

_are_there = KeptParts(MOST_KNOWN, size_of=lambda _is_there: 1)


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
def case_list(request):
    """Browse a selection. A filter change asks this same address and gets the results, then the counts and the charts.

    The switch of the charts asks it too, and gets the charts.
    """
    if request.htmx and request.htmx.target in PARTS:
        template, parts_of = PARTS[request.htmx.target]

        def part():
            return TemplateResponse(request, template, parts_of(Selection(request.GET, request.user))).render()

        return answer_for_readers_alike(request, request.user, part)
    made = cache(lambda: _results(Selection(request.GET, request.user), is_whole=not request.htmx))
    context = {name: SimpleLazyObject(partial(lambda name: made()[name], name)) for name in RESULTS}
    context["alike"] = key_of_readers_alike(request, request.user, of_sums=True)
    # Codes as they are on record, whatever was typed: one question has one address.
    context["page_address"] = lambda: request.build_absolute_uri(
        f"{request.path}?{context['selection'].address()}".rstrip("?")
    )
    return TemplateResponse(request, f"cases/list/list.html{'#results' if request.htmx else ''}", context)


@require_safe
def figures(request):
    """What the map and the charts show, as tables."""
    selection = Selection(request.GET, request.user)
    context = {
        "selection": selection,
        "sentence": describe(selection),
        "charts": charts_of(selection),
    }
    return TemplateResponse(request, "cases/list/figures.html", context)


@require_safe
def data_quality(request):
    """What the cases of a selection do not state, and what looks wrong about them: each a link to the cases."""
    selection = Selection(request.GET, request.user)
    quality = DataQuality(selection.cases)
    fields, lacking, doubted = selection.filter.form.fields, quality.lacking, quality.doubted
    context = {
        "selection": selection,
        "sentence": describe(selection),
        "lacking": _most_first((fact, FACTS[fact][0], lacking[fact]) for fact in FACTS),
        "doubted": _most_first((rule, rule.label, doubted[rule], rules.ASKS[rule]) for rule in DoubtRule),
        "confidence": (fields["confidence"].label, selection.facet("confidence")),
        "first": quality.most_doubted,
    }
    return TemplateResponse(request, "cases/list/quality.html", context)


def _most_first(rows):
    return sorted(rows, key=lambda row: -row[2])


@require_safe
def names(request, what):
    """Up to 20 regions, agencies, policies or rigs with a name like `q`, for a field that completes."""
    text = request.GET.get("q", "").strip()[:LONGEST_TEXT]
    found = named(what, text, request.user)[:20] if text else []
    return JsonResponse({"names": [{"code": code, "name": name} for code, name in found]})


@require_safe
def case_detail(request, ref):
    """Everything known of one case, and who said it."""
    page = CasePage(ref, request.user)
    alike = key_of_readers_alike(request, request.user, asks_for_saved=False)
    is_there = _are_there.get(alike, lambda: page.case is not None) if alike else page.case is not None
    if not is_there:
        return _elsewhere(request, page.visible, ref)
    context = {"case": SimpleLazyObject(lambda: page.case), "page": page, "alike": alike}
    return TemplateResponse(request, "cases/case/case.html", context)


@dataclass
class CasePage:
    """What the page of the case `ref` shows to `user` and lets them do. Nothing is read before it is asked for."""

    ref: str
    user: User

    @cached_property
    def visible(self):
        return Case.objects.visible_to(self.user)

    @cached_property
    def case(self):
        """The case, if `user` may see it; else None."""
        return self.visible.select_related("region").filter(ref=self.ref).first()

    @cached_property
    def made_of(self):
        """All that the page shows is the same where these are."""
        return [
            self.case,
            self.beside,
            [self.may_edit, self.may_delete, self.may_publish, self.may_read_history, self.may_see_meters],
            self.versions,
            self.standing,
            localdate(),
        ]

    @cached_property
    def standing(self):
        return versions.of_the_standing_record()

    def _kept(self, make, *values):
        """What `make(*values)` reads of the standing record alone: cases of a region share it, none changes it."""
        name = (get_language(), self.case.region_id, make.__qualname__)
        return versions.of_standing(name, lambda: make(*values), self.standing)

    @cached_property
    def versions(self):
        return versions.of_cases([self.case.pk, *(other.pk for other in self.beside)])

    @cached_property
    def beside(self):
        """The other cases that the page names, if `user` may see them: wider, narrower, and likely twins."""
        prefetch_related_objects([self.case], "open_doubts")
        others = {self.case.part_of_id, *(doubt.other_id for doubt in self.case.open_doubts.all())} - {None}
        return list(self.visible.filter(Q(part_of=self.case) | Q(pk__in=others)).order_by("-occurred_on", "ref"))

    @cached_property
    def whole(self):
        """The case with all that belongs to it."""
        *_versions, tables = self.versions
        load_its_page(self.case, tables)
        return self.case

    @cached_property
    def electricity(self):
        return if_run(self.whole, self.basis, sees_meters=self.may_see_meters)

    @cached_property
    def basis(self):
        return versions.of_standing("basis", Basis.of, self.standing)

    @cached_property
    def regions(self):
        """The region of the case and those above it, the country first."""
        return [*self._kept(lambda: list(self.case.region.ancestors())), self.case.region]

    @cached_property
    def picture(self):
        """The map of the region that the case is known for; None where no shape is on record."""
        return maps.of_case(self.case, maps.ground_of(self.case.region, self.standing))

    @property
    def qualifier(self):
        return Qualifier(self.case.rigs_qualifier).label if self.case.rigs_qualifier else ""

    @cached_property
    def seizures(self):
        return [seizure for raid in self.whole.raids.all() for seizure in raid.seizures.all()]

    @cached_property
    def course(self):
        return course_of(self.whole, self._kept(deadlines_in, self.case.region))

    @cached_property
    def wider(self):
        """The wider case that includes this one, if `user` may see it."""
        return next((case for case in self.beside if case.pk == self.case.part_of_id), None)

    @cached_property
    def parts(self):
        """The narrower cases that `user` may see."""
        return [case for case in self.beside if case.part_of_id == self.case.pk]

    @cached_property
    def doubts(self):
        return open_doubts.open_doubts(self.whole, self.visible, self.basis.factors)

    @cached_property
    def _works_here(self):
        return access.works_in(self.user, self.case.region_id)

    def _may(self, permission):
        """What `Case.objects.editable_by` and its like say, with one question to the database for all of them."""
        return self.user.has_perm(permission) and self._works_here

    @property
    def may_edit(self):
        return self._may("cases.change_case")

    @property
    def may_delete(self):
        return self.may_edit and self.user.has_perm("cases.delete_case")

    @property
    def may_publish(self):
        return self._may("cases.publish_case")

    @property
    def may_read_history(self):
        return self._may("cases.view_case")

    @property
    def may_see_meters(self):
        return self._may("cases.work_on_leads")


def _elsewhere(request, visible, ref):
    """Redirect from a merged case to its survivor; tell who may read the history that a case is deleted."""
    survivor = visible.once_called(ref).first()
    if survivor is not None:
        return redirect(survivor, permanent=True)
    found = None if Case.objects.filter(ref=ref).exists() else changes.case_called(ref)
    if found is None or not access.may_read(request.user, found[1]):
        raise Http404
    return TemplateResponse(request, "cases/case/gone.html", {"ref": ref}, status=410)


def _answers_in_json(view):
    """A machine that asks what we do not understand gets 400 and the name of the parameter.

    An answer is made once for readers alike while nobody writes.
    """

    @require_safe
    def answer(request):
        return answer_for_readers_alike(request, request.user, lambda: made(request))

    def made(request):
        selection = Selection(request.GET, request.user)
        if not selection.is_valid:
            return JsonResponse({"errors": selection.problems}, status=400)
        return view(request, selection)

    return answer


@_answers_in_json
def facets(request, selection):
    return JsonResponse({"region": selection.region_facet(), **selection.facets()})


@_answers_in_json
def totals(request, selection):
    found = selection.totals()
    ranges = {name: getattr(found, name) for name in ("kw", "kwh_a_year", "tce", "tce_calorific", "t_co2")}
    return JsonResponse(asdict(found) | {name: value._asdict() if value else None for name, value in ranges.items()})


@_answers_in_json
def trend(request, selection):
    return JsonResponse({"months": selection.trend(), "year_only": selection.undated()})


@_answers_in_json
def regions(request, selection):
    return JsonResponse(_regions(selection))


@_answers_in_json
def case_map(request, selection):
    """The selection as clusters for a map. `bbox` and `zoom` say what the map shows."""
    zoom = request.GET.get("zoom", "2")
    if not ZOOM.fullmatch(zoom):
        return JsonResponse({"errors": {"zoom": [_("Zoom must be a number from 0 to 18.")]}}, status=400)
    features = selection.clusters(float(zoom))
    return JsonResponse(
        {"type": "FeatureCollection", "features": features},
        content_type="application/geo+json",
        json_dumps_params={"ensure_ascii": False, "allow_nan": False},
    )


def _facet_groups(selection):
    fields = selection.filter.form.fields
    return [(name, fields[name].label, values) for name, values in selection.facets().items()]


# What the page of the list shows; of a question that is kept for readers alike, none of it is made.
RESULTS = ("selection", "page", "totals", "sentence", "page_sizes", "charts", "pieces", "counted", "charted", "choices")


def _results(selection, is_whole):
    """The sums of a selection, one page of its cases, and the filter form; of a whole page with the charts, if few."""
    totals = selection.totals()
    few = totals.cases <= FEW
    return {
        "page": selection.page(),
        "totals": totals,
        "sentence": describe(selection),
        "page_sizes": PAGE_SIZES,
        "counted": few,
        "charted": is_whole and (few or selection.show == "charts"),
        "choices": SimpleLazyObject(lambda: _insights(selection) if few else _choices(selection)),
        **_charts(selection),
    }


def _charts(selection):
    return {
        "selection": selection,
        "charts": SimpleLazyObject(lambda: charts_of(selection)),
        "pieces": embeds.PIECES,
    }


def _choices(selection):
    """The filter form without counts."""
    fields, parent = selection.filter.form.fields, selection.region
    return {
        "parent": parent,
        "below": names_right_below(parent, and_blocs=False),
        "facets": [(name, fields[name].label, values) for name, values in selection.choices().items()],
    }


def _insights(selection):
    """The filter form with counts, and what the coloured map draws."""
    if not selection.is_counted:
        return {"selection": selection, **_choices(selection)}
    groups, by_region = _facet_groups(selection), selection.by_region(selection.region)
    regions = _regions(selection, by_region)
    insights = {"regions": by_region, "data": {"regions": regions}}
    return {"selection": selection, "parent": selection.region, "facets": groups, "insights": insights}


# What the page asks for apart: {its place: (its template, what makes the context)}.
PARTS = {"insights": ("cases/list/_facets.html", _insights), "charts": ("cases/list/_charts.html", _charts)}


def _regions(selection, by_region=None):
    """Cases and rigs by region, where the shapes of these regions are, and what the map must show.

    Of a region without shapes below it, the shapes are its own and those of its siblings.
    """
    focus, parent = selection.area, _with_shapes(selection.area)
    if by_region is None or parent != selection.region:
        by_region = selection.by_region(parent)
    return {
        "focus": focus.code if focus else None,
        "parent": parent.code if parent else None,
        "level": by_region[0].region.get_level_display() if by_region else "",
        "extent": selection.extent(),
        "boundaries": reverse("regions:boundaries", args=[parent.code] if parent else []),
        "regions": [_as_data(row) for row in by_region],
    }


def _with_shapes(region):
    """`region`, or its parent if no region below it has a shape."""
    return region.parent if region and not Boundary.objects.right_below(region).exists() else region


def _as_data(row):
    return {
        "code": row.region.code,
        "name": row.region.name,
        "cases": row.cases,
        "rigs": row.rigs,
        "rigs_cases": row.rigs_cases,
        "kw": row.kw,
    }
