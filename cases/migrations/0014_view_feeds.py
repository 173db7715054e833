"""A saved view can have a feed by a secret address, of which only the digest is kept."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0013_precision_of_figures"),
    ]

    operations = [
        migrations.AddField(
            model_name="savedview",
            name="feed_digest",
            field=models.CharField(editable=False, max_length=64, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="savedview",
            name="feed_fetched_on",
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="savedview",
            name="feed_opened_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
