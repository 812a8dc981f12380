"""Totals know the day of the data that said so last: of those there are, the day they were recorded."""

from django.db import migrations, models

SAID_WHEN_RECORDED = """
UPDATE oversight_taxtotal SET as_of = (recorded_at AT TIME ZONE 'Asia/Shanghai')::date;
UPDATE oversight_historicaltaxtotal SET as_of = (recorded_at AT TIME ZONE 'Asia/Shanghai')::date;
"""
MODELS = ("taxtotal", "historicaltaxtotal")


class Migration(migrations.Migration):
    dependencies = [("oversight", "0001_reconciliation")]

    operations = [
        *(
            migrations.AddField(model, "as_of", models.DateField("数据日期", null=True))
            for model in MODELS
        ),
        migrations.RunSQL(SAID_WHEN_RECORDED, migrations.RunSQL.noop),
        *(migrations.AlterField(model, "as_of", models.DateField("数据日期")) for model in MODELS),
    ]
