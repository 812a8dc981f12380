"""Assistance settled with its payers: the months of the concentrated window, one paid, one paid in part."""

import datetime
from decimal import Decimal

from django.contrib.auth.models import User

from enrollment.models import AssistanceSettlement, SettlementState
from enrollment.services.settlement_payments import (
    NewSettlementPayment,
    OwedLine,
    owed_lines,
    record_settlement_payment,
    settlement_standing,
)
from enrollment.services.settlements import approve_settlement, draw_up_settlement
from oversight.services.demo.story.account import Account, money
from oversight.services.demo.story.book import Book
from oversight.services.demo.story.house import clerk
from policy.money import ZERO, yuan
from registry.models import Area

MONTHS = (9, 10, 11, 12)  # of the year before the coverage year
PAID = {9: Decimal(1), 10: Decimal("0.6")}  # month → share of it that has arrived


def settle(account: Account, book: Book) -> None:
    """Draw up each month, have all but the last approved, and tell what payers owe and have paid."""
    area, year = Area.objects.get(code=book.city.facts.area), book.city.facts.coverage_year - 1
    for month in MONTHS:
        _settled(area, datetime.date(year, month, 1))
    lines = settlement_standing(area=area, year=year)
    for settlement in AssistanceSettlement.objects.filter(area=area).order_by("month"):
        own = [line for line in lines if line.settlement == settlement]
        paid = f"，已付 {money(sum((line.paid for line in own), ZERO))}" if own else ""
        account.line(
            f"{settlement.month:%Y-%m} 应付 {money(settlement.amount)}（{settlement.get_state_display()}）{paid}"
        )
    account.line(f"已复核的月份共欠 {money(sum((line.rest for line in lines), ZERO))}")


def _settled(area: Area, month: datetime.date) -> None:
    """Settle a month unless it is settled, and record what has been paid of it."""
    made = AssistanceSettlement.objects.filter(area=area, month=month).first()
    if made is None:
        made = draw_up_settlement(area=area, month=month, user=clerk())
        if month.month != MONTHS[-1]:
            second = User.objects.get(username="harbin-review")
            made = approve_settlement(settlement=made, user=second)
    if made.state == SettlementState.APPROVED and month.month in PAID:
        for line in owed_lines([made]):
            _pay(line, PAID[month.month])


def _pay(line: OwedLine, share: Decimal) -> None:
    record_settlement_payment(
        settlement=line.settlement,
        payment=NewSettlementPayment(
            component=line.component,
            payers=line.payers,
            payer=line.payers.split("+")[0],
            amount=yuan(line.owed * share),
            paid_on=line.settlement.month + datetime.timedelta(days=40),
            document=f"演示医救〔{line.settlement.month:%Y%m}〕",
        ),
        user=User.objects.get(username="harbin-finance"),
    )
