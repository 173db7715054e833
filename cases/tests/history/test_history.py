"""What was changed, by whom, and the way back: through the pages, and by SQL where the database keeps it."""

import re
import threading
import time
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pghistory.models import Context

from cases.actions.merging import merge_cases
from cases.actions.publishing import delete_case, publish_case
from cases.actions.signing import Verb, changing
from cases.actions.summing import sum_up
from cases.history import seals, tables, undo
from cases.history import seals as seal
from cases.history.undo import ChangedSince
from cases.models import Case, CaseAgency, CaseSource, Draft, HistorySeal, Import, Raid, Rig, Seizure
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
from cases.tests.views.test_admin import messages_on, new_row, page_of, rows_of, save
from regions.models import Factor, Region, Source
from regions.tests.builders import make_agency, make_factor, make_person, make_region, make_source

pytestmark = pytest.mark.django_db
OFFICER = [
    "view_case", "add_case", "change_case", "delete_case", "publish_case", "view_raid", "add_raid", "change_raid",
    "delete_raid", "view_seizure", "add_seizure", "change_seizure", "delete_seizure",
]  # fmt: skip


@pytest.fixture
def region():
    return make_region(name_en="Inner Mongolia")


@pytest.fixture
def officer(region):
    return make_person(*OFFICER, regions=[region], username="officer")


@pytest.fixture
def boss():
    return make_person(*OFFICER, "change_rig", "change_factor", everywhere=True, username="boss")


def whole_case(region, **values):
    """A case with two rows of everything that can hang on one."""
    case = make_case(region=region, latitude=40.75, longitude=107.4, location_precision="locality", **values)
    case.agencies.set([make_agency(), make_agency()])
    case.sources.set([make_source(), make_source()])
    for count in (100, 7):
        raid = make_raid(case, raided_on="2021-05-18")
        seizure = make_seizure(raid, rig=make_rig(power_w=1000), count=count)
        make_disposal(seizure, authority=make_agency(), document=make_document(case, raid=raid))
        make_figure(case)
        make_citation(case)
        make_sanction(case, party=make_party(case))
    sum_up(Case.objects.filter(pk=case.pk))
    return case


def everything():
    """Every row whose history is kept, but for the moment of the last change."""
    return {model: rows_of(model) for model in tables.tables()}


def last_change():
    return str(Context.objects.latest("created_at", "updated_at").pk)


def made(act, by="a program", verb=Verb.EDITED, reason=""):
    """The key of the change that `act` makes."""
    before = set(Context.objects.values_list("pk", flat=True))
    with changing(verb, by, reason):
        act()
    (key,) = set(Context.objects.values_list("pk", flat=True)) - before
    return str(key)


def history_of(client, ref):
    return client.get(reverse("cases:case-history", args=[ref]))


def told(response):
    """[(what was done, [(row, verb, {field: (before, after)})])] as a page of history has it."""
    return [
        (
            change.said,
            [(e.row, e.verb, {d.name: (d.before, d.after) for d in e.differences}) for e in change.events],
        )
        for change, _others, _import in response.context["changes"]
    ]


def undo_page(ref, key):
    return reverse("cases:case-undo", args=[ref, key])


