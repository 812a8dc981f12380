"""The tax authority's own totals (税务缴费汇总): a day, an area and a channel a line, with rows and net yuan."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from enrollment.parsers.reading import Parsed, RowRefused, day_of, money_of, parsed, wanted
from exchange.parsers.forms import Form
from exchange.parsers.tables import Column, Row, read_table

FORM = Form(
    title="税务缴费汇总",
    columns=(
        Column(
            "area",
            ("征收地区划", "区划代码", "行政区划代码", "征收地区划代码"),
            is_key=True,
            note="征收地的区划代码，如 230102",
        ),
        Column("day", ("到账日期", "入库日期", "缴费日期", "日期"), note="如 2024-11-20"),
        Column("channel", ("征收渠道", "缴费渠道", "渠道"), required=False, note="与缴费明细的写法一致"),
        Column("count", ("笔数", "缴费笔数", "流水笔数"), note="当日流水行数，退费、冲正各算一笔"),
        Column("amount", ("净额", "金额", "缴费金额"), note="元，到分；退费、冲正按负数计入"),
    ),
    notes=(
        "一个地区、一天、一个渠道一行；没有发生的不用报。报过的改为没有，笔数、净额都填 0。",
        "同一地区、日期、渠道再报，以数据日期较晚的为准，原数留在变更记录里。",
        "只核对到已报的最后一天；月份结账以后再报的，列入下一个未结账月份的差异。",
    ),
    people=(
        {
            "征收地区划": "230102",
            "到账日期": "2024-11-20",
            "征收渠道": "手机",
            "笔数": "125",
            "净额": "50000.00",
        },
        {
            "征收地区划": "230102",
            "到账日期": "2024-11-20",
            "征收渠道": "银行",
            "笔数": "31",
            "净额": "12400.00",
        },
    ),
)
LONGEST_COUNT = 9  # digits
LONGEST_CHANNEL = 30
TOO_MUCH = Decimal(10) ** 14  # yuan a day


@dataclass(frozen=True, slots=True)
class TotalLine:
    """A line of the file; `area` is a code that nobody has looked up yet."""

    number: int
    area: str
    day: datetime.date
    channel: str
    count: int
    amount: Decimal


def read_totals(content: bytes, file_name: str) -> Parsed[TotalLine]:
    """Return the lines.

    :raises ListUnreadable: if it is no such file
    """
    return parsed(read_table(content, file_name, columns=FORM.read), _line)


def _line(row: Row) -> TotalLine:
    return TotalLine(
        number=row.number,
        area=wanted(row, "area", label="征收地区划"),
        day=day_of(row, "day", label="到账日期"),
        channel=_channel(row),
        count=_count(row),
        amount=_amount(row),
    )


def _channel(row: Row) -> str:
    text = " ".join(row["channel"].split())
    if len(text) > LONGEST_CHANNEL:
        raise RowRefused("征收渠道超过 30 个字", column="channel", code="text_too_long")
    return text


def _count(row: Row) -> int:
    text = wanted(row, "count", label="笔数").replace(",", "").replace("，", "")
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_COUNT):
        raise RowRefused(f"笔数“{text[:30]}”不是整数", column="count", code="count_unreadable")
    return int(text)


def _amount(row: Row) -> Decimal:
    amount = money_of(row, "amount", label="净额")
    if abs(amount) >= TOO_MUCH:
        raise RowRefused("净额过大，请核对", column="amount", code="amount_unreadable")
    return amount
