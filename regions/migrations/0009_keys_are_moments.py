"""Primary keys of what may be hidden are moments, so that nobody counts hidden rows by the gaps between visible ones."""

from django.db import migrations

from regions.grammar.keys import DROP_FUNCTIONS, MAKE_FUNCTIONS, keys_are_moments


class Migration(migrations.Migration):
    dependencies = [("regions", "0008_factor_texts_in_chinese")]
    operations = [
        migrations.RunSQL(MAKE_FUNCTIONS, DROP_FUNCTIONS),
        *keys_are_moments("regions_agency", "regions_source"),
    ]
