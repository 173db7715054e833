from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from enforcement.accounts import passwords


class Command(BaseCommand):
    help = "Print the link with which somebody chooses a new password, for when no registrar can log in."

    def add_arguments(self, parser):
        parser.add_argument("user", help="name of the account")
        parser.add_argument("--site", default="http://localhost:8000", help="address of the site")

    def handle(self, *, user, site, **options):
        person = get_user_model().objects.filter(username=user, is_active=True).first()
        if person is None:
            raise CommandError(f"There is no active account {user}.")
        self.stdout.write(site.rstrip("/") + passwords.path_for(person))
