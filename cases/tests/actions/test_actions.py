"""Publish, withdraw, delete and merge: their pages, what they refuse and leave; the same in the administration."""

import re

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from cases.actions.merging import merge_cases
from cases.actions.publishing import delete_case
from cases.actions.signing import Verb, changing
from cases.actions.summing import sum_up
from cases.models import Case, Raid, Seizure
from cases.tests.builders import (
    make_case,
    make_citation,
    make_document,
    make_figure,
    make_party,
    make_raid,
    make_rig,
    make_sanction,
    make_seizure,
)
from cases.tests.views.test_admin import messages_on, new_row, page_of, save
from regions.models import Scope
from regions.tests.builders import make_agency, make_person, make_policy, make_region, make_source
from regions.tests.pages import values_on

pytestmark = pytest.mark.django_db
ROWS = ["case", "raid", "seizure", "figure", "citation", "party", "sanction", "disposal", "document"]
OFFICER = [*(f"{verb}_{row}" for row in ROWS for verb in ("view", "add", "change", "delete")), "publish_case"]


@pytest.fixture
def region():
    return make_region(name_en="Inner Mongolia")


@pytest.fixture
def officer(region):
    return make_person(*OFFICER, regions=[region], username="officer", is_staff=True)


@pytest.fixture
def at_work(client, officer):
    client.force_login(officer)
    return client


def sourced(**values):
    case = make_case(**values)
    case.sources.add(make_source())
    return case


def page(verb, ref):
    return reverse(f"cases:case-{verb}", args=[ref])


VERBS = ["publish", "withdraw", "delete", "merge"]


class TestPages:
    @pytest.mark.parametrize("verb", VERBS)
    def test_each_asks_first_and_changes_nothing_by_being_looked_at(self, at_work, region, verb):
        sourced(region=region, ref="cn-1")
        before = list(Case.objects.values())
        assert at_work.get(page(verb, "cn-1")).status_code == 200
        assert list(Case.objects.values()) == before

    @pytest.mark.parametrize("verb", VERBS)
    def test_each_is_for_who_may(self, client, region, verb):
        sourced(region=region, ref="internal")
        sourced(region=region, ref="public", published=True)
        for person, answers in [
            (None, (302, 302)),
            (make_person(), (404, 403)),
            (make_person(*OFFICER, regions=[make_region()]), (404, 403)),
            (make_person("view_case", regions=[region]), (403, 403)),
            (make_person("view_case", "change_case", regions=[region]), (403, 403)),
        ]:
            client.logout()
            if person:
                client.force_login(person)
            for method in (client.get, client.post):
                assert tuple(method(page(verb, ref)).status_code for ref in ("internal", "public")) == answers
        assert set(Case.objects.values_list("ref", "published")) == {("internal", False), ("public", True)}

    @pytest.mark.parametrize("verb", VERBS)
    def test_a_case_that_was_deleted_meanwhile_is_not_there(self, at_work, officer, region, verb):
        delete_case(sourced(region=region, ref="cn-1"), by=officer, reason="A test")
        assert at_work.post(page(verb, "cn-1"), {"reason": "x"}).status_code == 404

    @pytest.mark.parametrize(("verb", "published"), [("publish", False), ("withdraw", True)])
    def test_who_lost_the_right_meanwhile_is_refused(self, at_work, officer, region, verb, published):
        sourced(region=region, ref="cn-1", published=published)
        assert at_work.get(page(verb, "cn-1")).status_code == 200
        officer.user_permissions.remove(*officer.user_permissions.filter(codename="publish_case"))
        assert at_work.post(page(verb, "cn-1"), {"reason": "x"}).status_code == 403
        assert Case.objects.get().published == published

    def test_the_page_of_a_case_offers_what_one_may(self, client, officer, region):
        sourced(region=region, ref="mine")
        sourced(ref="theirs", published=True)
        for person, ref, offered in [
            (officer, "mine", {"publish", "delete", "merge", "history"}),
            (officer, "theirs", set()),
            (make_person("view_case", regions=[region]), "mine", {"history"}),
            (None, "theirs", set()),
        ]:
            client.logout()
            if person:
                client.force_login(person)
            html = client.get(reverse("cases:case-detail", args=[ref])).content.decode()
            assert set(re.findall(rf'href="/cases/{ref}/(publish|withdraw|delete|merge|history)/"', html)) == offered
        Case.objects.update(published=True)
        client.force_login(officer)
        assert page("withdraw", "mine") in client.get(reverse("cases:case-detail", args=["mine"])).content.decode()


