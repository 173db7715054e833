import pytest

from cases.leads import limits

from . import sender


@pytest.fixture(autouse=True)
def tips_are_taken(settings, tmp_path):
    """Keys of this test alone, and a new hour of the limits."""
    sender.begin(settings, tmp_path)
    limits.begin_anew()
