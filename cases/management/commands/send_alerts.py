from django.core.management.base import CommandError

from cases.alerts import news, outbox
from regions.management.chores import Chore


class Command(Chore):
    help = "Write and send the mails of alerts. Killed at any step and repeated, nobody gets a mail twice."

    def add_arguments(self, parser):
        parser.add_argument(
            "--unclear", choices=["again", "sent"],
            help="what the mail server may or may not have taken: send it again, or take it as sent",
        )  # fmt: skip

    def handle(self, *, unclear, **options):
        if unclear:
            self.stdout.write(f"{outbox.settle(unclear)} mails settled.")
        outbox.delete_old()
        written = news.write_all()
        try:
            sent = outbox.send_all()
        except outbox.ServerAwayError as problem:
            raise CommandError(f"The mail server cannot be reached; mails wait. {problem}") from problem
        self.stdout.write(f"{written} mails written, {sent} sent.")
        doubtful = [outbox.message_id_of(notice) for notice in outbox.unclear()]
        for message_id in doubtful:
            self.stderr.write(f"May or may not have been taken: {message_id}")
        if doubtful:
            raise CommandError("Look for these in the log of the mail server, then say --unclear again or sent.")
