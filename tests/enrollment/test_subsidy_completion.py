"""A reviewer looks at whose shares are missing or other than the law says, and has a worker put them right."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import FormerShare, SubsidyShare
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments
from enrollment.services.subsidy_completion import (
    CompletionUnderWay,
    Gap,
    NothingToComplete,
    completions_waiting,
    open_completion,
    planned_completion,
    run_completion,
)
from enrollment.tasks import resume_completions
from exchange.models import Job
from registry.models import Role
from tests.enrollment.factories import classed, row
from tests.pages.conftest import at_desk, staff
from tests.registry.factories import ResidentFactory, UserFactory, daoli, harbin

pytestmark = pytest.mark.usefixtures("law")
OCT = datetime.date(2024, 10, 8)
PAGE = "/admin/enrollment/subsidyapplication/complete/"
YUAN = Decimal


def paid(count: int = 1) -> None:
    """Let people pay 2025 whose area has no fiscal class yet."""
    people = ResidentFactory.create_batch(count)
    enroll(resident_ids=[each.pk for each in people], coverage_year=2025, on=OCT)
    outcomes = record_payments(rows=[row(each, OCT) for each in people])
    assert {each.outcome for each in outcomes} == {"booked"}


def standing() -> Decimal:
    return sum(SubsidyShare.objects.values_list("amount", flat=True), YUAN(0))


def test_what_is_missing_and_what_is_otherwise_is_shown_before_anything_is_written():
    paid(2)
    nobody_can_say = planned_completion(area=harbin(), year=2025)
    entered = classed(harbin(), "equalised")

    lacking = planned_completion(area=harbin(), year=2025)
    run_completion(job_id=open_completion(area=harbin(), year=2025, user=UserFactory()).pk)
    entered.fiscal_class = "non_equalised"
    entered.save()
    otherwise = planned_completion(area=harbin(), year=2025)

    assert (nobody_can_say.gaps, len(nobody_can_say.silent)) == ({}, 1)
    assert "没有录入 2024 财政年度的财政分类" in nobody_can_say.silent[0]
    assert lacking.gaps == {"basic": Gap(people=2, bare=2, held=YUAN(0), due=YUAN(1340))}
    assert otherwise.gaps == {"basic": Gap(people=2, bare=0, held=YUAN(1340), due=YUAN(1340))}
    assert planned_completion(area=harbin(), year=2024).gaps == {}


def test_a_worker_puts_them_right_once_and_the_old_stays_on_record_with_who_asked():
    paid()
    entered, reviewer = classed(harbin(), "equalised"), UserFactory()
    job = open_completion(area=harbin(), year=2025, user=reviewer)
    with pytest.raises(CompletionUnderWay):
        open_completion(area=harbin(), year=2025, user=reviewer)
    assert completions_waiting() == [job.pk]

    assert resume_completions() == 1

    job.refresh_from_db()
    assert (job.status, job.done, standing()) == ("done", 1, 670)
    with pytest.raises(NothingToComplete):
        open_completion(area=harbin(), year=2025, user=reviewer)
    entered.fiscal_class = "non_equalised"
    entered.save()
    again = open_completion(area=harbin(), year=2025, user=reviewer)
    run_completion(job_id=again.pk)
    run_completion(job_id=again.pk)
    assert standing() == 670
    assert set(FormerShare.objects.values_list("taken_back_by", flat=True)) == {reviewer.pk}


def test_another_year_is_left_alone():
    paid()
    classed(harbin(), "equalised")

    with pytest.raises(NothingToComplete):
        open_completion(area=harbin(), year=2026, user=UserFactory())

    assert not SubsidyShare.objects.exists()


def test_looking_costs_the_same_for_three_and_for_twelve():
    classed(harbin(), "equalised")
    costs = []
    for _ in range(2):
        paid(3 if not costs else 9)
        SubsidyShare.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            planned_completion(area=harbin(), year=2025)
        costs.append(len(queries))

    assert costs[0] == costs[1]


class TestPage:
    def test_a_reviewer_looks_first_and_then_has_it_done(self, django_capture_on_commit_callbacks):
        paid()
        classed(harbin(), "equalised")
        desk = at_desk(staff(Role.REVIEWER, harbin()))
        asked = {"area": harbin().pk, "year": 2025}

        shown = desk.post(PAGE, asked).content.decode()
        assert "开始办理" in shown
        assert "670.00" in shown
        assert not Job.objects.filter(kind="complete_subsidies_asked").exists()
        with django_capture_on_commit_callbacks(execute=True):
            done = desk.post(PAGE, asked | {"start": "1"}, follow=True).content.decode()

        assert "已开始补齐" in done
        assert "财政补助补齐" in done
        assert standing() == 670
        assert "没有需要补齐的" in desk.post(PAGE, asked | {"start": "1"}).content.decode()

    def test_clerks_and_places_below_the_fund_are_not_offered_it(self):
        daoli()
        reviewer = at_desk(staff(Role.REVIEWER, harbin()))

        assert at_desk(staff(Role.CLERK, harbin())).get(PAGE).status_code == 403
        asked = reviewer.post(PAGE, {"area": daoli().pk, "year": 2025}).content.decode()
        assert "开始办理" not in asked
