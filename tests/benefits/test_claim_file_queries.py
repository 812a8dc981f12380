"""A settlement file is applied in sets: a chunk of it costs the same queries for few rows and for many."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benefits.models import Claim, PayoutAdjustment
from benefits.services import settle
from benefits.services.claim_lists import apply_claims
from benefits.services.settle import settle_claims
from exchange.models import OutboundEvent
from tests.benefits.factories import bill, hospital, insured, law, somebody
from tests.benefits.test_claim_files import line, planned
from tests.exchange.factories import AgencyFactory
from tests.registry.factories import daoli

pytestmark = pytest.mark.django_db
CHUNK = 10
LATER = datetime.date(2025, 9, 10)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(settle, "CHUNK", CHUNK)
    law()
    hospital(agency=AgencyFactory(kind="hospital", area=daoli()))
    apply_claims(batch=planned(line(insured(somebody(999)), "W")))


def applied(first, people, *, later=False):
    """Apply a file with one bill of each of these people; return how many queries it took."""
    everybody = [insured(somebody(first + at)) for at in range(people)]
    if later:
        known = [bill(person, f"L{first + at}", 60_000, day=LATER) for at, person in enumerate(everybody)]
        settle_claims(claims=known, user=None)
    rows = [line(person, f"F{first + at}") for at, person in enumerate(everybody)]
    batch = planned(*rows)
    with CaptureQueriesContext(connection) as captured:
        assert apply_claims(batch=batch).counts == {"new": people}
    return len(captured)


def test_every_further_chunk_costs_the_same():
    few, one, two, three = (
        applied(100 * at, people) for at, people in enumerate((3, CHUNK, 2 * CHUNK, 3 * CHUNK))
    )

    assert few == one
    assert three - two == two - one
    assert Claim.objects.count() == 1 + 3 + 6 * CHUNK


def test_late_bills_that_move_later_ones_cost_the_same_too():
    few, one, two, three = (
        applied(100 * at, people, later=True) for at, people in enumerate((3, CHUNK, 2 * CHUNK, 3 * CHUNK))
    )

    assert few == one
    assert three - two == two - one
    assert PayoutAdjustment.objects.exists()
    assert OutboundEvent.objects.count() == PayoutAdjustment.objects.values("claim").distinct().count()
