"""Incentive states are parted by year and pooling area: every run in force has a table of its own.

Partitions cannot be parted anew, so the rows are copied once, run by run; those of runs not in force are left behind.
The key of person and year is that of each part: one of the whole would have to hold the area as well.
"""

from django.db import migrations, models

COLUMNS = """
    resident_id bigint NOT NULL,
    year smallint NOT NULL,
    {area}
    run_id bigint NOT NULL,
    ever_insured boolean NOT NULL,
    excluded boolean NOT NULL,
    continuous_years smallint NOT NULL CHECK (continuous_years >= 0),
    continuous_steps smallint NOT NULL CHECK (continuous_steps >= 0),
    zero_claim_steps smallint NOT NULL CHECK (zero_claim_steps >= 0),
    zero_claim_pending boolean NOT NULL,
    lapsed_years smallint NOT NULL CHECK (lapsed_years >= 0),
    next_cap numeric(12, 2),
    decided_at timestamp with time zone
    {key}
"""
TABLE = 'benefits_incentivestate'
KEPT = """resident_id, year, run_id, ever_insured, excluded, continuous_years, continuous_steps, zero_claim_steps,
    zero_claim_pending, lapsed_years, next_cap, decided_at"""
OLD = 'former_incentive_states'


def by_year_and_area(apps, schema_editor):
    runs = apps.get_model('benefits', 'IncentiveRun').objects.filter(state='applied').order_by('year', 'area')
    with schema_editor.connection.cursor() as cursor:
        _set_aside(cursor)
        cursor.execute(f"CREATE TABLE {TABLE} ({COLUMNS.format(area='area_id bigint NOT NULL,', key='')}) PARTITION BY LIST (year)")
        for year in sorted({run.year for run in runs}):
            cursor.execute(f'CREATE TABLE {TABLE}_{year:04d} PARTITION OF {TABLE} FOR VALUES IN ({year}) PARTITION BY LIST (area_id)')
        for run in runs:
            own = f'incentive_run_{run.pk}'
            cursor.execute(f'CREATE TABLE {own} (LIKE {TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)')
            cursor.execute(f"""
                INSERT INTO {own} (area_id, {KEPT}) SELECT {run.area_id}, {KEPT} FROM {OLD}
                WHERE year = {run.year} AND run_id = {run.pk} ORDER BY resident_id""")
            cursor.execute(f"""
                ALTER TABLE {own} ADD PRIMARY KEY (resident_id, year),
                    ADD CONSTRAINT {own}_place CHECK (year = {run.year} AND area_id = {run.area_id})""")
            cursor.execute(f'ANALYZE {own}')
            cursor.execute(f'ALTER TABLE {TABLE}_{run.year:04d} ATTACH PARTITION {own} FOR VALUES IN ({run.area_id})')
        cursor.execute(f'DROP TABLE {OLD}')


def by_year(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        _set_aside(cursor)
        cursor.execute(f"CREATE TABLE {TABLE} ({COLUMNS.format(area='', key=', PRIMARY KEY (resident_id, year)')}) PARTITION BY LIST (year)")
        cursor.execute(f'SELECT DISTINCT year FROM {OLD} ORDER BY year')
        for (year,) in cursor.fetchall():
            cursor.execute(f'CREATE TABLE {TABLE}_{year:04d} PARTITION OF {TABLE} FOR VALUES IN ({year})')
        cursor.execute(f'INSERT INTO {TABLE} ({KEPT}) SELECT {KEPT} FROM {OLD} ORDER BY year, resident_id')
        cursor.execute(f'DROP TABLE {OLD}')


def _set_aside(cursor):
    """Rename the table and its years, so that their names are free."""
    cursor.execute(f'ALTER TABLE {TABLE} RENAME TO {OLD}')
    cursor.execute(f"""
        SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = '{OLD}'::regclass ORDER BY 1""")
    for (part,) in cursor.fetchall():
        cursor.execute(f'ALTER TABLE {part} RENAME TO {part.replace(TABLE, OLD)}')
    cursor.execute("SELECT to_regclass('benefits_incentivestate_pkey') IS NOT NULL")
    if cursor.fetchone()[0]:
        cursor.execute(f'ALTER INDEX {TABLE}_pkey RENAME TO {OLD}_pkey')


class Migration(migrations.Migration):

    dependencies = [('benefits', '0014_year_ends_are_proposed')]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(by_year_and_area, by_year)],
            state_operations=[
                migrations.AddField('incentivestate', 'area_id', models.BigIntegerField(default=0, verbose_name='统筹地区'), preserve_default=False),
            ],
        ),
        migrations.AddConstraint(
            model_name='incentiverun',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['computing', 'failed', 'proposed', 'applied'])), fields=('area', 'year'), name='one_live_incentive_run_per_area_and_year'),
        ),
    ]
