"""Pictures for elsewhere, of what everybody may see, whoever asks: beside a link in a messenger, and in other sites."""

from urllib.parse import urlencode

from csp.decorators import csp_replace
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from cases.models import Case
from cases.pictures import export
from cases.pictures.elsewhere import card, embeds
from cases.selection.selection import Selection
from cases.selection.sentence import describe
from regions.carried import LANGUAGE
from regions.grammar.language import between_sentences

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


class _Piece:
    """What an address below /embed/ asks for: one of `embeds.PIECES` of a selection of the public record."""

    def __init__(self, request, what):
        if what not in {name for name, _label, _height in embeds.PIECES}:
            raise Http404
        selection = Selection(request.GET, AnonymousUser())
        self.problems = selection.problems
        self.query = selection.address(page=None, per_page=None, columns=None, show=None, sort=None)
        question = selection.address(page=None, per_page=None, columns=None, show=None, sort=None, metric=None)
        self.address = request.build_absolute_uri(f"{reverse('cases:case-list')}?{question}".rstrip("?"))
        self.frame = None
        if selection.is_valid:
            self.frame = embeds.embedded(what, selection, self.address, localdate())
            self.problems = {} if self.frame else {"metric": [_("There is nothing to draw.")]}


def _for_other_sites(view):
    """The answer of a view of a _Piece, which other sites may show and keep for an hour."""

    @require_safe
    @cache_control(public=True, max_age=AGE)
    def answer(request, what):
        response = view(request, what, _Piece(request, what))
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return answer


@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})
@_for_other_sites
def embed_page(request, what, piece):
    """The piece in a frame, which leads to its cases. What is not understood is said in the frame."""
    shown = "&".join(filter(None, [piece.query, urlencode({LANGUAGE: get_language()})]))
    context = {
        "frame": piece.frame, "address": piece.address, "picture": f"{reverse('embeds:svg', args=[what])}?{shown}",
        "problem": next((messages[0] for messages in piece.problems.values()), ""),
    }  # fmt: skip
    if piece.frame:
        chart = piece.frame.chart
        context["words"] = between_sentences().join(f"{text}." for text in (chart.title, piece.frame.about))
    return TemplateResponse(request, "pictures/embed.html", context, status=200 if piece.frame else 400)


@csp_replace({"style-src": ["'unsafe-inline'"]})  # of this file alone: it has no script and asks for nothing
@_for_other_sites
def embed_svg(request, what, piece):
    return _drawn(piece, export.svg, "image/svg+xml")


@_for_other_sites
def embed_png(request, what, piece):
    return _drawn(piece, export.png, "image/png")


def _drawn(piece, draw, content_type):
    if piece.problems:
        return JsonResponse({"errors": piece.problems}, status=400)
    return HttpResponse(draw("pictures/chart.svg", {"frame": piece.frame}), content_type)
