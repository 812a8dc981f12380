"""A year end over thousands, as `make bench ONLY=year_end` measures it over 200,000."""

import datetime
from time import perf_counter

import pytest
from django.db.models import Sum

from benchmarks.population import LAST_YEAR, carry_policies_to, make_city
from benefits.models import IncentiveState, RunState
from benefits.selectors.year_facts import histories_of
from benefits.services.year_end import year_end_of
from benefits.services.year_end_checks import check_sample
from tests.benefits.factories import closed_year, places

PEOPLE = 10_000
SECONDS = 30


@pytest.mark.slow
@pytest.mark.raw_writes("people in bulk are made inside the database")
@pytest.mark.django_db
def test_two_years_in_a_row_over_thousands():
    city = make_city(PEOPLE)
    carry_policies_to(LAST_YEAR + 1)
    started = perf_counter()

    for year in (LAST_YEAR, LAST_YEAR + 1):
        today = datetime.date(year + 1, 1, 5)
        run = closed_year(area=city, year=year, today=today)
        assert run.state == RunState.APPLIED
        assert run.counts["persons"] == sum(run.counts["caps"].values()) == PEOPLE
        end, _ = year_end_of(area=city, year=year, today=today)
        assert check_sample(end, run_id=run.pk, places=places(run.pk, size=500)) == 500

    assert perf_counter() - started < SECONDS
    lapsed = IncentiveState.objects.filter(year=LAST_YEAR + 1).aggregate(years=Sum("lapsed_years"))["years"]
    section = end.section
    ids = list(IncentiveState.objects.filter(year=LAST_YEAR).values_list("resident_id", flat=True))
    histories = histories_of(resident_ids=ids, section=section)
    missed = [
        (pk, year)
        for pk in ids
        for year in (LAST_YEAR, LAST_YEAR + 1)
        if year not in histories.insured.get(pk, ()) and not histories.of(pk, year).excluded
    ]
    assert lapsed == len(missed)
