"""How far a long command is, for who waits at a terminal."""

from contextlib import contextmanager

from tqdm import tqdm

from .backup import Steps


class Bars(Steps):
    """A bar for each step; the bytes alone where nobody knows how many there will be."""

    bar = None

    def begin(self, name, total=None):
        self.end()
        self.bar = tqdm(desc=name, total=total, unit="B", unit_scale=True, leave=False)

    def went_on(self, count):
        if self.bar is not None:
            self.bar.update(count)

    def end(self):
        if self.bar is not None:
            self.bar.close()
        self.bar = None


@contextmanager
def steps_shown(command, options):
    """The steps of `command`, drawn where somebody looks."""
    steps = Steps() if options["verbosity"] == 0 or not command.stderr.isatty() else Bars()
    try:
        yield steps
    finally:
        if isinstance(steps, Bars):
            steps.end()
