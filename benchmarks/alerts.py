"""The scan of a city of 1,000,000 for alerts: what PostgreSQL finds by itself, the whole scan, and the same again."""

from collections.abc import Iterator

from django.db import connection

from benchmarks.in_a_process import measured
from benchmarks.measurement import Measurement, of_a_process, seconds, size
from benchmarks.population import insert_select, make_city
from benefits.batch.alert_candidates import candidates
from benefits.models import Alert, Claim, Facility
from benefits.selectors.burdens import month_of
from exchange.models import OutboundEvent
from policy.selectors import policy_for
from registry.models import Area
from registry.models.sealing import seal

PEOPLE = 1_000_000
YEAR = 2025
MONTH = "2025-12"
BAR_OF_DATABASE, BAR_SECONDS, BAR_MEGABYTES = 2.0, 20.0, 300.0
# One in fifty bore enough to be looked at, one in two hundred enough to be warned of.
BORNE = """
UPDATE benefits_accumulator SET own_burden = borne.amount, out_of_pocket = borne.amount
FROM (SELECT id, CASE WHEN resident_id % 200 = 0 THEN 21000 WHEN resident_id % 50 = 0 THEN 15000
    ELSE resident_id * 37 % 10000 END AS amount FROM benefits_accumulator) AS borne
WHERE borne.id = benefits_accumulator.id
"""
NUMBERED = "UPDATE registry_resident SET sealed_id_number = %(number)s WHERE id %% 200 = 0"
BILLED = {
    "number": "'C' || resident_id",
    "resident_id": "resident_id",
    "pooling_area_id": "pooling_area_id",
    "facility_id": "%(facility)s",
    "kind": "'inpatient'",
    "coverage_year": "coverage_year",
    "admitted_on": "DATE '2025-06-01'",
    "discharged_on": "DATE '2025-06-11'",
    "settled_on": "DATE '2025-06-11'",
    "total": "own_burden",
    "eligible": "own_burden",
    "own_burden": "own_burden",
    "out_of_pocket": "own_burden",
    "recorded_at": "now()",
    "policy_key": "'230100/2025'",
}


def measure() -> Iterator[Measurement]:
    """Yield the times, and the memory of a process that scans."""
    people = size(PEOPLE)
    city = make_city(people, first=YEAR, last=YEAR)
    _bill(city)
    days = month_of(MONTH)
    rules = policy_for(areas=["230100", "230000"], year=YEAR).alerts.rule
    looked_at: list[int] = []
    found = seconds(
        lambda: looked_at.extend(candidates(area=city, year=YEAR, month=days, rules=rules.values()))
    )
    assert len(looked_at) > people // 60
    yield Measurement(f"alerts_{people}_in_the_database", found, "s", BAR_OF_DATABASE)
    for name in ("first", "again"):
        scan = measured(connection.settings_dict["NAME"], "alerts", "scan", city.code, days.last.isoformat())
        yield from of_a_process(f"alerts_{people}_{name}", scan, seconds=BAR_SECONDS, megabytes=BAR_MEGABYTES)
    raised = Alert.objects.count()
    assert people // 250 < raised == OutboundEvent.objects.count()


def _bill(city: Area) -> None:
    """Let people bear what the totals say, by one bill each where anybody looks."""
    facility = Facility.objects.create(code="H1", name="量测医院", grade="grade_3", area=city)
    looked_at = "benefits_accumulator WHERE own_burden > 10000 ORDER BY resident_id"
    with connection.cursor() as cursor:
        cursor.execute(BORNE)
        cursor.execute(insert_select(Claim, BILLED, looked_at), {"facility": facility.pk})
        cursor.execute(NUMBERED, {"number": seal("230199196503010428")})
        for table in ("benefits_accumulator", "benefits_claim", "registry_resident"):
            cursor.execute(f"ANALYZE {table}")
