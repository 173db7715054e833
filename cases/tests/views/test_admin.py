"""The administration of what happened, through its pages."""

import shutil

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse

from cases.actions.summing import sum_up
from cases.models import Case, Citation, Disposal, Document, Figure, Party, Raid, Rig, Sanction, Seizure
from cases.tests.builders import (
    make_case,
    make_citation,
    make_disposal,
    make_document,
    make_figure,
    make_party,
    make_raid,
    make_rig,
    make_sanction,
    make_seizure,
)
from regions.grammar.fields import MOST_FORMS
from regions.tests.builders import make_agency, make_boundary, make_policy, make_provision, make_region, make_source
from regions.tests.pages import messages_on, queries_of, values_on

pytestmark = pytest.mark.django_db
CHILDREN = [Raid, Seizure, Figure, Citation, Party, Sanction, Disposal, Document]


def page_of(model, what, *args):
    return reverse(f"admin:cases_{model.__name__.lower()}_{what}", args=args)


def save(client, row, **typed):
    """Open the page of `row` (of a new one for a model), type some values over what it shows, press Save."""
    model = row if isinstance(row, type) else type(row)
    address = page_of(model, "add") if row is model else page_of(model, "change", row.pk)
    shown = values_on(client.get(address), f"{model.__name__.lower()}_form")
    return client.post(address, shown | typed)


def new_row(prefix, at, **values):
    return {f"{prefix}-TOTAL_FORMS": str(at + 1)} | {f"{prefix}-{at}-{name}": value for name, value in values.items()}


def words_of(case):
    return str(Case.objects.values_list("words", flat=True).get(pk=case.pk))


def make_generic_rig(**values):
    """The row without which no load can be said of a line that names no model."""
    return make_rig(is_generic=True, released_year=2009, **values)


def whole_case():
    """A case with one row of everything that belongs to a case."""
    provision = make_provision(make_policy())
    case = make_case(
        latitude=40.75,
        longitude=107.4,
        location_precision="locality",
        theft=False,
        arrests=3,
        note="first line\nsecond line",
        part_of=make_case(),
        published=True,
    )
    case.agencies.set([make_agency()])
    case.sources.set([make_source()])
    raid = make_raid(case, raided_on="2021-05-18", place="North hall")
    seizure = make_seizure(raid, rig=make_rig(), count=100, value_amount="5.50", value_currency="CNY")
    make_disposal(seizure, authority=make_agency())
    make_figure(case)
    make_citation(case, policy=provision.policy, provision=provision)
    make_sanction(case, party=make_party(case), amount="1000.00", currency="CNY")
    make_document(case, raid=raid)
    sum_up(Case.objects.all())
    return case


def rows_of(model):
    """All rows of a model but for the moment of the last change."""
    return [
        {name: value for name, value in row.items() if name != "changed_at"}
        for row in model.objects.order_by("pk").values()
    ]


class TestCaseList:
    def refs(self, client, **question):
        response = client.get(page_of(Case, "changelist"), question)
        return [case.ref for case in response.context["cl"].result_list]

    @pytest.mark.parametrize(
        ("words", "found"), [("bayan", ["cn-1"]), ("巴彦", ["cn-1"]), ("my-1", ["my-1"]), ("piasau", ["my-1"])]
    )
    def test_cases_are_found_by_reference_title_and_place(self, admin_client, words, found):
        make_case(ref="cn-1", title_en="Warehouse in Bayannur", title_zh="巴彦淖尔仓库")
        make_case(ref="my-1", title_en="Six raids", place="Piasau, Miri")
        assert self.refs(admin_client, q=words) == found

    @pytest.mark.parametrize(
        ("question", "found"),
        [
            ({}, ["b", "a"]),
            ({"kind__exact": "sweep"}, ["b"]),
            ({"status__exact": "dropped"}, ["b"]),
            ({"site_type__exact": "farm"}, ["b"]),
            ({"lead_source__exact": "audit"}, ["b"]),
            ({"confidence__exact": "low"}, ["b"]),
            ({"published__exact": "1"}, ["b"]),
            ({"counts_in_totals__exact": "0"}, ["b"]),
            ({"occurred_on__year": "2021"}, ["a"]),
        ],
    )
    def test_cases_are_filtered(self, admin_client, question, found):
        make_case(ref="a", occurred_on="2021-05-18")
        make_case(
            ref="b",
            kind="sweep",
            status="dropped",
            site_type="farm",
            lead_source="audit",
            confidence="low",
            published=True,
            counts_in_totals=False,
            occurred_on="2022-05-18",
        )
        assert self.refs(admin_client, **question) == found

    def test_a_row_says_how_well_its_date_and_its_rigs_are_known(self, admin_client):
        make_case(occurred_on="2021-01-01", date_precision="year", rigs=10100, rigs_qualifier="at_least")
        page = admin_client.get(page_of(Case, "changelist")).content.decode()
        assert '<td class="field-date">2021</td>' in page
        assert '<td class="field-rig_count">10,100 or more</td>' in page

    def test_a_user_who_may_not_see_internal_cases_finds_nothing_of_them(self, client, django_user_model):
        clerk = django_user_model.objects.create_user("clerk", is_staff=True)
        clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_raid", "add_raid", "view_party"]))
        client.force_login(clerk)
        shown = make_raid(make_case(ref="shown", published=True))
        hidden = make_raid(make_case(ref="hidden"))
        make_party(hidden.case)

        listed = client.get(page_of(Raid, "changelist")).context["cl"].result_list
        assert [raid.case.ref for raid in listed] == ["shown"]
        assert list(client.get(page_of(Party, "changelist")).context["cl"].result_list) == []
        assert client.get(page_of(Raid, "change", shown.pk)).status_code == 200
        assert client.get(page_of(Raid, "change", hidden.pk)).status_code == 302
        refused = save(client, Raid, case=hidden.case_id)
        assert messages_on(refused) == ["Select a valid choice. That choice is not one of the available choices."]


