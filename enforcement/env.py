"""Read settings from the environment. An invalid value stops the start."""

import os
import re
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured


def text(name, default=None):
    """The value of `name`. Raises ImproperlyConfigured if it is not set and has no default."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set {name}; the README's table of settings explains it.")
    return value


def flag(name, default):
    """True for "1", False for "0". Raises ImproperlyConfigured for any other value."""
    value = text(name, default)
    if value not in ("0", "1"):
        raise ImproperlyConfigured(f"{name} must be 0 or 1, not {value!r}.")
    return value == "1"


def word_list(name, default=None):
    """The members of a comma-separated list, without spaces around them and without empty ones."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def number_of_days(name, default, least=1):
    """A whole number of days, at least `least`."""
    return _whole_number(name, default, least, 36_500, f"a whole number of days, at least {least}")


def number_of_cases(name, default):
    """A whole number of cases; 0 may stand for never."""
    return _whole_number(name, default, 0, 1_000_000_000, "a whole number of cases, 0 for never")


def _whole_number(name, default, least, most, what):
    value = text(name, default)
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise ImproperlyConfigured(f"{name} must be {what}, not {value!r}.")
    return int(value)


def folder(name, default):
    """An absolute path. The folder may not exist yet."""
    return Path(text(name, str(default))).expanduser().resolve()


def time_zone(name, default):
    """The name of a time zone of the tz database, such as Asia/Kuala_Lumpur."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as problem:
        raise ImproperlyConfigured(f"{name} must be a time zone such as Asia/Shanghai, not {value!r}.") from problem
    return value


def site_address(name, hosts, *, https, port=""):
    """The address of this site, without a slash at its end; by default the first of `hosts`."""
    host = hosts[0].lstrip("*.") if hosts else ""
    value = text(name, "").rstrip("/") or f"http{'s' if https else ''}://{host or 'localhost'}{port}"
    address = urlsplit(value)
    if address.scheme not in ("http", "https") or not address.hostname or address.query:
        raise ImproperlyConfigured(f"{name} must be as https://mining.example.org, not {value!r}.")
    return value


def digests(name):
    """The path of a file whose lines begin with SHA-1 digests, eight hexadecimal digits at least; None for none."""
    value = text(name, "")
    if not value:
        return None
    path = Path(value).expanduser().resolve()
    try:
        with path.open("rb") as file:
            first = file.read(8)
    except OSError as problem:
        raise ImproperlyConfigured(f"{name}: {path} cannot be read: {problem.strerror}.") from problem
    if not re.fullmatch(rb"[0-9A-Fa-f]{8}", first):
        raise ImproperlyConfigured(f"{name}: lines of {path} must begin with SHA-1 digests, as Pwned Passwords do.")
    return path


def issuer(name):
    """The address by which a provider of OpenID Connect names itself; "" for none. It needs packages of an extra."""
    value = text(name, "")
    if not value:
        return ""
    address = urlsplit(value)
    is_near = address.scheme == "http" and address.hostname in ("localhost", "127.0.0.1")
    if not address.hostname or not (address.scheme == "https" or is_near) or address.query or address.fragment:
        raise ImproperlyConfigured(f"{name} must be as https://login.example.org/office, not {value!r}.")
    if not (find_spec("authlib") and find_spec("requests")):
        raise ImproperlyConfigured(f"{name} needs more packages: pip install .[oidc]")
    return value


def mail(name):
    """Django's settings of a mail server that is named as smtp+tls://user:password@host:587; {} where none is named."""
    value = text(name, "")
    if not value:
        return {}
    secured = {"smtp": {}, "smtp+tls": {"EMAIL_USE_TLS": True}, "smtps": {"EMAIL_USE_SSL": True}}
    try:
        address = urlsplit(value)
        port = address.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[address.scheme]
    except (ValueError, KeyError):
        address = None
    if not address or not address.hostname:
        raise ImproperlyConfigured(f"{name} must be as smtp+tls://user:password@host:587; also smtp:// and smtps://.")
    return {
        "EMAIL_HOST": address.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(address.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(address.password or ""),
        **secured[address.scheme],
    }
