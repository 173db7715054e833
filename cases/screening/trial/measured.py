"""What version 1 of the rules did on trial readings that it was not tuned on, as `bench --screening` prints it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MeasuredTrial:
    """10,000 meters over 60 days with 100 mines: how many mines were ranked first, and what took their places.

    `steady`, `hidden`, `unmetered`: found among the first 150, and how many there are; hidden are those behind a
    household or switched off at the dear hours. The others: how many in a hundred of them are among the first 150.
    """

    seed: int
    first_day: str
    first_50: int
    first_150: int
    steady: tuple[int, int]
    hidden: tuple[int, int]
    unmetered: tuple[int, int]
    data_centres: int
    masts: int
    pumps: int
    works: int
    honest_feeders: int


TRIALS = [
    MeasuredTrial(21, "2026-07-01", 44, 83, (49, 50), (9, 14), (6, 8), 22, 4, 4, 3, 22),
    MeasuredTrial(22, "2026-01-10", 38, 87, (49, 50), (12, 14), (5, 8), 30, 11, 1, 0, 15),
    MeasuredTrial(23, "2026-04-05", 48, 86, (50, 50), (9, 14), (5, 8), 16, 5, 1, 2, 17),
]