class TestQueries:
    @pytest.mark.parametrize("model", [Case, *CHILDREN, Rig])
    def test_a_list_asks_as_often_for_three_rows_as_for_one(self, admin_client, model):
        whole_case()
        few = queries_of(lambda: admin_client.get(page_of(model, "changelist")))
        whole_case()
        whole_case()
        assert queries_of(lambda: admin_client.get(page_of(model, "changelist"))) == few

    @pytest.mark.parametrize("model", [Raid, Seizure])
    def test_the_choices_of_a_search_ask_as_often_for_three_as_for_one(self, admin_client, model):
        fields = {Raid: ("seizure", "raid"), Seizure: ("disposal", "seizure")}[model]
        question = {"app_label": "cases", "model_name": fields[0], "field_name": fields[1], "term": "case"}
        whole_case()
        few = queries_of(lambda: admin_client.get(reverse("admin:autocomplete"), question))
        whole_case()
        whole_case()
        assert queries_of(lambda: admin_client.get(reverse("admin:autocomplete"), question)) == few

    def test_the_page_of_a_case_asks_as_often_for_three_rows_of_each_kind_as_for_one(self, admin_client):
        case = whole_case()
        few = queries_of(lambda: admin_client.get(page_of(Case, "change", case.pk)))
        for _more in range(2):
            provision = make_provision(make_policy())
            raid = make_raid(case)
            make_seizure(raid, rig=make_rig())
            make_figure(case)
            make_citation(case, policy=provision.policy, provision=provision)
            make_sanction(case, party=make_party(case))
            make_document(case, raid=raid)
        assert queries_of(lambda: admin_client.get(page_of(Case, "change", case.pk))) == few