class TestPublish:
    def test_the_public_sees_it_from_then_on(self, at_work, client, region):
        case = sourced(region=region, ref="cn-1")
        changed_at = Case.objects.get().changed_at
        response = at_work.post(page("publish", "cn-1"), {"reason": ""})
        assert response["Location"] == case.get_absolute_url()
        assert Case.objects.get().changed_at > changed_at
        at_work.logout()
        assert at_work.get(case.get_absolute_url()).status_code == 200

    def test_what_is_missing_is_named_and_stops_it(self, at_work, region):
        case = make_case(region=region, ref="cn-1")
        make_raid(case)
        asked = at_work.get(page("publish", "cn-1"))
        assert set(asked.context["missing"]) == {"sources", "raids"}
        assert "add a source" in asked.content.decode()
        refused = at_work.post(page("publish", "cn-1"))
        assert refused.status_code == 400
        assert "add the date of the raid" in refused.content.decode()
        assert not Case.objects.get().published

    def test_twice_is_told_apart(self, at_work, region):
        sourced(region=region, ref="cn-1")
        assert at_work.post(page("publish", "cn-1")).status_code == 302
        again = at_work.post(page("publish", "cn-1"))
        assert (again.status_code, again.context["problem"]) == (409, "Already published.")
        assert at_work.post(page("withdraw", "cn-1"), {"reason": "x"}).status_code == 302
        assert at_work.post(page("withdraw", "cn-1"), {"reason": "x"}).status_code == 409

    @pytest.mark.parametrize(("verb", "published"), [("withdraw", True), ("delete", False)])
    @pytest.mark.parametrize("reason", ["", "  \n"])
    def test_a_reason_is_asked_for(self, at_work, region, verb, published, reason):
        sourced(region=region, ref="cn-1", published=published)
        assert at_work.post(page(verb, "cn-1"), {"reason": reason}).status_code == 400
        assert Case.objects.get().published == published


class TestDelete:
    def test_a_case_that_others_are_part_of_stays(self, at_work, region):
        case = sourced(region=region, ref="cn-1")
        make_case(part_of=case)
        refused = at_work.post(page("delete", "cn-1"), {"reason": "Entered twice"})
        assert refused.status_code == 400
        assert "Entered twice" in refused.content.decode()
        assert Case.objects.filter(ref="cn-1").exists()

    def test_it_goes_to_where_it_can_be_brought_back(self, at_work, region):
        make_raid(sourced(region=region, ref="cn-1"))
        response = at_work.post(page("delete", "cn-1"), {"reason": "Entered twice"}, follow=True)
        assert not Case.objects.exists()
        assert [event.ref for event, *_rest in response.context["rows"]] == ["cn-1"]


