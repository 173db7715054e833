"""What there is to tell a follower, and when it is time to look.

Each look compares the answer of now with what was `seen` at the look before, and is written down together with the
notice that comes of it: either both are there or neither.
"""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from cases.history.since import Since, marks_of, since
from cases.models import Follow, Lead, Notice
from cases.models.follow import NoticeKind, NoticeState, Rhythm
from regions.models import Policy

from .question import selection_of, told_as, told_at

MORNING = time(7)  # of the office: when daily and weekly mails are written
# A deadline is told of when it is that near, and once more when it is nearer.
DAYS_AHEAD = (30, 7)


def begin_to_follow(follow, now=None):
    """Let `follow` be told of what comes from now on. What is there already is no news."""
    follow.confirmed_at = follow.looked_at = now or timezone.now()
    selection = selection_of(follow, told_as(follow))
    follow.seen = {"cases": marks_of(selection.cases) if selection else {}, "deadlines": {}, "late": 0}
    follow.save()


def write_all(now=None):
    """Write the notices of everybody whose time it is. Returns how many; each is a transaction of its own."""
    now = now or timezone.now()
    return sum(bool(write_one(pk, now)) for pk in due(now))


def due(now):
    """The keys of the follows at which it is time to look; not while a notice of theirs waits: the next has it all."""
    rows = Follow.objects.active().exclude(notices__state=NoticeState.WAITING).values_list("pk", "rhythm", "looked_at")
    return [pk for pk, rhythm, looked_at in rows if looked_at < _last_time(rhythm, now)]


def _last_time(rhythm, now):
    """When it was last time to look: now, this morning, or on Monday morning."""
    if rhythm == Rhythm.AT_ONCE:
        return now
    local = timezone.localtime(now)
    day = local.date() - timedelta(days=local.time() < MORNING)
    if rhythm == Rhythm.WEEKLY:
        day -= timedelta(days=day.weekday())
    return timezone.make_aware(datetime.combine(day, MORNING))


@transaction.atomic
def write_one(pk, now):
    """Look at what one follow asks, and write a notice if there is news. The Notice, or None.

    Who writes at the same time for the same follow is not waited for.
    """
    follow = Follow.objects.active().select_for_update(skip_locked=True, of=("self",)).filter(pk=pk)
    follow = follow.select_related("owner").first()
    if follow is None or follow.looked_at >= _last_time(follow.rhythm, now) or not told_at(follow):
        return None
    reader = told_as(follow)
    selection = selection_of(follow, reader)
    if selection is None:
        follow.ended_at = now
        follow.save(update_fields=["ended_at"])
        return Notice.objects.create(follow=follow, kind=NoticeKind.ENDED, made_at=now, next_try_at=now)
    content, seen = _look(follow, selection, reader, timezone.localdate(now))
    notice = None
    if content:
        notice = Notice.objects.create(
            follow=follow, kind=NoticeKind.NEWS, content=content, made_at=now, next_try_at=now
        )  # fmt: skip
    if content or seen != follow.seen or follow.rhythm != Rhythm.AT_ONCE:
        follow.seen, follow.looked_at = seen, now
        follow.save(update_fields=["seen", "looked_at"])
    return notice


def _look(follow, selection, reader, today):
    """(what there is to tell, {} for nothing; what was seen)."""
    now = marks_of(selection.cases)
    found = since(follow.seen["cases"], now, reader)
    near = _deadlines(selection.region, today)
    told = follow.seen["deadlines"]
    fresh = [pk for pk, mark in near.items() if told.get(pk) != mark]
    late = _late_leads(selection, reader) if follow.rhythm != Rhythm.AT_ONCE else 0
    seen = {"cases": now, "deadlines": near, "late": late}
    if not (found or fresh or late > follow.seen["late"]):
        return {}, seen
    return {**_as_json(found), "deadlines": sorted(map(int, fresh)), "leads": follow.rhythm != Rhythm.AT_ONCE}, seen


def _as_json(found: Since):
    changed = {str(pk): mark for pk, mark in found.changed.items()}
    return {"new": found.new, "changed": changed, "left": found.left, "gone": found.gone}


def _deadlines(region, today):
    """{policy: [its deadline, how near]} of those ahead that bind in `region`, or anywhere."""
    policies = Policy.objects.as_of(today).with_binding_deadline()
    if region:
        policies = policies.binding_in(region)
    until = today + timedelta(days=max(DAYS_AHEAD))
    found = policies.filter(deadline_on__range=(today, until)).values_list("pk", "deadline_on")
    return {
        str(pk): [day.isoformat(), min(days for days in DAYS_AHEAD if (day - today).days <= days)] for pk, day in found
    }


def open_leads(selection, reader):
    """The open leads where the question asks, as far as its reader works on leads."""
    leads = Lead.objects.visible_to(reader).open()
    regions = selection.chosen.get("region")
    return leads.in_region(*regions) if regions else leads


def _late_leads(selection, reader):
    # Never at once: a mail of the minute would tell when a report came, which nothing here keeps but its day.
    return open_leads(selection, reader).waiting_too_long().count()
