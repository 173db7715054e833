from django.db import migrations

from cases.columns.logged import standing_record_is_logged


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0036_references"),
        ("regions", "0001_squashed_0010_the_office_in_the_history"),
    ]

    operations = standing_record_is_logged()
