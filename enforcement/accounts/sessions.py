"""The sessions of one person: where they are logged in, and how the others end."""

from datetime import timedelta
from time import time
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from enforcement.outages.sessions import SessionStore

# What the header of a browser holds, and how it is called; the first that fits, because each names those it copies.
BROWSERS = {
    "MicroMessenger/": "WeChat", "Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome",
    "Safari/": "Safari",
}  # fmt: skip
SYSTEMS = {
    "Windows": "Windows", "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Mac OS": "macOS", "Linux": "Linux",
}  # fmt: skip


LONGEST = 7 * 24 * 3_600  # seconds from the login, however much somebody works


@receiver(user_logged_in)
def note_the_login(request, **kwargs):
    request.session["began_at"] = int(time())


def has_lasted_too_long(session, now):
    return now - session.get("began_at", now) > LONGEST


class OpenSession(NamedTuple):
    """A session that has not ended: its browser, when it was last at work (to the hour), and whether it asks now.

    Pages name it by a digest: who has the key of a session is in it.
    """

    key: str
    digest: str
    browser: str
    active_at: object
    is_this: bool


def browser_named(agent):
    """The browser and the system that a User-Agent header names: "Firefox, Windows"; "" where it names none."""
    named = (next((name for mark, name in marks.items() if mark in agent), "") for marks in (BROWSERS, SYSTEMS))
    return ", ".join(filter(None, named))


def places_of(user, own_key):
    """The sessions of `user`, the one with `own_key` first, then the last at work.

    Sessions are stored without the person, so each that has not ended is opened: some thousands in a second.
    """
    store, found = SessionStore(), []
    for row in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        data = store.decode(row.session_data)
        # Of an earlier password: it is closed already.
        if data.get(SESSION_KEY) == str(user.pk) and constant_time_compare(
            data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
        ):
            active_at = row.expire_date - timedelta(seconds=settings.SESSION_COOKIE_AGE)
            found.append(OpenSession(row.pk, _digest(row.pk), data.get("browser", ""), active_at, row.pk == own_key))
    return sorted(found, key=lambda place: (not place.is_this, -place.active_at.timestamp()))


def _digest(key):
    return salted_hmac("a session on a page", key, algorithm="sha256").hexdigest()[:32]


def end(user, own_key, digest):
    """End the session of `user` that a page named by `digest`. Returns how many ended: one or none."""
    places = [place for place in places_of(user, own_key) if place.digest == digest]
    Session.objects.filter(pk__in=[place.key for place in places]).delete()
    return len(places)


def end_all(user):
    """End every session of `user`: who is deactivated is nowhere logged in."""
    keys = [place.key for place in places_of(user, "")]
    Session.objects.filter(pk__in=keys).delete()


@receiver(post_save, sender=get_user_model())
def end_with_the_account(instance, **kwargs):
    """Sessions and tokens of who is deactivated end, and stay ended if the account comes back."""
    if not instance.is_active:
        instance.api_tokens.all().delete()
        end_all(instance)


def end_others(user, own_key):
    """End every session of `user` but the one with `own_key`. Returns how many ended."""
    others = [place.key for place in places_of(user, own_key) if not place.is_this]
    Session.objects.filter(pk__in=others).delete()
    return len(others)
