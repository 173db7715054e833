"""The content of a tip as the office reads it."""

import json
from dataclasses import dataclass, field
from datetime import date

from cases.models import Lead, Tip
from cases.models.lead import PartKind

from .keys import Opener


@dataclass
class OpenedPart:
    """Something the sender added, or an answer to them."""

    kind: str
    day: date
    text: str | None  # None: the key is not here

    @property
    def is_answer(self):
        return self.kind == PartKind.ANSWER


@dataclass
class OpenedTip:
    """A tip, opened. Where the key is not here or is not the right one, `is_closed`, and nothing is lost."""

    is_closed: bool = False
    text: str = ""
    where: str = ""
    since: str = ""
    contact: str = ""
    point: tuple | None = None
    language: str = "en"
    photos: list = field(default_factory=list)  # the keys of their addresses
    parts: list[OpenedPart] = field(default_factory=list)


def opened_tip(lead: Lead) -> OpenedTip | None:
    """What the sender of a lead wrote; None of a lead that is no tip, or whose content was purged."""
    tip = Tip.objects.filter(lead=lead).first()
    if tip is None:
        return None
    opener = Opener()
    content = opener.opened(tip)
    found = OpenedTip(is_closed=content is None)
    for name, value in json.loads(content or "{}").items():
        setattr(found, name, tuple(value) if isinstance(value, list) else value)
    for part in tip.parts.all():
        if part.kind == PartKind.PHOTO:
            found.photos.append(part.pk)
            continue
        text = opener.opened(part)
        found.parts.append(OpenedPart(part.kind, part.added_on, None if text is None else text.decode()))
    return found


def points_of(leads) -> list[tuple]:
    """[(lead, (latitude, longitude))] of those with a point: their own, else that of their sender."""
    opener, found = Opener(), []
    for lead in leads:
        point = (lead.latitude, lead.longitude) if lead.latitude is not None else None
        if point is None and hasattr(lead, "tip"):
            point = json.loads(opener.opened(lead.tip) or "{}").get("point")
        if point:
            found.append((lead, tuple(point)))
    return found


def features_of(leads) -> list[dict]:
    """Leads as GeoJSON features: at their point, else amid their region and `coarse`."""
    leads, features = list(leads), []
    own = {lead.pk: point for lead, point in points_of(leads)}
    for lead in leads:
        point = own.get(lead.pk) or (lead.region and (lead.region.latitude, lead.region.longitude))
        if not point or None in point:
            continue
        properties = {
            "ref": lead.ref, "title": f"{lead.get_kind_display()} {lead.ref}", "state": lead.get_state_display(),
            "region": lead.region.name if lead.region else "", "days": lead.days, "coarse": lead.pk not in own,
        }  # fmt: skip
        geometry = {"type": "Point", "coordinates": [point[1], point[0]]}
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return features


def where_of(leads) -> dict:
    """{pk: where it is, in words} of leads for a list: of a tip what its sender wrote."""
    opener, found = Opener(), {}
    for lead in leads:
        found[lead.pk] = lead.place
        if not lead.place and hasattr(lead, "tip"):
            found[lead.pk] = json.loads(opener.opened(lead.tip) or "{}").get("where", "")
    return found


def opened_photo(lead: Lead, key) -> bytes | None:
    """A photo of a tip as JPEG; None where there is none, or it cannot be opened."""
    tip = Tip.objects.filter(lead=lead).first()
    part = tip and tip.parts.filter(kind=PartKind.PHOTO, pk=key).first()
    return Opener().opened(part) if part else None
