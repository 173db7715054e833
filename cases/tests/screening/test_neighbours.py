"""Who is filed under no feeder, or under one far away, is counted on the feeder of the neighbours."""

import numpy as np
from django.test import SimpleTestCase

from cases.screening.neighbours import feeders_by_place
from cases.screening.on_file import OnFile

CHANCE = np.random.default_rng(1)
MIDDLES = {"F1": (40.80, 110.00), "F2": (40.90, 110.30), "F3": (41.20, 109.60)}


def customers_of_street(feeder, count=30):
    """The customers of a feeder, a kilometre around its middle."""
    middle = MIDDLES[feeder]
    places = middle + CHANCE.normal(0, 0.01, (count, 2))
    return {f"{feeder}-{number}": customer_row(feeder, *place) for number, place in enumerate(places)}


def customer_row(feeder, latitude, longitude):
    return {"feeder": feeder, "latitude": str(latitude), "longitude": str(longitude)}


class PlacedTests(SimpleTestCase):
    def setUp(self):
        self.customers = {meter: row for feeder in MIDDLES for meter, row in customers_of_street(feeder).items()}

    def test_all_stay_where_nothing_is_wrong(self):
        found = feeders_by_place(OnFile(self.customers))
        self.assertEqual((found.unfiled, found.moved), (0, 0))
        self.assertEqual(found.feeder_of, {meter: row["feeder"] for meter, row in self.customers.items()})

    def test_who_lives_among_the_customers_of_another_feeder_is_counted_there(self):
        self.customers |= {
            "no feeder": customer_row("", *MIDDLES["F2"]),
            "another feeder": customer_row("F1", *MIDDLES["F3"]),
            "alone on a hill": customer_row("F1", 42.0, 111.0),
            "at the end of the line": customer_row("F1", 40.84, 110.03),
            "no place": customer_row("F1", "", ""),
            "neither": customer_row("", "", ""),
            "latitude and longitude swapped": customer_row("F1", 110.3, 40.9),
        }
        found = feeders_by_place(OnFile(self.customers))
        self.assertEqual((found.unfiled, found.moved), (1, 1))
        for meter, feeder in {
            "no feeder": "F2", "another feeder": "F3", "alone on a hill": "F1", "at the end of the line": "F1",
            "no place": "F1", "neither": None, "latitude and longitude swapped": "F1",
        }.items():  # fmt: skip
            with self.subTest(meter):
                self.assertEqual(found.feeder_of.get(meter), feeder)

    def test_a_list_without_places_is_taken_as_it_is(self):
        customers = {"A": {"feeder": "F1"}, "B": {"feeder": ""}, "C": {}}
        self.assertEqual(feeders_by_place(OnFile(customers)).feeder_of, {"A": "F1"})
        self.assertEqual(feeders_by_place(OnFile({})).feeder_of, {})
