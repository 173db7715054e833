"""Primary keys of what may be hidden are moments, so that nobody counts hidden rows by the gaps between visible ones."""

from django.db import migrations

from regions.grammar.keys import keys_are_moments

TABLES = """
    case case_agencies case_sources citation disposal document figure opendoubt party raid reason sanction savedview
    seizure
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0011_words_with_positions"), ("regions", "0009_keys_are_moments")]
    operations = keys_are_moments(*(f"cases_{name}" for name in TABLES.split()))
