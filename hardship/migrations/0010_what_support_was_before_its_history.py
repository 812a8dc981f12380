"""Support recorded before its changes were kept gets the row that says so; doing it twice writes nothing more."""

from django.db import migrations

COLUMNS = (
    "id, coverage_year, giver, offered, amount, given_on, trace, reason, recorded_at, recorded_by_id, resident_id,"
    " reverses_id"
)
KEPT = f"""
    INSERT INTO hardship_historicalthirdpartysupport
        ({COLUMNS}, history_date, history_type, history_user_id, history_change_reason)
    SELECT {COLUMNS}, coalesce(recorded_at, given_on::timestamp AT TIME ZONE 'Asia/Shanghai'), '+', recorded_by_id,
        CASE WHEN reverses_id IS NULL THEN 'give support' ELSE left('take support back ' || reason, 100) END
    FROM hardship_thirdpartysupport AS kept
    WHERE NOT EXISTS (SELECT FROM hardship_historicalthirdpartysupport AS history WHERE history.id = kept.id)
    ORDER BY id
"""


class Migration(migrations.Migration):
    dependencies = [("hardship", "0009_support_keeps_its_history")]

    operations = [migrations.RunSQL(KEPT, migrations.RunSQL.noop)]
