"""Deleted cases, and changes through the administration, a page and a program."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.actions.publishing import delete_case
from cases.actions.signing import Verb
from cases.models import Case
from cases.tests.builders import (
    make_case,
)
from cases.tests.history.builders import (
    history_of,
    made,
    undo_page,
)
from cases.tests.views.test_admin import messages_on, new_row, page_of, save
from regions.tests.builders import make_person, make_source

pytestmark = pytest.mark.django_db


class TestDeletedCases:
    def test_those_of_my_regions_are_listed_and_come_back(self, client, officer, boss, region):
        before = make_case(region=region, ref="mine", title_en="Bayannur")
        hidden = make_case(ref="theirs")
        kept = make_case(region=region, ref="kept")
        delete_case(before, by=officer, reason="Entered twice")
        delete_case(hidden, by=boss, reason="A test")
        client.force_login(officer)
        response = client.get(reverse("cases:deleted"))
        assert [event.ref for event, *_rest in response.context["rows"]] == ["mine"]
        page = response.content.decode()
        assert "Bayannur" in page
        assert "Entered twice" in page
        address = re.search(r'href="(/cases/mine/history/[^"]+/undo/)"', page)[1]
        assert client.get(address).status_code == 200
        assert client.post(address, {"reason": "It is another"}).status_code == 302
        assert set(Case.objects.values_list("ref", flat=True)) == {"mine", kept.ref}
        assert list(client.get(reverse("cases:deleted")).context["rows"]) == []

    def test_it_asks_as_often_for_three_as_for_one(self, client, officer, region):
        client.force_login(officer)
        client.get(reverse("cases:deleted"))  # the first page of a session also renews it
        counts = []
        for more in (1, 2):
            for _each in range(more):
                delete_case(make_case(region=region), by=officer, reason="A test")
            with CaptureQueriesContext(connection) as queries:
                assert client.get(reverse("cases:deleted")).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_it_is_not_for_the_public(self, client):
        assert client.get(reverse("cases:deleted")).status_code == 302
        client.force_login(make_person())
        assert client.get(reverse("cases:deleted")).status_code == 403


class TestAlike:
    """An import, a bulk edit in the administration and an edit of its page: shown alike, restored alike."""

    def test_all_three_are_in_the_history_and_each_can_be_taken_back(self, client, admin_user, region):
        client.force_login(admin_user)
        made(
            lambda: make_case(region=region, ref="cn-1", title_en="Bayannur"), admin_user, Verb.IMPORTED, "March's list"
        )
        case = Case.objects.get()
        raid = new_row("raids", 0, raided_on="2021-05-18", date_precision="day", visits="2")
        assert messages_on(save(client, case, place="By the page", **raid)) == []
        case.sources.add(make_source())
        bulk = {"action": "publish_selected", "_selected_action": [case.pk]}
        client.post(page_of(Case, "changelist"), bulk)
        assert Case.objects.get().published
        changes = history_of(client, "cn-1").context["changes"]
        by = {change.heading: change for change, _others, _import in changes}
        assert {"Imported", "Changed in the admin site", "Published"} <= set(by)
        for said in ("Published", "Changed in the admin site"):
            answer = client.post(undo_page("cn-1", by[said].key), {"reason": "A test"})
            assert answer.status_code == 302, (said, answer.content.decode()[:2000])
        case.refresh_from_db()
        assert (case.published, case.place, case.raids.count()) == (False, "", 0)
