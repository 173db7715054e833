"""Names on a picture find their places."""

import time
from threading import Thread
from unittest.mock import patch

import numpy as np
import shapely
from django.test import SimpleTestCase

from cases.pictures import labels


class LabelsTests(SimpleTestCase):
    def test_a_shape_that_pictures_share_is_asked_by_one_thread_at_a_time(self):
        shape = shapely.box(0, 0, 400, 300)
        outline = shape.boundary.buffer(3)
        busy, most, asked = [], [], shapely.intersects

        def slowly(*shapes):
            busy.append(None)
            most.append(len(busy))
            time.sleep(0.02)
            busy.pop()
            return asked(*shapes)

        def draw():
            labels.Room((0, 0, 400, 300), outline).place("China", shape)

        with patch.object(labels.shapely, "intersects", slowly):
            threads = [Thread(target=draw) for _turn in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(most, [1, 1, 1, 1])

    def test_of_all_places_the_one_farthest_from_the_edges_is_taken(self):
        chance = np.random.default_rng(1)
        found = []
        for _turn in range(150):
            corners = chance.uniform((40, 40), (360, 260), (chance.integers(3, 7), 2))
            shape = shapely.convex_hull(shapely.multipoints(corners))
            shapely.prepare(shape)
            outline = shapely.union(shape.boundary, shapely.box(0, 0, 400, 300).boundary).buffer(3)
            room = labels.Room((3, 3, 397, 297), outline)
            room.take(200, 150, 60, 60)
            for share in (0.6, 0.97):
                expected = _plainly(room, "Inner Mongolia", shape, share)
                found.append(room.place("Inner Mongolia", shape, share))
                self.assertEqual(found[-1], expected)
        self.assertEqual({place is None for place in found}, {True, False})


def _plainly(room, text, shape, share):
    """The same rule, place by place."""
    width, height = labels.width_of(text), labels.HEIGHT
    left, top, right, bottom = shape.bounds
    free = []
    for y in np.linspace(top, bottom, labels.ROWS + 2)[1:-1]:
        for x in np.linspace(left, right, labels.COLUMNS + 2)[1:-1]:
            bounds = x - width / 2, y - height / 2, x + width / 2, y + height / 2
            box = shapely.box(*bounds)
            is_free = room.is_free(np.array([bounds]))[0] and not room.outline.intersects(box)
            if is_free and shapely.contains_xy(shape, x, y):
                free.append((x, y, shape.contains(box), box))
    some = [place for place in free if place[2]] or free

    def worth(place):
        part = 1.0 if place[2] else shapely.intersection(place[3], shape).area / (width * height)
        return round(part, 2) * 1e4 + shapely.distance(shapely.Point(place[:2]), shape.boundary), part

    best = max(some, key=lambda place: worth(place)[0], default=None)
    return best[:2] if best and worth(best)[1] >= share else None
