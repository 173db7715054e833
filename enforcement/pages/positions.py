"""The legal position of every region on a day, as a map and a table."""

from django.template.response import TemplateResponse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from cases.models import Case
from cases.selection import rollups
from regions.filters.standing import PositionFilter
from regions.models import Position
from regions.models.policy import Stance
from regions.models.region import path_of


@require_safe
def positions(request):
    """What each region held of mining on a day, with what was seized there and what is claimed as saved."""
    question = PositionFilter(request.GET, Position.objects.all())
    parent = None if question.problems else question.form.cleaned_data.get("region")
    day = localdate() if question.problems else question.day
    held = list(Position.objects.select_related("region", "policy__source").order_by(path_of("region"), "first_day"))
    cases = Case.objects.visible_to(request.user)
    places = [] if question.problems else rollups.places(parent, day, held, cases)
    context = {
        "question": question,
        "parent": parent,
        "day": day,
        "today": localdate(),
        "first": min((one.first_day for one in held), default=day),
        "show": question.form.cleaned_data.get("show") or "position" if not question.problems else "position",
        "places": [one for one in places if one.position or one.kw or one.claims],
        "unknown": sum(1 for one in places if one.position is None),
        "powered": sum(1 for one in places if one.kw),
        "claimed": sum(1 for one in places if one.claims),
        "stances": Stance,
        "data": {
            "positions": [
                {"code": one.region.code, "stance": one.stance, "first": one.first_day, "last": one.last_day}
                for one in held
            ],
            "places": [
                {
                    "code": one.region.code,
                    "codes_up": one.region.codes_up(),
                    "kw": one.kw,
                    "saved": one.saved and one.saved[1],
                }
                for one in places
            ],
            "stances": dict(Stance.choices),
        },
    }
    return TemplateResponse(request, "enforcement/positions.html", context)
