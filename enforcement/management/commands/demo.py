import socket

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from enforcement.upkeep import restore
from enforcement.workshop import demo
from regions.loading.rows import BrokenRow


class Command(BaseCommand):
    help = "Run the dashboard on the real record: database, migrations, record, accounts, server."

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=8000, help="port of the server, on this machine only")
        parser.add_argument("--no-server", action="store_true", help="prepare everything, then stop")
        parser.add_argument("--fresh", action="store_true", help="empty the database first: all data is lost")

    def handle(self, *, port, no_server, fresh, **options):
        if not no_server:
            _refuse_a_taken_port(port)
        self.say("Database", "embedded PostgreSQL" if settings.EMBEDDED_POSTGRES else "as DATABASE_URL says")
        if fresh and not settings.EMBEDDED_POSTGRES:
            raise CommandError("--fresh empties only the embedded database, and DATABASE_URL names another database.")
        if fresh:
            restore.empty_the_database()
            self.say("Emptied", "all tables")
        demo.migrate()
        self.say("Migrations", "applied")
        try:
            tallies = demo.load_record(quiet=not self.stderr.isatty())
        except BrokenRow as broken:
            raise CommandError(f"Nothing was loaded. {broken}") from broken
        if tallies is None:
            self.say("Record", "already loaded; load_record updates it from fixtures/")
        for tally in tallies or ():
            self.stdout.write(f"  {tally}")
        for name, role, password in demo.make_accounts():
            self.say(role, f"log in as {name} with {password}")
        if demo.make_tip_keys():
            self.say("Reports", f"/tips/new/ is open; keep a copy of {settings.TIP_SECRET}")
        if no_server:
            return
        self.say("Open", f"http://localhost:{port}/  (Ctrl-C stops it)")
        demo.serve(port)

    def say(self, subject, text):
        self.stdout.write(f"{subject}: {text}")


def _refuse_a_taken_port(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as problem:
            raise CommandError(f"Port {port} is in use. Choose another port with --port.") from problem
