"""Public money: each level's share of the fiscal subsidy, applied for and signed, and whether it has arrived."""

import datetime
from collections.abc import Iterator
from decimal import Decimal

from django.contrib.auth.models import User
from django.db.models import Sum

from enrollment.models import SubsidyApplication, SubsidyShare
from enrollment.rules.financing import fiscal_year_rules
from enrollment.rules.fiscal_accounts import OWN_ACCOUNT
from enrollment.rules.subsidy_split import level_label
from enrollment.services.applications import Claim, draw_up, sign, submit
from enrollment.services.subsidy_standing import Standing, subsidy_standing
from enrollment.services.transfers import NewTransfer, record_transfer
from oversight.services.demo.story.account import Account, money
from oversight.services.demo.story.book import Book
from oversight.services.demo.story.house import clerk
from policy.dates import days_after
from policy.money import ZERO, yuan
from registry.models import Area

STATES = {"on_time": "按时足额", "pending": "未到期", "overdue": "逾期"}
LATE_COUNTY, LATE_SHARE = "230184", Decimal("0.95")  # one county is short on the last day
UNSIGNED_LEVEL = "local"  # waits on finance's desk


def shares(account: Account, book: Book) -> None:
    """Tell the shares by level, held against people times standard, then what was asked for, sent and is late."""
    rows = SubsidyShare.objects.filter(contribution__coverage_year=book.city.facts.coverage_year)
    by_level = dict(rows.values_list("level").annotate(yuan=Sum("amount")).order_by("level"))
    people = rows.values("contribution").distinct().count()
    total: Decimal = sum(by_level.values(), ZERO)
    for level, amount in by_level.items():
        account.line(f"{level_label(level)}负担 {money(amount)}")
    account.line(f"合计 {money(total)} ＝ {people} 人 × {total / people:.2f} 元")
    financing = book.city.policy.financing
    year = financing.published(financing.fiscal_year_for_coverage, "fiscal_year_for_coverage").value
    fiscal = fiscal_year_rules(financing, year)
    area = Area.objects.get(code=book.city.facts.area)
    _applications(account, area, year, list(by_level))
    deadline: datetime.date = fiscal.published(fiscal.transfer_deadline, "transfer_deadline").value
    _transfers(account, area, year, deadline)


def _applications(account: Account, area: Area, year: int, levels: list[str]) -> None:
    """Apply to each level once and have finance sign, all but one."""
    finance = User.objects.get(username="harbin-finance")
    for level in levels:
        claim = Claim(area=area, year=year, level=level)
        asked = SubsidyApplication.objects.filter(area=area, year=year, level=level).first()
        if asked is None:
            asked = submit(application=draw_up(claim=claim, user=clerk()), user=clerk())
            if level != UNSIGNED_LEVEL:
                asked = sign(application=asked, user=finance)
        account.line(
            f"向{level_label(level)}申请 {asked.people} 人 {money(asked.amount)}，{asked.get_state_display()}"
        )


def _transfers(account: Account, area: Area, year: int, deadline: datetime.date) -> None:
    """Record what finance says it sent by the deadline, and tell how each level stands the day after."""
    for line in subsidy_standing(area=area, year=year, on=deadline):
        for sent in _sent(line, area, year, deadline):
            record_transfer(area=line.area, transfer=sent)
    lines = subsidy_standing(area=area, year=year, on=days_after(deadline, 1))
    for line in lines:
        if line.area == area:
            _tell(account, line, deadline)
    late = [line for line in lines if line.area != area and line.status and line.status.days_late]
    account.line(
        f"其中{'、'.join(f'{line.area.name}缺 {money(line.status.shortfall)}' for line in late if line.status)}"
    )


def _sent(line: Standing, area: Area, year: int, day: datetime.date) -> Iterator[NewTransfer]:
    """Yield what a line's own account receives: the upper levels' money in the city's, each county's in its own."""
    component, level = line.key
    is_countys = level in OWN_ACCOUNT
    if is_countys == (line.area == area) or not line.sums.due:
        return
    share = LATE_SHARE if is_countys and line.area.code == LATE_COUNTY else Decimal(1)
    yield NewTransfer(
        fiscal_year=year,
        level=level,
        component=component,
        amount=yuan(line.sums.due * share),
        received_on=day,
        document=f"演示拨付〔{year}〕{level}",
    )


def _tell(account: Account, line: Standing, deadline: datetime.date) -> None:
    sums, status = line.sums, line.status
    assert status is not None
    late = f"，缺口 {money(status.shortfall)}（{status.shortfall_share:.2%}），逾期 {status.days_late} 天"
    account.line(
        f"{level_label(line.key[1])}：应拨 {money(sums.due)}，{deadline} 前到账 {money(sums.received)}，"
        f"{STATES[status.state]}{late if status.shortfall else ''}"
    )
