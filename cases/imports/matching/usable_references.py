"""Which references a case can have."""

from functools import cache

from django.urls import get_resolver
from django.utils.translation import gettext as _


def unusable_reference():
    """Why a reference cannot be used: always the same, since whose it is would tell of cases that nobody may see."""
    return _("This reference cannot be used. Use another reference.")


@cache
def names_of_pages():
    """What stands in addresses where a reference would: a case called "new" would never be shown."""
    _prefix, addresses = get_resolver().namespace_dict["cases"]
    return {str(page.pattern).rstrip("/") for page in addresses.url_patterns}
