"""Claims stay with the record they were settled for: only the record that stays may have any."""

import datetime
from decimal import Decimal

import pytest

from benefits.services.merging import settled_where_it_goes
from benefits.services.settle import settle_claims
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments
from policy.services.versions import load_shipped_policies
from tests.benefits.factories import bill, hospital
from tests.enrollment.factories import row
from tests.registry.factories import ResidentFactory

pytestmark = pytest.mark.django_db
DAY = datetime.date
ON = DAY(2024, 10, 20)


def treated(number):
    person = ResidentFactory()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=ON)
    record_payments(rows=[row(person, ON, amount=Decimal(400))])
    settle_claims(claims=[bill(person, f"C{number}", 5_000, day=DAY(2025, 3, 1))], user=None)
    return person


def test_what_is_settled_keeps_a_record_from_going_and_not_from_staying():
    load_shipped_policies()
    hospital()
    first, second, never = treated(1), treated(2), ResidentFactory()

    (said,) = settled_where_it_goes(first, second)
    assert second.masked_id_number in said
    assert settled_where_it_goes(first, never) == settled_where_it_goes(never, second) == []
