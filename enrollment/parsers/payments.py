"""The tax authority's file of collected premiums (税务缴费明细)."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from enrollment.parsers.reading import (
    ID_NUMBER,
    NAME,
    Parsed,
    day_of,
    money_of,
    number_of,
    one_of,
    parsed,
    wanted,
    year_of,
)
from exchange.parsers.forms import Form
from exchange.parsers.tables import Column, Row, read_table

KINDS = {
    "": "payment",
    "缴费": "payment",
    "补缴": "payment",
    "退费": "refund",
    "冲正": "reversal",
    "作废": "reversal",
}
FORM = Form(
    title="税务缴费明细",
    columns=(
        Column(
            "serial",
            ("电子税票号码", "流水号", "缴费流水号", "税务流水号", "税票号码"),
            is_key=True,
            note="一笔一个号码；同一号码只入账一次",
        ),
        Column("name", NAME, required=False),
        Column("id_number", ID_NUMBER, note="按文本填写"),
        Column("coverage_year", ("缴费年度", "参保年度", "费款所属年度", "年度"), note="缴哪一年的，如 2025"),
        Column("amount", ("缴费金额", "金额", "实缴金额", "个人缴费金额"), note="元，到分"),
        Column(
            "paid_on",
            ("缴费日期", "到账日期", "入库日期", "缴款日期"),
            note="如 2024-11-20；应缴、待遇都按这一天算",
        ),
        Column("channel", ("征收渠道", "缴费渠道", "渠道"), required=False),
        Column(
            "kind",
            ("类型", "业务类型", "缴费类型"),
            required=False,
            note="不填即缴费",
            choices=tuple(filter(None, KINDS)),
        ),
        Column(
            "reverses_serial",
            ("原流水号", "原税票号码", "原缴费流水号"),
            required=False,
            note="退费、冲正、作废的，填原来那一笔的号码",
        ),
    ),
    notes=(
        "对不上人、年度或金额的也入库，列为待处理，一分不丢。",
        "退费、冲正另写一行，原来的一行不改。",
    ),
    people=(
        {
            "电子税票号码": "SP2024990001",
            "姓名": "王样例",
            "证件号码": "230199196503010428",
            "缴费年度": "2025",
            "缴费金额": "400.00",
            "缴费日期": "2024-11-20",
            "征收渠道": "手机",
            "类型": "缴费",
        },
        {
            "电子税票号码": "SP2024990002",
            "姓名": "王样例",
            "证件号码": "230199196503010428",
            "缴费年度": "2025",
            "缴费金额": "400.00",
            "缴费日期": "2024-12-02",
            "类型": "退费",
            "原流水号": "SP2024990001",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class CollectedLine:
    """A line of the file; `amount` in yuan as written, whatever its sign."""

    number: int
    serial: str
    id_number: str
    name: str
    coverage_year: int
    amount: Decimal
    paid_on: datetime.date
    channel: str
    kind: str
    reverses_serial: str


def read_payments(content: bytes, file_name: str) -> Parsed[CollectedLine]:
    """Return the lines. Numbers are not checked here: money of a number that cannot be is held, not lost.

    :raises ListUnreadable: if it is no such file
    """
    return parsed(read_table(content, file_name, columns=FORM.read), _line)


def _line(row: Row) -> CollectedLine:
    return CollectedLine(
        number=row.number,
        serial=wanted(row, "serial", label="流水号"),
        id_number=number_of(row),
        name=" ".join(row["name"].split()),
        coverage_year=year_of(row, "coverage_year", label="缴费年度"),
        amount=money_of(row, "amount", label="缴费金额"),
        paid_on=day_of(row, "paid_on", label="缴费日期"),
        channel=row["channel"],
        kind=one_of(row, "kind", KINDS, label="类型"),
        reverses_serial=row["reverses_serial"],
    )
