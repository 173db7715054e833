"""What the meters say of a case: consumption before and after its raid."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pghistory
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from cases import access
from cases.models import Case, ScreenedMeter
from cases.models.screening import Subject, titled
from cases.screening.results import effects
from cases.screening.results.pictures import Curve, line
from cases.views.confirm import may_get_and_post
from cases.views.leads.guard import for_who_works_on_leads, text_in


@dataclass
class MeasuringPage:
    """What can be measured for `case`, and what was asked of it: a subject and its number or name."""

    case: Case
    user: object
    subject: str = ""
    name: str = ""

    @cached_property
    def runs(self):
        return effects.runs_about(self.case, self.user)

    @cached_property
    def choices(self):
        """[(subject, number or name, both in words)]"""
        found = effects.subjects_of(self.case, self.runs)
        return [(subject.value, name, titled(subject, name, self.case.region)) for subject, name in found]

    @property
    def raided(self):
        return self.case.occurred_on, self.case.occurred_until or self.case.occurred_on

    @property
    def title(self):
        return titled(self.subject, self.name, self.case.region)

    @cached_property
    def meters(self):
        return effects.meters_behind(self.subject, self.name, self.case, self.runs) if self.name else set()

    @cached_property
    def days(self):
        return effects.daily_loads(self.runs, self.meters)

    @cached_property
    def outcome(self):
        """(Less or None, why there is none)"""
        if not self.meters:
            return None, _("No screening of this region has “%(name)s”.") % {"name": self.name}
        try:
            return effects.less_since(self.days, self.raided, effects.celsius_of(self.runs)), ""
        except effects.TooLittle as problem:
            return None, str(problem)

    @property
    def less(self):
        return self.outcome[0]

    @property
    def problem(self):
        return self.outcome[1]

    @property
    def adjustments(self):
        return [effects.ADJUSTMENTS[name] for name in self.less.adjusted_for]

    @cached_property
    def picture(self):
        """The mean of each day, and where the raid is."""
        first, last = min(self.days), max(self.days)
        kw = np.full((last - first).days + 1, np.nan)
        for day, value in self.days.items():
            kw[(day - first).days] = value
        top = float(np.nanmax([*kw, 0.001]))
        return DailyLoad(first, last, top, line(kw, top), (self.raided[0] - first).days)

    @cached_property
    def kept(self):
        return list(self.case.measured.select_related("by"))


@dataclass(frozen=True)
class DailyLoad:
    first: object
    last: object
    top: float  # kW
    line: Curve
    raid: int  # days after the first


@for_who_works_on_leads
@may_get_and_post
def before_and_after(request, ref):
    """Choose a meter, feeder or area and see what it took before and after; POST keeps or removes it."""
    case = get_object_or_404(Case.objects.visible_to(request.user).select_related("region"), ref=ref)
    if not access.works_in(request.user, case.region_id):
        raise Http404
    if request.method == "POST":
        act = ACTS.get(request.POST.get("act"))
        if act is None:
            raise Http404
        act(request, case)
        return redirect(reverse("screening:measured", args=[case.ref]))
    page = _page(request.GET, case, request.user)
    return TemplateResponse(request, "cases/screening/measured.html", {"case": case, "page": page})


def _page(asked, case, user):
    subject, name = asked.get("subject", ""), asked.get("name", "").strip()[:100]
    page = MeasuringPage(case, user, subject if subject in Subject else Subject.METER.value, name)
    if page.subject == Subject.METER and page.meters:
        with pghistory.context(user=user.pk, name=user.get_username()):
            for found in ScreenedMeter.objects.filter(run__in=page.runs, meter=name):
                pghistory.create_event(found, label="viewed")
    return page


def _keep(request, case):
    page = _page(request.POST, case, request.user)
    if page.less is None:
        messages.error(request, page.problem)
        return
    with pghistory.context(user=request.user.pk, name=request.user.get_username()):
        effects.keep_measured(case, page.subject, page.name, page.less, page.runs[-1], by=request.user)
    messages.success(request, _("The measurement is kept with the case."))


def _remove(request, case):
    number = text_in(request, "number")
    kept = case.measured.filter(pk=number if number.isdecimal() and len(number) < 19 else 0)
    with pghistory.context(user=request.user.pk, name=request.user.get_username()):
        gone, _by_model = kept.delete()
    if gone:
        messages.success(request, _("The measurement was removed; the history keeps it."))


ACTS = {"keep": _keep, "remove": _remove}
