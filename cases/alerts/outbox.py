"""Sends what waits: each notice once.

A notice is written in the transaction in which the look of its follow moves on (`news.write_one`), so that none is lost
and none is written twice. To send it, it goes from "waiting" through "being sent" to "sent", each in a transaction of
its own. With a mail server "being sent" is written when the server has taken sender and receiver and only the text is
to follow; whatever fails before is tried again, and so is what the server refuses. Of two senders one wins that step.

What remains possible: the machine dies, or the connection breaks, after the text began to flow and before "sent" is
written. Then nobody on this side knows whether the server has it. Such a notice is neither sent again nor forgotten:
after a quarter of an hour `unclear` names it, and a person decides (`send_alerts --unclear again` or `sent`). Its
Message-ID stays, by which most mail servers drop a second copy.

A program that is called by a hook sees by the `id` what it was told before: there, what is unclear is sent again.

A mail server that does not answer stops the run, and is no fault of any notice. What is refused is tried again later
and later; after the last try the follow ends. A mail that comes back later as a bounce is read by nobody here.
"""

import logging
from contextlib import suppress
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import override

from cases.models import Follow, Notice
from cases.models.follow import NoticeKind, NoticeState

from . import hooks
from .letters import letter_of
from .tokens import UNCONFIRMED

log = logging.getLogger(__name__)

# How long after each refusal it is tried again; after the last of them no more.
PAUSES = [timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 720, 1440, 1440)]
UNCLEAR_AFTER = timedelta(minutes=15)
SECONDS_TO_TAKE_A_TEXT = 60  # for a server that reads a mail before it says yes
KEPT = timedelta(days=30)  # of what was sent, and of follows that ended


class ServerAwayError(Exception):
    """The mail server cannot be reached: nothing was handed over."""


class TakenError(Exception):
    """Another sender has it, or it is not followed any more."""


def send_all(now=None):
    """Send every notice whose time it is. Returns how many were sent. Raises ServerAwayError."""
    now = now or timezone.now()
    _unclear(now).exclude(follow__hook="").update(state=NoticeState.WAITING)
    waiting = Notice.objects.filter(state=NoticeState.WAITING, next_try_at__lte=now)
    return sum(send_one(pk, now) for pk in list(waiting.values_list("pk", flat=True)))


def send_one(pk, now):
    """Send one notice. Whether it was handed over; what was refused waits for its next time."""
    notice = Notice.objects.select_related("follow__owner", "follow__view").filter(pk=pk).first()
    if notice is None:
        return False
    if notice.follow.hook:
        return _call(notice, now)
    with override(notice.follow.language):
        letter = letter_of(notice)
    if letter is None:  # nothing that the follower may still see, or nobody who may be told
        Notice.objects.filter(pk=pk, state=NoticeState.WAITING).delete()
        return False
    connection = get_connection()
    try:
        connection.open()
    except (OSError, SMTPException) as problem:
        raise ServerAwayError(str(problem)) from problem
    try:
        _hand_over(connection, message_of(notice, letter, connection), lambda: _claim(pk, now))
    except TakenError:
        return False
    except (OSError, SMTPException, ValueError) as problem:
        _refused(notice, problem, now)
        return False
    finally:
        with suppress(OSError, SMTPException):
            connection.close()
    Notice.objects.filter(pk=pk).update(state=NoticeState.SENT, problem="")
    return True


def _call(notice, now):
    """Call the program that follows. Whether it said yes."""
    with override(notice.follow.language):
        told = hooks.told_of(notice)
    if told is None:
        Notice.objects.filter(pk=notice.pk, state=NoticeState.WAITING).delete()
        return False
    try:
        _claim(notice.pk, now)
        hooks.post(notice, told)
    except TakenError:
        return False
    except hooks.RefusedError as problem:
        log.warning("The hook of %s for “%s” was refused: %s", notice.follow.owner, notice.follow, problem)
        _refused(notice, problem, now)
        return False
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.SENT, problem="")
    return True


def message_of(notice, letter, connection=None):
    """The mail, the same with each try."""
    headers = {
        "Message-ID": message_id_of(notice),
        "Auto-Submitted": "auto-generated",
    }
    if letter.stop:
        headers |= {"List-Unsubscribe": f"<{letter.stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    message = EmailMultiAlternatives(
        letter.subject, letter.text, to=[letter.address], headers=headers, connection=connection
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    return message


def message_id_of(notice):
    """Its Message-ID."""
    host = urlsplit(settings.SITE).hostname
    return f"<{notice.pk}@{host}>"


def _claim(pk, now):
    won = Notice.objects.filter(pk=pk, state=NoticeState.WAITING).update(
        state=NoticeState.SENDING, handed_over_at=now
    )  # fmt: skip
    if not won:
        raise TakenError


def _hand_over(connection, message, claim):
    """Send `message`, with `claim` as late as can be: with SMTP when only the text is to follow."""
    smtp = getattr(connection, "connection", None)
    if smtp is None:  # a folder
        claim()
        connection.send_messages([message])
        return
    send_text = smtp.data

    def claim_and_send(text):
        claim()
        smtp.sock.settimeout(SECONDS_TO_TAKE_A_TEXT)
        return send_text(text)

    smtp.data = claim_and_send
    connection.send_messages([message])


def _refused(notice, problem, now):
    """Note that it was not taken, and when to try again. What may have been taken stays "being sent"."""
    rows = Notice.objects.filter(pk=notice.pk)
    said_no = isinstance(problem, (SMTPRecipientsRefused, SMTPResponseException, ValueError, hooks.RefusedError))
    waits = Q(state=NoticeState.WAITING) | Q(state=NoticeState.SENDING) if said_no else Q(state=NoticeState.WAITING)
    values = {"problem": str(problem)[:300], "state": NoticeState.WAITING}
    if notice.tries < len(PAUSES):
        rows.filter(waits).update(**values, tries=notice.tries + 1, next_try_at=now + PAUSES[notice.tries])
    elif rows.filter(waits).delete()[0]:
        Follow.objects.filter(pk=notice.follow_id).update(ended_at=now)


def unclear(now=None):
    """The mails of which nobody here knows whether they were taken."""
    return _unclear(now or timezone.now()).filter(follow__hook="")


def _unclear(now):
    return Notice.objects.filter(state=NoticeState.SENDING, handed_over_at__lte=now - UNCLEAR_AFTER)


def settle(how):
    """Say of what is unclear that it is to be sent "again", or that it was "sent". Returns how many there were."""
    if how == "sent":
        return unclear().update(state=NoticeState.SENT)
    return unclear().update(state=NoticeState.WAITING, next_try_at=timezone.now())


def delete_old(now=None):
    """Delete what was sent or ended long ago, and what nobody confirmed."""
    now = now or timezone.now()
    Notice.objects.filter(state=NoticeState.SENT, made_at__lt=now - KEPT).delete()
    Follow.objects.filter(ended_at__lt=now - KEPT).delete()
    Follow.objects.filter(confirmed_at=None, made_at__lt=now - UNCONFIRMED).delete()


def ask_to_confirm(follow):
    """Write the mail that asks whether the address of `follow` is right."""
    Notice.objects.create(follow=follow, kind=NoticeKind.CONFIRM)
