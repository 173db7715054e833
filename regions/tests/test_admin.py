"""The administration of the standing record, through its pages."""

import json

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse
from pghistory.models import Event

from regions.models import (
    Agency,
    Boundary,
    Factor,
    Indicator,
    Policy,
    Position,
    Provision,
    Reading,
    Region,
    SavingsClaim,
    Source,
)
from regions.tests.builders import (
    make_agency,
    make_boundary,
    make_factor,
    make_indicator,
    make_policy,
    make_position,
    make_provision,
    make_reading,
    make_region,
    make_savings_claim,
    make_source,
)
from regions.tests.pages import messages_on, queries_of, values_on

pytestmark = pytest.mark.django_db
WITHOUT_A_PAGE = {
    "scope", "draft", "bulletin", "historyseal", "lead", "leadstep", "inspection", "inspectionphoto",
    "tip", "tippart", "officenumber", "sheetlayout", "documentlook", "follow", "notice", "screeningrun",
    "screenedmeter", "meterlook", "savedbrief", "clearance", "weightset", "measuredavoided",
}  # fmt: skip


def page_of(model, what, *args):
    return reverse(f"admin:regions_{model.__name__.lower()}_{what}", args=args)


def save(client, address, model, **typed):
    """Open a page of the administration, type some values over what it shows, press Save."""
    shown = values_on(client.get(address), f"{model.__name__.lower()}_form")
    return client.post(address, shown | typed)


class TestEveryModel:
    def test_every_model_of_the_record_has_its_page(self, admin_client):
        for package in ("regions", "cases"):
            for model in apps.get_app_config(package).get_models():
                # Events are read on the page of history, joins and scopes on the pages of what they join,
                # what somebody is still typing is nobody else's, seals are for `seal_history --check`, leads,
                # screenings and layouts have their own pages, which show each officer only those of their regions, and
                # the numbers of offices stand on the page of their case, which knows from whom it hides them.
                if issubclass(model, Event) or model._meta.proxy or model._meta.model_name in WITHOUT_A_PAGE:
                    continue
                assert admin.site.is_registered(model), model
                address = reverse(f"admin:{package}_{model._meta.model_name}_changelist")
                assert admin_client.get(address, {"q": "x"}).status_code == 200

    @pytest.mark.parametrize("model", [Agency, Factor, Indicator, Policy, Position, Region, SavingsClaim, Source])
    def test_what_is_saved_as_it_stands_stays_as_it_was(self, admin_client, model):
        row = {
            Agency: lambda: make_agency(aliases=["State Grid, Sichuan", "国网四川"], region=make_region()),
            Factor: lambda: make_factor(region=make_region()),
            Indicator: lambda: make_reading(make_indicator()).indicator,
            Policy: lambda: make_provision(make_policy(), targets=["individual"], sanction_kinds=["fine"]).policy,
            Position: lambda: make_position(policy=make_policy()),
            Region: lambda: make_region(parent=make_region()),
            SavingsClaim: make_savings_claim,
            Source: make_source,
        }[model]()
        before = list(model.objects.values()), list(Provision.objects.values()), list(Reading.objects.values())

        response = save(admin_client, page_of(model, "change", row.pk), model)

        assert messages_on(response) == []
        after = list(model.objects.values()), list(Provision.objects.values()), list(Reading.objects.values())
        assert after == before


class TestLists:
    @pytest.mark.parametrize(
        ("model", "make"),
        [
            (Region, lambda: make_region(parent=make_region())),
            (Boundary, lambda: make_boundary(make_region())),
            (Source, make_source),
            (Agency, lambda: make_agency(region=make_region())),
            (Policy, make_policy),
            (Provision, lambda: make_provision(make_policy())),
            (Position, lambda: make_position(policy=make_policy())),
            (SavingsClaim, make_savings_claim),
            (Indicator, make_indicator),
            (Reading, lambda: make_reading(make_indicator())),
            (Factor, lambda: make_factor(region=make_region())),
        ],
    )
    def test_a_list_asks_as_often_for_three_rows_as_for_one(self, admin_client, model, make):
        make()
        queries = queries_of(lambda: admin_client.get(page_of(model, "changelist")))
        make()
        make()
        assert queries_of(lambda: admin_client.get(page_of(model, "changelist"))) == queries

    def test_the_readings_of_a_series_are_shown_without_a_query_each(self, admin_client):
        indicator = make_indicator()
        make_reading(indicator, year=2019)
        queries = queries_of(lambda: admin_client.get(page_of(Indicator, "change", indicator.pk)))
        make_reading(indicator, year=2020)
        make_reading(indicator, year=2021)
        assert queries_of(lambda: admin_client.get(page_of(Indicator, "change", indicator.pk))) == queries

    @pytest.mark.parametrize(("words", "found"), [("CN-15", ["CN-15"]), ("mongolia", ["CN-15"]), ("内蒙", ["CN-15"])])
    def test_regions_are_found_by_code_and_by_name_in_both_languages(self, admin_client, words, found):
        china = make_region(code="CN", name_en="China", name_zh="中国")
        make_region(code="CN-15", parent=china, name_en="Inner Mongolia", name_zh="内蒙古自治区")
        response = admin_client.get(page_of(Region, "changelist"), {"q": words})
        assert [region.code for region in response.context["cl"].result_list] == found

    def test_regions_are_listed_by_level(self, admin_client):
        make_region(code="CN-15", parent=make_region(code="CN"))
        response = admin_client.get(page_of(Region, "changelist"), {"level__exact": "admin1"})
        assert [region.code for region in response.context["cl"].result_list] == ["CN-15"]


