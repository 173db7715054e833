from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cases.leads import keys


class Command(BaseCommand):
    help = "Seal every report of the public to a new key. It can be killed and repeated: every report stays readable."

    def handle(self, **options):
        try:
            name, done, unreadable = keys.rotate()
        except keys.NoKey as none:
            raise CommandError("There are no keys yet. make_tip_keys makes them.") from none
        except keys.Busy as busy:
            raise CommandError("Another process changes the keys just now.") from busy
        self.stdout.write(f"Key {name}: {done} rows sealed anew. Keep a copy of {settings.TIP_SECRET} elsewhere.")
        if unreadable:
            raise CommandError(f"{unreadable} rows could not be opened and stay as they are: their key is not here.")