class TestWhatIsKept:
    """Each way to write leaves the row as it was before."""

    @pytest.mark.parametrize(
        "write",
        [
            lambda case: (setattr(case, "place", "New"), case.save()),
            lambda case: Case.objects.filter(pk=case.pk).update(place="New"),
            lambda case: (setattr(case, "place", "New"), Case.objects.bulk_update([case], ["place"])),
            lambda case: raw("UPDATE cases_case SET place = 'New' WHERE id = %s", case.pk),
        ],
        ids=["save", "update", "bulk_update", "SQL"],
    )
    def test_an_update_keeps_the_row_before(self, region, write):
        case = make_case(region=region, place="Old")
        key = made(lambda: write(case))
        event = tables.tables()[Case].objects.get(tables.wrote(key))
        assert (event.pgh_obj_id, event.pgh_label, event.place) == (case.pk, "update", "Old")

    @pytest.mark.parametrize(
        "write",
        [
            lambda region: make_case(region=region, ref="cn-1"),
            lambda region: Case.objects.bulk_create(
                [Case(ref="cn-1", kind="raid", region=region, occurred_on="2021-05-18", confidence="high")]
            ),
        ],
        ids=["create", "bulk_create"],
    )
    def test_an_insert_keeps_the_row(self, region, write):
        key = made(lambda: write(region))
        event = tables.tables()[Case].objects.get(tables.wrote(key))
        assert (event.pgh_label, event.ref) == ("insert", "cn-1")

    @pytest.mark.parametrize(
        "write",
        [
            lambda case: case.delete(),
            lambda case: Case.objects.filter(pk=case.pk).delete(),
            lambda case: raw("DELETE FROM cases_case WHERE id = %s", case.pk),
        ],
        ids=["delete", "queryset.delete", "SQL"],
    )
    def test_a_deletion_keeps_the_row(self, region, write):
        case = make_case(region=region, place="Old")
        key = made(lambda: write(case))
        event = tables.tables()[Case].objects.get(tables.wrote(key))
        assert (event.pgh_label, event.place) == ("delete", "Old")

    @pytest.mark.parametrize(
        ("write", "labels"),
        [
            (lambda case, a, b: case.agencies.add(b), ["insert"]),
            (lambda case, a, b: case.agencies.remove(a), ["delete"]),
            (lambda case, a, b: case.agencies.set([b]), ["delete", "insert"]),
            (lambda case, a, b: case.agencies.clear(), ["delete"]),
        ],
        ids=["add", "remove", "set", "clear"],
    )
    def test_what_joins_and_parts_is_kept(self, region, write, labels):
        case, a, b = make_case(region=region), make_agency(), make_agency()
        case.agencies.add(a)
        key = made(lambda: write(case, a, b))
        events = tables.tables()[CaseAgency].objects.filter(tables.wrote(key)).order_by("pgh_id")
        assert [event.pgh_label for event in events] == labels
        assert {event.agency_id for event in events} == {{"insert": b, "delete": a}[label].pk for label in labels}

    def test_what_is_worked_out_is_no_change(self, region):
        case = whole_case(region)
        Seizure.objects.update(count=50)
        before = tables.tables()[Case].objects.count()
        sum_up(Case.objects.filter(pk=case.pk))
        assert Case.objects.get(pk=case.pk).rigs == 100
        assert tables.tables()[Case].objects.count() == before

    @pytest.mark.parametrize("statement", ["UPDATE {} SET pgh_label = 'x'", "DELETE FROM {}"])
    def test_the_past_cannot_be_changed_by_sql(self, region, statement):
        whole_case(region)
        for events in tables.tables().values():
            if events.objects.exists():
                with pytest.raises(DatabaseError, match=r"Cannot (update|delete)"), transaction.atomic():
                    raw(statement.format(events._meta.db_table))


