"""Names on a picture: as wide as they will be, inside what they name, and never over each other."""

import unicodedata
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import shapely

from regions.geos import one_at_a_time

HEIGHT = 15  # of a line of 12 px with its halo
LATIN = 7.0  # px of a letter on average, on the wide side
COLUMNS, ROWS = 11, 9  # places that are tried in the box of a shape
MOST_LETTERS = 40


class PlacedName(NamedTuple):
    x: float
    y: float
    text: str
    kind: str = ""
    link: str = ""


@lru_cache(maxsize=20_000)
def width_of(text, scale=1.0):
    """How wide `text` is in 12 px, in the units of a picture that is shown at `scale` to 1."""
    letters = sum(12 if unicodedata.east_asian_width(letter) in "WF" else LATIN for letter in text)
    return (letters + 8) * scale


def short_name(text):
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"


class Room:
    """What is still free of a picture: a label is placed where it covers nothing that was placed before.

    `frame` is (left, top, right, bottom); `outline` a prepared shape that no label may touch.
    """

    def __init__(self, frame, outline=None, scale=1.0):
        self.frame, self.outline, self.scale = frame, outline, scale
        self.taken = np.empty((0, 4))

    def take(self, x, y, width, height):
        self.taken = np.vstack([self.taken, _bounds(np.array([(x, y)]), width, height)])

    def is_free(self, bounds):
        """Which of `bounds` (rows of left, top, right, bottom) lie in the picture, over nothing that was placed."""
        left, top, right, bottom = (bounds[:, [side]] for side in range(4))
        taken = self.taken.T
        over = (left < taken[2]) & (right > taken[0]) & (top < taken[3]) & (bottom > taken[1])
        outside = (left < self.frame[0]) | (top < self.frame[1]) | (right > self.frame[2]) | (bottom > self.frame[3])
        return ~over.any(axis=1) & ~outside[:, 0]

    def place(self, text, shape, share=0.6):
        """(x, y) of the middle of `text` inside `shape` (prepared), taken from now on. None where it finds no room.

        A label lies with at least `share` of its box in its own shape; the place farthest from the edges is taken.
        """
        with one_at_a_time:
            return self._place(text, shape, share)

    def _place(self, text, shape, share):
        width, height = width_of(text, self.scale), HEIGHT * self.scale
        left, top, right, bottom = shape.bounds
        if shape.area < width * height * share or right - left < width * share or bottom - top < height * share:
            return None  # no box has so much of itself in it
        xs, ys = np.linspace(left, right, COLUMNS + 2)[1:-1], np.linspace(top, bottom, ROWS + 2)[1:-1]
        points = np.column_stack([np.tile(xs, ROWS), np.repeat(ys, COLUMNS)])
        points = points[self.is_free(_bounds(points, width, height))]
        points = points[shapely.contains_xy(shape, points)] if len(points) else points
        boxes = shapely.box(*_bounds(points, width, height).T)
        inside = shapely.contains(shape, boxes)
        # Those wholly inside come first: most often the others need not be looked at, which takes longest.
        tried = self._beside_the_outline(boxes, np.flatnonzero(inside))
        shares = np.ones(len(tried))
        if not len(tried):
            tried = self._beside_the_outline(boxes, np.flatnonzero(~inside))
            shares = shapely.area(shapely.intersection(boxes[tried], shape)) / (width * height)
        if not len(tried):
            return None
        distances = shapely.distance(shapely.points(points[tried]), shape.boundary)
        best = int(np.argmax(np.round(shares, 2) * 1e4 + distances))
        if shares[best] < share:
            return None
        x, y = (float(number) for number in points[tried[best]])
        self.take(x, y, width, height)
        return x, y

    def _beside_the_outline(self, boxes, indices):
        if self.outline is None or not len(indices):
            return indices
        return indices[~shapely.intersects(self.outline, boxes[indices])]


def _bounds(points, width, height):
    half = np.array([width / 2, height / 2])
    return np.hstack([points - half, points + half])
