"""The site of the administration: what its lists are asked for and cannot look up is 400."""

from functools import wraps

from django.contrib.admin import AdminSite
from django.core.exceptions import FieldDoesNotExist
from django.db import DataError, transaction
from django.shortcuts import render
from django.utils.translation import gettext as _


class RecordSite(AdminSite):
    def admin_view(self, view, cacheable=False):
        return super().admin_view(_refusing(view), cacheable)


def _refusing(view):
    """Django itself refuses lookups of the wrong type. It does not refuse the year −1, a year of 31 digits, or a text
    that is compared with an array: those fail when the database is asked. Nor an empty `_to_field`, in a query or a form.
    """

    @wraps(view)
    def answer(request, *args, **kwargs):
        try:
            with transaction.atomic():
                return view(request, *args, **kwargs)
        except (DataError, FieldDoesNotExist, OverflowError, ValueError):
            lookups = request.GET.dict() | {name: request.POST[name] for name in request.POST if name == "_to_field"}
            if not lookups:
                raise
            asked = ", ".join(f"{name}={value}" for name, value in lookups.items())
            reason = _("The list cannot be filtered by “%(lookups)s”.") % {"lookups": asked[:80]}
            return render(request, "400.html", {"reason": reason}, status=400)

    return answer
