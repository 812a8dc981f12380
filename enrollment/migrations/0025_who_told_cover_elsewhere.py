"""Cover elsewhere that an agency told last becomes that agency's to tell otherwise; doing it twice changes nothing.

Rows of the interface name the call they came with; what bureau staff wrote since stays the bureau's.
"""

from django.db import migrations

TELLERS = """
    WITH last AS (
        SELECT DISTINCT ON (id) id, history_id, history_batch, history_change_reason, history_user_id
        FROM registry_historicalinsuredspell ORDER BY id, history_id DESC
    ), told AS (
        SELECT last.id, last.history_id, agency.code
        FROM last
        JOIN exchange_inboundbatch AS batch ON batch.id = last.history_batch
        JOIN exchange_agency AS agency ON agency.id = batch.agency_id
        WHERE last.history_user_id IS NULL AND last.history_change_reason ~ '^(record|correct) spell 接口 '
    ), known AS (
        UPDATE registry_historicalinsuredspell AS history SET reported_by = told.code
        FROM told WHERE history.history_id = told.history_id
    )
    UPDATE registry_insuredspell AS spell SET reported_by = told.code FROM told WHERE spell.id = told.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0024_room_for_corrected_serials"),
        ("exchange", "0013_decisions_taken_again"),
        ("registry", "0008_who_told_cover_elsewhere"),
    ]

    operations = [migrations.RunSQL(TELLERS, migrations.RunSQL.noop)]
