"""The region, the stored case and the storage of the tests of imports."""

import pytest
from django.conf import settings
from django.test import override_settings

from cases.actions import summing
from cases.models import Case
from cases.tests.builders import make_case, make_figure, make_raid, make_seizure
from regions.tests.builders import make_agency, make_person, make_region, make_source


@pytest.fixture
def region(db):
    return make_region(code="XX", currency="CNY", name_en="Exland")


@pytest.fixture
def officer(region):
    permissions = ("add_import", "view_case", "add_case", "change_case", "add_agency")
    return make_person(*permissions, regions=[region], username="officer")


@pytest.fixture(autouse=True)
def storage(tmp_path):
    backends = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    }
    with override_settings(STORAGES=backends):
        yield


@pytest.fixture
def stored(region):
    """A case with more than its sheet can say."""
    case = make_case(ref="old", region=region, title_en="Old", note="A note", arrests=4, occurred_on="2021-05-18")
    raid = make_raid(case, raided_on="2021-05-18", visits=3, note="Three visits")
    make_seizure(raid, count=130, models_as_published="Antminer S9")
    make_figure(case, quantity="loss", amount=100, currency="CNY", basis="total", note="As the court has it")
    case.sources.add(make_source(publisher="A paper"))
    case.agencies.add(make_agency(name_en="Police", name_zh="公安局"))
    summing.sum_up(Case.objects.filter(pk=case.pk))
    return case
