"""A log of the rows that were written, for those who keep a mirror of the tables: see cases/columns/mirror.py."""

from django.db import migrations

from cases.columns.logged import rows_are_logged


class Migration(migrations.Migration):
    dependencies = [("cases", "0029_the_office_in_the_history"), ("regions", "0010_the_office_in_the_history")]
    operations = rows_are_logged()
