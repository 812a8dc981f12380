"""Rows at rest said in words only which list spoke in their place; now they keep its key too."""

from django.db import migrations

NAME_LISTS = r"""
UPDATE exchange_inboundrow AS line
SET payload = jsonb_set(line.payload, '{rested_on}', (
    SELECT jsonb_agg(DISTINCT said.found[1]::bigint)
    FROM regexp_matches(line.message, '批次([0-9]+)', 'g') AS said(found)
))
WHERE line.outcome = 'kept' AND line.code = 'replaced' AND line.message ~ '批次[0-9]+'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0013_decisions_taken_again"),
        ("hardship", "0012_shared_days_move"),
    ]

    operations = [migrations.RunSQL(NAME_LISTS, migrations.RunSQL.noop)]
