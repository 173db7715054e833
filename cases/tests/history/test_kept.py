"""What the history keeps: every row, however it is written, and no way to change it later."""

import pytest
from django.db import DatabaseError, transaction

from cases.actions.summing import sum_up
from cases.history import tables
from cases.models import Case, CaseAgency, Seizure
from cases.tests.builders import (
    make_case,
)
from cases.tests.history.builders import made, raw, whole_case
from cases.tests.owner import as_owner
from regions.tests.builders import make_agency

pytestmark = pytest.mark.django_db


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
                with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                    raw(statement.format(events._meta.db_table))
                with as_owner(), pytest.raises(DatabaseError, match=r"Cannot (update|delete)"), transaction.atomic():
                    raw(statement.format(events._meta.db_table))
