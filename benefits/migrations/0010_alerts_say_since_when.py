"""Fill in what alerts pushed before knew only by their month, their event's receipts and their answers."""

from django.db import migrations

FILL = """
UPDATE {table} SET
    measured_on = (date_trunc('month', to_date(month || '-01', 'YYYY-MM-DD')) + interval '1 month - 1 day')::date,
    pushed_on = (created_at AT TIME ZONE 'Asia/Shanghai')::date
WHERE measured_on IS NULL;
"""
STEPS = """
UPDATE benefits_alert AS alert SET acknowledged_on = (receipt.at AT TIME ZONE 'Asia/Shanghai')::date
FROM (SELECT event_id, min(at) AS at FROM exchange_acknowledgement GROUP BY event_id) AS receipt
WHERE receipt.event_id = alert.event_id;
UPDATE benefits_alert AS alert SET
    visited_on = answer.first_visit,
    answered_on = (answer.at AT TIME ZONE 'Asia/Shanghai')::date,
    outcome = answer.best
FROM (
    SELECT alert_id, min(checked_on) AS first_visit, min(received_at) AS at,
        (array_agg(outcome ORDER BY array_position(ARRAY['recognized', 'assisted', 'not_eligible'], outcome::text)))[1]
            AS best
    FROM (SELECT DISTINCT ON (alert_id, agency_id) * FROM benefits_alertanswer ORDER BY alert_id, agency_id, id DESC)
        AS latest
    GROUP BY alert_id
) AS answer
WHERE answer.alert_id = alert.id;
UPDATE benefits_alertanswer SET reason_code = 'other' WHERE outcome = 'not_eligible' AND reason_code = '';
"""


class Migration(migrations.Migration):

    dependencies = [
        ('benefits', '0009_alerts_know_their_steps'),
    ]

    operations = [
        migrations.RunSQL(
            FILL.format(table='benefits_alert') + FILL.format(table='benefits_historicalalert') + STEPS,
            migrations.RunSQL.noop,
        ),
    ]
