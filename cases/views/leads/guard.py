"""What the pages of leads share: who may open them, and how they read what was sent."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied

from cases.files.text import cell_text


def for_who_works_on_leads(view):
    """Everybody else is refused before anything is looked for."""

    @login_required
    def guarded(request, *args, **kwargs):
        if not request.user.has_perm("cases.work_on_leads"):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def labels_of(states):
    """[(state, its name)]"""
    return [(state.value, state.label) for state in states]


def text_in(request, name):
    """A text that was sent, as it can be stored."""
    return cell_text(request.POST.get(name, ""))[:5_000]
