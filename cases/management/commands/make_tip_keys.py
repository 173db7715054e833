from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cases.leads import keys


class Command(BaseCommand):
    help = "Make the keys that reports of the public are sealed to. Before that, none are taken."

    def handle(self, **options):
        try:
            name = keys.make_keys()
        except keys.KeysExist as there:
            raise CommandError("There are keys already. rotate_tip_keys changes them.") from there
        self.stdout.write(f"Key {name}: the public one is {settings.TIP_KEY}, the secret one {settings.TIP_SECRET}.")
        self.stdout.write("Keep a copy of the secret one elsewhere: without it nobody can read the reports.")