class TestMerge:
    def test_both_sources_stay_and_the_address_of_the_twin_leads_on(self, at_work, region):
        twin, into = sourced(region=region, ref="twin", published=True), sourced(region=region, ref="into")
        Case.objects.filter(pk=into.pk).update(published=True)
        both = {*twin.sources.all(), *into.sources.all()}
        response = at_work.post(page("merge", "twin"), {"into": "into", "reason": "The same raid"})
        assert response["Location"] == "/cases/into/"
        case = Case.objects.get()
        assert (case.ref, case.former_refs, set(case.sources.all())) == ("into", ["twin"], both)
        at_work.logout()
        moved = at_work.get("/cases/twin/")
        assert (moved.status_code, moved["Location"]) == (301, "/cases/into/")
        assert at_work.get("/api/v1/cases/twin/").json()["ref"] == "into"

    def test_an_internal_survivor_is_not_betrayed_by_its_twin(self, at_work, region):
        sourced(region=region, ref="twin")
        sourced(region=region, ref="into")
        at_work.post(page("merge", "twin"), {"into": "into"})
        at_work.logout()
        assert at_work.get("/cases/twin/").status_code == 404
        assert at_work.get("/api/v1/cases/twin/").status_code == 404

    def test_what_is_not_said_is_taken_over_and_what_both_say_stays(self, at_work, region):
        twin = make_case(
            region=region, ref="twin", place="Hall", arrests=0, theft=False, site_type="farm", note="Twin's"
        )
        make_case(region=region, ref="into", note="Mine", site_type="office")
        asked = at_work.get(page("merge", "twin"), {"into": "/cases/into/"})
        assert {str(name) for name, _value, _before in asked.context["fields"]} == {
            "place", "electricity theft", "people detained",
        }  # fmt: skip
        at_work.post(page("merge", "twin"), {"into": "into"})
        case = Case.objects.get()
        assert (case.place, case.arrests, case.theft, case.site_type, case.note) == ("Hall", 0, False, "office", "Mine")
        assert twin.ref in case.former_refs

    @pytest.mark.parametrize(("raids_of_into", "rigs"), [(1, 7), (0, 100)])
    def test_no_rig_is_counted_twice(self, officer, region, raids_of_into, rigs):
        twin, into = make_case(region=region), make_case(region=region)
        make_seizure(make_raid(twin), count=100, rig=make_rig())
        for _each in range(raids_of_into):
            make_seizure(make_raid(into), count=7, rig=make_rig())
        sum_up(Case.objects.all())
        merge_cases(twin, into, by=officer)
        assert Case.objects.get().rigs == rigs
        assert set(Seizure.objects.values_list("count", flat=True)) == {rigs}

    def test_rows_of_both_are_kept_once(self, officer, region):
        twin, into = make_case(region=region), make_case(region=region)
        shared, agency = make_source(), make_agency()
        for amount, case in enumerate((twin, into)):
            case.sources.add(shared)
            case.agencies.add(agency)
            make_citation(case, text="Notice 1283")
            make_document(case, sha256="0" * 64)
            make_sanction(case, party=make_party(case))
            make_figure(case, amount=amount)
        make_citation(twin, text="Notice 2")
        photo = make_document(twin, raid=make_raid(twin))
        make_raid(into)
        merge_cases(twin, into, by=officer)
        case = Case.objects.get()
        assert list(case.sources.all()) == [shared]
        assert list(case.agencies.all()) == [agency]
        assert sorted(case.citations.values_list("text", flat=True)) == ["Notice 1283", "Notice 2"]
        assert case.documents.count() == 2
        assert case.sanctions.count() == case.parties.count() == 2
        assert [int(figure.amount) for figure in case.figures.all()] == [1]
        photo.refresh_from_db()
        assert (photo.case, photo.raid) == (case, None)

    def test_a_point_that_is_kept_from_the_public_stays_so(self, officer, region):
        twin = make_case(
            region=region, sensitive=True, published=True, latitude=1, longitude=1, location_precision="site"
        )  # fmt: skip
        merge_cases(twin, make_case(region=region, published=True), by=officer)
        case = Case.objects.get()
        assert (case.latitude, case.sensitive, case.public_latitude) == (1, True, None)

    def test_parts_follow_and_a_part_can_swallow_its_whole(self, officer, region):
        whole = make_case(region=region)
        part, other = make_case(region=region, part_of=whole), make_case(region=region, part_of=whole)
        merge_cases(whole, part, by=officer)
        part.refresh_from_db()
        other.refresh_from_db()
        assert (part.part_of, other.part_of) == (None, part)

    def test_likely_twins_are_offered(self, at_work, region):
        here = {"latitude": 4.4, "longitude": 114.0, "location_precision": "site", "title_en": "Shophouse in Miri"}
        sourced(region=region, ref="twin", **here)
        make_case(region=region, ref="near", occurred_on="2021-05-20", **here)
        make_case(region=region, ref="same", occurred_on="2021-05-18", **here)
        make_case(region=region, ref="late", occurred_on="2021-09-18", **here)
        make_case(region=make_region(), ref="theirs", occurred_on="2021-05-18", **here)
        likely = at_work.get(page("merge", "twin")).context["likely"]
        assert [(twin.case.ref, twin.days) for twin in likely] == [("same", 0), ("near", 2)]

    @pytest.mark.parametrize("into", ["", "twin", "nowhere", "theirs", "public"])
    def test_a_case_that_one_may_not_edit_is_no_choice(self, at_work, region, into):
        sourced(region=region, ref="twin")
        make_case(ref="theirs", title_en="Secret")
        make_case(ref="public", published=True)
        response = at_work.post(page("merge", "twin"), {"into": into})
        assert response.status_code == 400
        assert "Secret" not in response.content.decode()
        assert Case.objects.count() == 3

    def test_the_verb_itself_refuses(self, officer, region):
        mine, theirs = make_case(region=region), make_case()
        for twin, into in [(mine, theirs), (theirs, mine)]:
            with pytest.raises(PermissionDenied):
                merge_cases(twin, into, by=officer)
        with pytest.raises(ValidationError):
            merge_cases(mine, mine, by=officer)
        editor = make_person("view_case", "change_case", regions=[region])
        with pytest.raises(PermissionDenied):
            merge_cases(mine, make_case(region=region), by=editor)
        assert Case.objects.count() == 3