def raw(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


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
        assert datetime.now(UTC).strftime("%Y-%m-%d %H:") in page
        assert " UTC</time>" in page

    def test_a_change_without_a_name_says_that_it_was_loaded(self, client, officer, region):
        make_case(region=region, ref="cn-1")
        client.force_login(officer)
        ((said, events),) = told(history_of(client, "cn-1"))
        assert said == "Loaded from the record"
        assert [(row, verb) for row, verb, _fields in events] == [("Case", "insert")]

    @pytest.mark.django_db(transaction=True)
    def test_the_newest_change_is_first(self, client, officer, region):
        case = make_case(region=region, ref="cn-1")
        made(lambda: make_raid(case), officer, Verb.ENTERED)
        made(lambda: Case.objects.update(place="A"), officer, Verb.EDITED)
        made(lambda: case.agencies.add(make_agency(name_en="Grid company")), officer, Verb.EDITED)
        client.force_login(officer)
        first = ("Loaded from the record", "Entered", "Edited", "Edited")
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
        assert ("Seizure", "update", {"Model": ("", "Bitmain S19, since deleted"), "Count": ("10", "12")}) in said

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
        assert (change.said, others) == ("Imported", 3)
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


class TestUndo:
    """The way back leaves every row as it was, to the moment it was entered."""

    def back_and_forth(self, key, by, before, after):
        """Take back, take that back, take that back: the record goes to and fro."""
        assert before != after
        for expected in (before, after, before):
            undo.undo(key, by=by, reason="A test")
            assert everything() == expected
            key = last_undo(key)

    def test_an_edit_with_raids_lines_and_agencies(self, officer, region):
        case, rig = whole_case(region), make_rig(power_w=2000)
        other, before = make_agency(), everything()

        def edit():
            Case.objects.filter(pk=case.pk).update(place="Elsewhere", arrests=4, former_refs=["x"])
            case.agencies.set([other])
            raid, gone = case.raids.order_by("pk")
            raid.seizures.update(count=1, rig=rig)
            gone.delete()
            make_seizure(make_raid(case, place="Third"), count=9)
            sum_up(Case.objects.filter(pk=case.pk))

        key = made(edit, officer)
        assert Case.objects.get(pk=case.pk).rigs == 10
        self.back_and_forth(key, officer, before, everything())
        assert Case.objects.get(pk=case.pk).rigs == 107

    def test_a_bulk_edit_of_the_administration(self, officer, region):
        for _each in range(3):
            whole_case(region)
        before = everything()
        key = made(lambda: Case.objects.update(confidence="low"), officer)
        self.back_and_forth(key, officer, before, everything())

    def test_a_deletion_of_a_case_with_everything_below_it(self, officer, region):
        case, leak = whole_case(region, ref="cn-1"), whole_case(region)
        before = everything()
        key = made(lambda: delete_case(case, by=officer, reason="A test"), officer)
        assert [each.pk for each in Case.objects.all()] == [leak.pk]
        assert not Raid.objects.filter(case=case.pk).exists()
        self.back_and_forth(key, officer, before, everything())
        assert Case.objects.get(ref="cn-1").rigs == 107
        assert Case.objects.filter(words__isnull=False).count() == 2

    def test_a_merge(self, officer, region):
        twin, into = whole_case(region, ref="twin", place="Hall"), whole_case(region, ref="into")
        before = everything()
        key = made(lambda: merge_cases(twin, into, by=officer), officer)
        assert Case.objects.get().former_refs == ["twin"]
        assert Case.objects.get().sources.count() == 4
        self.back_and_forth(key, officer, before, everything())

    def test_a_thousand_cases_that_were_imported(self, officer, region):
        make_case(region=region)
        before = everything()

        def load():
            cases = Case.objects.bulk_create(
                Case(ref=f"new-{n}", kind="raid", region=region, occurred_on="2021-05-18", confidence="high")
                for n in range(1000)
            )
            raids = Raid.objects.bulk_create(Raid(case=case) for case in cases)
            Seizure.objects.bulk_create(Seizure(raid=raid, count=1, qualifier="exact") for raid in raids)
            source = make_source()
            CaseSource.objects.bulk_create(CaseSource(case=case, source=source) for case in cases)
            sum_up(Case.objects.filter(ref__startswith="new-"))

        key = made(load, officer, Verb.IMPORTED)
        note = Import.objects.create(file="x", file_name="x.csv", sha256="0" * 64, state="done", change=key)
        Draft.objects.create(by=officer, made=Case.objects.get(ref="new-7"))
        after = everything()
        started = time.monotonic()
        assert undo.undo(key, by=officer) == 4001
        assert time.monotonic() - started < 10
        assert everything() == before
        note.refresh_from_db()
        assert note.state == "undone"
        undo.undo(last_undo(key), by=officer)
        assert everything() == after
        assert Case.objects.filter(rigs=1).count() == 1000
        note.refresh_from_db()
        assert note.state == "done"

    def test_a_load_without_a_name(self, officer, region):
        before = everything()
        make_case(region=region, ref="cn-1")
        (event,) = tables.tables()[Case].objects.all()
        boss = make_person(*OFFICER, "change_region", everywhere=True)
        # In this test everything is one transaction, so the moment is that of the region too.
        assert tables.key_of(event).startswith("at-")
        assert undo.may_undo(tables.key_of(event), boss)
        assert not undo.may_undo(tables.key_of(event), officer)
        assert before != everything()

    def test_what_was_changed_and_changed_back_can_still_be_taken_back(self, officer, region):
        case = make_case(region=region, place="A")
        first = made(lambda: Case.objects.update(place="B"))
        second = made(lambda: Case.objects.update(place="C"))
        with pytest.raises(ChangedSince) as refusal:
            undo.undo(first, by=officer)
        assert refusal.value.later == second
        assert Case.objects.get().place == "C"
        undo.undo(second, by=officer)
        undo.undo(first, by=officer)
        assert Case.objects.get(pk=case.pk).place == "A"

    def test_what_others_wrote_in_other_fields_stays(self, officer, region):
        case = make_case(region=region, place="A", arrests=1)
        first = made(lambda: Case.objects.update(place="B", arrests=2))
        made(lambda: Case.objects.update(note="A colleague's"))
        undo.undo(first, by=officer)
        found = Case.objects.values_list("place", "arrests", "note")
        assert found.get(pk=case.pk) == ("A", 1, "A colleague's")
        undo.undo(last_undo(first), by=officer)
        assert found.get(pk=case.pk) == ("B", 2, "A colleague's")

    def test_what_another_wrote_in_between_is_not_lost(self, officer, region):
        case = make_case(region=region, place="A")
        with changing(Verb.EDITED, "a long request"):
            Case.objects.update(place="B")
            key = last_change()
        made(lambda: Case.objects.update(note="A colleague's"))
        raw("SELECT set_config('pghistory.context_id', %s, true)", key)
        raw("SELECT set_config('pghistory.context_metadata', '{}', true)")
        Case.objects.update(arrests=9)
        with pytest.raises(ChangedSince):
            undo.undo(key, by=officer)
        assert Case.objects.values_list("place", "note", "arrests").get(pk=case.pk) == ("B", "A colleague's", 9)

    def test_what_a_later_row_needs_stays(self, officer, region):
        key = made(lambda: make_case(region=region, ref="cn-1"))
        made(lambda: make_raid(Case.objects.get()))
        with pytest.raises(ChangedSince):
            undo.undo(key, by=officer)
        assert Raid.objects.get().case.ref == "cn-1"

    def test_a_deletion_whose_reference_was_taken_since_says_so(self, client, officer, region):
        delete_case(make_case(region=region, ref="cn-1"), by=officer, reason="A test")
        key = last_change()
        made(lambda: make_case(region=region, ref="cn-1"))
        new = Case.objects.get()
        client.force_login(officer)
        response = client.post(undo_page("cn-1", key), {"reason": ""})
        assert response.status_code == 409
        assert "has taken its place" in response.content.decode()
        assert Case.objects.get().pk == new.pk

    def test_a_corrected_rig_takes_its_loads_back(self, boss, officer, region):
        case = whole_case(region)
        load = Case.objects.get().kw_best
        rig = Rig.objects.order_by("pk").first()

        def correct():
            Rig.objects.filter(pk=rig.pk).update(power_w=5000)
            sum_up(Case.objects.all())

        key = made(correct)
        assert Case.objects.get(pk=case.pk).kw_best > load
        with pytest.raises(PermissionDenied):
            undo.undo(key, by=officer)
        undo.undo(key, by=boss)
        assert Case.objects.get(pk=case.pk).kw_best == load

    @pytest.mark.parametrize("table", [Region, Factor, Source])
    def test_the_standing_record_is_taken_back_by_a_registrar_only(self, boss, officer, region, table):
        case = make_case(region=region)
        row = {Region: lambda: region, Factor: make_factor, Source: make_source}[table]()
        column = {Region: "origin", Factor: "note", Source: "title"}[table]

        def write():
            table.objects.filter(pk=row.pk).update(**{column: "Changed"})
            Case.objects.filter(pk=case.pk).update(place="Changed")

        key = made(write)
        registrar = make_person(*OFFICER, f"change_{table.__name__.lower()}", everywhere=True)
        assert not undo.may_undo(key, officer)
        assert undo.may_undo(key, boss) == (table is Factor)
        undo.undo(key, by=registrar)
        row.refresh_from_db()
        assert getattr(row, column) == ""

    def test_rights(self, officer, boss, region):
        case, elsewhere = make_case(region=region), make_case()
        own = made(lambda: Case.objects.filter(pk=case.pk).update(place="A"))
        both = made(lambda: Case.objects.update(place="B"))
        moved = made(lambda: Case.objects.filter(pk=elsewhere.pk).update(region=region))
        made_public = made(lambda: Case.objects.filter(pk=case.pk).update(published=True))
        editor = make_person("view_case", "change_case", regions=[region])
        reader = make_person("view_case", regions=[region])
        for key, allowed in [
            (own, {officer, boss, editor}),
            (both, {boss}),
            (moved, {boss}),
            (made_public, {officer, boss}),
        ]:
            assert {one for one in (officer, boss, editor, reader) if undo.may_undo(key, one)} == allowed
        raid = made(lambda: make_raid(case, place="Hall"))
        made(lambda: case.delete())
        Region.objects.filter(pk=region.pk).update(name_zh="x")
        stranger = make_person(*OFFICER, regions=[make_region()])
        assert not undo.may_undo(raid, stranger)

    def test_through_the_page(self, client, officer, region):
        case = make_case(region=region, ref="cn-1", place="Before")
        key = made(lambda: Case.objects.update(place="After"), officer, Verb.EDITED, "A typo")
        client.force_login(officer)
        asked = client.get(undo_page("cn-1", key))
        assert asked.status_code == 200
        assert asked.context["extent"] == [("Case", 0, 1, 0)]
        assert "<del>After</del> → <ins>Before</ins>" in asked.content.decode()
        assert Case.objects.get().place == "After"
        done = client.post(undo_page("cn-1", key), {"reason": "It was right"}, follow=True)
        assert "Taken back" in done.content.decode()
        assert Case.objects.get(pk=case.pk).place == "Before"
        found = told(history_of(client, "cn-1"))
        assert [said for said, _events in found].count("Undone") == 1
        assert "It was right" in history_of(client, "cn-1").content.decode()
        again = client.post(undo_page("cn-1", key), {"reason": ""})
        assert again.status_code == 409
        assert "was changed again on" in again.content.decode()

    def test_a_page_for_a_change_of_another_case_or_of_none_is_not_there(self, client, officer, region):
        make_case(region=region, ref="cn-1")
        other = make_case(region=region)
        key = made(lambda: Case.objects.filter(pk=other.pk).update(place="After"))
        client.force_login(officer)
        for wrong in (key, "00000000-0000-0000-0000-000000000000", "x", "at-1", "at-9999999999999999", "at-x"):
            assert client.get(undo_page("cn-1", wrong)).status_code == 404

    def test_who_may_not_is_refused(self, client, region):
        make_case(region=region, ref="cn-1")
        key = made(lambda: Case.objects.update(place="After"))
        for person, status in [
            (make_person("view_case", regions=[region]), 403),
            (make_person(*OFFICER, regions=[make_region()]), 404),
        ]:
            client.force_login(person)
            assert client.get(undo_page("cn-1", key)).status_code == status
            assert client.post(undo_page("cn-1", key)).status_code == status
        assert Case.objects.get().place == "After"


def last_undo(key):
    return str(Context.objects.filter(metadata__undoes=key).latest("created_at", "updated_at").pk)


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
        by = {change.said: change for change, _others, _import in changes}
        assert {"Imported", "Changed in the administration", "Published"} <= set(by)
        for said in ("Published", "Changed in the administration"):
            answer = client.post(undo_page("cn-1", by[said].key), {"reason": "A test"})
            assert answer.status_code == 302, (said, answer.content.decode()[:2000])
        case.refresh_from_db()
        assert (case.published, case.place, case.raids.count()) == (False, "", 0)


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def at_once(self, *acts):
        """What each of `acts` returned or raised, all having begun together, each on a connection of its own."""
        barrier, found = threading.Barrier(len(acts)), [None] * len(acts)

        def run(at, act):
            try:
                barrier.wait(10)
                found[at] = act()
            except Exception as problem:
                found[at] = type(problem).__name__
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
        [thread.start() for thread in threads]
        [thread.join(30) for thread in threads]
        return found

    def people(self):
        region = make_region()
        return region, make_person(*OFFICER, regions=[region])

    @pytest.mark.parametrize("what", ["edit", "delete", "create"])
    def test_of_two_that_take_back_the_same_one_wins(self, what):
        region, officer = self.people()
        for _round in range(3):
            case = make_case(region=region, place="Before")
            pk = case.pk
            key = {
                "edit": lambda c=case: made(lambda: Case.objects.filter(pk=c.pk).update(place="After")),
                "delete": lambda c=case: made(lambda: c.delete()),
                "create": lambda: made(lambda: make_case(region=region, ref="made")),
            }[what]()
            act = lambda k=key: undo.undo(k, by=officer)  # noqa: E731
            assert sorted(map(str, self.at_once(act, act))) == ["1", "ChangedSince"]
            assert not Case.objects.filter(ref="made").exists()
            assert Case.objects.get(pk=pk).place == "Before"

    def test_control_two_that_take_back_two_things_both_win(self):
        region, officer = self.people()
        cases = [make_case(region=region) for _each in range(2)]
        keys = [made(lambda c=case: Case.objects.filter(pk=c.pk).update(place="After")) for case in cases]
        assert self.at_once(*[lambda k=key: undo.undo(k, by=officer) for key in keys]) == [1, 1]
        assert set(Case.objects.values_list("place", flat=True)) == {""}

    def test_an_edit_that_comes_meanwhile_is_not_lost(self):
        region, officer = self.people()
        for _round in range(5):
            case = make_case(region=region, place="Before")
            key = made(lambda c=case: Case.objects.filter(pk=c.pk).update(place="After"))
            edit = lambda c=case: made(lambda: Case.objects.filter(pk=c.pk).update(note="Mine"))  # noqa: E731
            undone, _key = self.at_once(lambda k=key: undo.undo(k, by=officer), edit)
            case.refresh_from_db()
            assert case.note == "Mine"
            assert case.place == ("Before" if undone == 1 else "After")

    def test_two_that_publish_at_once_publish_once(self):
        region, officer = self.people()
        case = make_case(region=region)
        case.sources.add(make_source())
        act = lambda: publish_case(case, by=officer)  # noqa: E731
        assert sorted(map(str, self.at_once(act, act))) == ["AlreadyDone", "None"]


class TestSeal:
    def tampered(self, statement, *parameters):
        """What somebody does who owns the database."""
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement, parameters)
            cursor.execute("SET LOCAL session_replication_role = origin")

    def test_an_untouched_history_agrees_in_every_time_zone(self, region, monkeypatch):
        monkeypatch.setattr(seal, "EVENTS_A_SEAL", 3)
        whole_case(region)
        with changing(Verb.EDITED, "somebody", "A reason"):
            Case.objects.update(place="Hall")
        sealed = seals.seal_up(timedelta(0) - timedelta(minutes=1))
        assert sealed["cases_caseevent"] == 2
        assert sealed["regions_agencyevent"] == 4
        assert seals.seal_up(-timedelta(minutes=1)) == dict.fromkeys(sealed, 0)
        raw("SET LOCAL TimeZone = 'Asia/Shanghai'")
        assert seals.check() == []

    def test_what_is_young_is_left_for_later(self, region):
        make_case(region=region)
        assert set(seals.seal_up().values()) == {0}

    @pytest.mark.parametrize(
        ("statement", "what"),
        [
            ("UPDATE cases_raidevent SET place = 'x' WHERE pgh_id = %s", "changed"),
            ("DELETE FROM cases_raidevent WHERE pgh_id = %s", "missing"),
        ],
    )
    def test_a_row_that_was_changed_or_removed_is_named(self, region, statement, what):
        case = make_case(region=region)
        for _each in range(3):
            make_raid(case)
        seals.seal_up(-timedelta(minutes=1))
        second = tables.tables()[Raid].objects.order_by("pgh_id")[1].pgh_id
        self.tampered(statement, second)
        assert seals.check() == [("cases_raidevent", second, what)]
        with pytest.raises(CommandError, match="in 1 places"):
            call_command("seal_history", check=True, stderr=StringIO(), stdout=StringIO())

    def test_a_seal_and_who_it_was_are_guarded_too(self, region):
        made(lambda: make_case(region=region), "somebody")
        seals.seal_up(-timedelta(minutes=1))
        raw('UPDATE pghistory_context SET metadata = metadata || \'{"name": "another"}\'')
        ((table, _pgh_id, what),) = seals.check()
        assert (table, what) == ("cases_caseevent", "changed")
        HistorySeal.objects.filter(table="cases_caseevent").update(digests={})
        assert ("cases_caseevent", None, "seal") in seals.check()

    def test_the_command_says_what_it_did(self, region):
        make_case(region=region)
        said = StringIO()
        call_command("seal_history", minutes=-1, stdout=said)
        assert "cases_caseevent: 1" in said.getvalue()
        call_command("seal_history", check=True, stdout=said)
        assert "The history agrees with its seals." in said.getvalue()
        assert said.getvalue().count(seals.head()) == 2
