"""A year end is computed, shown, approved by a second person, and can be taken back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

STATES = [
    ('computing', '计算中'), ('failed', '未完成'), ('proposed', '待复核'), ('applied', '已生效'),
    ('undone', '已撤销'), ('rejected', '已退回'), ('cancelled', '已取消'),
]
# What was not in force is computed anew.
GIVE_UP = """
UPDATE benefits_incentiverun SET state = 'cancelled', reason = '改为先复核后生效，请重新核算'
WHERE state IN ('running', 'failed')
"""
# A proposal cannot be told apart from a broken run any more.
TAKE_UP = "UPDATE benefits_incentiverun SET state = 'failed' WHERE state <> 'applied'"


def account(label):
    return models.ForeignKey(
        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+',
        to=settings.AUTH_USER_MODEL, verbose_name=label,
    )


class Migration(migrations.Migration):

    dependencies = [
        ('benefits', '0013_manual_claims'),
        ('exchange', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='incentiverun', name='one_incentive_run_per_area_and_year'),
        migrations.AlterField('incentiverun', 'state', models.CharField(choices=STATES, default='computing', max_length=10, verbose_name='状态')),
        migrations.AlterField('incentiverun', 'job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exchange.job', verbose_name='核算任务')),
        migrations.AddField('incentiverun', 'following', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exchange.job', verbose_name='后续任务')),
        migrations.AddField('incentiverun', 'digest', models.CharField(blank=True, default='', max_length=64, verbose_name='结果摘要'), preserve_default=False),
        migrations.AddField('incentiverun', 'proposed_at', models.DateTimeField(blank=True, null=True, verbose_name='算完时间')),
        migrations.AddField('incentiverun', 'decided_by', account('复核人')),
        migrations.AddField('incentiverun', 'decided_at', models.DateTimeField(blank=True, null=True, verbose_name='复核时间')),
        migrations.AddField('incentiverun', 'reason', models.CharField(blank=True, default='', max_length=200, verbose_name='意见'), preserve_default=False),
        migrations.AddField('incentiverun', 'undone_by', account('撤销人')),
        migrations.AddField('incentiverun', 'undone_at', models.DateTimeField(blank=True, null=True, verbose_name='撤销时间')),
        migrations.AddField('incentiverun', 'undo_reason', models.CharField(blank=True, default='', max_length=200, verbose_name='撤销原因'), preserve_default=False),
        migrations.AddField('incentiverevision', 'run', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='benefits.incentiverun', verbose_name='核算批次')),
        migrations.RunSQL(GIVE_UP, TAKE_UP),
    ]
