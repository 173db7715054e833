"""What version 3 of the rules did on trial readings that it was not tuned on, as `bench --screening` prints it."""

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
    others: int  # of cold stores, street lights, charging parks and glasshouses, the kind with most
    honest_feeders: int


TRIALS = [
    MeasuredTrial(801, "2026-06-01", 50, 94, (50, 50), (12, 14), (8, 8), 2, 0, 0, 0, 1, 7),
    MeasuredTrial(802, "2026-01-05", 50, 95, (50, 50), (11, 14), (8, 8), 0, 0, 0, 0, 1, 7),
]
