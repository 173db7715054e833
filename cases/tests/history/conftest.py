"""The people of the tests of the history, and their region."""

import pytest

from cases.tests.history.builders import OFFICER
from regions.tests.builders import make_person, make_region


@pytest.fixture
def region():
    return make_region(name_en="Inner Mongolia")


@pytest.fixture
def officer(region):
    return make_person(*OFFICER, regions=[region], username="officer")


@pytest.fixture
def boss():
    return make_person(*OFFICER, "change_rig", "change_factor", everywhere=True, username="boss")
