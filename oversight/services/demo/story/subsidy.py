"""Public money: each level's share of the fiscal subsidy, and whether it has arrived."""

import datetime
from decimal import Decimal

from django.db.models import Sum

from enrollment.models import SubsidyShare
from enrollment.rules.financing import fiscal_year_rules
from enrollment.rules.subsidy_split import level_label
from enrollment.services.transfers import NewTransfer, TransferLine, record_transfer, transfer_report
from oversight.services.demo.story.account import Account, money
from oversight.services.demo.story.book import Book
from policy.dates import days_after
from policy.money import ZERO, yuan
from registry.models import Area

STATES = {"on_time": "按时足额", "pending": "未到期", "overdue": "逾期", "": "无期限规定"}
LATE_LEVEL, LATE_SHARE = "local", Decimal("0.95")  # one level is short on the last day


def shares(account: Account, book: Book) -> None:
    """Tell the shares by level, held against people times standard, then what was transferred and what is late."""
    rows = SubsidyShare.objects.filter(contribution__coverage_year=book.city.facts.coverage_year)
    by_level = dict(rows.values_list("level").annotate(yuan=Sum("amount")).order_by("level"))
    people = rows.values("contribution").distinct().count()
    total: Decimal = sum(by_level.values(), ZERO)
    for level, amount in by_level.items():
        account.line(f"{level_label(level)}负担 {money(amount)}")
    account.line(f"合计 {money(total)} ＝ {people} 人 × {total / people:.2f} 元")
    _transfers(account, book)


def _transfers(account: Account, book: Book) -> None:
    """Record what finance says it sent by the deadline, and tell how each level stands the day after."""
    financing = book.city.policy.financing
    year = financing.published(financing.fiscal_year_for_coverage, "fiscal_year_for_coverage").value
    fiscal = fiscal_year_rules(financing, year)
    deadline: datetime.date = fiscal.published(fiscal.transfer_deadline, "transfer_deadline").value
    area = Area.objects.get(code=book.city.facts.area)
    for line in transfer_report(area=area, fiscal_year=year, on=deadline):
        record_transfer(area=area, transfer=_sent(line, year, deadline))
    for line in transfer_report(area=area, fiscal_year=year, on=days_after(deadline, 1)):
        late = f"，缺口 {money(line.shortfall)}（{line.shortfall_share:.2%}），逾期 {line.days_late} 天"
        account.line(
            f"{line.label}：应拨 {money(line.due)}，{deadline} 前到账 {money(line.received)}，{STATES[line.state]}"
            f"{late if line.shortfall else ''}；另有次年申请 {money(line.claimed_later)}"
        )


def _sent(line: TransferLine, year: int, day: datetime.date) -> NewTransfer:
    share = LATE_SHARE if line.level == LATE_LEVEL else Decimal(1)
    return NewTransfer(
        fiscal_year=year,
        level=line.level,
        component=line.component,
        amount=yuan(line.due * share),
        received_on=day,
        document=f"演示拨付〔{year}〕{line.level}",
    )
