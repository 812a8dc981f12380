"""Payment files in processes and connections of their own: two at once, and one killed in the middle."""

import datetime
import os
import signal
import subprocess
import sys
from decimal import Decimal

import pytest
from django.db import connection

from enrollment.models import ContributionPeriod, Payment
from enrollment.services.lists import PAYMENTS, apply_list, import_list, plan_list
from enrollment.services.payments import PaymentRow, record_payments
from exchange.models import BatchStatus, InboundBatch, InboundRow
from exchange.services.batches import BatchAlreadyReceived, BatchNotPlanned
from policy.services.versions import load_shipped_policies
from tests.enrollment.factories import InsuredFactory
from tests.enrollment.test_concurrency import at_once
from tests.enrollment.test_lists import TAX, csv, xlsx
from tests.registry.factories import ResidentFactory, harbin, identity_number

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
DAY = datetime.date(2024, 10, 5)
PEOPLE, NOBODY, NAME = 30, 6, "张三"

# Books in chunks of five rows; after the third it says so and waits to be killed.
BOOKED_HALF = """
import sys, time
import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from enrollment.services import payments
from enrollment.services.lists import PAYMENTS, apply_list
from exchange.models import InboundBatch
from registry.models import Area
from tests.enrollment.test_payment_processes import rows_of

chunks, book = [], payments.record_chunk

def record_chunk(rows, run):
    book(rows, run)
    chunks.append(rows)
    if len(chunks) == 3:
        print("half", flush=True)
        time.sleep(600)

payments.CHUNK, payments.record_chunk = 5, record_chunk
if sys.argv[2] == "call":
    payments.record_payments(rows=rows_of(), area=Area.objects.get(code="230100"))
else:
    apply_list(kind=PAYMENTS, batch=InboundBatch.objects.get(pk=int(sys.argv[2])))
"""


@pytest.fixture(autouse=True)
def _city(transactional_db):
    load_shipped_policies()
    for n in range(PEOPLE):
        InsuredFactory(resident=ResidentFactory(number=identity_number(n), name=NAME))


def lines():
    numbers = [identity_number(n) for n in range(PEOPLE + NOBODY)]
    return [[f"T{n}", NAME, number, 2025, 400, str(DAY), "", "", ""] for n, number in enumerate(numbers)]


def rows_of():
    return [
        PaymentRow(serial=serial, id_number=number, coverage_year=2025, amount=Decimal(400), paid_on=DAY)
        for serial, _, number, *_ in lines()
    ]


def killed_half_way(what):
    """Have a process book, and kill it once it is half through."""
    command = [sys.executable, "-c", BOOKED_HALF, connection.settings_dict["NAME"], what]
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings.test"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | settings) as process:
        assert process.stdout.readline().strip() == "half"
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


def assert_all_is_booked_once():
    assert Payment.objects.count() == Payment.history.count() == PEOPLE + NOBODY
    assert Payment.objects.filter(state="held").count() == NOBODY
    paid = ContributionPeriod.objects.filter(coverage_year=2025)
    assert set(paid.values_list("paid", "state")) == {(400, "paid")}
    assert paid.count() == PEOPLE


def test_a_killed_list_leaves_nothing_and_is_booked_whole_the_next_time():
    batch = plan_list(kind=PAYMENTS, source=csv(TAX, *lines()))
    planned = list(InboundRow.objects.filter(batch=batch).order_by("number").values("outcome", "code"))

    killed_half_way(str(batch.pk))

    batch.refresh_from_db()
    assert (batch.status, Payment.objects.count()) == (BatchStatus.PLANNED, 0)
    assert not ContributionPeriod.objects.filter(coverage_year=2025).exists()
    apply_list(kind=PAYMENTS, batch=batch)
    assert (
        list(InboundRow.objects.filter(batch=batch).order_by("number").values("outcome", "code")) == planned
    )
    assert_all_is_booked_once()


def test_a_killed_call_keeps_its_whole_chunks_and_the_next_books_just_the_rest():
    killed_half_way("call")
    assert Payment.objects.count() == Payment.history.count() == 15

    outcomes = record_payments(rows=rows_of(), area=harbin())

    told = [each.outcome for each in outcomes]
    assert [told.count(word) for word in ("unchanged", "booked", "held")] == [15, PEOPLE - 15, NOBODY]
    assert_all_is_booked_once()


def test_the_same_rows_in_two_files_at_once_are_booked_once():
    first = plan_list(kind=PAYMENTS, source=csv(TAX, *lines()))
    second = plan_list(kind=PAYMENTS, source=xlsx(TAX, *lines()[::-1]))

    results = at_once(
        *[lambda batch=each: apply_list(kind=PAYMENTS, batch=batch) for each in (first, second)]
    )

    assert [type(each) for each in results] == [InboundBatch, InboundBatch], results
    assert sorted(each.counts.get("unchanged", 0) for each in results) == [0, PEOPLE + NOBODY]
    assert_all_is_booked_once()


def test_the_same_file_uploaded_twice_at_once_is_planned_once():
    source = csv(TAX, *lines())

    results = at_once(*[lambda: plan_list(kind=PAYMENTS, source=source) for _ in range(2)])

    assert sorted(type(each).__name__ for each in results) == [
        BatchAlreadyReceived.__name__,
        InboundBatch.__name__,
    ], results
    assert InboundBatch.objects.count() == 1


def test_a_list_confirmed_by_two_at_once_is_booked_once():
    batch = import_list(kind=PAYMENTS, source=csv(TAX, *lines()), wet_run=False)

    results = at_once(*[lambda: apply_list(kind=PAYMENTS, batch=batch) for _ in range(2)])

    assert sorted(type(each).__name__ for each in results) == [
        BatchNotPlanned.__name__,
        InboundBatch.__name__,
    ], results
    assert_all_is_booked_once()
