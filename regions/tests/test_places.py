"""Where a point lies, and how far it lies from where it should."""

from unittest import mock

from django.test import TestCase
from django.urls import reverse

from regions import places
from regions.tests.builders import make_boundary, make_region


def square(west, south, east, north):
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


class PlaceTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.china = make_region(code="CN", name_en="China")
        cls.mongolia = make_region(code="CN-NM", name_en="Inner Mongolia", parent=cls.china)
        cls.bayannur = make_region(code="CN-150800", name_en="Bayannur", parent=cls.mongolia)
        cls.elsewhere = make_region(code="CN-150700", name_en="Hulunbuir", parent=cls.mongolia)
        make_boundary(cls.china, geometry=square(73, 18, 135, 53))
        make_boundary(cls.mongolia, geometry=square(97, 37, 126, 53))
        make_boundary(cls.bayannur, geometry=square(105, 40, 109, 43))
        cls.nowhere = make_region(code="AQ", name_en="Antarctica")

    def setUp(self):
        places.forget()
        self.addCleanup(places.forget)

    def test_the_smallest_region_that_holds_the_point_is_named(self):
        self.assertEqual(places.region_at(40.743, 107.388), self.bayannur)
        self.assertEqual(places.region_at(45, 120), self.mongolia)
        self.assertEqual(places.region_at(23, 113), self.china)
        self.assertIsNone(places.region_at(0, 0))

    def test_a_point_outside_is_so_many_kilometres_off(self):
        self.assertEqual(places.far_off(self.bayannur, 41, 107), 0)
        self.assertAlmostEqual(places.far_off(self.bayannur, 44, 107), 111.2, places=1)
        self.assertIsNone(places.far_off(self.nowhere, 0, 0))

    def test_a_region_without_a_shape_is_judged_by_the_one_above(self):
        self.assertEqual(places.far_off(self.elsewhere, 50, 120), 0)
        self.assertGreater(places.far_off(self.elsewhere, 30, 120), 700)

    def test_for_one_region_no_other_shape_is_prepared(self):
        with mock.patch.object(places.shapely, "prepare", wraps=places.shapely.prepare) as prepare:
            self.assertEqual(places.far_off(self.bayannur, 41, 107), 0)
            places.far_off(self.bayannur, 44, 107)
        self.assertEqual(prepare.call_count, 1)

    def test_many_regions_at_once_are_judged_alike(self):
        with places.at_once():
            self.assertAlmostEqual(places.far_off(self.bayannur, 44, 107), 111.2, places=1)
            self.assertEqual(places.far_off(self.elsewhere, 50, 120), 0)
            self.assertIsNone(places.far_off(self.nowhere, 0, 0))

    def test_who_comes_after_the_shapes_were_read_ahead_waits_for_none(self):
        places.read_ahead()
        with mock.patch.object(places.shapely, "prepare") as prepare, self.assertNumQueries(1), places.at_once():
            self.assertEqual(places.far_off(self.elsewhere, 50, 120), 0)
        prepare.assert_not_called()

    def test_exchanged_coordinates_are_seen_as_such(self):
        self.assertTrue(places.swapped_fits(self.china, 104, 31))
        self.assertTrue(places.swapped_fits(self.bayannur, 107.388, 40.743))
        self.assertFalse(places.swapped_fits(self.bayannur, 40.743, 107.388))
        self.assertFalse(places.swapped_fits(self.bayannur, 0, 0))

    def test_a_great_circle(self):
        self.assertAlmostEqual(places.km_between(40.743, 107.388, 39.904, 116.407), 768, delta=3)  # Bayannur to Beijing
        self.assertEqual(places.km_between(10, 20, 10, 20), 0)

    def test_a_name_that_was_perhaps_meant(self):
        self.assertEqual(places.nearest_names("Bayanur", ["Bayannur", "Beijing", "Miri"]), ["Bayannur"])
        self.assertEqual(places.nearest_names("xyz", ["Bayannur"]), [])

    def test_the_address_answers_with_the_way_down(self):
        answer = self.client.get(reverse("regions:at"), {"latitude": "40.743", "longitude": "107.388"}).json()
        self.assertEqual(
            answer,
            {"region": {"code": "CN-150800", "name": "Bayannur", "path": ["China", "Inner Mongolia", "Bayannur"]}},
        )
        at_sea = self.client.get(reverse("regions:at"), {"latitude": "-50", "longitude": "0"}).json()
        self.assertEqual(at_sea, {"region": None})

    def test_what_are_no_degrees_is_refused_by_its_name(self):
        for latitude in ("95", "nan", "inf", "-inf", "", "x", "1_0", "٣", "1e400"):
            with self.subTest(latitude):
                response = self.client.get(reverse("regions:at"), {"latitude": latitude, "longitude": "107"})
                self.assertEqual((response.status_code, list(response.json()["errors"])), (400, ["latitude"]))
