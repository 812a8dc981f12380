"""Assistance settlements in the admin: drawn up by a clerk, approved by a reviewer, taken away masked."""

import datetime
import io
from decimal import Decimal

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from enrollment.models import AssistanceSettlement, SettlementPayment, SettlementState
from hardship.models import AssistanceGrant
from registry.models import AccessLog, Role
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
LIST = "/admin/enrollment/assistancesettlement/"
PAYMENTS = "/admin/enrollment/settlementpayment/"
MEANT = {"_form_submitted": "True"}


def desk(role):
    return at_desk(staff(role, factories.harbin()))


@pytest.fixture
def drawn_up():
    AssistanceGrant.objects.create(
        resident=factories.ResidentFactory(),
        coverage_year=2025,
        tier="full",
        tier_label="全额资助",
        total=Decimal("390.01"),
        payers=[{"component": "basic", "payers": ["medical_assistance", "county"], "amount": "390.01"}],
        policy_key="130200/2025",
        decided_on=datetime.date(2024, 10, 1),
        frozen_at=datetime.datetime(2024, 10, 5, tzinfo=timezone.get_current_timezone()),
    )
    desk(Role.CLERK).post(f"{LIST}draw_up/", {"area": factories.harbin().pk, "month": "2024-10-01"})
    return AssistanceSettlement.objects.get()


def test_a_clerk_draws_up_and_only_a_reviewer_approves(drawn_up):
    page = f"{LIST}{drawn_up.pk}"
    clerk, reviewer = desk(Role.CLERK), desk(Role.REVIEWER)

    shown = clerk.get(f"{page}/change/").content.decode()
    assert clerk.post(f"{page}/approve/", MEANT).status_code == 403
    reviewer.post(f"{page}/approve/", MEANT)

    drawn_up.refresh_from_db()
    assert "各出资方应付" in shown
    assert "390.01" in shown
    assert drawn_up.state == SettlementState.APPROVED


def test_sums_and_people_are_taken_away_masked(drawn_up):
    clerk = desk(Role.CLERK)
    sheets = [
        CalamineWorkbook.from_filelike(io.BytesIO(clerk.get(f"{LIST}{drawn_up.pk}/{name}/").content))
        .get_sheet_by_index(0)
        .to_python()
        for name in ("export_lines", "export_people")
    ]

    assert sheets[0][-1] == ["合计", "", 390.01, 0, 390.01]
    assert "*" in sheets[1][1][1]


def test_finance_records_what_was_paid_and_the_rest_stays_open(drawn_up):
    page = f"{LIST}{drawn_up.pk}"
    finance = desk(Role.FINANCE)
    told = {
        "line": "basic:medical_assistance+county", "payer": "county", "amount": "300",
        "paid_on": "2024-11-20", "document": "哈财社〔2024〕9号",
    }  # fmt: skip
    assert finance.get(f"{page}/record_payment/").status_code == 403
    desk(Role.REVIEWER).post(f"{page}/approve/", MEANT)

    asked = finance.get(f"{page}/record_payment/").content.decode()
    answer = finance.post(f"{page}/record_payment/", told)
    too_much = finance.post(f"{page}/record_payment/", told | {"document": "哈财社〔2024〕10号"})

    assert answer.status_code == 302
    assert "登记付款：哈尔滨市 2024-10" in asked
    assert "尚未结清 90.01 元" in too_much.content.decode()
    assert "90.01" in finance.get(f"{page}/change/").content.decode()
    (paid,) = SettlementPayment.objects.all()
    finance.post(f"{PAYMENTS}{paid.pk}/take_back/", MEANT | {"on": "2024-11-20", "reason": "金额登记有误"})
    query = f"{PAYMENTS}overview/?area={factories.harbin().pk}&year=2024"
    assert sum(SettlementPayment.objects.values_list("amount", flat=True)) == 0
    assert "未付" in finance.get(query).content.decode()
    answer = finance.get(f"{query}&xlsx=")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[-1] == ["合计", "", "", "", 390.01, 0, 390.01]


def test_another_city_sees_nothing(drawn_up):
    stranger = at_desk(staff(Role.REVIEWER, factories.tangshan()))

    assert "390.01" not in stranger.get(f"{LIST}{drawn_up.pk}/change/", follow=True).content.decode()
    assert stranger.post(f"{LIST}{drawn_up.pk}/approve/", MEANT).status_code in (302, 403, 404)


def test_the_request_list_goes_out_with_a_reason_and_the_paper_has_room_to_sign(drawn_up):
    page = f"{LIST}{drawn_up.pk}"
    clerk, finance = desk(Role.CLERK), desk(Role.FINANCE)
    assert clerk.get(f"{page}/export_request/").status_code == 403
    draft = clerk.get(f"{page}/print_it/").content.decode()
    desk(Role.REVIEWER).post(f"{page}/approve/", MEANT)

    asked = clerk.get(f"{page}/export_request/").content.decode()
    answer = clerk.post(f"{page}/export_request/", {"reason": "税务核对"})

    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert "导出事由" in asked
    assert finance.post(f"{page}/export_request/", {"reason": "税务核对"}).status_code == 403
    assert rows[1][7:] == [390.01, 0, 390.01, "230100-202410"]
    assert rows[1][3] == AccessLog.objects.get().resident.id_number
    assert "资助参保结算表" in draft
    assert "复核" in draft
