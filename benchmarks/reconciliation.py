"""The reconciliation of a county's month with 500,000 payments, and its memory; then the same once more.

Everybody pays in the month, in files of 100,000 rows, and the tax authority tells its totals; of each thousand people
one payment is lost, one is a fen off, one stands in the next month, and one was collected for a neighbouring county.
"""

import datetime
from collections import Counter
from collections.abc import Iterator

from django.db import connection

from benchmarks.in_a_process import measured
from benchmarks.measurement import Measurement, of_a_process, size
from benchmarks.population import insert_select, make_city
from enrollment.models import Payment
from exchange.models import InboundBatch, InboundRow
from oversight.models import Difference, Reconciliation, TaxTotal
from policy.dates import months_after
from registry.models import Area

PEOPLE = 500_000
INSURED = (10, 9)  # of so many residents so many are insured in a year: `benchmarks/population.py`
BAR_SECONDS = 30.0
BAR_MEGABYTES = 200.0
YEAR = 2025
MONTH = datetime.date(2024, 11, 1)
ROWS_OF_A_FILE = 100_000
LOST, ODD, LATE, NEAR = 1, 2, 3, 4  # of each thousand
KINDS = {LOST: "missing_payment", ODD: "amount_off", NEAR: "wrong_area"}  # a late one waits in the next month
FILLED = (
    (
        InboundBatch,
        {
            "kind": "'payments'", "area_id": "%(county)s", "file_name": "n || '.csv'", "sha256": "n::text",
            "mode": "'supplementary'", "as_of": "DATE '2024-11-30'", "status": "'applied'", "created_at": "now()",
        },
        "generate_series(1, %(files)s) AS n",
    ),
    (
        Payment,
        {
            "serial": "'S' || year.id", "state": "'booked'", "resident_id": "year.resident_id",
            "contribution_id": "year.id", "coverage_year": "year.coverage_year", "amount": "year.paid",
            "paid_on": "year.paid_on", "channel": "(ARRAY['手机', '银行', '大厅'])[1 + (year.id / 30) %% 3]",
            "batch_id": "batch.id", "recorded_at": "now()",
        },
        (
            "(SELECT *, row_number() OVER (ORDER BY id) AS place FROM enrollment_contributionperiod"
            " WHERE coverage_year = %(year)s) AS year"
            " JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM exchange_inboundbatch) AS batch"
            " ON batch.place = 1 + (year.place - 1) / %(rows)s ORDER BY year.id"
        ),
    ),
    (
        InboundRow,
        {
            "batch_id": "paid.batch_id", "number": "paid.id", "key": "person.id_index", "outcome": "'new'",
            "payload": (
                "jsonb_build_object('serial', serial, 'name', person.name, 'id_number', '', 'coverage_year',"
                " coverage_year, 'amount', amount::text, 'paid_on', paid_on::text, 'channel', channel, 'kind', kind,"
                " 'reverses_serial', '')"
            ),
        },
        "enrollment_payment AS paid JOIN registry_resident AS person ON person.id = paid.resident_id ORDER BY paid.id",
    ),
    (
        TaxTotal,
        {
            "area_id": "%(county)s", "day": "paid_on", "channel": "channel", "count": "count(*)",
            "amount": "sum(amount)", "as_of": "DATE '2024-11-30'", "recorded_at": "now()",
        },
        "enrollment_payment GROUP BY paid_on, channel",
    ),
)  # fmt: skip
SPREAD = """
UPDATE enrollment_contributionperiod SET paid_on = %(month)s + (id %% 30)::int, policy_key = '230100/2025'
WHERE coverage_year = %(year)s;
UPDATE registry_resident SET living_area_id = %(county)s;
"""
PLANTED = """
DELETE FROM enrollment_payment WHERE id %% 1000 = 1;
UPDATE enrollment_payment SET amount = amount + 0.01 WHERE id %% 1000 = 2;
UPDATE enrollment_payment SET paid_on = paid_on + 31 WHERE id %% 1000 = 3;
UPDATE registry_resident AS person SET living_area_id = %(near)s
FROM enrollment_payment AS paid WHERE paid.resident_id = person.id AND paid.id %% 1000 = 4;
"""


def measure() -> Iterator[Measurement]:
    """Yield time and memory of the first comparison and of the next."""
    residents, insured = INSURED
    county = make_county(-(-size(PEOPLE) * residents // insured))
    payments = Payment.objects.count()
    planted = plant(county)
    database = connection.settings_dict["NAME"]
    for which in ("first", "again"):
        done = measured(database, "reconciliation", "compare", county.code, str(MONTH))
        assert done["counts"] == planted, done["counts"]
        name = f"reconciliation_{payments}_{which}"
        yield from of_a_process(name, done, seconds=BAR_SECONDS, megabytes=BAR_MEGABYTES)
    assert Difference.objects.count() == sum(planted.values())
    moved_on = Payment.objects.filter(paid_on__gte=months_after(MONTH, 1)).count()
    assert Reconciliation.objects.get().totals["people"] == payments - planted["wrong_area"] - moved_on


def make_county(residents: int) -> Area:
    """Return a county whose people all pay in one month, in files, as the tax authority tells."""
    city = make_city(residents, first=YEAR - 1, last=YEAR)
    county = Area.objects.create(
        code="230102", name="道里区", level="county", parent=city, path=f"{city.path}230102/"
    )
    chosen = {
        "county": county.pk, "month": MONTH, "year": YEAR, "rows": ROWS_OF_A_FILE,
        "files": -(-residents // ROWS_OF_A_FILE),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(SPREAD, chosen)
        for model, values, source in FILLED:
            cursor.execute(insert_select(model, values, source), chosen)
        cursor.execute("ANALYZE")
    return county


def plant(county: Area) -> dict[str, int]:
    """Plant differences; return how many of each class there are to be found."""
    near = Area.objects.create(
        code="230103",
        name="南岗区",
        level="county",
        parent=county.parent,
        path=f"{county.path.rsplit('/', 2)[0]}/230103/",
    )
    planted: Counter[str] = Counter()
    touched = set()
    for key, day, channel in Payment.objects.values_list("pk", "paid_on", "channel").iterator():
        kind = KINDS.get(key % 1000)
        if kind is not None:
            planted[kind] += 1
        if key % 1000 in (LOST, ODD, LATE):
            touched.add((day, channel))
    planted["tax_total"] = len(touched)
    with connection.cursor() as cursor:
        cursor.execute(PLANTED, {"near": near.pk})
    return dict(planted)
