"""The request list for assistance paid through the tax authority (税务请款明细), as it goes out and comes back."""

from dataclasses import dataclass
from decimal import Decimal

from enrollment.parsers.reading import ID_NUMBER, NAME, Parsed, money_of, number_of, parsed, wanted
from exchange.parsers.forms import Form
from exchange.parsers.tables import Column, Row, read_table

FORM = Form(
    title="税务请款明细",
    columns=(
        "序号",
        "镇（街）",
        Column("name", NAME, required=False),
        Column("id_number", ("身份证号码", *(each for each in ID_NUMBER if each != "身份证号码")), is_key=True),
        "人员编号",
        Column("tier", ("代缴类别", "资助类别"), required=False),
        "参保类别",
        Column("amount", ("代缴金额", "资助金额", "请款金额"), note="元，到分；冲回的写负数"),
        "个人缴费金额",
        "缴费总额",
        Column("request", ("请款批次", "批次"), note="结算页导出的明细上的批次，如 230100-202410", is_code=True),
    ),
    notes=(
        "一人几行的合计后比对；一份清单可以有几个批次。",
        "先从资助参保结算页导出我方明细，税务核对后按同样的栏目返回。",
    ),
    people=(
        {
            "序号": "1", "镇（街）": "新阳路街道", "姓名": "王样例", "身份证号码": "230199196503010428",
            "代缴类别": "定额资助", "参保类别": "普通居民", "代缴金额": "240.00", "个人缴费金额": "160.00",
            "缴费总额": "400.00", "请款批次": "230100-202410",
        },
        {
            "序号": "2", "镇（街）": "新阳路街道", "姓名": "王样例", "身份证号码": "230199196503010428",
            "代缴类别": "定额资助", "参保类别": "普通居民", "代缴金额": "-240.00", "个人缴费金额": "0.00",
            "缴费总额": "-240.00", "请款批次": "230100-202411",
        },
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A line of the list; `amount` in yuan, negative = taken back."""

    number: int
    name: str
    id_number: str
    tier: str
    amount: Decimal
    request: str


def read_requests(content: bytes, file_name: str) -> Parsed[RequestLine]:
    """Return the lines.

    :raises ListUnreadable: if it is no such file
    """
    return parsed(read_table(content, file_name, columns=FORM.read), _line)


def _line(row: Row) -> RequestLine:
    return RequestLine(
        number=row.number,
        name=" ".join(row["name"].split()),
        id_number=number_of(row),
        tier=row["tier"],
        amount=money_of(row, "amount", label="代缴金额"),
        request=wanted(row, "request", label="请款批次"),
    )
