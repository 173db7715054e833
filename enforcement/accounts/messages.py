"""Messages in a cookie, as Django keeps them: a page that only shows something writes no row for them."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class CookieOfThisHost(CookieStorage):
    cookie_name = f"{settings.OF_THIS_HOST}messages"


class MessagesOfThisHost(FallbackStorage):
    storage_classes = (CookieOfThisHost, SessionStorage)
