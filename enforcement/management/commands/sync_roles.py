from django.core.management.base import BaseCommand

from enforcement import roles


class Command(BaseCommand):
    help = "Make the groups in the database match enforcement/roles.py."

    def handle(self, **options):
        roles.sync()
        self.stdout.write(f"{len(roles.ROLES)} roles in place.")
