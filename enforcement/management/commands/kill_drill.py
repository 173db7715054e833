import os
import statistics
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management.base import BaseCommand, CommandError

from enforcement.workshop import kills, readers


class Command(BaseCommand):
    help = "Kill PostgreSQL and the server under four writers, in a folder of its own, and look for what they wrote."
    requires_system_checks = []  # it asks nothing of the database of this installation

    def add_arguments(self, parser):
        parser.add_argument("--kills", type=int, default=10, help="how often each of the two is killed")
        parser.add_argument("--writes", type=int, default=1_000, help="how many writes are acknowledged at least")
        parser.add_argument("--minutes", type=float, help="end then, however many kills there were")
        parser.add_argument(
            "--replica", action="store_true", help="kill a server, a standby and its primary under readers instead"
        )
        parser.add_argument("--folder", type=Path, help="an empty folder to work in, which stays")

    def handle(self, *, folder, replica, **options):
        with TemporaryDirectory(prefix="kills-") if folder is None else nullcontext(folder) as place:
            Path(place).chmod(0o755)  # root's stand-in, which PostgreSQL runs as, must be able to come in
            wanted = {name: options[name] for name in ("kills", "writes", "minutes")}
            say = self._say if options["verbosity"] > 1 else lambda text: None
            try:
                if replica:
                    outcome = readers.Drill(place).run(options["kills"], say)
                else:
                    outcome = kills.drill(place, say=say, **wanted)
            except kills.NotReady as problem:
                raise CommandError(str(problem)) from problem
        (self._tell_of_readers if replica else self._tell)(outcome)
        if not outcome.is_good:
            raise CommandError("Something that was acknowledged was missing, or something else was wrong: see above.")

    def _say(self, text):
        self.stdout.write(text)
        self.stdout.flush()

    def _tell(self, outcome):
        kinds = ", ".join(f"{count:,} x {kind}" for kind, count in outcome.acknowledged.most_common())
        self._say(f"{os.cpu_count()} cores, load {os.getloadavg()[1]:.1f} in the last five minutes")
        self._say(f"{outcome.acknowledged.total():,} writes acknowledged in {outcome.seconds:,.0f} s: {kinds}")
        for what, times, median, longest in outcome.until_well():
            self._say(
                f"{what:<16} killed {times:>4} times: well after {median:.1f} s (median), {longest:.1f} s (longest)"
            )
        self._say(f"lost {len(outcome.lost)}, doubled {len(outcome.doubled)}, partial {len(outcome.partial)}")
        self._say("answers: " + ", ".join(f"{count:,} x {kind}" for kind, count in outcome.answers.most_common()))
        for problem in (*outcome.lost[:5], *outcome.doubled[:5], *outcome.partial[:5], *outcome.wrong[:5]):
            self._say(f"  {problem}")
        for text in filter(None, (outcome.not_whole, outcome.log)):
            self._say(text)

    def _tell_of_readers(self, seen):
        def listed(counted):
            return ", ".join(f"{count:,} x {what}" for what, count in counted.most_common()) or "none"

        self._say(f"{os.cpu_count()} cores, load {os.getloadavg()[1]:.1f} in the last five minutes")
        self._say(f"{seen.answers.total():,} answers in {seen.seconds:,.0f} s, {seen.saved:,} cases saved meanwhile")
        self._say(f"which database answered: {listed(seen.answers)}")
        for what, times in seen.back.items():
            back = f"back after {statistics.median(times):.1f} s (median), {max(times):.1f} s (longest)"
            self._say(f"{what:<12} killed {len(times):>3} times: {back}")
        self._say(f"older than the last write that was acknowledged: {listed(seen.older)}")
        self._say(f"errors: {listed(seen.errors)}; broken with their server: {listed(seen.cut)}")
        for problem in seen.wrong[:5]:
            self._say(f"  {problem}")