class TestChoosingARegion:
    def choices(self, client, term):
        question = {"app_label": "regions", "model_name": "policy", "field_name": "region", "term": term}
        return client.get(reverse("admin:regions_region_choices"), question)

    def test_a_field_of_something_else_is_refused(self, admin_client):
        question = {"app_label": "cases", "model_name": "raid", "field_name": "case", "term": "a"}
        assert admin_client.get(reverse("admin:regions_region_choices"), question).status_code == 403

    def test_the_wider_region_comes_first_and_each_is_named_with_its_code(self, admin_client):
        china = make_region(code="CN", name_en="China")
        province = make_region(code="CN-22", parent=china, name_en="Jilin")
        make_region(code="CN-220200", parent=province, name_en="Jilin")
        answers = json.loads(self.choices(admin_client, "jilin").content)["results"]
        assert [answer["text"] for answer in answers] == ["Jilin · CN-22", "Jilin · CN-220200"]

    def test_only_those_who_may_see_regions_are_answered(self, client, django_user_model):
        client.force_login(django_user_model.objects.create_user("clerk", is_staff=True))
        make_region(name_en="Jilin")
        assert self.choices(client, "jilin").status_code == 403


class TestRulesSpeakThroughTheForm:
    """What the database would refuse is said on the page, and nothing is written."""

    def test_a_position_cannot_end_before_it_starts(self, admin_client):
        region = make_region()
        typed = {"region": region.pk, "stance": "banned", "confidence": "high"}
        response = save(
            admin_client,
            page_of(Position, "add"),
            Position,
            **typed,
            first_day="2021-09-24",
            last_day="2021-01-01",
        )
        assert messages_on(response) == ["The end cannot be before the start."]
        assert not Position.objects.exists()

    def test_a_region_has_one_position_at_a_time(self, admin_client):
        position = make_position(first_day="2021-09-24")
        typed = {"region": position.region_id, "stance": "licensed", "confidence": "high"}
        response = save(admin_client, page_of(Position, "add"), Position, **typed, first_day="2022-01-01")
        assert messages_on(response) == ["This region already has a legal position on some of these days."]
        assert Position.objects.count() == 1

    def test_a_claimed_loss_needs_its_currency(self, admin_client):
        claim = make_savings_claim()
        response = save(admin_client, page_of(SavingsClaim, "change", claim.pk), SavingsClaim, loss_amount="5000")
        assert messages_on(response) == [
            "Enter an amount together with its currency; the amount cannot be negative.",
        ]
        claim.refresh_from_db()
        assert claim.loss_amount is None

    def test_a_fine_needs_its_currency_in_the_row_of_its_policy(self, admin_client):
        provision = make_provision(make_policy())
        response = save(
            admin_client,
            page_of(Policy, "change", provision.policy_id),
            Policy,
            **{"provisions-0-fine_max": "100000"},
        )
        assert messages_on(response) == ["Enter the fine and its currency together."]
        provision.refresh_from_db()
        assert provision.fine_max is None

    def test_a_region_cannot_be_its_own_parent(self, admin_client):
        region = make_region(parent=make_region())
        parent = region.parent_id
        response = save(admin_client, page_of(Region, "change", region.pk), Region, parent=region.pk)
        assert "A region cannot be below itself." in messages_on(response)
        region.refresh_from_db()
        assert region.parent_id == parent

    def test_a_country_has_no_parent(self, admin_client):
        region = make_region()
        response = save(admin_client, page_of(Region, "change", region.pk), Region, parent=make_region().pk)
        assert messages_on(response) == ["Countries and blocs have no parent; every other level needs one."]

    @pytest.mark.parametrize(("latitude", "longitude"), [("95", "10"), ("10", "181")])
    def test_a_region_lies_on_this_planet(self, admin_client, latitude, longitude):
        region = make_region()
        response = save(
            admin_client, page_of(Region, "change", region.pk), Region, latitude=latitude, longitude=longitude
        )
        wrong = "Must be from -90 to 90." if latitude == "95" else "Must be from -180 to 180."
        assert messages_on(response) == [wrong]

    def test_a_count_beyond_what_is_stored_is_refused(self, admin_client):
        claim = make_savings_claim()
        response = save(admin_client, page_of(SavingsClaim, "change", claim.pk), SavingsClaim, rigs=str(10**13))
        assert messages_on(response) == ["Ensure this value is less than or equal to 2147483647."]

    def test_two_readings_of_one_time_come_back_as_typed_with_the_reason(self, admin_client):
        reading = make_reading(make_indicator(), year=2021, value=5)
        row = {"year": "2021", "month": "", "value": "6", "source": reading.source_id, "confidence": "high"}
        response = save(
            admin_client,
            page_of(Indicator, "change", reading.indicator_id),
            Indicator,
            **{f"readings-1-{name}": value for name, value in row.items()},
            **{"readings-TOTAL_FORMS": "2"},
        )
        assert messages_on(response) == ["This series already has a value for that time."]
        assert values_on(response, "indicator_form")["readings-1-value"] == ["6"]
        assert Reading.objects.count() == 1

    def test_other_names_are_one_a_line_and_may_have_commas(self, admin_client):
        agency = make_agency()
        typed = "State Grid, Sichuan\r\n\r\n  国网四川  \r\n"
        response = save(admin_client, page_of(Agency, "change", agency.pk), Agency, aliases=typed)
        assert messages_on(response) == []
        agency.refresh_from_db()
        assert agency.aliases == ["State Grid, Sichuan", "国网四川"]

    def test_a_provision_keeps_the_choices_that_were_ticked(self, admin_client):
        provision = make_provision(make_policy(), targets=["individual"])
        response = save(
            admin_client,
            page_of(Provision, "change", provision.pk),
            Provision,
            targets=["individual", "exchange"],
            sanction_kinds=["fine"],
        )
        assert messages_on(response) == []
        provision.refresh_from_db()
        assert (sorted(provision.targets), provision.sanction_kinds) == (["exchange", "individual"], ["fine"])


