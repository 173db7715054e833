"""The layouts of offices: kept under a name, recognised by the head of a sheet, given on as JSON."""

import json
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from cases.files.tables.mapping import Mapping, known_part
from cases.files.tables.questions import Unreadable
from cases.locks import Purpose, lock_until_commit
from cases.models import SheetLayout
from cases.models.sheet_layout import LONGEST_NAME
from regions.models import Region

MOST_LIKE = 0.5  # the part of the columns of a sheet that a layout must know
MOST_BYTES = 1_000_000  # of a layout as JSON


@transaction.atomic
def keep_layout(name: str, mapping: Mapping, *, by, region: Region | None) -> SheetLayout:
    """The layout `name` with this mapping: the version that says so already, or a new one.

    A name that is shared with `by` already is that layout, of whatever region it is.
    """
    lock_until_commit(Purpose.NEW_LAYOUT, name)
    newest = next(iter(SheetLayout.objects.shared_with(by).filter(name=name).newest()), None)
    if newest and newest.mapping == mapping.as_json():
        return newest
    return SheetLayout.objects.create(
        name=name, mapping=mapping.as_json(), by=by,
        region=newest.region if newest else region, version=newest.version + 1 if newest else 1,
    )  # fmt: skip


def delete_layout(layout: SheetLayout) -> None:
    """Delete all versions of a layout. Imports that were read with it keep what they were read with."""
    SheetLayout.objects.filter(name=layout.name, region=layout.region).delete()


def recognised(user, keys: Sequence[str]) -> SheetLayout | None:
    """The layout shared with `user` that knows the most of these columns, if it knows more than half of them."""
    layouts = sorted(SheetLayout.objects.shared_with(user).newest(), key=lambda layout: layout.saved_at)
    likeness = {layout: len(layout.mapping["rules"].keys() & set(keys)) for layout in layouts}
    best = max(likeness, key=lambda layout: (likeness[layout], layout.saved_at), default=None)
    return best if best and likeness[best] > MOST_LIKE * len(keys) else None


def as_file(layout: SheetLayout) -> str:
    """A layout as JSON, for another office and for the command."""
    return json.dumps({"name": layout.name, "version": layout.version} | layout.mapping, ensure_ascii=False, indent=2)


def said_of(layout: SheetLayout) -> dict:
    """What an import keeps of the layout that it was read with."""
    return {"number": layout.pk, "name": layout.name, "version": layout.version}


def from_file(content: bytes) -> dict:
    """{"name", "mapping"} of a layout that came as JSON. Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable(_("This file is too large to be a layout."))
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as problem:
        raise Unreadable(_("This file is not a layout: it is no JSON.")) from problem
    if not isinstance(said, dict) or "\\u0000" in json.dumps(said):
        raise Unreadable(_("This is no mapping of columns."))
    known_part(said)
    name = said.get("name")
    mapping = {"rules": said["rules"], "for_all": said["for_all"]}
    return {"name": " ".join(name.split())[:LONGEST_NAME] if isinstance(name, str) else "", "mapping": mapping}
