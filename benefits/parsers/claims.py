"""The hospitals' settlement file (医疗费用结算明细): one row a bill."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from benefits.models import ClaimKind, Referral
from benefits.rules.amounts import is_amount
from exchange.parsers.cells import is_nothing
from exchange.parsers.forms import Form
from exchange.parsers.tables import (
    CellUnreadable,
    Column,
    Row,
    Table,
    clean_id,
    parse_amount,
    parse_date,
    read_table,
)
from policy.errors import DomainError
from policy.money import ZERO

LONGEST_WHY = 60
T = TypeVar("T")
KINDS = {label: kind for kind, label in ClaimKind.choices} | {
    "门诊": "outpatient",
    "门诊统筹": "outpatient",
    "慢特病": "outpatient_chronic",
    "门诊慢病": "outpatient_chronic",
    "生育住院": "delivery",
    "分娩": "delivery",
}
REFERRALS = {label: referral for referral, label in Referral.choices} | {
    "否": "none",
    "省内": "in_province",
    "省外": "out_of_province",
    "省外转诊": "out_of_province",
}
FORM = Form(
    title="医疗费用结算明细",
    columns=(
        Column(
            "number",
            ("结算单号", "结算编号", "结算ID", "单据号"),
            note="按文本填写；一单一号，同一单号只结算一次",
            is_code=True,
        ),
        Column(
            "facility_code",
            ("机构编码", "定点机构编码", "医疗机构编码", "机构代码"),
            note="须是“定点医疗机构”里有的",
            is_code=True,
        ),
        Column("name", ("姓名", "人员姓名", "患者姓名")),
        Column(
            "id_number",
            ("证件号码", "身份证号", "身份证号码", "公民身份号码", "身份证", "证件号"),
            is_key=True,
            note="按文本填写",
        ),
        Column("kind", ("就医类别", "医疗类别", "就诊类别"), choices=tuple(map(str, ClaimKind.labels))),
        Column("admitted_on", ("入院日期", "就诊日期", "入院（就诊）日期"), note="如 2025-03-08"),
        Column("discharged_on", ("出院日期", "出院（就诊）日期"), required=False, note="不填即就诊日期"),
        Column("settled_on", ("结算日期", "结算时间"), note="如 2025-03-15"),
        Column("total", ("总费用", "医疗总费用", "费用总额"), note="元，到分"),
        Column("eligible", ("政策范围内费用", "政策范围内金额", "合规费用"), note="元，不含乙类先行自付"),
        Column(
            "class_b_copay", ("乙类先行自付", "先行自付", "乙类自付"), required=False, note="元，不填即 0"
        ),
        Column(
            "out_of_scope",
            ("自费", "全自费", "目录外费用"),
            required=False,
            note="元；填了的，与政策范围内费用、乙类先行自付之和须等于总费用",
        ),
        Column(
            "basic_paid",
            ("基本医保支付", "基本医疗保险支付", "统筹基金支付"),
            required=False,
            note="元；填了的以此为准，不填由系统计算",
        ),
        Column(
            "referral",
            ("转诊", "转诊情况", "转诊类型"),
            required=False,
            choices=tuple(map(str, Referral.labels)),
            note="不填即未转诊",
        ),
        Column(
            "track",
            ("单独支付通道", "支付通道", "单独支付"),
            required=False,
            note="当地政策规定的名称，如特药；没有的不填",
        ),
        Column(
            "replaces",
            ("原结算单号", "被更正结算单号"),
            required=False,
            note="更正已结算的一单才填；本行用新的结算单号，原单冲正",
            is_code=True,
        ),
        Column("reason", ("更正原因",), required=False, note="填了原结算单号的必填"),
    ),
    notes=("改正一单：用新的结算单号报送并填原结算单号、更正原因；取消一单：在原单上点“冲正”。",),
    people=(
        {
            "结算单号": "JS2025990001",
            "机构编码": "H23019900001",
            "姓名": "王样例",
            "证件号码": "230199196503010428",
            "就医类别": str(ClaimKind.INPATIENT.label),
            "入院日期": "2025-03-08",
            "出院日期": "2025-03-15",
            "结算日期": "2025-03-15",
            "总费用": "12345.67",
            "政策范围内费用": "10000.00",
            "乙类先行自付": "1345.67",
            "自费": "1000.00",
            "转诊": str(Referral.IN_PROVINCE.label),
        },
        {
            "结算单号": "JS2025990002",
            "机构编码": "H23019900001",
            "姓名": "李样例",
            "证件号码": "13029919530707013X",
            "就医类别": str(ClaimKind.OUTPATIENT.label),
            "入院日期": "2025-03-09",
            "结算日期": "2025-03-09",
            "总费用": "120.00",
            "政策范围内费用": "120.00",
            "基本医保支付": "60.00",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class ListedBill:
    """A readable row; `line` as the user sees it, a null `basic_paid` is to be worked out."""

    line: int
    number: str
    facility_code: str
    name: str
    id_number: str
    kind: str
    admitted_on: datetime.date
    discharged_on: datetime.date
    settled_on: datetime.date
    total: Decimal
    eligible: Decimal
    class_b_copay: Decimal
    basic_paid: Decimal | None
    referral: str = Referral.NONE
    track: str = ""
    replaces: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BillError:
    """A row that cannot be taken; `column` as the file calls it."""

    line: int
    number: str
    name: str
    column: str
    code: str
    reason: str


class CellRefused(DomainError):
    """Inside the reader: a cell cannot be taken."""

    code = "cell_refused"

    def __init__(self, message: str, *, column: str, code: str) -> None:
        super().__init__(message)
        self.column = column
        self.kind = code


def read_claims(content: bytes, file_name: str) -> tuple[list[ListedBill], list[BillError]]:
    """Return the bills of the file and the rows that cannot be read, in their order.

    :raises ListUnreadable: if it is no such file
    """
    table = read_table(content, file_name, columns=FORM.read)
    bills: list[ListedBill] = []
    errors: list[BillError] = []
    for row in table.rows:
        try:
            bills.append(_bill(row))
        except CellRefused as refused:
            errors.append(_error(row, table, refused))
    return bills, errors


def _error(row: Row, table: Table, refused: CellRefused) -> BillError:
    column = table.header(refused.column)
    return BillError(row.number, row["number"], row["name"], column, refused.kind, refused.message)


def _bill(row: Row) -> ListedBill:
    if row.fault is not None:
        raise CellRefused(row.fault.reason, column=row.fault.field, code=row.fault.code)
    number = _filled(row, "number", "结算单号为空")
    kind = KINDS.get("".join(row["kind"].split()))
    if kind is None:
        known = "、".join(ClaimKind.labels)
        raise CellRefused(
            f"就医类别“{row['kind']}”不认识，请填写：{known}", column="kind", code="unknown_kind"
        )
    admitted_on = _read(row, "admitted_on", parse_date)
    bill = ListedBill(
        line=row.number,
        number=number,
        facility_code=_filled(row, "facility_code", "机构编码为空"),
        name=_filled(row, "name", "姓名为空"),
        id_number=_read(row, "id_number", clean_id),
        kind=kind,
        admitted_on=admitted_on,
        discharged_on=admitted_on
        if is_nothing(row["discharged_on"])
        else _read(row, "discharged_on", parse_date),
        settled_on=_read(row, "settled_on", parse_date),
        total=_read(row, "total", parse_amount),
        eligible=_read(row, "eligible", parse_amount),
        class_b_copay=_read(row, "class_b_copay", parse_amount) if row["class_b_copay"] else ZERO,
        basic_paid=_read(row, "basic_paid", parse_amount) if row["basic_paid"] else None,
        referral=_referral(row),
        track="" if is_nothing(row["track"]) else row["track"].strip(),
        replaces=row["replaces"].strip(),
        reason=row["reason"].strip()[:LONGEST_WHY],
    )
    _check_parts(row, bill)
    return bill


def _referral(row: Row) -> str:
    if is_nothing(row["referral"]):
        return Referral.NONE
    referral = REFERRALS.get("".join(row["referral"].split()))
    if referral is None:
        known = "、".join(map(str, Referral.labels))
        message = f"转诊“{row['referral']}”不认识，请填写：{known}"
        raise CellRefused(message, column="referral", code="unknown_referral")
    return referral


def _check_parts(row: Row, bill: ListedBill) -> None:
    """Refuse a row whose parts, where it tells them all, are not its total; what is no amount is for the rules."""
    if not row["out_of_scope"]:
        return
    told = (bill.eligible, bill.class_b_copay, _read(row, "out_of_scope", parse_amount))
    parts = sum(told, ZERO)
    if not all(map(is_amount, (bill.total, *told[:2]))):
        return
    if parts != bill.total:
        raise CellRefused(
            f"政策范围内费用、乙类先行自付、自费合计 {parts} 元，与总费用 {bill.total} 元不符",
            column="total",
            code="claim_amounts_invalid",
        )


def _filled(row: Row, column: str, message: str) -> str:
    text = row[column].strip()
    if not text:
        raise CellRefused(message, column=column, code="cell_empty")
    return text


def _read(row: Row, column: str, read: Callable[[str], T]) -> T:
    text = _filled(row, column, "此栏为空")
    try:
        return read(text)
    except CellUnreadable as wrong:
        raise CellRefused(wrong.message, column=column, code=wrong.code) from None
