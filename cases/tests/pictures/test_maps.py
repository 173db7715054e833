"""The maps that the server draws: what is on them, and that no case is lost."""

import re

import shapely
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import SimpleTestCase, TestCase
from django.utils import translation

from cases.models import Case
from cases.pictures import maps, shapes
from cases.pictures.classes import classes
from cases.pictures.labels import HEIGHT, width_of
from cases.pictures.world import world
from cases.tests.builders import make_case
from regions.tests.builders import make_boundary, make_region


def square(west, south, east, north):
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [corners]}


class ClassTests(SimpleTestCase):
    def test_few_different_numbers_have_a_class_each(self):
        self.assertEqual([found.label for found in classes([1, 3, 3, None, 0])], ["1", "3"])

    def test_many_have_at_most_four_classes_of_round_bounds_and_every_number_is_in_one(self):
        values = [1, 2, 3, 7, 9, 14, 25, 83]
        found = classes(values)
        self.assertEqual([one.label for one in found], ["1–4", "5–9", "10–49", "50 or more"])
        for value in values:
            self.assertEqual(sum(one.holds(value) for one in found), 1)

    def test_a_quadrillion_and_nothing_have_classes(self):
        self.assertEqual(classes([None, 0]), [])
        found = classes([1, 2, 5, 10, 10**15])
        self.assertTrue(found[-1].holds(10**15))
        self.assertLessEqual(len(found), 4)


class ShapeTests(SimpleTestCase):
    def test_a_region_on_both_sides_of_the_antimeridian_is_in_one_piece(self):
        both = shapely.multipolygons([shapely.box(170, 60, 180, 70), shapely.box(-180, 60, -170, 70)])
        frame, whole = shapes.frame_around(both, 632, 470, 14)
        self.assertEqual(whole.bounds, (170, 60, 190, 70))
        self.assertEqual(len(whole.geoms), 1)
        self.assertTrue(frame.holds(frame.pixel(-175, 65)))

    def test_far_islands_do_not_make_the_map_smaller(self):
        with_islet = shapely.multipolygons([shapely.box(0, 0, 10, 10), shapely.box(60, 0, 60.1, 0.1)])
        frame, _whole = shapes.frame_around(with_islet, 632, 470, 14)
        top, bottom = frame.pixel(0, 10)[1], frame.pixel(10, 0)[1]
        self.assertAlmostEqual(bottom - top, 470 - 28, places=3)

    def test_a_large_island_near_the_coast_is_not_cut_off(self):
        with_island = shapely.multipolygons([shapely.box(0, 0, 10, 10), shapely.box(4, -0.7, 5, -0.2)])
        frame, _whole = shapes.frame_around(with_island, 632, 440, 14)
        self.assertTrue(frame.holds(frame.pixel(4, -0.7)))

    def test_a_path_is_in_tenths_and_closed(self):
        self.assertEqual(
            shapes.path_data(shapely.multipolygons([shapely.box(0, 0, 10, 5.25)])), "M10 0l0 5.2-10 0 0-5.2z"
        )