class TestCasePage:
    @pytest.mark.parametrize("model", [Case, Raid, Seizure, Figure, Citation, Party, Sanction, Disposal, Rig])
    def test_what_is_saved_as_it_stands_stays_as_it_was(self, admin_client, model):
        case = whole_case()
        row = case if model is Case else model.objects.get()
        everything = [Case, *CHILDREN]
        before = [rows_of(each) for each in everything]
        assert messages_on(save(admin_client, row)) == []
        assert [rows_of(each) for each in everything] == before

    def test_raids_and_seizures_are_entered_on_the_page_of_their_case(self, admin_client):
        make_generic_rig()
        case = make_case()
        day = new_row("raids", 0, raided_on="2021-05-18", date_precision="day", visits="2", place="North hall")
        assert messages_on(save(admin_client, case, **day)) == []
        raid = Raid.objects.get()
        assert (raid.case, raid.visits, raid.place) == (case, 2, "North hall")

        page = admin_client.get(page_of(Case, "change", case.pk))
        assert page_of(Raid, "change", raid.pk) in page.content.decode()
        line = new_row("seizures", 0, raid=raid.pk, kind="asic", count="10100", qualifier="exact")
        assert messages_on(save(admin_client, case, **line)) == []
        seizure = Seizure.objects.get()
        assert (seizure.raid, seizure.count) == (raid, 10100)
        assert Case.objects.get().rigs == 10100

    def test_a_line_cannot_be_given_to_a_raid_of_another_case(self, admin_client):
        case = make_case()
        make_raid(case)
        line = new_row("seizures", 0, raid=make_raid(make_case()).pk, kind="asic")
        response = save(admin_client, case, **line)
        assert messages_on(response) == ["Select a valid choice. That choice is not one of the available choices."]
        assert not Seizure.objects.exists()

    def test_a_line_of_another_case_cannot_be_reached_through_this_one(self, admin_client):
        make_generic_rig()
        own = make_seizure(make_raid(make_case()), count=1)
        foreign = make_seizure(make_raid(make_case()), count=2)
        page = admin_client.get(page_of(Case, "change", own.raid.case_id))
        assert values_on(page, "case_form")["seizures-INITIAL_FORMS"] == ["1"]
        save(admin_client, own.raid.case, **{"seizures-0-id": foreign.pk, "seizures-0-count": "9"})
        assert list(Seizure.objects.order_by("count").values_list("count", flat=True)) == [1, 2]

    def test_lines_are_offered_once_there_is_a_raid(self, admin_client):
        case = make_case()
        for address in (page_of(Case, "add"), page_of(Case, "change", case.pk)):
            values = values_on(admin_client.get(address), "case_form")
            assert "raids-TOTAL_FORMS" in values
            assert "seizures-TOTAL_FORMS" not in values
        make_raid(case)
        assert "seizures-TOTAL_FORMS" in values_on(admin_client.get(page_of(Case, "change", case.pk)), "case_form")

    def test_who_may_change_cases_but_not_seizures_writes_no_line(self, client, django_user_model):
        clerk = django_user_model.objects.create_user("clerk", is_staff=True)
        codenames = ["view_case", "change_case", "view_seizure", "work_everywhere"]
        clerk.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client.force_login(clerk)
        make_generic_rig()
        seizure = make_seizure(make_raid(make_case()), count=1)
        changed = {"seizures-0-id": seizure.pk, "seizures-0-raid": seizure.raid_id, "seizures-0-count": "9"}
        added = new_row("seizures", 1, raid=seizure.raid_id, kind="asic", count="9", qualifier="exact")
        assert messages_on(save(client, seizure.raid.case, title_en="Changed", **changed, **added)) == []
        assert Case.objects.get().title_en == "Changed"
        assert list(Seizure.objects.values_list("count", flat=True)) == [1]

    def test_a_raid_takes_its_changed_lines_along_when_it_is_deleted(self, admin_client):
        make_generic_rig()
        case = make_case()
        gone = make_seizure(make_raid(case), count=5)
        kept = make_seizure(make_raid(case), count=7)
        typed = {"raids-0-DELETE": "on", "seizures-0-count": "6"}
        assert messages_on(save(admin_client, case, **typed)) == []
        assert list(Seizure.objects.all()) == [kept]
        assert not Raid.objects.filter(pk=gone.raid_id).exists()
        assert Case.objects.get().rigs == 7

    def test_a_sanction_outlives_its_party(self, admin_client):
        case = make_case()
        sanction = make_sanction(case, party=make_party(case))
        response = save(admin_client, case, **{"parties-0-DELETE": "on", "sanctions-0-note": "Closed down"})
        assert messages_on(response) == []
        sanction.refresh_from_db()
        assert (sanction.party, sanction.note) == (None, "Closed down")

    def test_documents_are_shown_and_not_typed(self, admin_client):
        document = make_document(make_case(), title="Notice of the court")
        page = admin_client.get(page_of(Case, "change", document.case_id))
        assert "Notice of the court" in page.content.decode()
        assert not [name for name in values_on(page, "case_form") if name.startswith("documents-0-t")]


