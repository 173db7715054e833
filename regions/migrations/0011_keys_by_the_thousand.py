"""An import takes the keys of its rows in one call. A new database has the functions already."""

from django.db import migrations

from regions.grammar.keys import MAKE_FUNCTIONS


class Migration(migrations.Migration):
    dependencies = [("regions", "0010_the_office_in_the_history")]
    operations = [migrations.RunSQL(MAKE_FUNCTIONS, migrations.RunSQL.noop)]
