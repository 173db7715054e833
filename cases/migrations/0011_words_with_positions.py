"""Words of cases end where the script changes, and keep their positions: all of them are made anew."""

from django.db import migrations


def index_all(apps, schema_editor):
    from cases.models import Case
    from cases.selection import search

    search.index(Case.objects.order_by("pk"))


class Migration(migrations.Migration):
    dependencies = [("cases", "0010_texts_in_chinese")]
    operations = [migrations.RunPython(index_all, migrations.RunPython.noop)]
