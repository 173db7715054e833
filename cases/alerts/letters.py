"""What a mail says, in the language and with the rights of who gets it at the moment when it is sent."""

from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.history.since import Since
from cases.history.told import Part, Told, parts_since
from cases.models.follow import NoticeKind
from regions.grammar.dates import day_as_known
from regions.grammar.durations import distance
from regions.grammar.language import listed
from regions.grammar.quantities import figure
from regions.models import Policy

from . import tokens
from .news import open_leads
from .question import selection_of, told_as, told_at, view_of


@dataclass
class Letter:
    """A mail. What only asks or ends has no HTML, and no address `stop` that ends it by one click."""

    address: str
    subject: str
    text: str
    html: str = ""
    stop: str = ""


def whole(path):
    """The whole address of a path of this site."""
    return f"{settings.SITE}{path}"


def letter_of(notice):
    """The Letter of a Notice; None where nobody may be told any more, or nothing is left that may be told."""
    follow = notice.follow
    address = told_at(follow)
    if not address:
        return None
    if notice.kind == NoticeKind.CONFIRM:
        context = {"name": follow.name, "link": whole(reverse("alerts:confirm", args=[tokens.to_confirm(follow)]))}
        return _letter("confirm", address, _("Confirm: mails about %(name)s") % {"name": follow.name}, context)
    if notice.kind == NoticeKind.ENDED:
        context = {"name": follow.name, "link": whole(reverse("alerts:follow-list"))}
        return _letter("ended", address, _("No longer followed: %(name)s") % {"name": follow.name}, context)
    return _news(notice, follow, address)


def _news(notice, follow, address):
    reader = told_as(follow)
    selection = selection_of(follow, reader)
    if selection is None:
        return None  # the next look says that it ended
    parts = [*_parts(notice.content, selection, reader, localdate(notice.made_at))]
    if not parts:
        return None
    token = tokens.of(follow)
    # A view as it is called today.
    view = view_of(follow, reader) if follow.view_id else None
    name = view.name if view else follow.name
    path = view.get_absolute_url() if view else f"{reverse('cases:case-list')}?{selection.address(page=None)}"
    context = {
        "name": name,
        "parts": parts,
        "link": whole(path.rstrip("?")),
        "how_often": follow.get_rhythm_display(),
        "manage": whole(reverse("alerts:follow", args=[token])),
    }
    subject = f"{name}: {listed(part.heading for part in parts)}"
    return _letter("news", address, subject, context, stop=whole(reverse("alerts:stop", args=[token])))


def _letter(template, address, subject, context, stop=""):
    context |= {"subject": subject, "site": settings.SITE}
    return Letter(
        address,
        " ".join(subject.split()),
        render_to_string(f"cases/alerts/mail/{template}.txt", context),
        render_to_string(f"cases/alerts/mail/{template}.html", context) if template == "news" else "",
        stop,
    )


def _parts(content, selection, reader, today):
    """What there is to tell, the most pressing first; nothing of what the reader may not see now."""
    yield from _deadlines(content, today)
    changed = {int(pk): mark for pk, mark in content["changed"].items()}
    yield from parts_since(Since(content["new"], changed, content["left"], content["gone"]), reader, whole)
    if content["leads"]:
        yield from _leads(selection, reader)


def _deadlines(content, today):
    policies = Policy.objects.filter(pk__in=content["deadlines"], deadline_on__isnull=False)
    lines = [
        Told(
            policy.title,
            f"{day_as_known(policy.deadline_on)} · {distance(policy.deadline_on, today)}",
            whole(policy.get_absolute_url()),
        )
        for policy in policies.order_by("deadline_on", "ref")
    ]
    if lines:
        text = ngettext("%(number)s deadline ahead", "%(number)s deadlines ahead", len(lines))
        yield Part(text % {"number": figure(len(lines))}, lines)


def _leads(selection, reader):
    leads = open_leads(selection, reader)
    count, late = leads.count(), leads.waiting_too_long().count()
    if not count:
        return
    region = f"?region={selection.region.code}" if selection.region else ""
    link = whole(reverse("leads:lead-list") + region)
    lines = [Told(_("The queue of leads"), "", link)]
    if late:
        text = ngettext("%(number)s waits over 14 days", "%(number)s wait over 14 days", late)
        lines[0].detail = text % {"number": figure(late)}
    text = ngettext("%(number)s lead waits", "%(number)s leads wait", count)
    yield Part(text % {"number": figure(count)}, lines)
