"""An assistance settlement in tables: payer by payer, person by person, and as the request list for tax."""

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpResponse

from enrollment.admin.finance_forms import payers_text
from enrollment.admin.labels import POPULATIONS, label
from enrollment.models import AssistanceSettlement, SettlementRow
from enrollment.services.settlement_payments import owed_lines
from enrollment.services.tax_requests import RequestRow
from exchange.admin.downloads import xlsx_answer
from policy.money import ZERO
from policy.words import said

COLUMNS = ("险种", "出资方", "应付", "已付", "未付")
PEOPLE = (
    "姓名", "证件号码", "居住地", "参保年度", "资助档次", "险种", "出资方", "金额", "缴费（核定、冲回）日期", "说明",
)  # fmt: skip
READ_AT_ONCE = 2_000


def named(settlement: AssistanceSettlement) -> str:
    """Name a settlement by its place and month."""
    return f"{settlement.area.name} {settlement.month:%Y-%m}"


def sum_rows(settlement: AssistanceSettlement) -> list[list[Any]]:
    """Return what each payer, or payers together, owe, have paid and leave open, and the sums."""
    rows: list[list[Any]] = [
        [said(each.component), payers_text(each.payers), each.owed, each.paid, each.rest]
        for each in owed_lines([settlement])
    ]
    return (
        [*rows, ["合计", "", *(sum((row[nth] for row in rows), ZERO) for nth in (2, 3, 4))]] if rows else []
    )


def remark_on(row: SettlementRow, month: datetime.date) -> str:
    """Say of a row what it takes back, and of which month it is where that was over."""
    back = "冲回" if row.reverses_id is not None else ""
    late = f"补列，属 {row.owed_on:%Y-%m}" if row.owed_on < month else ""
    return "；".join(filter(None, (back, late)))


def people_rows(settlement: AssistanceSettlement) -> Iterator[list[Any]]:
    """Yield the people part by part, numbers masked."""
    rows = settlement.rows.select_related("grant__resident", "area").order_by("pk")
    for row in rows.iterator(chunk_size=READ_AT_ONCE):
        grant = row.grant
        yield [
            grant.resident.name,
            grant.resident.masked_id_number,
            row.area.name,
            grant.coverage_year,
            grant.tier_label,
            said(row.component),
            payers_text(row.payers),
            row.amount,
            row.owed_on,
            remark_on(row, settlement.month),
        ]


def requested_rows(rows: Sequence[RequestRow]) -> Iterator[list[Any]]:
    """Yield the cells of a request list in the order of its form, full numbers among them."""
    for number, row in enumerate(rows, start=1):
        yield [
            number,
            row.town,
            row.resident.name,
            row.resident.id_number,
            str(row.resident.pk),
            row.tier,
            label(POPULATIONS, row.population),
            row.aid,
            row.personal,
            row.aid + row.personal,
            row.request,
        ]


def xlsx_of(settlement: AssistanceSettlement, title: str, content: bytes) -> HttpResponse:
    """Return a workbook about a settlement."""
    return xlsx_answer(content, f"{title}-{settlement.area.name}-{settlement.month:%Y-%m}")
