import random

import pytest
from django.contrib.auth.models import AnonymousUser

from cases.columns import carrier
from cases.columns.keeper import Keeper
from cases.tests.builders import (
    make_rig,
)
from regions.tests.builders import make_agency, make_person, make_policy, make_region

from .writing import Writer


@pytest.fixture
def record(transactional_db):
    """Two countries, one with two provinces; people who see different cases."""
    china = make_region(code="CN", latitude=35.0, longitude=105.0)
    regions = [
        make_region(code="CN-NM", parent=china, latitude=41.0, longitude=112.0),
        make_region(code="CN-SC", parent=china), make_region(code="FJ", latitude=-17.0, longitude=178.0), china,
    ]  # fmt: skip
    agency, policy, rig = make_agency(slug="police"), make_policy(ref="rule"), make_rig(slug="s19")
    people = [
        AnonymousUser(), make_person("view_case", regions=[regions[0]]), make_person("view_case", everywhere=True),
    ]  # fmt: skip
    chance = random.Random(7)  # noqa: S311 - no secret
    writer = Writer(chance, regions, agency, policy, rig)
    for _number in range(12):
        writer.record()
    return writer, people


@pytest.fixture
def keeper(monkeypatch):
    monkeypatch.setattr(carrier, "LONG", 0)
    monkeypatch.setattr(carrier, "MOST_OF_ALL", 1e9)
    keeper = Keeper(0)
    keeper.fill()
    assert keeper.state == "ready"
    yield keeper
    if keeper.mirror:
        keeper.mirror.close()