class TestScopesInTheAdministration:
    def test_a_case_of_another_region_is_not_found_or_only_looked_at(self, at_work, region):
        mine, theirs = make_case(region=region), make_case(title_en="Secret")
        public = make_case(published=True, title_en="Public")
        listed = at_work.get(page_of(Case, "changelist")).context["cl"].result_list
        assert {case.pk for case in listed} == {mine.pk, public.pk}
        assert at_work.get(page_of(Case, "change", theirs.pk)).status_code == 302
        shown = at_work.get(page_of(Case, "change", public.pk))
        assert shown.status_code == 200
        assert 'name="_save"' not in shown.content.decode()
        assert at_work.post(page_of(Case, "change", public.pk), {"title_en": "Mine"}).status_code == 403
        assert at_work.post(page_of(Case, "delete", public.pk), {"post": "yes"}).status_code == 403
        assert messages_on(save(at_work, mine, title_en="Changed")) == []
        assert set(Case.objects.values_list("title_en", flat=True)) == {"Changed", "Secret", "Public"}

    def test_rows_of_another_region_are_not_changed_either(self, at_work, region):
        raid = make_raid(make_case(published=True))
        line = make_seizure(raid, count=1)
        for row in (raid, line):
            assert at_work.post(page_of(type(row), "change", row.pk), {}).status_code == 403
            assert at_work.post(page_of(type(row), "delete", row.pk), {"post": "yes"}).status_code == 403
        assert Seizure.objects.get() == line

    def test_a_bulk_deletion_of_another_region_is_refused_whole(self, at_work, region):
        mine, public = make_case(region=region), make_case(published=True)
        chosen = {"action": "delete_selected", "_selected_action": [mine.pk, public.pk], "post": "yes"}
        at_work.post(page_of(Case, "changelist"), chosen)
        assert Case.objects.count() == 2

    def test_a_case_is_not_saved_into_another_region(self, at_work, region):
        case, elsewhere = make_case(region=region), make_region()
        below = make_region(parent=region)
        said = messages_on(save(at_work, case, region=elsewhere.pk))
        assert said == ["Select a valid choice. That choice is not one of the available choices."]
        assert messages_on(save(at_work, case, region=below.pk)) == []
        assert Case.objects.get().region == below

    def test_a_row_is_not_given_to_a_case_of_another_region(self, at_work, region):
        public = make_case(published=True)
        said = messages_on(save(at_work, Raid, case=public.pk))
        assert said == ["Select a valid choice. That choice is not one of the available choices."]
        assert not Raid.objects.exists()

    def test_the_list_publishes_what_is_whole_and_names_the_rest(self, at_work, region):
        whole, bare = sourced(region=region, ref="whole"), make_case(region=region, ref="bare")
        done = sourced(region=region, ref="done", published=True)
        chosen = {"action": "publish_selected", "_selected_action": [whole.pk, bare.pk, done.pk]}
        response = at_work.post(page_of(Case, "changelist"), chosen, follow=True)
        said = [str(message) for message in response.context["messages"]]
        assert said == [
            "bare: Before you publish: add a source.",
            "done: Already published.",
            "1 case published.",
        ]
        assert set(Case.objects.filter(published=True)) == {whole, done}

    def test_the_list_asks_why_before_it_withdraws(self, at_work, region):
        cases = [sourced(region=region, published=True) for _each in range(2)]
        chosen = {"action": "withdraw_selected", "_selected_action": [case.pk for case in cases]}
        asked = at_work.post(page_of(Case, "changelist"), chosen)
        assert asked.status_code == 200
        assert Case.objects.filter(published=True).count() == 2
        at_work.post(page_of(Case, "changelist"), chosen | {"reason": "A wrong source"})
        assert not Case.objects.filter(published=True).exists()
        history = at_work.get(reverse("cases:case-history", args=[cases[0].ref]))
        assert "A wrong source" in history.content.decode()

    def test_the_form_cannot_publish(self, at_work, region):
        case = make_case(region=region)
        assert messages_on(save(at_work, case, published="on", title_en="Changed")) == []
        assert Case.objects.values_list("title_en", "published").get() == ("Changed", False)

    def test_the_button_leads_to_the_history_of_every_change(self, at_work, region):
        case = make_case(region=region, ref="cn-1")
        assert at_work.get(page_of(Case, "history", case.pk))["Location"] == "/cases/cn-1/history/"

    def test_regions_of_work_are_given_on_the_page_of_the_account(self, admin_client, region):
        person = make_person()
        address = reverse("admin:auth_user_change", args=[person.pk])
        shown = values_on(admin_client.get(address), "user_form")
        row = {"scopes-TOTAL_FORMS": "1", "scopes-0-region": region.pk, "scopes-0-user": person.pk}
        response = admin_client.post(address, shown | row)
        assert messages_on(response) == []
        assert Scope.objects.get().region == region


