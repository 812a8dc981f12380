"""The national platform's export of past coverage years (历年参保信息)."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from enrollment.parsers.reading import (
    ID_NUMBER,
    NAME,
    Parsed,
    RowRefused,
    day_or_none,
    money_of,
    number_of,
    one_of,
    parsed,
    wanted,
    year_of,
)
from exchange.parsers.forms import Form
from exchange.parsers.tables import Column, Row, read_table

FORM = Form(
    title="历年参保信息",
    columns=(
        Column("name", NAME, required=False),
        Column("id_number", ID_NUMBER, is_key=True, note="按文本填写，须是已登记的人"),
        Column("coverage_year", ("参保年度", "年度", "缴费年度"), note="如 2024"),
        Column(
            "pooling_area",
            ("统筹区", "统筹地区", "统筹区划", "统筹区编码", "参保所属区划"),
            note="统筹区的区划代码，如 230100",
        ),
        Column("paid_on", ("缴费日期", "到账日期"), required=False, note="城乡居民医保必填，如 2023-11-20"),
        Column(
            "amount",
            ("个人缴费金额", "缴费金额", "金额"),
            required=False,
            note="元，城乡居民医保必填，全额资助填 0",
        ),
        Column(
            "insurance",
            ("险种", "险种类型", "险种代码"),
            note="也可填代码 390（居民）、310（职工）",
            choices=("城乡居民基本医疗保险", "职工基本医疗保险"),
        ),
        Column(
            "starts_on",
            ("开始日期", "待遇开始日期", "参保开始日期"),
            required=False,
            note="不填即 1 月 1 日，缴费更晚的自缴费日",
        ),
        Column(
            "ends_on",
            ("终止日期", "结束日期", "待遇结束日期", "参保终止日期"),
            required=False,
            note="不填即 12 月 31 日",
        ),
    ),
    notes=("一人一年一行；同一年换过统筹区或险种的，各写一行。",),
    people=(
        {
            "姓名": "王样例",
            "证件号码": "230199196503010428",
            "参保年度": "2024",
            "统筹区": "230100",
            "缴费日期": "2023-11-20",
            "个人缴费金额": "380",
            "险种": "城乡居民基本医疗保险",
        },
        {
            "姓名": "李样例",
            "证件号码": "13029919530707013X",
            "参保年度": "2024",
            "统筹区": "230100",
            "险种": "职工基本医疗保险",
            "开始日期": "2024-01-01",
            "终止日期": "2024-08-31",
        },
    ),
)
RESIDENT, EMPLOYEE = "390", "310"
INSURANCES = {
    "390": RESIDENT,
    "城乡居民基本医疗保险": RESIDENT,
    "城乡居民": RESIDENT,
    "居民医保": RESIDENT,
    "310": EMPLOYEE,
    "职工基本医疗保险": EMPLOYEE,
    "城镇职工基本医疗保险": EMPLOYEE,
    "职工医保": EMPLOYEE,
}


@dataclass(frozen=True, slots=True)
class PastYear:
    """A person's year under one insurance; `starts_on` and `ends_on` both included, null = the export is silent."""

    number: int
    name: str
    id_number: str
    coverage_year: int
    pooling_area: str
    insurance: str
    paid_on: datetime.date | None
    amount: Decimal
    starts_on: datetime.date | None
    ends_on: datetime.date | None


def read_history(content: bytes, file_name: str) -> Parsed[PastYear]:
    """Return the lines.

    :raises ListUnreadable: if it is no such file
    """
    return parsed(read_table(content, file_name, columns=FORM.read), _line)


def _line(row: Row) -> PastYear:
    insurance = one_of(row, "insurance", INSURANCES, label="险种")
    paid_on = day_or_none(row, "paid_on")
    if insurance == RESIDENT and paid_on is None:
        raise RowRefused("缴费日期为空", column="paid_on", code="blank")
    amount = Decimal(0)
    if insurance == RESIDENT:
        amount = money_of(row, "amount", label="个人缴费金额")
    if amount < 0:
        raise RowRefused("个人缴费金额不能为负", column="amount", code="amount_unreadable")
    starts_on, ends_on = day_or_none(row, "starts_on"), day_or_none(row, "ends_on")
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        raise RowRefused("终止日期早于开始日期", column="ends_on", code="date_unreadable")
    return PastYear(
        number=row.number,
        name=" ".join(row["name"].split()),
        id_number=number_of(row),
        coverage_year=year_of(row, "coverage_year", label="参保年度"),
        pooling_area=wanted(row, "pooling_area", label="统筹区"),
        insurance=insurance,
        paid_on=paid_on,
        amount=amount,
        starts_on=starts_on,
        ends_on=ends_on,
    )
