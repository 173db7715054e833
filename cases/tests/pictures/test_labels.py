"""Names on a picture find their places."""

import time
from threading import Thread
from unittest.mock import patch

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
