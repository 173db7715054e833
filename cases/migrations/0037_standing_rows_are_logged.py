from django.db import migrations

from cases.columns.logged import STANDING_TABLES, log_rows_of


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0036_references"),
        ("regions", "0001_squashed_0010_the_office_in_the_history"),
    ]

    operations = log_rows_of(STANDING_TABLES)
