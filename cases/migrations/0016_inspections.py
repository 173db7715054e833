"""Inspections: what was found on site because of a lead."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from regions.grammar.keys import keys_are_moments


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0015_leads'),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Inspection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('visited_on', models.DateField(verbose_name='day of the inspection')),
                ('people', models.CharField(blank=True, default='', max_length=300, verbose_name='who was there')),
                ('found', models.CharField(choices=[('mining', 'Mining'), ('stopped', 'Rigs that did not run'), ('traces', 'Traces of mining, no rigs'), ('nothing', 'No mining'), ('no_access', 'Nobody let us in')], max_length=10, verbose_name='found')),
                ('findings', models.TextField(blank=True, default='', verbose_name='what was found')),
                ('readings', models.TextField(blank=True, default='', verbose_name='meter readings')),
                ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='recorded at')),
            ],
            options={
                'verbose_name': 'inspection',
                'verbose_name_plural': 'inspections',
                'ordering': ['lead', 'visited_on', 'pk'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='InspectionEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('visited_on', models.DateField(verbose_name='day of the inspection')),
                ('people', models.CharField(blank=True, default='', max_length=300, verbose_name='who was there')),
                ('found', models.CharField(choices=[('mining', 'Mining'), ('stopped', 'Rigs that did not run'), ('traces', 'Traces of mining, no rigs'), ('nothing', 'No mining'), ('no_access', 'Nobody let us in')], max_length=10, verbose_name='found')),
                ('findings', models.TextField(blank=True, default='', verbose_name='what was found')),
                ('readings', models.TextField(blank=True, default='', verbose_name='meter readings')),
                ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='recorded at')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.RemoveConstraint(
            model_name='leadstep',
            name='cases_leadstep_kind_known',
        ),
        migrations.AlterField(
            model_name='leadstep',
            name='kind',
            field=models.CharField(choices=[('recorded', 'Recorded'), ('state', 'State changed'), ('assigned', 'Assigned'), ('note', 'Note'), ('answered', 'Answered the sender'), ('merged', 'Merged'), ('inspection', 'Inspection recorded')], max_length=10, verbose_name='kind'),
        ),
        migrations.AddConstraint(
            model_name='leadstep',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['recorded', 'state', 'assigned', 'note', 'answered', 'merged', 'inspection'])), name='cases_leadstep_kind_known', violation_error_message='Not a valid choice.'),
        ),
        migrations.AddField(
            model_name='inspection',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='inspection',
            name='lead',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='inspections', to='cases.lead', verbose_name='lead'),
        ),
        migrations.AddField(
            model_name='inspectionevent',
            name='by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='inspectionevent',
            name='lead',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.lead', verbose_name='lead'),
        ),
        migrations.AddField(
            model_name='inspectionevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='inspectionevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.inspection'),
        ),
        migrations.AddConstraint(
            model_name='inspection',
            constraint=models.CheckConstraint(condition=models.Q(('found__in', ['mining', 'stopped', 'traces', 'nothing', 'no_access'])), name='cases_inspection_found_known', violation_error_message='Not a valid choice.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='inspection',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "cases_inspectionevent" ("by_id", "findings", "found", "id", "lead_id", "people", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "readings", "recorded_at", "visited_on") SELECT new_values."by_id", new_values."findings", new_values."found", new_values."id", new_values."lead_id", new_values."people", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."readings", new_values."recorded_at", new_values."visited_on" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='1911fffd442dd1b3f5459383693ea7c9b2d9d98d', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_40cec', referencing='REFERENCING NEW TABLE AS new_values ', table='cases_inspection', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='inspection',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "cases_inspectionevent" ("by_id", "findings", "found", "id", "lead_id", "people", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "readings", "recorded_at", "visited_on") SELECT old_values."by_id", old_values."findings", old_values."found", old_values."id", old_values."lead_id", old_values."people", _pgh_attached_context.value, NOW(), \'update\', old_values."id", old_values."readings", old_values."recorded_at", old_values."visited_on" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='93f980e23142b4b50b029028b944d9580b0226ce', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_b553e', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='cases_inspection', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='inspection',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "cases_inspectionevent" ("by_id", "findings", "found", "id", "lead_id", "people", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "readings", "recorded_at", "visited_on") SELECT old_values."by_id", old_values."findings", old_values."found", old_values."id", old_values."lead_id", old_values."people", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."readings", old_values."recorded_at", old_values."visited_on" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='50f885ab9ec1a390d286ea1ec165661c89476fef', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_9e1e4', referencing='REFERENCING OLD TABLE AS old_values ', table='cases_inspection', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='inspectionevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='916c3da65b861067b1c09ef2ce01be4de2c762f7', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_530ea', table='cases_inspectionevent', when='BEFORE')),
        ),
        *keys_are_moments("cases_inspection"),
    ]
