from django.db import migrations

from cases.columns.logged import leads_are_logged


class Migration(migrations.Migration):
    dependencies = [("cases", "0037_standing_record_is_logged")]

    operations = leads_are_logged()