class TestTwoAtOnce:
    """The second to save is shown what the first wrote, and loses nothing of what they typed."""

    def opened(self, client, row):
        model = type(row)
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
        return address, values_on(client.get(address), f"{model._meta.model_name}_form")

    def test_a_field_that_a_colleague_changed_is_not_overwritten_unseen(self, admin_client):
        case = make_case(place="First")
        address, shown = self.opened(admin_client, case)
        Case.objects.update(place="Colleague's", note="Also theirs")
        response = admin_client.post(address, shown | {"place": "Mine"})
        said = messages_on(response)
        assert len(said) == 2
        assert "the value is now “Colleague&#x27;s”; you entered “Mine”" in response.content.decode()
        assert Case.objects.get().place == "Colleague's"
        again = values_on(response, "case_form")
        assert again["place"] == ["Mine"]
        assert messages_on(admin_client.post(address, again | {"note": "Also theirs"})) == []
        assert Case.objects.values_list("place", "note").get() == ("Mine", "Also theirs")

    def test_a_field_that_nobody_else_changed_is_saved(self, admin_client):
        case = make_case(place="First")
        address, shown = self.opened(admin_client, case)
        assert messages_on(admin_client.post(address, shown | {"place": "Mine"})) == []
        assert Case.objects.get().place == "Mine"

    def test_lines_below_and_what_is_joined_are_compared_too(self, admin_client):
        case, agency = make_case(), make_agency(name_en="Grid company")
        raid = make_raid(case, place="First")
        line = make_seizure(raid, count=1)
        address, shown = self.opened(admin_client, case)
        Raid.objects.update(place="Colleague's")
        Seizure.objects.update(count=2)
        case.agencies.add(agency)
        said = messages_on(admin_client.post(address, shown))
        assert len(said) == 3
        assert any("“Grid company”; you entered “–”" in message for message in said)
        assert any("“2”; you entered “1”" in message for message in said)
        line.refresh_from_db()
        assert (line.count, list(case.agencies.all())) == (2, [agency])

    def test_a_row_that_a_colleague_added_stays(self, admin_client):
        case = make_case()
        make_raid(case)
        address, shown = self.opened(admin_client, case)
        new = make_raid(case, place="New")
        assert messages_on(admin_client.post(address, shown | {"place": "Mine"})) == []
        assert Raid.objects.filter(pk=new.pk, place="New").exists()

    @pytest.mark.parametrize("seal", ["", "forged", None])
    def test_a_page_that_does_not_say_what_it_showed_saves_nothing(self, admin_client, seal):
        case = make_case(place="First")
        address, shown = self.opened(admin_client, case)
        shown = {name: value for name, value in shown.items() if name != "opened"}
        response = admin_client.post(
            address, shown | {"place": "Mine"} | ({"opened": seal} if seal is not None else {})
        )
        assert len(messages_on(response)) == 1
        assert Case.objects.get().place == "First"

    def test_the_standing_record_is_guarded_alike(self, admin_client):
        policy = make_policy(title_en="First")
        address, shown = self.opened(admin_client, policy)
        with changing(Verb.EDITED, "a colleague"):
            type(policy).objects.update(title_en="Colleague's")
        assert len(messages_on(admin_client.post(address, shown | {"title_en": "Mine"}))) == 1
        policy.refresh_from_db()
        assert policy.title_en == "Colleague's"

    def test_a_new_raid_on_the_page_of_a_case_is_still_entered(self, admin_client):
        case = make_case()
        row = new_row("raids", 0, raided_on="2021-05-18", date_precision="day", visits="1")
        assert messages_on(save(admin_client, case, **row)) == []
        assert Raid.objects.get().case == case
