from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from enforcement.accounts import tokens


class Command(BaseCommand):
    help = "Make a token of the API for an account, and print it this once."

    def add_arguments(self, parser):
        parser.add_argument("user", help="name of the account")
        parser.add_argument("--name", default="command line", help="name of the token")
        parser.add_argument("--days", type=int, default=90, help="days until it expires")

    def handle(self, *, user, name, days, **options):
        person = get_user_model().objects.filter(username=user, is_active=True).first()
        if person is None:
            raise CommandError(f"There is no active account {user}.")
        if not 1 <= days <= max(tokens.DAYS):
            raise CommandError(f"A token lasts from 1 to {max(tokens.DAYS)} days.")
        if person.api_tokens.filter(name=name).exists():
            raise CommandError(f"{user} has a token “{name}”: choose another name with --name, or revoke that one.")
        self.stdout.write(tokens.issue_token(person, name, days))
