"""Leads: what made the office look, and the sealed content of tips."""

import cases.models.lead
import django.contrib.postgres.functions
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from regions.grammar.keys import keys_are_moments


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0014_view_feeds'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('regions', '0009_keys_are_moments'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Lead',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, primary_key=True, serialize=False)),
                ('ref', models.CharField(default=cases.models.lead.new_lead_ref, editable=False, max_length=8, unique=True, verbose_name='reference')),
                ('kind', models.CharField(choices=[('tip', 'Tip from the public'), ('hit', 'Screening of electricity use'), ('referral', 'Referral from another body'), ('plan', 'Inspection plan')], max_length=10, verbose_name='kind')),
                ('about', models.CharField(blank=True, choices=[('enterprise', 'Cryptocurrency mining'), ('disguised', 'Mining disguised as a data centre'), ('premises', 'Premises or land let to miners'), ('power', 'Electricity obtained illegally for mining'), ('other', 'Something else')], default='', max_length=10, verbose_name='about')),
                ('place', models.CharField(blank=True, default='', max_length=300, verbose_name='place')),
                ('latitude', models.FloatField(blank=True, null=True, verbose_name='latitude')),
                ('longitude', models.FloatField(blank=True, null=True, verbose_name='longitude')),
                ('summary', models.TextField(blank=True, default='', verbose_name='summary')),
                ('score', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='score')),
                ('arrived_on', models.DateField(default=django.utils.timezone.localdate, verbose_name='received on')),
                ('state', models.CharField(choices=[('new', 'New'), ('checking', 'Being checked'), ('inspected', 'Inspected'), ('led_to_case', 'Led to a case'), ('not_confirmed', 'Not confirmed'), ('not_mining', 'Not mining'), ('passed_on', 'Passed on to another body'), ('merged', 'Merged into another lead')], default='new', max_length=15, verbose_name='state')),
                ('passed_to', models.CharField(blank=True, default='', max_length=200, verbose_name='passed on to')),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('assigned_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='assigned to')),
                ('draft', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='leads', to='cases.draft')),
                ('led_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='leads', to='cases.case', verbose_name='led to the case')),
                ('merged_into', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='merged', to='cases.lead', verbose_name='merged into')),
                ('region', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='regions.region', verbose_name='region')),
            ],
            options={
                'verbose_name': 'investigative lead',
                'verbose_name_plural': 'investigative leads',
                'ordering': ['arrived_on', 'ref'],
                'permissions': [('work_on_leads', 'Can work on leads')],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Tip',
            fields=[
                ('lead', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='tip', serialize=False, to='cases.lead', verbose_name='lead')),
                ('receipt', models.CharField(editable=False, max_length=64, unique=True)),
                ('reader', models.BinaryField(max_length=32)),
                ('key', models.CharField(editable=False, max_length=16)),
                ('sealed', models.BinaryField()),
            ],
            options={
                'verbose_name': 'tip',
                'verbose_name_plural': 'tips',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='LeadEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, serialize=False)),
                ('ref', models.CharField(default=cases.models.lead.new_lead_ref, editable=False, max_length=8, verbose_name='reference')),
                ('kind', models.CharField(choices=[('tip', 'Tip from the public'), ('hit', 'Screening of electricity use'), ('referral', 'Referral from another body'), ('plan', 'Inspection plan')], max_length=10, verbose_name='kind')),
                ('about', models.CharField(blank=True, choices=[('enterprise', 'Cryptocurrency mining'), ('disguised', 'Mining disguised as a data centre'), ('premises', 'Premises or land let to miners'), ('power', 'Electricity obtained illegally for mining'), ('other', 'Something else')], default='', max_length=10, verbose_name='about')),
                ('place', models.CharField(blank=True, default='', max_length=300, verbose_name='place')),
                ('latitude', models.FloatField(blank=True, null=True, verbose_name='latitude')),
                ('longitude', models.FloatField(blank=True, null=True, verbose_name='longitude')),
                ('summary', models.TextField(blank=True, default='', verbose_name='summary')),
                ('score', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='score')),
                ('arrived_on', models.DateField(default=django.utils.timezone.localdate, verbose_name='received on')),
                ('state', models.CharField(choices=[('new', 'New'), ('checking', 'Being checked'), ('inspected', 'Inspected'), ('led_to_case', 'Led to a case'), ('not_confirmed', 'Not confirmed'), ('not_mining', 'Not mining'), ('passed_on', 'Passed on to another body'), ('merged', 'Merged into another lead')], default='new', max_length=15, verbose_name='state')),
                ('passed_to', models.CharField(blank=True, default='', max_length=200, verbose_name='passed on to')),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('assigned_to', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='assigned to')),
                ('draft', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.draft')),
                ('led_to', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.case', verbose_name='led to the case')),
                ('merged_into', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.lead', verbose_name='merged into')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='cases.lead')),
                ('region', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='regions.region', verbose_name='region')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='LeadStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('recorded', 'Recorded'), ('state', 'State changed'), ('assigned', 'Assigned'), ('note', 'Note'), ('answered', 'Answered the sender'), ('merged', 'Merged')], max_length=10, verbose_name='kind')),
                ('state', models.CharField(blank=True, choices=[('new', 'New'), ('checking', 'Being checked'), ('inspected', 'Inspected'), ('led_to_case', 'Led to a case'), ('not_confirmed', 'Not confirmed'), ('not_mining', 'Not mining'), ('passed_on', 'Passed on to another body'), ('merged', 'Merged into another lead')], default='', max_length=15, verbose_name='state')),
                ('text', models.TextField(blank=True, default='', verbose_name='text')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='at')),
                ('assigned_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='assigned to')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('lead', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='cases.lead', verbose_name='lead')),
            ],
            options={
                'verbose_name': 'step of a lead',
                'verbose_name_plural': 'steps of leads',
                'ordering': ['lead', 'pk'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='TipPart',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('photo', 'Photo'), ('more', 'Added by the sender'), ('answer', 'Answer of the office')], max_length=10, verbose_name='kind')),
                ('number', models.PositiveSmallIntegerField(default=0, verbose_name='number')),
                ('added_on', models.DateField(default=django.utils.timezone.localdate, verbose_name='added on')),
                ('key', models.CharField(editable=False, max_length=16)),
                ('sealed', models.BinaryField()),
                ('sealed_for_sender', models.BinaryField(blank=True, null=True)),
                ('tip', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='cases.tip', verbose_name='tip')),
            ],
            options={
                'verbose_name': 'part of a tip',
                'verbose_name_plural': 'parts of tips',
                'ordering': ['tip', 'added_on', 'number'],
                'default_permissions': (),
            },
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['tip', 'hit', 'referral', 'plan'])), name='cases_lead_kind_known', violation_error_message='Not a valid choice.'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['new', 'checking', 'inspected', 'led_to_case', 'not_confirmed', 'not_mining', 'passed_on', 'merged'])), name='cases_lead_state_known', violation_error_message='Not a valid choice.'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(('about__in', ['', 'enterprise', 'disguised', 'premises', 'power', 'other'])), name='cases_lead_about_known', violation_error_message='Not a valid choice.'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('latitude__isnull', True), ('longitude__isnull', True)), models.Q(('latitude__isnull', False), ('longitude__isnull', False), ('latitude__gte', -90), ('latitude__lte', 90), ('longitude__gte', -180), ('longitude__lte', 180)), _connector='OR'), name='cases_lead_point_is_whole', violation_error_message='Latitude must be from -90 to 90 and longitude from -180 to 180 degrees; enter both.'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(('score__isnull', True), models.Q(('score__gte', 0), ('score__lte', 100)), _connector='OR'), name='cases_lead_score_in_range', violation_error_message='A score is from 0 to 100.'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(('led_to__isnull', True), ('state', 'led_to_case'), _connector='OR'), name='lead_has_a_case_only_if_it_led_to_one', violation_error_message='Only a lead that led to a case names one.'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into__isnull', True), models.Q(('state', 'merged'), models.Q(('merged_into', models.F('id')), _negated=True)), _connector='OR'), name='lead_is_merged_into_another', violation_error_message='A lead cannot be merged into itself.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='lead',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "cases_leadevent" ("about", "arrived_on", "assigned_to_id", "draft_id", "id", "kind", "latitude", "led_to_id", "longitude", "merged_into_id", "passed_to", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "ref", "region_id", "score", "state", "summary", "version") SELECT old_values."about", old_values."arrived_on", old_values."assigned_to_id", old_values."draft_id", old_values."id", old_values."kind", old_values."latitude", old_values."led_to_id", old_values."longitude", old_values."merged_into_id", old_values."passed_to", _pgh_attached_context.value, NOW(), \'update\', old_values."id", old_values."place", old_values."ref", old_values."region_id", old_values."score", old_values."state", old_values."summary", old_values."version" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='57282a660fa0c63fdb29b7b0da8ea323387fecaa', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_9d9aa', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='cases_lead', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='lead',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "cases_leadevent" ("about", "arrived_on", "assigned_to_id", "draft_id", "id", "kind", "latitude", "led_to_id", "longitude", "merged_into_id", "passed_to", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "ref", "region_id", "score", "state", "summary", "version") SELECT old_values."about", old_values."arrived_on", old_values."assigned_to_id", old_values."draft_id", old_values."id", old_values."kind", old_values."latitude", old_values."led_to_id", old_values."longitude", old_values."merged_into_id", old_values."passed_to", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."place", old_values."ref", old_values."region_id", old_values."score", old_values."state", old_values."summary", old_values."version" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='e2a331fb8c51743ee822d08bb35854dfe9c28eeb', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_ff0bb', referencing='REFERENCING OLD TABLE AS old_values ', table='cases_lead', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='leadevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='b9ec806e7d6794e7718f4ceabbe6fd21741564b1', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_acebd', table='cases_leadevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='leadstep',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['recorded', 'state', 'assigned', 'note', 'answered', 'merged'])), name='cases_leadstep_kind_known', violation_error_message='Not a valid choice.'),
        ),
        migrations.AddConstraint(
            model_name='leadstep',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['', 'new', 'checking', 'inspected', 'led_to_case', 'not_confirmed', 'not_mining', 'passed_on', 'merged'])), name='cases_leadstep_state_known', violation_error_message='Not a valid choice.'),
        ),
        migrations.AddConstraint(
            model_name='tippart',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['photo', 'more', 'answer'])), name='cases_tippart_kind_known', violation_error_message='Not a valid choice.'),
        ),
        *keys_are_moments("cases_leadstep"),
    ]
