"""Finance's list of subsidy money received into fiscal accounts (财政补助到账清单)."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from enrollment.parsers.reading import Parsed, day_of, money_of, one_of, parsed, wanted, year_of
from enrollment.rules.financing import COMPONENTS
from enrollment.rules.subsidy_split import LEVELS
from exchange.parsers.forms import Form
from exchange.parsers.tables import Column, Row, read_table

LEVEL_WORDS = {label: code for code, label in LEVELS.items()} | {
    label.removesuffix("财政"): code for code, label in LEVELS.items()
}
COMPONENT_WORDS = {label: code for code, label in COMPONENTS.items()} | {"": "basic", "长护险": "ltc"}
FORM = Form(
    title="财政补助到账清单",
    columns=(
        Column(
            "area",
            ("区划代码", "行政区划代码", "地区代码"),
            note="钱拨到哪个地区：市县级补助写县区，如 230184；其余写统筹地区，如 230100",
        ),
        Column("fiscal_year", ("财政年度", "补助年度", "年度"), note="如 2024"),
        Column(
            "component",
            ("险种", "补助险种"),
            required=False,
            note="不填即基本医保",
            choices=tuple(COMPONENTS.values()),
        ),
        Column("level", ("负担级次", "拨付级次", "资金级次"), choices=tuple(LEVELS.values())),
        Column("amount", ("到账金额", "拨付金额", "金额"), note="元，到分；退回、登记有误的在到账页冲回"),
        Column("received_on", ("到账日期", "入账日期"), note="进财政专户的日期，如 2024-11-30"),
        Column(
            "document",
            ("拨付文号", "指标文号", "文号"),
            is_key=True,
            is_code=True,
            note="同一地区、级次、文号只登记一次",
        ),
    ),
    notes=("文号已登记而金额或日期不同的列为冲突，不改原记录。",),
    people=(
        {
            "区划代码": "230100", "财政年度": "2024", "险种": "基本医保", "负担级次": "省级财政",
            "到账金额": "1876000.00", "到账日期": "2024-11-20", "拨付文号": "样例财社〔2024〕1号",
        },
        {
            "区划代码": "230184", "财政年度": "2024", "险种": "基本医保", "负担级次": "市县级财政",
            "到账金额": "80400.00", "到账日期": "2024-11-29", "拨付文号": "样例财社〔2024〕2号",
        },
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A line of the list; `amount` in yuan as written, whatever its sign."""

    number: int
    area: str
    fiscal_year: int
    component: str
    level: str
    amount: Decimal
    received_on: datetime.date
    document: str


def read_receipts(content: bytes, file_name: str) -> Parsed[ReceiptLine]:
    """Return the lines.

    :raises ListUnreadable: if it is no such file
    """
    return parsed(read_table(content, file_name, columns=FORM.read), _line)


def _line(row: Row) -> ReceiptLine:
    return ReceiptLine(
        number=row.number,
        area=wanted(row, "area", label="区划代码"),
        fiscal_year=year_of(row, "fiscal_year", label="财政年度"),
        component=one_of(row, "component", COMPONENT_WORDS, label="险种"),
        level=one_of(row, "level", LEVEL_WORDS, label="负担级次"),
        amount=money_of(row, "amount", label="到账金额"),
        received_on=day_of(row, "received_on", label="到账日期"),
        document=wanted(row, "document", label="拨付文号"),
    )
