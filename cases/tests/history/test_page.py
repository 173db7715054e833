"""The page of the history: who, when, what and why, and for whom."""

import re
import time
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.actions.publishing import delete_case
from cases.actions.signing import Verb
from cases.models import Case, Import, Seizure
from cases.tests.builders import (
    make_case,
    make_raid,
    make_rig,
    make_seizure,
)
from cases.tests.history.builders import (
    OFFICER,
    history_of,
    made,
    told,
    whole_case,
)
from regions.tests.builders import make_agency, make_person, make_region

pytestmark = pytest.mark.django_db


class TestPage:
    def test_it_says_who_when_what_before_and_after_and_why(self, client, officer, region):
        case = make_case(region=region, place="North hall", ref="cn-1")
        made(
            lambda: Case.objects.filter(pk=case.pk).update(place="South hall", theft=True),
            officer,
            Verb.EDITED,
            "A typo",
        )
        client.force_login(officer)
        response = history_of(client, "cn-1")
        assert told(response)[0] == (
            "Edited",
            [("Case", "update", {"Place": ("North hall", "South hall"), "Electricity theft": ("", "yes")})],
        )
        page = response.content.decode()
        assert "by officer" in page
        assert "A typo" in page
        assert datetime.now(UTC).strftime(" %b %Y, %H:") in page
        assert " UTC</time>" in page

    def test_numbers_and_days_are_as_people_write_them(self, client, officer, region):
        at = {"latitude": "40.743", "longitude": "107.388", "location_precision": "locality"}
        case = make_case(region=region, ref="cn-1", occurred_on="2021-09-01", **at)
        made(
            lambda: Case.objects.filter(pk=case.pk).update(
                occurred_on="2021-09-25", arrests=12_000, latitude="40.7431"
            ),
            officer,
            Verb.EDITED,
            "Read again",
        )
        client.force_login(officer)
        page = client.get(reverse("cases:case-history", args=["cn-1"])).content.decode()
        assert all(words in page for words in ("25 Sep 2021", "12,000", "40.7431"))

    def test_a_change_without_a_name_says_that_it_was_loaded(self, client, officer, region):
        make_case(region=region, ref="cn-1")
        client.force_login(officer)
        ((said, events),) = told(history_of(client, "cn-1"))
        assert said == "Loaded from the data files"
        assert [(row, verb) for row, verb, _fields in events] == [("Case", "insert")]

    @pytest.mark.django_db(transaction=True)
    def test_the_newest_change_is_first(self, client, officer, region):
        case = make_case(region=region, ref="cn-1")
        made(lambda: make_raid(case), officer, Verb.ENTERED)
        made(lambda: Case.objects.update(place="A"), officer, Verb.EDITED)
        made(lambda: case.agencies.add(make_agency(name_en="Grid company")), officer, Verb.EDITED)
        client.force_login(officer)
        first = ("Loaded from the data files", "Entered", "Edited", "Edited")
        found = told(history_of(client, "cn-1"))
        assert tuple(said for said, _events in found[::-1]) == first
        assert found[0][1] == [("Agency", "insert", {"": ("", "Grid company")})]

    def test_rows_below_are_told_with_the_names_they_refer_to(self, client, officer, region):
        case, rig = make_case(region=region, ref="cn-1"), make_rig(manufacturer="Bitmain", model="S19")
        raid = make_raid(case)
        line = make_seizure(raid, count=10)
        made(lambda: Seizure.objects.filter(pk=line.pk).update(rig=rig, count=12))
        made(lambda: (Seizure.objects.filter(pk=line.pk).update(rig=None), rig.delete()))
        client.force_login(officer)
        said = [event for _said, events in told(history_of(client, "cn-1")) for event in events]
        assert ("Seizure", "update", {"Model": ("", "Bitmain S19 (since deleted)"), "Count": ("10", "12")}) in said

    def test_a_row_that_is_written_twice_in_one_change_is_told_once(self, client, officer, region):
        case = make_case(region=region, ref="cn-1", place="A")

        def write():
            Case.objects.filter(pk=case.pk).update(place="B")
            Case.objects.filter(pk=case.pk).update(place="C")
            make_raid(case).delete()

        made(write)
        client.force_login(officer)
        assert told(history_of(client, "cn-1"))[0][1] == [("Case", "update", {"Place": ("A", "C")})]

    def test_a_long_text_is_shown_by_the_words_that_changed(self, client, officer, region):
        text = "The police found the warehouse after a neighbour had told them of the noise of the fans."
        case = make_case(region=region, ref="cn-1", note=text)
        made(lambda: Case.objects.filter(pk=case.pk).update(note=text.replace("neighbour", "<b>farmer</b>")))
        client.force_login(officer)
        page = history_of(client, "cn-1").content.decode()
        shown = re.search(r"<dt>Note</dt>\s*<dd>(.*?)</dd>", page, re.DOTALL)[1]
        assert "<del>" in shown
        assert "<b>" not in shown
        kept = re.sub(r"<del>.*?</del>", "", shown, flags=re.DOTALL)
        assert re.sub(r"<.*?>", "", kept).strip() == text.replace("neighbour", "&lt;b&gt;farmer&lt;/b&gt;")

    def test_it_is_for_who_works_for_the_region(self, client, region):
        make_case(region=region, ref="internal")
        make_case(region=region, ref="public", published=True)
        elsewhere = make_person("view_case", regions=[make_region()])
        for person, answers in [
            (None, (404, 403)),
            (make_person(), (404, 403)),
            (elsewhere, (404, 403)),
            (make_person(regions=[region]), (404, 403)),
            (make_person("view_case", regions=[region]), (200, 200)),
            (make_person("view_case", everywhere=True), (200, 200)),
        ]:
            client.logout()
            if person:
                client.force_login(person)
            assert tuple(history_of(client, ref).status_code for ref in ("internal", "public")) == answers
        assert history_of(client, "never").status_code == 404

    def test_another_case_is_named_to_who_may_see_it(self, client, officer, boss, region):
        hidden = make_case(title_en="Secret sweep")
        case = make_case(region=region, ref="cn-1")
        made(lambda: Case.objects.filter(pk=case.pk).update(part_of=hidden))
        for person, name in [(officer, "another case"), (boss, "Secret sweep")]:
            client.force_login(person)
            assert told(history_of(client, "cn-1"))[0][1] == [("Case", "update", {"Part of": ("", name)})]

    def test_it_survives_deletion_and_hides_it_from_others(self, client, officer, region):
        delete_case(make_case(region=region, ref="cn-1", title_en="Bayannur"), by=officer, reason="A test")
        page = reverse("cases:case-detail", args=["cn-1"])
        assert client.get(page).status_code == 404
        client.force_login(officer)
        assert client.get(page).status_code == 410
        response = history_of(client, "cn-1")
        assert told(response)[0][0] == "Deleted"
        assert "A test" in response.content.decode()
        client.force_login(make_person(*OFFICER, regions=[make_region()]))
        assert client.get(page).status_code == 404
        assert history_of(client, "cn-1").status_code == 404

    def test_a_change_of_many_cases_says_so_and_leads_to_its_import(self, client, officer, region):
        make_case(region=region, ref="cn-1")
        [make_case(region=region) for _more in range(3)]
        key = made(lambda: Case.objects.update(place="Here"), officer, Verb.IMPORTED)
        note = Import.objects.create(file="x", file_name="x.csv", sha256="0" * 64, state="done", change=key)
        client.force_login(officer)
        (change, others, address), *_rest = history_of(client, "cn-1").context["changes"]
        assert address == reverse("cases:import-detail", args=[note.key])
        assert (change.heading, others) == ("Imported", 3)
        assert "also 3 other cases" in history_of(client, "cn-1").content.decode()

    def test_queries_do_not_grow_with_the_changes(self, client, officer, region):
        case = whole_case(region, ref="cn-1")
        client.force_login(officer)
        counts = []
        for _more in range(2):
            for _each in range(3 if counts else 1):
                made(lambda: Case.objects.filter(pk=case.pk).update(place=f"{time.monotonic()}", region=region))
                made(lambda: make_seizure(make_raid(case), rig=make_rig(), count=3))
                made(lambda: case.agencies.add(make_agency()))
            history_of(client, "cn-1")
            with CaptureQueriesContext(connection) as queries:
                assert history_of(client, "cn-1").status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]
        assert counts[0] < 90

    def test_there_are_fifty_changes_on_a_page(self, client, officer, region):
        case = make_case(region=region, ref="cn-1")
        for number in range(51):
            made(lambda n=number: Case.objects.filter(pk=case.pk).update(place=f"{n}"))
        client.force_login(officer)
        assert len(history_of(client, "cn-1").context["changes"]) == 50
        last = client.get(reverse("cases:case-history", args=["cn-1"]), {"page": 2})
        assert len(last.context["changes"]) == 2
