"""Lists of third parties' support (资金扶持名册): who gives how much for whom, by which document."""

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
    parsed,
    wanted,
    year_of,
)
from exchange.parsers.forms import Form
from exchange.parsers.tables import Column, Row, read_table

FORM = Form(
    title="资金扶持名册",
    columns=(
        Column(
            "giver",
            ("出资方", "扶持单位", "出资单位", "资助单位"),
            note="乡镇、村集体、企业等的全称",
            is_shared=True,
        ),
        Column("name", NAME, required=False),
        Column("id_number", ID_NUMBER, is_key=True, note="按文本填写"),
        Column("coverage_year", ("参保年度", "年度", "缴费年度"), note="扶持哪一年的缴费，如 2025"),
        Column(
            "offered",
            ("扶持金额", "拟支持金额", "金额", "资助金额"),
            note="元，到分；超过个人应缴余额的部分不用",
        ),
        Column("given_on", ("扶持日期", "日期", "出资日期"), note="如 2024-10-20"),
        Column(
            "document",
            ("文件号", "依据文号", "决议文号", "文号"),
            note="村民会议决议、乡镇文件等的文号",
            is_code=True,
            is_shared=True,
        ),
    ),
    notes=(
        "一人一行；不属于资助，只用于个人应缴余额，按日期先后使用。",
        "已缴费的、没有个人应缴的不办理，逐行写明原因。",
    ),
    people=(
        {
            "出资方": "样例县柳树村村民委员会",
            "姓名": "王样例",
            "证件号码": "130299196503010424",
            "参保年度": "2025",
            "扶持金额": "40.00",
            "扶持日期": "2024-10-20",
            "文件号": "柳村议〔2024〕6号",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class SupportLine:
    """A line of the list; `offered` in yuan as written."""

    number: int
    giver: str
    name: str
    id_number: str
    coverage_year: int
    offered: Decimal
    given_on: datetime.date
    document: str


def read_supports(content: bytes, file_name: str) -> Parsed[SupportLine]:
    """Return the lines.

    :raises ListUnreadable: if it is no such file
    """
    return parsed(read_table(content, file_name, columns=FORM.read), _line)


def _line(row: Row) -> SupportLine:
    return SupportLine(
        number=row.number,
        giver=wanted(row, "giver", label="出资方")[:100],
        name=" ".join(row["name"].split()),
        id_number=number_of(row),
        coverage_year=year_of(row, "coverage_year", label="参保年度"),
        offered=money_of(row, "offered", label="扶持金额"),
        given_on=day_of(row, "given_on", label="扶持日期"),
        document=wanted(row, "document", label="文件号")[:100],
    )
