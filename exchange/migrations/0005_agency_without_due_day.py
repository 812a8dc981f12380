from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('exchange', '0004_due_days_become_agreements'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='agency',
            name='list_due_day_in_month',
        ),
        migrations.RemoveField(
            model_name='agency',
            name='list_due_day',
        ),
        migrations.RemoveField(
            model_name='historicalagency',
            name='list_due_day',
        ),
    ]
