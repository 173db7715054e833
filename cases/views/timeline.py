"""The course of a case, from what came before to what became of the rigs."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models.case import LeadSource
from cases.models.field import place_in_words
from regions.grammar.dates import day_as_known
from regions.grammar.durations import duration
from regions.grammar.language import in_reading_language
from regions.models import Policy


@dataclass
class Event:
    """One line of the course; `order` is the day it is sorted by."""

    order: date
    when: str
    what: str
    detail: str = ""


def course_of(case, deadlines):
    """The events of `case`, oldest first: deadlines that bound it, the lead, raids, sanctions, disposals.

    `deadlines` are the policies of `deadlines_in` its region.
    """
    events = [*_deadlines(case, deadlines), *_lead(case), *_raids(case), *_sanctions(case), *_disposals(case)]
    return sorted(events, key=lambda event: event.order)


def deadlines_in(region):
    """The policies whose deadline bound miners in `region`, the latest deadline first."""
    return list(Policy.objects.binding_in(region).with_binding_deadline().order_by("-deadline_on", "pk"))


def _deadlines(case, deadlines):
    for policy in [policy for policy in deadlines if policy.deadline_on <= case.occurred_on][:3]:
        ago = _("%(duration)s before this case") % {"duration": duration(policy.deadline_on, case.occurred_on)}
        when = day_as_known(policy.deadline_on)
        yield Event(policy.deadline_on, when, _("Deadline set by a policy"), f"{policy.title} · {ago}")


def _lead(case):
    if case.lead_source != LeadSource.UNKNOWN:
        when = day_as_known(case.occurred_on, case.date_precision)
        yield Event(case.occurred_on, when, _("Lead"), case.get_lead_source_display())


def _raids(case):
    for raid in case.raids.all():
        if raid.raided_on is None:
            continue
        when = day_as_known(raid.raided_on, raid.date_precision)
        if raid.raided_until:
            when = f"{when} – {day_as_known(raid.raided_until, raid.date_precision)}"
        what = ngettext("%(count)s raid", "%(count)s raids", raid.visits) % {"count": raid.visits}
        yield Event(raid.raided_on, when, what, _note_of(raid) or _place_of(raid, case))


def _note_of(row):
    return in_reading_language(row.note, row.note_zh)


def _place_of(raid, case):
    return place_in_words(raid.shown_place, case.shown_place, case.shown_place_zh)


def _sanctions(case):
    for sanction in case.sanctions.all():
        if sanction.decided_on:
            when = day_as_known(sanction.decided_on)
            yield Event(sanction.decided_on, when, sanction.get_kind_display(), sanction.note)


def _disposals(case):
    for raid in case.raids.all():
        for seizure in raid.seizures.all():
            for disposal in seizure.disposals.all():
                if disposal.disposed_on:
                    when = day_as_known(disposal.disposed_on, disposal.date_precision)
                    yield Event(disposal.disposed_on, when, disposal.get_kind_display(), _note_of(disposal))