class TestMap:
    def test_the_page_of_a_case_has_a_map_of_its_point_and_its_region(self, admin_client):
        china = make_region(code="CN")
        region = make_region(code="CN-15", parent=china, latitude=44.0, longitude=113.9)
        case = make_case(region=region, latitude=40.75, longitude=107.4, location_precision="locality")
        page = admin_client.get(page_of(Case, "change", case.pk)).content.decode()
        assert 'data-point-map data-latitude="latitude" data-longitude="longitude"' in page
        assert (
            'data-boundaries="/regions/boundaries.geojson /regions/CN/boundaries.geojson'
            ' /regions/CN-15/boundaries.geojson"' in page
        )
        assert 'data-start="44.0 113.9"' in page
        assert '<script src="/static/js/point-map.js" type="module"></script>' in page
        assert '<script src="/static/leaflet/leaflet.js"></script>' in page

    def test_a_page_with_a_map_has_nothing_that_the_content_policy_forbids(self, admin_client):
        page = admin_client.get(page_of(Case, "add")).content.decode()
        assert "data-point-map" in page
        assert " style=" not in page
        assert "<style" not in page
        assert "onclick=" not in page

    def test_a_point_is_typed_without_the_map(self, admin_client):
        case = make_case()
        typed = {"latitude": "40.75", "longitude": "107.4", "location_precision": "site"}
        assert messages_on(save(admin_client, case, **typed)) == []
        case.refresh_from_db()
        assert (case.latitude, case.longitude) == (40.75, 107.4)

    def test_who_may_only_look_sees_the_case(self, client, django_user_model):
        clerk = django_user_model.objects.create_user("clerk", is_staff=True)
        clerk.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
        client.force_login(clerk)
        case = whole_case()
        page = client.get(page_of(Case, "change", case.pk))
        assert page.status_code == 200
        assert {"title_en", "latitude", "raids-0-place", "seizures-0-count"}.isdisjoint(values_on(page, "case_form"))
        client.post(page_of(Case, "change", case.pk), values_on(page, "case_form") | {"title_en": "Mine"})
        case.refresh_from_db()
        assert case.title_en != "Mine"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")
class TestMapInTheBrowser:
    def test_the_point_is_set_by_click_moved_by_drag_and_follows_what_is_typed(self, live_server, admin_client):
        from playwright.sync_api import sync_playwright

        region = make_region(latitude=0.5, longitude=0.5)
        make_boundary(region)
        case = make_case(region=region)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            context = browser.new_context(viewport={"width": 1200, "height": 1400})
            session = admin_client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
            page = context.new_page()
            broken = []
            page.on("pageerror", lambda problem: broken.append(str(problem)))
            page.on("console", lambda line: broken.append(line.text) if "Content Security" in line.text else None)
            page.goto(live_server.url + page_of(Case, "change", case.pk))

            def point():
                return [float(page.input_value(f"#id_{name}")) for name in ("latitude", "longitude")]

            plot = page.locator("[data-point-map] > div")
            page.wait_for_selector("[data-point-map] path")
            plot.scroll_into_view_if_needed()
            box = plot.bounding_box()
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            page.mouse.click(x, y)
            assert point() == pytest.approx([0.5, 0.5], abs=0.1)
            page.mouse.move(x, y)
            page.mouse.down()
            page.mouse.move(x + 60, y + 40, steps=5)
            page.mouse.up()
            dragged = point()
            assert dragged[0] < 0.4  # the map opens on the outline of the region, so 60 px are a third of a degree
            assert dragged[1] > 0.7
            page.fill("#id_latitude", "")
            assert page.locator("[data-point-map] .leaflet-marker-icon").count() == 0
            page.fill("#id_latitude", "41")
            page.fill("#id_longitude", "107.5")
            assert page.locator("[data-point-map] .leaflet-marker-icon").count() == 1
            page.select_option("#id_location_precision", "locality")
            page.locator("input[name=_save]").first.click()
            page.wait_for_url("**/admin/cases/case/")
            browser.close()
        case.refresh_from_db()
        assert (case.latitude, case.longitude) == (41, 107.5)
        assert broken == []


