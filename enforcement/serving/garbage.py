"""When a process of the server looks for garbage in rings: between answers, so that no reader waits for it.

An answer leaves some two thousand objects in rings. To look through those at once takes less than a millisecond, as
they are still in the processor's cache; through those of ten answers, 10 to 30, and in the midst of the next.
"""

import gc

# How many new objects, looks through those, and looks through what those left, make Python look in an answer. By
# itself it does so every 700: several times in each, and every twenty answers through all that a child keeps.
WITHIN = (50_000, 20, 20)
BETWEEN = (1_000, 250, 20)


def look_seldom_within_answers():
    """Before a process is copied: what is loaded by now no copy looks through, a tenth of a second each time."""
    gc.freeze()
    gc.set_threshold(*WITHIN)


def look_between_answers():
    """Look through the new objects when an answer has been sent, and now and then through older ones, too."""
    over = [at for at, (count, most) in enumerate(zip(gc.get_count(), BETWEEN, strict=True)) if count > most]
    if over:
        gc.collect(over[-1])
