"""The picture that messengers show beside a link: what everybody may see, whoever asks for it."""

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from cases.models import Case
from cases.pictures import card, export
from cases.selection.selection import Selection
from cases.selection.sentence import describe

AGE = 3600  # seconds that it may be kept: figures change by the day


def as_answer(drawn):
    """A Card as PNG."""
    return HttpResponse(export.png("pictures/card.svg", {"card": drawn}, scale=1), "image/png")


@require_safe
@cache_control(public=True, max_age=AGE)
def case_picture(request, ref):
    case = Case.objects.visible_to(AnonymousUser()).for_page().filter(ref=ref).first()
    if case is None:
        raise Http404
    return as_answer(card.card_of_case(case))


@require_safe
@cache_control(public=True, max_age=AGE)
def selection_picture(request):
    selection = Selection(request.GET, AnonymousUser())
    if not selection.is_valid:
        return JsonResponse({"errors": selection.problems}, status=400)
    return as_answer(card.card_of_sums(describe(selection), _("Cases"), selection.totals()))
