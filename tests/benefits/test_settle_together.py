"""Many clerks settle one person's claims at once."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from benefits.models import Accumulator, Claim
from benefits.services.settle import ClaimResult, settle_claims
from tests.benefits.factories import bill, hospital, insured, law
from tests.benefits.test_settle import figures, many, on, renamed, totals

THREADS = 8
CLAIMS = 50


@pytest.fixture
def _law_and_hospital(transactional_db):
    law()
    hospital()


def settle_alone(claim):
    try:
        (outcome,) = settle_claims(claims=[claim], user=None)
        return outcome.result
    finally:
        connection.close()


def at_once(claims):
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(settle_alone, claims))


@pytest.mark.usefixtures("_law_and_hospital")
def test_fifty_claims_from_eight_threads_end_like_one_by_one():
    one_by_one, together = insured(), insured()
    for claim in many(one_by_one, CLAIMS):
        settle_claims(claims=[claim], user=None)
    mixed = renamed(many(together, CLAIMS))
    random.Random(3).shuffle(mixed)  # noqa: S311

    results = at_once(mixed)

    assert set(results) == {ClaimResult.SETTLED}
    assert [row[1:] for row in figures(together)] == [row[1:] for row in figures(one_by_one)]
    assert totals(together) == totals(one_by_one)
    assert Accumulator.objects.get(resident=together).claims == CLAIMS


@pytest.mark.usefixtures("_law_and_hospital")
def test_the_same_bill_from_eight_threads_is_settled_once():
    person = insured()

    results = at_once([bill(person, "A1", 5000, day=on(3, 1))] * THREADS)

    assert sorted(results) == [ClaimResult.SETTLED, *[ClaimResult.UNCHANGED] * (THREADS - 1)]
    assert Claim.objects.count() == 1


@pytest.mark.usefixtures("_law_and_hospital")
def test_one_number_for_two_people_is_settled_for_one_of_them():
    people = [insured() for _ in range(THREADS)]

    results = at_once([bill(person, "A1", 5000, day=on(3, 1)) for person in people])

    assert sorted(results) == [*[ClaimResult.REFUSED] * (THREADS - 1), ClaimResult.SETTLED]
    assert Claim.objects.count() == 1
