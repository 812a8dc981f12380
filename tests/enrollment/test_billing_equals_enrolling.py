"""A year billed by the job is the year enrolled one by one: figures, working, grants, refusals, history."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrollment.models import (
    BillingLeftOut,
    BillingScope,
    BillingState,
    ContributionPeriod,
    LeftOut,
)
from enrollment.services.billing.runs import confirm_billing, open_billing, run_billing_chunks
from hardship.models import Category
from tests.enrollment.billed import (
    DAY,
    at_the_desk,
    days,
    later,
    lives,
    populations,
    said,
    settle,
    years_later,
)
from tests.registry.factories import area, harbin, shangzhi, tangshan

pytestmark = [pytest.mark.usefixtures("law"), pytest.mark.raw_writes("lives are made inside the database")]
PEOPLE = 20
HELD = {
    "230100": ["subsistence_allowance", "extreme_hardship", "exited_poverty", "severe_disability", "orphan"],
    "130200": [
        "subsistence_allowance", "exited_poverty", "unstable_exit", "subsistence_margin", "severe_disability",
        "special_family_planning", "sudden_hardship",
    ],
}  # fmt: skip
NOT_QUOTED = {
    LeftOut.MOVED_OUT, LeftOut.ENROLLED, LeftOut.WITHDRAWN, LeftOut.ELSEWHERE, LeftOut.FROZEN_GRANT,
    LeftOut.MUST_REGISTER, LeftOut.MOVED_IN, LeftOut.LAPSED, LeftOut.NEVER_INSURED,
}  # fmt: skip


def places_of(code):
    if code == "230100":
        return harbin(), [harbin(), area("230102", parent=harbin()), shangzhi(), tangshan()]
    return tangshan(), [
        tangshan(), area("130224", parent=tangshan()), area("130283", parent=tangshan()), harbin(),
    ]  # fmt: skip


def billed(place, *, on, scope, year):
    run = open_billing(area=place, coverage_year=year, today=on, pay_day=on, scope=scope)
    assert run_billing_chunks(run_id=run.pk).state == BillingState.PLANNED
    assert not ContributionPeriod.objects.filter(coverage_year=year).exists()
    confirm_billing(run_id=run.pk)
    run = run_billing_chunks(run_id=run.pk)
    assert run.state == BillingState.DONE
    return run


@pytest.mark.parametrize("scope", BillingScope.values)
@pytest.mark.parametrize("code", ["230100", "130200"])
def test_billed_by_the_job_as_at_the_desk(code, scope):
    pool, places = places_of(code)
    for each in HELD[code]:
        Category.objects.get_or_create(code=each, defaults={"label": each, "issuer": "民政"})

    @settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        found=st.lists(lives(HELD[code]), min_size=PEOPLE, max_size=PEOPLE),
        on=st.one_of(st.just(DAY(2024, 9, 1)), days),
    )
    def holds(found, on):
        with transaction.atomic():
            people = settle(found, places, pool)
            compare(people, pool, on=on, scope=scope)
            transaction.set_rollback(True)

    holds()


@pytest.mark.parametrize("scope", BillingScope.values)
def test_a_law_of_other_facts_by_its_file_alone_is_billed_as_at_the_desk(third_region, scope):
    """Ages at the start of cover, hukou of a tier, a county's own tier, identities that run out, waiting months."""
    near = area("990124", parent=third_region)
    places = [third_region, near, area("990121", parent=third_region), harbin()]
    held = ["extreme_hardship", "subsistence_allowance", "subsistence_margin", "forest_worker"]
    for each in held:
        Category.objects.get_or_create(code=each, defaults={"label": each, "issuer": "民政"})

    @settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        found=st.lists(lives(held), min_size=PEOPLE, max_size=PEOPLE),
        on=st.one_of(st.just(DAY(2024, 10, 1)), days),
    )
    def holds(found, on):
        with transaction.atomic():
            people = settle([years_later(life, 2) for life in found], places, third_region, year=2027)
            compare(people, third_region, on=later(on, 2), scope=scope, year=2027)
            transaction.set_rollback(True)

    holds()


def compare(people, pool, *, on, scope, year=2025):
    population = populations(people, year=year)
    desk = {
        each.pk: at_the_desk(each.pk, year=year, on=on, population=population[each.pk]) for each in people
    }

    run = billed(pool, on=on, scope=scope, year=year)

    left_out = dict(BillingLeftOut.objects.filter(run=run).values_list("resident", "reason"))
    for each in people:
        reason = left_out.get(each.pk)
        if reason is None:
            assert said(each.pk, year) == desk[each.pk]
        else:
            assert not ContributionPeriod.objects.filter(resident=each, coverage_year=year).exists()
            assert reason in NOT_QUOTED or desk[each.pk] == {"dead": "resident_dead"}.get(reason, reason)
    counts = run.counts["billed"]
    assert counts["people"] + sum(counts["left_out"].values()) == len(people)
    assert counts == run.counts["planned"]
