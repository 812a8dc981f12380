"""The subsidy in the admin: applied for, signed by finance, taken away; money recorded and held against it."""

import datetime
import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from enrollment.models import ApplicationState, FundTransfer, SubsidyApplication, SubsidyShare
from enrollment.selectors.subsidies import SubsidySums
from enrollment.services.subsidy_standing import subsidy_standing, total_of
from policy.services.versions import load_shipped_policies
from registry.models import Area, Role
from tests.enrollment.factories import InsuredFactory, classed
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
LIST = "/admin/enrollment/subsidyapplication/"
RECEIPTS = "/admin/enrollment/fundtransfer/"
MEANT = {"_form_submitted": "True"}
YUAN = {"central": "402", "province": "187.60", "local": "80.40"}


@pytest.fixture
def desk():
    load_shipped_policies()
    classed(factories.harbin(), "equalised")
    for area in (factories.harbin(), factories.daoli(), factories.daoli()):
        paid = InsuredFactory(year=2025, resident=factories.ResidentFactory(name="赵申请", living_area=area))
        for level, amount in YUAN.items():
            SubsidyShare.objects.create(
                contribution=paid, fiscal_year=2024, component="basic", level=level, amount=Decimal(amount)
            )
    return at_desk(staff(Role.CLERK, factories.harbin()))


@pytest.fixture
def finance(desk):
    return at_desk(staff(Role.FINANCE, factories.harbin()))


def claim(**more):
    return {"area": factories.harbin().pk, "year": 2024, "component": "basic", "level": "province"} | more


def sheet(answer):
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()


def drawn_up(desk):
    desk.post(f"{LIST}draw_up_application/", claim())
    return SubsidyApplication.objects.get()


def test_a_clerk_applies_and_finance_signs(desk, finance):
    made = drawn_up(desk)
    page = f"{LIST}{made.pk}"
    shown = desk.get(f"{page}/change/").content.decode()
    assert "562.80" in shown
    assert "享受均衡性转移支付市县" in shown
    assert "equalised" not in shown

    assert desk.post(f"{page}/sign_it/", MEANT).status_code == 403
    desk.post(f"{page}/submit_it/", MEANT)
    assert desk.post(f"{page}/sign_it/", MEANT).status_code == 403
    finance.post(f"{page}/sign_it/", MEANT)

    made.refresh_from_db()
    assert (made.state, made.amount) == (ApplicationState.SIGNED, Decimal("562.80"))
    assert finance.post(f"{LIST}draw_up_application/", claim()).status_code == 403


def test_finance_returns_with_a_reason_and_the_clerk_draws_up_anew(desk, finance):
    made = drawn_up(desk)
    desk.post(f"{LIST}{made.pk}/submit_it/", MEANT)

    finance.post(f"{LIST}{made.pk}/return_it/", MEANT | {"reason": "口径不符"})
    desk.post(f"{LIST}draw_up_application/", claim())

    states = SubsidyApplication.objects.order_by("pk").values_list("state", "reason", "amount")
    assert list(states) == [
        ("returned", "口径不符", Decimal("562.80")),
        ("draft", "", Decimal("562.80")),
    ]


def test_summary_and_people_are_taken_away_masked(desk):
    made = drawn_up(desk)

    summary = sheet(desk.get(f"{LIST}{made.pk}/export_lines/"))
    people = sheet(desk.get(f"{LIST}{made.pk}/export_people/"))

    assert summary[-1][-2:] == [3, 562.8]
    assert len(people) == 4
    assert all("*" in row[1] for row in people[1:])


def test_application_and_standing_are_printed(desk, finance):
    made = drawn_up(desk)
    desk.post(f"{LIST}{made.pk}/submit_it/", MEANT)
    finance.post(f"{LIST}{made.pk}/sign_it/", MEANT)

    application = desk.get(f"{LIST}{made.pk}/print_it/").content.decode()
    standing = desk.get(f"{RECEIPTS}overview/?area={factories.harbin().pk}&year=2024&paper=").content.decode()

    signer = SubsidyApplication.objects.get().decided_by.username
    assert "财政补助申请表" in application
    assert f"{signer} {timezone.localdate()}" in application
    assert "562.80" in application
    assert "财政补助拨付情况表" in standing
    assert "562.80" in standing


def test_nobody_of_another_city_sees_it(desk):
    made = drawn_up(desk)
    stranger = at_desk(staff(Role.FINANCE, factories.tangshan()))

    assert "562.80" not in stranger.get(f"{LIST}{made.pk}/change/", follow=True).content.decode()
    assert stranger.post(f"{LIST}{made.pk}/submit_it/", MEANT).status_code in (302, 403, 404)


def test_money_is_recorded_taken_back_and_shown_beside_what_is_due(desk):
    told = {"amount": "500", "received_on": "2024-11-20", "document": "黑财社〔2024〕1号"}
    desk.post(f"{RECEIPTS}record/", claim(**told))
    receipt = FundTransfer.objects.get()
    asked = f"{RECEIPTS}overview/?area={factories.harbin().pk}&year=2024"

    shown = desk.get(asked).content.decode()
    lines = sheet(desk.get(f"{asked}&xlsx="))
    desk.post(f"{RECEIPTS}{receipt.pk}/take_back/", MEANT | {"on": "2024-11-20", "reason": "金额有误"})

    assert "62.80" in shown
    head, province = lines[0], next(row for row in lines if row[2] == "省级财政")
    assert province[head.index("已到账")] == 500
    assert province[head.index("拨付情况")] == "逾期"
    assert sum(FundTransfer.objects.values_list("amount", flat=True)) == 0


def test_places_add_up_to_the_whole_and_levels_to_people_times_standard(desk):
    lines = subsidy_standing(area=factories.harbin(), year=2024, on=datetime.date(2024, 12, 1))

    whole = [line for line in lines if line.area == factories.harbin()]
    below = [line for line in lines if line.area != factories.harbin()]
    own = SubsidySums(people=3, due=Decimal(670))
    parts = total_of(below)
    parts.add(own)
    assert parts == total_of(whole)
    assert total_of(whole).due == 3 * 670
    assert {line.area.code for line in below} <= set(Area.objects.values_list("code", flat=True))


def test_the_overview_costs_the_same_for_many_people(desk, django_assert_num_queries):
    asked = {"area": factories.harbin(), "year": 2024, "on": datetime.date(2024, 12, 1)}
    subsidy_standing(**asked)
    with CaptureQueriesContext(connection) as few:
        subsidy_standing(**asked)
    paid = InsuredFactory(year=2025, resident=factories.ResidentFactory(living_area=factories.shangzhi()))
    SubsidyShare.objects.create(
        contribution=paid, fiscal_year=2024, component="basic", level="central", amount=402
    )

    with django_assert_num_queries(len(few)):
        subsidy_standing(**asked)
