from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('benefits', '0010_alerts_say_since_when'),
    ]

    operations = [
        migrations.AlterField(
            model_name='alert',
            name='measured_on',
            field=models.DateField(verbose_name='统计截至'),
        ),
        migrations.AlterField(
            model_name='alert',
            name='pushed_on',
            field=models.DateField(verbose_name='推送日期'),
        ),
        migrations.AlterField(
            model_name='historicalalert',
            name='measured_on',
            field=models.DateField(verbose_name='统计截至'),
        ),
        migrations.AlterField(
            model_name='historicalalert',
            name='pushed_on',
            field=models.DateField(verbose_name='推送日期'),
        ),
    ]
