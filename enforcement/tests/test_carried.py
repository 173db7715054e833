"""A view that has a parameter with a name that carriers use keeps it."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse

from enforcement import env
from enforcement.middleware import ignore_what_carriers_append
from regions.carried import takes


def shown(request):
    return HttpResponse(request.GET.urlencode())


@pytest.mark.parametrize(("own", "left"), [((), ""), (("from", "to"), "from=2021-01")])
def test_a_parameter_is_kept_where_the_view_says_it_is_its_own(rf, own, left):
    view = takes(*own)(lambda request: shown(request))
    request = rf.get("/x/?from=2021-01&fbclid=y")
    assert request.GET  # somebody read it before
    middleware = ignore_what_carriers_append(view)
    middleware.process_view(request, view, (), {})
    assert middleware(request).content.decode() == left
    assert request.get_full_path() == ("/x/?" + left if left else "/x/")


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc", "+08:00"])
def test_a_time_zone_is_one_of_the_database_of_time_zones(monkeypatch, name):
    monkeypatch.setenv("ENFORCEMENT_X", name)
    with pytest.raises(ImproperlyConfigured, match="time zone"):
        env.time_zone("ENFORCEMENT_X", "UTC")
    monkeypatch.setenv("ENFORCEMENT_X", "Asia/Kuala_Lumpur")
    assert env.time_zone("ENFORCEMENT_X", "UTC") == "Asia/Kuala_Lumpur"
