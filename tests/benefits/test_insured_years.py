"""Years paid, reversed, refunded or withdrawn after their year end: incentives follow, and say why."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benefits.models import Claim, IncentiveRevision, IncentiveState
from benefits.services.insured_years import follow_insured_years
from benefits.services.replay_states import replay_benefits
from benefits.services.settle import settle_claims
from benefits.tasks import follow_identity_changes
from enrollment.models import ContributionPeriod, PaymentKind
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments
from registry.models import InsuredSpell, Resident
from tests.benefits.factories import bill, closed_year, hospital, insured, law, somebody
from tests.benefits.test_closing_at_once import carried_over
from tests.enrollment.factories import row
from tests.registry.factories import harbin

pytestmark = pytest.mark.django_db
DAY = datetime.date
OCTOBER = DAY(2024, 10, 8)
NEW_YEAR = DAY(2026, 1, 5)


@pytest.fixture(autouse=True)
def _law() -> None:
    law()


def payer(serial: int = 1) -> Resident:
    """Return somebody who paid for 2025."""
    person = somebody(serial)
    enroll(resident_ids=[person.pk], coverage_year=2025, on=OCTOBER)
    record_payments(rows=[row(person, OCTOBER, serial=f"P{serial}")])
    return person


def take_back(person: Resident, serial: int = 1) -> None:
    again = row(person, DAY(2026, 2, 1), kind=PaymentKind.REVERSAL, reverses_serial=f"P{serial}")
    (outcome,) = record_payments(rows=[again])
    assert outcome.outcome == "booked"


def state(person: Resident) -> tuple:
    found = IncentiveState.objects.get(resident_id=person.pk, year=2025)
    return found.ever_insured, found.zero_claim_pending, found.lapsed_years, found.next_cap


def followed(since: datetime.datetime) -> dict[str, int]:
    return dict(follow_insured_years(since=since, until=timezone.now()))


def differing(person: Resident) -> list[str]:
    return [each.kind for each in replay_benefits(resident_ids=[person.pk]) if not each.equal]


def test_a_payment_taken_back_after_the_year_end_takes_its_incentive_back():
    person = payer()
    closed_year(area=harbin(), year=2025, today=NEW_YEAR)
    assert state(person) == (True, True, 0, Decimal(404000))
    since = timezone.now()

    take_back(person)

    assert followed(since) == {"insured_years": 1, "states_corrected": 1}
    assert state(person) == (False, False, 0, Decimal(400000))
    revision = IncentiveRevision.objects.get()
    assert "冲正" in revision.reason
    assert (revision.before["next_cap"], revision.after["next_cap"]) == ("404000.00", "400000.00")
    assert followed(since)["states_corrected"] == 0
    assert differing(person) == []


def test_a_year_paid_late_is_no_lapse_any_more():
    person = insured(somebody(1), 2024)
    closed_year(area=harbin(), year=2025, today=NEW_YEAR)
    assert state(person) == (True, False, 1, Decimal(396000))
    since = timezone.now()

    enroll(resident_ids=[person.pk], coverage_year=2025, on=OCTOBER)
    record_payments(rows=[row(person, OCTOBER)])

    assert followed(since) == {"insured_years": 1, "states_corrected": 1}
    assert state(person) == (True, True, 0, Decimal(404000))
    assert differing(person) == []


def test_a_registration_withdrawn_and_employee_cover_reported_late_count_too():
    withdrawn, employed = insured(somebody(1), 2024, 2025), insured(somebody(2), 2024)
    closed_year(area=harbin(), year=2025, today=NEW_YEAR)
    assert state(employed)[2] == 1
    since = timezone.now()

    contribution = ContributionPeriod.objects.get(resident=withdrawn, coverage_year=2025)
    contribution.enrollment.status = "withdrawn"
    contribution.enrollment.save()
    InsuredSpell.objects.create(resident=employed, scheme="employee_scheme", starts_on=DAY(2025, 3, 1))

    assert followed(since) == {"insured_years": 2, "states_corrected": 2}
    assert state(withdrawn)[2:] == (1, Decimal(396000))
    assert state(employed)[2:] == (0, Decimal(400000))
    assert differing(withdrawn) == differing(employed) == []


def test_what_the_year_end_knew_and_years_still_open_are_left_alone():
    began = timezone.now()
    person = payer()
    closed_year(area=harbin(), year=2025, today=NEW_YEAR)

    assert followed(began) == {"insured_years": 0, "states_corrected": 0}
    since = timezone.now()
    insured(person, 2026)
    assert followed(since) == {}
    assert not IncentiveRevision.objects.exists()


def test_a_claim_paid_above_the_cap_that_falls_is_settled_anew():
    hospital()
    carried_over()
    person = payer()
    insured(person, 2026)
    closed_year(area=harbin(), year=2025, today=NEW_YEAR)
    settle_claims(claims=[bill(person, "B1", 900000, day=DAY(2026, 1, 8), basic_paid=0)], user=None)
    assert Claim.objects.get().critical_illness_paid == Decimal(404000)

    take_back(person)
    first, second = follow_identity_changes(), follow_identity_changes()

    assert Claim.objects.get().critical_illness_paid == Decimal(400000)
    assert (first["states_corrected"], second["states_corrected"]) == (1, 0)
    assert differing(person) == []


def test_nine_people_cost_as_many_queries_as_three():
    people = [payer(serial) for serial in range(1, 13)]
    closed_year(area=harbin(), year=2025, today=NEW_YEAR)

    def queries(part: list[Resident], first: int) -> int:
        since = timezone.now()
        for serial, person in enumerate(part, start=first):
            take_back(person, serial=serial)
        with CaptureQueriesContext(connection) as made:
            assert followed(since)["states_corrected"] == len(part)
        return len(made)

    assert queries(people[:3], 1) == queries(people[3:], 4)
