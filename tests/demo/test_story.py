"""The demo from empty tables to acknowledged alerts on a small city; said again it changes nothing."""

import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from benefits.models import Alert, Claim, IncentiveState
from casework.models import Case, CaseState
from enrollment.models import (
    ContributionPeriod,
    ContributionState,
    FamilyPayer,
    Payment,
    PaymentState,
    SubsidyShare,
)
from exchange.models import Acknowledgement, Delivery, DeliveryStatus, InboundRow, Job, JobStatus, RowOutcome
from hardship.models import Recognition
from oversight.models import Reconciliation
from oversight.selectors.reconciliations import counts_by_kind
from oversight.services.demo.city.city import make_city
from oversight.services.demo.story import alerts, cases
from oversight.services.demo.story.reconciling import PLANTED
from registry.models import Resident

SIZE, SEED = 300, 2025
BAD = {RowOutcome.REFUSED, RowOutcome.HELD, RowOutcome.CONFLICT, RowOutcome.DUPLICATE}


@contextmanager
def no_worker(**_: object) -> Iterator[None]:
    """Stand for the worker: in tests tasks run where they are called."""
    yield


def rows_by_table() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


@pytest.fixture
def demo(db, tmp_path, monkeypatch):
    monkeypatch.setattr(alerts, "worker", no_worker)
    monkeypatch.setattr(cases, "PLACES", ("policy/cases/*.toml",))  # the others have tests of their own

    def run(**options: object) -> str:
        said = io.StringIO()
        call_command("demo", **{"size": SIZE, "seed": SEED, "folder": tmp_path} | options, stdout=said)
        return said.getvalue()

    return run


def test_demo_does_the_main_job_and_a_second_run_changes_nothing(demo):
    told = demo()

    city = make_city(size=SIZE, seed=SEED)
    in_harbin = Resident.objects.filter(pooling_area__code="230100")
    assert in_harbin.count() == SIZE
    insured = ContributionPeriod.objects.filter(
        coverage_year=2025, state=ContributionState.PAID, resident__in=in_harbin
    )
    assert insured.count() == sum(1 for person in city.people if person.benefit_start is not None)
    assert SubsidyShare.objects.exists()
    assert Recognition.objects.exists()
    assert Claim.objects.exists()
    assert Claim.objects.filter(facility__agency__code="harbin-hospital").exists()
    assert IncentiveState.objects.filter(year=2025).exists()
    assert Alert.objects.exists()
    found = {each.kind: each.open for each in counts_by_kind(Reconciliation.objects.get())}
    assert found == PLANTED | {"tax_total": 3}
    assert "有意写错 8 处，找出 8 处" in told
    assert set(Delivery.objects.values_list("status", flat=True)) == {DeliveryStatus.DELIVERED}
    assert Acknowledgement.objects.count() == Delivery.objects.count()
    assert "passed, 0 failed" in told

    before = rows_by_table()
    again = demo()
    assert rows_by_table() == before
    assert "已在" in again

    with pytest.raises(CommandError, match="300 人、种子 2025 的演示城市"):
        demo(size=400)

    Job.objects.filter(kind="demo").update(status=JobStatus.RUNNING)  # broken off at its last step
    demo()
    assert rows_by_table() == before


def test_planted_rows_are_named_and_others_go_through(demo, tmp_path):
    demo()

    named = set(
        InboundRow.objects.filter(outcome__in=BAD).values_list("batch__file_name", "number").distinct()
    )
    for line in (tmp_path / "planted.csv").read_text(encoding="utf-8-sig").splitlines()[1:]:
        file, number, what = line.split(",")
        if not file.startswith(
            ("07-civil-affairs-blank", "12-")
        ):  # those of the totals are found by comparing
            assert (file, int(number)) in named, what
    held = Counter(Payment.objects.filter(state=PaymentState.HELD).values_list("hold_reason", flat=True))
    assert held == {
        "double": 2,
        "dead": 1,
        "original_unknown": 1,
        "unknown_person": 1,
        "wrong_amount": 1,
        "year_not_published": 1,
    }


def test_somebody_is_insured_twice_and_a_parents_account_pays(demo):
    told = demo()

    double = Case.objects.get(kind="double_enrollment")
    assert (double.state, double.needs_second) == (CaseState.OPEN, True)
    assert "异地城乡居民基本医疗保险（230200）" in double.reason
    assert "国家清理重复参保要求" in double.clause
    assert [option["code"] for option in double.options if "【按规定】" in option["label"]] == ["keep_here"]
    assert f"工单 #{double.pk}：" in told
    account = FamilyPayer.objects.select_related("payment__resident").get()
    assert (account.payment.state, account.relation, account.area_code) == (
        PaymentState.BOOKED,
        "child",
        "130200",
    )
    assert account.payment.resident.living_area.code == "130203"
    assert "唐医保函〔2024〕45号 三(四)" in told