class TestRulesSpeakThroughTheForm:
    """What the database would refuse is said on the page, and nothing is written."""

    @pytest.mark.parametrize(
        ("typed", "message"),
        [
            (
                {"latitude": "95", "longitude": "10", "location_precision": "site"},
                "Must be from -90 to 90.",
            ),
            (
                {"latitude": "45", "longitude": "10"},
                "A point needs a location precision: site, locality, district or province.",
            ),
            (
                {"latitude": "45", "location_precision": "site"},
                "Latitude must be from -90 to 90 and longitude from -180 to 180 degrees; enter both.",
            ),
            ({"latitude": "NaN", "longitude": "10", "location_precision": "site"}, "Not a valid number of degrees."),
            (
                {"latitude": "40,8", "longitude": "111.7", "location_precision": "site"},
                "Not a valid number of degrees. Did you mean 40.8?",
            ),
            ({"arrests": str(10**13)}, "Ensure this value is less than or equal to 2147483647."),
            ({"arrests": str(10**7)}, "Over the limit of 1,000,000."),
            (
                {"occurred_on": "2021-05-18", "date_precision": "month"},
                "A date known only to the month or year is stored as the first day of that period.",
            ),
            ({"occurred_on": "2008-12-31"}, "Mining did not exist before 3 January 2009."),
            ({"kind": "party"}, "Select a valid choice. party is not one of the available choices."),
        ],
    )
    def test_a_case(self, admin_client, typed, message):
        case = make_case(arrests=3)
        before = rows_of(Case)
        assert messages_on(save(admin_client, case, **typed)) == [message]
        assert rows_of(Case) == before

    def test_a_reference_is_given_once(self, admin_client):
        make_case(ref="cn-1")
        case = make_case(ref="cn-2")
        assert messages_on(save(admin_client, case, ref="cn-1")) == ["Case with this Reference already exists."]

    def test_a_case_is_not_part_of_itself(self, admin_client):
        case = make_case()
        part = make_case(part_of=case)
        assert messages_on(save(admin_client, case, part_of=part.pk)) == ["A case cannot be part of itself."]
        assert "A case cannot be part of itself." in messages_on(save(admin_client, case, part_of=case.pk))
        case.refresh_from_db()
        assert case.part_of is None

    @pytest.mark.parametrize(
        ("typed", "message"),
        [
            (
                {"count": "5"},
                "State how exact the count is; without a count, leave this empty.",
            ),
            ({"count": str(10**13), "qualifier": "exact"}, "Ensure this value is less than or equal to 2147483647."),
            ({"count": str(10**7), "qualifier": "exact"}, "Over the limit of 1,000,000."),
            (
                {"value_amount": "5000"},
                "Enter an amount together with its currency; the amount cannot be negative.",
            ),
        ],
    )
    def test_a_seizure_on_every_page_it_is_entered_on(self, admin_client, typed, message):
        seizure = make_seizure(make_raid(make_case()))
        before = rows_of(Seizure)
        in_row = {f"seizures-0-{name}": value for name, value in typed.items()}
        assert messages_on(save(admin_client, seizure, **typed)) == [message]
        assert messages_on(save(admin_client, seizure.raid, **in_row)) == [message]
        assert messages_on(save(admin_client, seizure.raid.case, **in_row)) == [message]
        assert rows_of(Seizure) == before

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            (
                new_row(
                    "raids", 0, date_precision="day", visits="1", raided_on="2021-05-18", raided_until="2021-05-01"
                ),
                "The end cannot be before the start.",
            ),
            (
                new_row("figures", 0, quantity="loss", amount="5000"),
                "Amounts of money need a currency; kilowatts and kilowatt-hours have none.",
            ),
            (
                new_row("parties", 0, kind="person", name="Somebody"),
                "Do not name private persons.",
            ),
            (
                new_row("sanctions", 0, kind="fine", amount="5000"),
                "Enter an amount together with its currency; the amount cannot be negative.",
            ),
        ],
    )
    def test_a_row_of_a_case(self, admin_client, row, message):
        case = make_case()
        assert messages_on(save(admin_client, case, **row)) == [message]
        assert [each for each in CHILDREN if each.objects.exists()] == []

    def test_a_provision_is_cited_with_its_own_policy(self, admin_client):
        provision = make_provision(make_policy())
        case = make_case()
        for policy, message in [
            ("", "A provision must be cited together with its policy."),
            (make_policy().pk, "This provision belongs to another policy."),
        ]:
            row = new_row("citations", 0, text="Notice 1283", policy=policy, provision=provision.pk)
            assert messages_on(save(admin_client, case, **row)) == [message]
        assert not Citation.objects.exists()

    def test_two_citations_that_swap_their_texts_come_back_with_the_reason(self, admin_client):
        case = make_case()
        make_citation(case, text="A")
        make_citation(case, text="B")
        response = save(admin_client, case, **{"citations-0-text": "B", "citations-1-text": "A"})
        assert messages_on(response) == ["This case already cites this rule."]
        assert values_on(response, "case_form")["citations-0-text"] == ["B"]
        assert list(Citation.objects.order_by("pk").values_list("text", flat=True)) == ["A", "B"]


