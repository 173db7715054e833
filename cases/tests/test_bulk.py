"""Many rows in few statements: each row has its own values, and rows that are equal are left alone."""

from django.db.models import Q
from django.test import TestCase

from cases.bulk import AnyOf, batches, in_processes, update_columns
from cases.models import Case
from regions.models import Region

from .builders import make_case


class BatchesTests(TestCase):
    def test_every_item_is_in_one_batch_and_the_last_is_shorter(self):
        self.assertEqual(list(batches(range(5), 2)), [[0, 1], [2, 3], [4]])
        self.assertEqual(list(batches([])), [])


class AnyOfTests(TestCase):
    def setUp(self):
        self.ordos, self.hohhot, self.other = (make_case(place=place) for place in ("Ordos", "Hohhot", "Sarawak"))

    def found(self, condition):
        return set(Case.objects.filter(condition).values_list("place", flat=True))

    def test_of_keys_beside_another_condition(self):
        self.assertEqual(self.found(Q(AnyOf("pk", [self.ordos.pk])) | Q(place="Sarawak")), {"Ordos", "Sarawak"})
        self.assertEqual(self.found(~Q(AnyOf("pk", [self.ordos.pk, self.other.pk]))), {"Hohhot"})

    def test_of_numbers_that_are_no_keys(self):
        Case.objects.filter(pk=self.ordos.pk).update(arrests=4)
        self.assertEqual(self.found(AnyOf("arrests", [3, 4])), {"Ordos"})

    def test_of_none_there_is_none(self):
        self.assertEqual(self.found(AnyOf("pk", [])), set())
        self.assertEqual(self.found(AnyOf("region", [])), set())


class UpdateColumnsTests(TestCase):
    def setUp(self):
        self.ordos, self.hohhot, self.other = (make_case(place=place) for place in ("Ordos", "Hohhot", "Sarawak"))

    def test_each_row_gets_its_own_values_and_no_other_row_is_written(self):
        rows = [(self.ordos.pk, "Dongsheng", 4), (self.hohhot.pk, "Saihan", None)]
        update_columns(Case, {"place": "varchar(250)", "arrests": "integer"}, rows)
        stored = Case.objects.order_by("pk").values_list("place", "arrests")
        self.assertEqual(list(stored), [("Dongsheng", 4), ("Saihan", None), ("Sarawak", None)])

    def test_an_expression_is_written_in_place_of_the_value(self):
        update_columns(Case, {"place": "text"}, [(self.ordos.pk, "ordos")], expressions={"place": "upper(new.place)"})
        self.assertEqual(Case.objects.get(pk=self.ordos.pk).place, "ORDOS")

    def test_a_row_that_has_these_values_is_left_alone(self):
        rows = [(self.ordos.pk, "Ordos"), (self.hohhot.pk, "Saihan")]
        update_columns(Case, {"place": "text"}, rows, expressions={"note": "'written'"}, unless_equal=True)
        stored = Case.objects.order_by("pk").values_list("place", "note")
        self.assertEqual(list(stored), [("Ordos", ""), ("Saihan", "written"), ("Sarawak", "")])

    def test_no_rows_ask_nothing(self):
        with self.assertNumQueries(0):
            update_columns(Case, {"place": "text"}, [])


def test_processes_work_a_little_ahead_and_close_no_connection_that_was_opened_meanwhile(transactional_db):
    taken = []

    def items():
        for number in range(20):
            taken.append(Region.objects.count() + number)  # asked on a connection opened after they began
            yield number

    with in_processes(2) as each:
        made = each(doubled, items())
        assert next(made) == 0
        assert len(taken) == 5
        assert [*made] == [2 * number for number in range(1, 20)]
        assert Region.objects.count() == 0


def doubled(number):
    return 2 * number