class RegionMapTests(TestCase):
    """A country of two provinces, 0 to 10 degrees east, and a neighbour north of it."""

    @classmethod
    def setUpTestData(cls):
        cls.country = make_region(code="XA", name_en="Aland", name_zh="甲国")
        cls.west = make_region(parent=cls.country, name_en="West", latitude=2, longitude=2)
        cls.east = make_region(parent=cls.country, name_en="East", latitude=2, longitude=7)
        cls.beside = make_region(code="XB", name_en="Bland")
        make_boundary(cls.country, geometry=square(0, 0, 10, 5))
        make_boundary(cls.west, geometry=square(0, 0, 5, 5))
        make_boundary(cls.east, geometry=square(5, 0, 10, 5))
        make_boundary(cls.beside, geometry=square(0, 5, 10, 20))

    def drawn(self, region=None, values=None):
        region = region or self.country
        cases = Case.objects.visible_to(AnonymousUser()).in_region(region)
        return maps.of_region(region, cases, values or {}, "cases")

    def case(self, region, **values):
        return make_case(region=region, published=True, **values)

    def placed_case(self, region, latitude, longitude, precision="locality"):
        return self.case(region, latitude=latitude, longitude=longitude, location_precision=precision)

    def test_parts_are_drawn_named_and_filled_and_neighbours_named(self):
        picture = self.drawn(values={self.west.code: 3})
        self.assertEqual([area.css for area in picture.areas], ["q3", "none"])
        self.assertEqual({label.text for label in picture.layers[0].labels}, {"West", "East", "Bland"})
        self.assertEqual(picture.areas[0].name, "West: 3 cases")
        self.assertEqual(picture.areas[1].name, "East: none on record")

    def test_no_name_touches_another_a_circle_or_the_outline(self):
        self.placed_case(self.west, 2.5, 2.5)
        picture = self.drawn()
        for layer in picture.layers:
            scale = layer.size / 12
            boxes = [
                shapely.box(
                    label.x - width_of(label.text, scale) / 2, label.y - HEIGHT * scale / 2,
                    label.x + width_of(label.text, scale) / 2, label.y + HEIGHT * scale / 2,
                )
                for label in layer.labels
            ]  # fmt: skip
            boxes += [shapely.Point(spot.x, spot.y).buffer(spot.r) for spot in layer.spots]
            for number, box in enumerate(boxes):
                self.assertFalse(any(box.intersects(other) for other in boxes[:number]))
            outline = maps._drawing(self.country).outline
            self.assertFalse(any(outline.intersects(box) for box in boxes[: len(layer.labels)]))

    def test_placed_and_unplaced_are_all(self):
        self.placed_case(self.west, 1, 1)
        self.placed_case(self.east, 2, 7, "admin1")
        self.placed_case(self.west, 60, 100)  # far outside of the picture
        self.case(self.east)
        self.case(self.country)
        picture = self.drawn()
        self.assertEqual((picture.placed, picture.unplaced), (4, 1))
        for layer in picture.layers:
            self.assertEqual(sum(spot.count for spot in layer.spots), picture.placed)
        only = self.drawn(self.east)
        self.assertEqual((only.placed, only.unplaced), (0, 2))

    def test_a_circle_on_the_border_is_not_cut_off(self):
        for longitude in (0, 10) * 10:
            self.placed_case(self.west, 2, longitude)
        self.assertLessEqual(maps.radius_of(99) * maps.WIDTH / maps.PHONE_WIDTH, maps.PADDING)
        for layer in self.drawn().layers:
            for spot in layer.spots:
                self.assertTrue(spot.r <= spot.x <= maps.WIDTH - spot.r, (layer.css, spot))

    def test_a_circle_is_hollow_where_only_the_province_is_known(self):
        self.placed_case(self.west, 1, 1, "admin2")
        self.placed_case(self.east, 2, 7, "admin1")
        self.assertEqual({spot.css for spot in self.drawn().layers[0].spots}, {"exact", "coarse"})

    def test_circles_merge_when_they_are_near_and_never_across_countries(self):
        here, near, abroad = (maps._Place(x, 10, 1, True, country) for x, country in ((0, "A"), (15, "A"), (10, "B")))
        groups = maps.spots_merged([here, near, abroad], 22)
        self.assertEqual(sorted(len(group) for group in groups), [1, 2])
        self.assertEqual({len({place.country for place in group}) for group in groups}, {1})

    def test_a_region_without_a_shape_is_shown_in_the_region_above_and_says_so(self):
        below = make_region(parent=self.west, name_en="Nook", latitude=2, longitude=2)
        self.placed_case(below, 2, 2)
        picture = self.drawn(below)
        self.assertIn("the map shows West", picture.note)
        self.assertEqual(picture.placed + picture.unplaced, 1)
        self.assertIsNone(self.drawn(make_region(name_en="Nowhere")))

    def test_names_are_escaped_and_in_the_language_of_the_reader(self):
        type(self.east).objects.filter(pk=self.east.pk).update(name_en="<b>&", name_zh="乙")
        svg = render_to_string("pictures/map.svg", {"picture": self.drawn()})
        self.assertIn("&lt;b&gt;&amp;", svg)
        self.assertNotIn("<b>", svg)
        with translation.override("zh-hans"):
            self.assertIn("乙", {label.text for label in self.drawn().layers[0].labels})

    def test_the_map_of_a_case_shows_its_place(self):
        self.placed_case(self.west, 1, 1)
        case = Case.objects.visible_to(AnonymousUser()).get()
        picture = maps.of_case(case, maps.ground_of(case.region))
        self.assertEqual((picture.name, picture.placed, picture.unplaced), ("West", 1, 0))

    def test_the_world_is_filled_and_its_largest_countries_are_named(self):
        picture = world({"XA": 12, "XB": 3}, quantity="cases", top=1)
        self.assertEqual([area.css for area in picture.areas], ["q4", "q2"])
        self.assertEqual([label.text for label in picture.layers[0].labels], ["Aland 12"])
        svg = render_to_string("pictures/map.svg", {"picture": picture})
        self.assertEqual(re.findall(r'<a href="([^"]+)"', svg)[:2], ["/regions/XA/", "/regions/XB/"])