class TestSumsStayTrue:
    def rigs(self):
        return list(Case.objects.order_by("pk").values_list("rigs", flat=True))

    def test_when_a_line_is_saved_on_any_of_its_pages(self, admin_client):
        seizure = make_seizure(make_raid(make_case()), count=1, rig=make_rig(power_w=3250))
        for row, typed, rigs in [
            (seizure, {"count": "100"}, 100),
            (seizure.raid, {"seizures-0-count": "200"}, 200),
            (seizure.raid.case, {"seizures-0-count": "300"}, 300),
        ]:
            assert messages_on(save(admin_client, row, **typed)) == []
            assert self.rigs() == [rigs]
        assert Case.objects.get().kw_best == pytest.approx(300 * 3.25 * 1.10)

    def test_when_a_line_or_a_raid_moves_to_another_case(self, admin_client):
        make_generic_rig()
        one, other = make_case(), make_case()
        seizure = make_seizure(make_raid(one), count=5)
        sum_up(Case.objects.all())
        target = make_raid(other)
        assert messages_on(save(admin_client, seizure, raid=target.pk)) == []
        assert self.rigs() == [None, 5]
        assert messages_on(save(admin_client, target, case=one.pk)) == []
        assert self.rigs() == [5, None]

    @pytest.mark.parametrize("model", [Raid, Seizure])
    def test_when_rows_are_deleted_one_by_one_or_many_at_once(self, admin_client, model):
        make_generic_rig()
        for _case in range(3):
            make_seizure(make_raid(make_case()), count=5)
        sum_up(Case.objects.all())
        first, *others = model.objects.order_by("pk")
        admin_client.post(page_of(model, "delete", first.pk), {"post": "yes"})
        assert self.rigs() == [None, 5, 5]
        chosen = {"action": "delete_selected", "_selected_action": [row.pk for row in others], "post": "yes"}
        admin_client.post(page_of(model, "changelist"), chosen)
        assert self.rigs() == [None, None, None]

    def test_when_a_case_is_new_or_deleted(self, admin_client):
        typed = {
            "ref": "cn-1", "kind": "raid", "title_en": "Bayannur", "region": make_region().pk,
            "occurred_on": "2021-05-18", "confidence": "high",
        }  # fmt: skip
        assert messages_on(save(admin_client, Case, **typed)) == []
        case = Case.objects.get()
        assert "'bayannur'" in words_of(case)
        admin_client.post(page_of(Case, "delete", case.pk), {"post": "yes"})
        assert not Case.objects.exists()

    def test_the_words_follow_the_title_the_agencies_and_the_citations(self, admin_client):
        case = make_case(title_en="Before")
        agency = make_agency(name_en="Grid company")
        row = new_row("citations", 0, text="Notice 1283")
        assert messages_on(save(admin_client, case, title_en="After", agencies=[agency.pk], **row)) == []
        words = words_of(case)
        assert "'after'" in words
        assert "'grid'" in words
        assert "'1283'" in words
        assert "'before'" not in words

    def test_a_corrected_power_changes_the_load_of_the_cases_that_have_the_model(self, admin_client):
        rig = make_rig(power_w=1000)
        make_seizure(make_raid(make_case()), count=10, rig=rig)
        make_seizure(make_raid(make_case()), count=10, rig=make_rig(power_w=1000))
        sum_up(Case.objects.all())
        assert messages_on(save(admin_client, rig, power_w="2000")) == []
        loads = Case.objects.order_by("pk").values_list("kw_best", flat=True)
        assert list(loads) == pytest.approx([22.0, 11.0])

    def test_a_generic_row_changes_the_load_of_the_cases_that_name_no_model(self, admin_client):
        generic = make_generic_rig(power_w=1000)
        make_seizure(make_raid(make_case()), count=10, kind="asic")
        sum_up(Case.objects.all())
        assert messages_on(save(admin_client, generic, power_w="2000")) == []
        assert Case.objects.get().kw_best == pytest.approx(22.0)


def test_no_page_is_made_with_more_forms_than_anybody_fills(admin_client, rf, admin_user):
    case, prefixes = whole_case(), ("raids", "seizures", "citations", "parties")
    answer = save(admin_client, case, **{f"{prefix}-TOTAL_FORMS": "9999" for prefix in prefixes})
    assert answer.status_code == 200
    for inline in answer.context["inline_admin_formsets"]:
        assert len(inline.formset.forms) <= MOST_FORMS
    request = rf.get("/")
    request.user = admin_user
    for model, page in admin.site._registry.items():
        for inline in page.get_inline_instances(request):
            assert inline.get_formset(request).absolute_max <= MOST_FORMS, (model, inline)
