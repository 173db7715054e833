"""Taking a change back."""

import time

import pytest
from django.core.exceptions import PermissionDenied

from cases.actions.merging import merge_cases
from cases.actions.publishing import delete_case
from cases.actions.signing import Verb, changing
from cases.actions.summing import sum_up
from cases.history import tables, undo
from cases.history.undo import ChangedSince
from cases.models import Case, CaseSource, Draft, Import, Raid, Rig, Seizure
from cases.tests.builders import (
    make_case,
    make_raid,
    make_rig,
    make_seizure,
)
from cases.tests.history.builders import (
    OFFICER,
    everything,
    history_of,
    last_change,
    last_undo,
    made,
    raw,
    told,
    undo_page,
    whole_case,
)
from regions.models import Factor, Region, Source
from regions.tests.builders import make_agency, make_factor, make_person, make_region, make_source

pytestmark = pytest.mark.django_db


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
        assert "has replaced it" in response.content.decode()
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
        assert "Undone" in done.content.decode()
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