class TestBoundary:
    def test_a_shape_is_summed_up_and_cannot_be_typed(self, admin_client):
        boundary = make_boundary(make_region())
        page = admin_client.get(page_of(Boundary, "change", boundary.pk)).content.decode()
        assert "1 polygons, 5 points, latitude 0 – 1, longitude 0 – 1" in page
        assert "textarea" not in page
        assert admin_client.get(page_of(Boundary, "add")).status_code == 403


class TestReading:
    def test_who_may_only_look_gets_pages_without_controls(self, client, django_user_model):
        clerk = django_user_model.objects.create_user("clerk", is_staff=True)
        clerk.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
        client.force_login(clerk)
        policy = make_provision(make_policy(), targets=["individual"]).policy
        page = client.get(page_of(Policy, "change", policy.pk))
        assert page.status_code == 200
        assert page.context["adminform"].form.fields.keys() == set()
        assert {"title_en", "provisions-0-number"}.isdisjoint(values_on(page, "policy_form"))


NO_KEYS = ["abc", "1.5", "٣٤x", "9" * 5000, str(10**30), "-1", "' OR 1=1 --", "00000000-0000-0000-0000-000000000000"]


class TestKeysThatAreNone:
    """What names a row, in an address or in a form, and is the key of none."""

    @pytest.mark.parametrize("key", NO_KEYS)
    def test_a_form_comes_back_with_the_error_at_its_field(self, admin_client, key):
        policy = make_policy()
        address = page_of(Policy, "change", policy.pk)
        shown = values_on(admin_client.get(address), "policy_form")
        for name in ("region", "source", "issuers", "supersedes"):
            response = admin_client.post(address, shown | {name: key})
            assert response.status_code == 200, name
            assert name in response.context["adminform"].form.errors

    @pytest.mark.parametrize("key", NO_KEYS)
    def test_addresses_are_answered(self, admin_client, key):
        region = make_region()
        for address in [
            page_of(Policy, "changelist") + f"?issued_on__year={key}",
            page_of(Provision, "changelist") + f"?sanction_kinds={key}",
            page_of(Agency, "changelist") + f"?aliases__exact={key}",
            reverse("admin:auth_user_changelist") + f"?last_login__year={key}",
            page_of(Region, "changelist") + f"?parent__id__exact={key}",
            page_of(Region, "changelist") + f"?parent={key}",
            page_of(Policy, "changelist") + f"?region__id__exact={key}",
            page_of(Policy, "changelist") + f"?id__in={region.pk},{key}",
            page_of(Factor, "add") + f"?region={key}",
            page_of(Region, "delete", region.pk) + "?_to_field=",
            page_of(Policy, "add") + f"?issuers={key}&source={key}",
            reverse("admin:autocomplete") + f"?app_label=regions&model_name=policy&field_name=source&term={key}&page=1",
            reverse("admin:regions_region_choices")
            + f"?app_label=regions&model_name=policy&field_name=region&term={key}",
        ]:
            assert admin_client.get(address).status_code < 500, address[:200]

    def test_what_the_library_reads_of_a_form_by_itself_is_answered(self, admin_client):
        for address, form, status in [
            (page_of(Region, "delete", make_region().pk), {"_to_field": ""}, 400),
            (reverse("admin:auth_user_add"), {"username": "", "_saveasnew": "x"}, 200),
        ]:
            assert admin_client.post(address, form).status_code == status, address
