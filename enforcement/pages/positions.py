"""The legal position of every region on a day, as a map and a table."""

from dataclasses import dataclass

from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from cases.models import Case
from cases.models.case import CaseQuerySet
from cases.selection import rollups
from regions.filters.standing import Layer, PositionFilter
from regions.models import Position
from regions.models.policy import Stance
from regions.models.region import path_of


@require_safe
def positions(request):
    """What each region held of mining on a day, with what was seized there and what is claimed as saved."""
    question = PositionFilter(request.GET, Position.objects.all())
    page = PositionsPage(question, Case.objects.visible_to(request.user))
    return TemplateResponse(request, "enforcement/positions.html", {"question": question, "page": page})


@dataclass
class PositionsPage:
    """The map and the table of positions: what `question` asks for, and what was found in `cases`."""

    question: PositionFilter
    cases: CaseQuerySet

    stances = Stance

    @cached_property
    def is_valid(self):
        return not self.question.problems

    @cached_property
    def parent(self):
        """The region whose parts are shown; None for the countries."""
        return self.question.form.cleaned_data.get("region") if self.is_valid else None

    @cached_property
    def today(self):
        return localdate()

    @cached_property
    def day(self):
        return self.question.day if self.is_valid else self.today

    @property
    def first_day(self):
        """The first day on which a position is known."""
        return min((position.first_day for position in self._positions), default=self.day)

    @property
    def layer(self):
        return (self.is_valid and self.question.form.cleaned_data.get("show")) or Layer.POSITION.value

    @cached_property
    def places(self):
        """The Places about which something is known."""
        return [place for place in self._all_places if place.position or place.kw or place.claims]

    @property
    def count(self):
        return len(self._all_places)

    @property
    def known_count(self):
        return sum(1 for place in self._all_places if place.position)

    @property
    def with_power_count(self):
        return sum(1 for place in self._all_places if place.kw)

    @property
    def with_claims_count(self):
        return sum(1 for place in self._all_places if place.claims)

    @property
    def data(self):
        """What the map draws: it moves through time without asking again."""
        return {
            "positions": [_drawn_position(position) for position in self._positions],
            "places": [_drawn_place(place) for place in self._all_places],
            "stances": dict(Stance.choices),
        }

    @cached_property
    def _positions(self):
        positions = Position.objects.select_related("region", "policy__source")
        return list(positions.order_by(path_of("region"), "first_day"))

    @cached_property
    def _all_places(self):
        return rollups.places(self.parent, self.day, self._positions, self.cases) if self.is_valid else []


def _drawn_position(position):
    return {
        "code": position.region.code,
        "stance": position.stance,
        "first": position.first_day,
        "last": position.last_day,
    }


def _drawn_place(place):
    return {
        "code": place.region.code,
        "codes_up": place.region.codes_up(),
        "kw": place.kw,
        "saved": place.saved and place.saved[1],
    }
