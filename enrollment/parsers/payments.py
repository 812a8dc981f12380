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
from exchange.parsers.tables import CellUnreadable, Column, Row, clean_id, read_table

PAYER = ("payer_name", "payer_number", "payer_relation", "payer_area")
KINDS = {
    "": "payment",
    "缴费": "payment",
    "补缴": "payment",
    "退费": "refund",
    "冲正": "reversal",
    "作废": "reversal",
}
RELATIONS = {
    "配偶": "spouse",
    "父母": "parent",
    "子女": "child",
    "兄弟姐妹": "sibling",
    "祖父母": "grandparent",
    "外祖父母": "grandparent",
    "孙子女": "grandchild",
    "外孙子女": "grandchild",
    "本人": "self",
    "其他": "other",
}
OTHER = "other"  # a word of its own is no reason to lose money: what the rule does not know is held
MORE_WORDS = {
    word: code
    for code, words in {
        "spouse": ("丈夫", "妻子", "夫", "妻", "夫妻"),
        "parent": ("父亲", "母亲", "父", "母", "公婆", "岳父母"),
        "child": ("儿子", "女儿", "子", "女"),
        "sibling": ("兄", "弟", "姐", "妹", "兄弟", "姐妹"),
        "grandparent": ("祖父", "祖母", "外祖父", "外祖母"),
        "grandchild": ("孙子", "孙女", "外孙", "外孙女"),
    }.items()
    for word in words
}
FORM = Form(
    title="税务缴费明细",
    columns=(
        Column(
            "serial",
            ("电子税票号码", "流水号", "缴费流水号", "税务流水号", "税票号码"),
            is_key=True,
            note="按文本填写；一笔一个号码，同一号码只入账一次",
            is_code=True,
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
            note="退费、冲正、作废的，填原来那一笔的号码，按文本填写",
            is_code=True,
        ),
        Column(
            "payer_name",
            ("共济账户持有人", "账户持有人姓名", "账户持有人", "共济人姓名"),
            required=False,
            note="用职工医保个人账户给家人缴的，填这一栏和后面三栏",
        ),
        Column(
            "payer_number",
            ("账户持有人证件号码", "持有人证件号码", "共济人证件号码"),
            required=False,
            note="按文本填写",
        ),
        Column(
            "payer_relation",
            ("参保人是持有人的", "与账户持有人关系", "与持有人关系", "共济关系"),
            required=False,
            choices=tuple(RELATIONS),
        ),
        Column(
            "payer_area",
            ("持有人参保地区划", "账户持有人参保地区划", "持有人参保地"),
            required=False,
            note="六位区划代码，如 130200",
        ),
    ),
    notes=(
        "对不上人、姓名、统筹地区、年度或金额的也入库，列为待处理，一分不丢。",
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
class SaidPayer:
    """Whose employee account paid, as written; what is blank or unreadable is empty, and the money is held."""

    name: str
    number: str
    relation: str
    area_code: str


@dataclass(frozen=True, slots=True)
class CollectedLine:
    """A line of the file.

    :ivar amount: yuan as written, whatever its sign
    :ivar is_unnamed: the file has names, and none here
    """

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
    payer: SaidPayer | None = None
    is_unnamed: bool = False


def read_payments(content: bytes, file_name: str) -> Parsed[CollectedLine]:
    """Return the lines. Numbers are not checked here: money of a number that cannot be is held, not lost.

    :raises ListUnreadable: if it is no such file
    """
    return parsed(read_table(content, file_name, columns=FORM.read), _line)


def _line(row: Row) -> CollectedLine:
    name = " ".join(row["name"].split())
    return CollectedLine(
        number=row.number,
        serial=wanted(row, "serial", label="流水号"),
        id_number=number_of(row),
        name=name,
        coverage_year=year_of(row, "coverage_year", label="缴费年度"),
        amount=money_of(row, "amount", label="缴费金额"),
        paid_on=day_of(row, "paid_on", label="缴费日期"),
        channel=row["channel"],
        kind=one_of(row, "kind", KINDS, label="类型"),
        reverses_serial=row["reverses_serial"],
        payer=_payer(row),
        is_unnamed=not name and "name" in row.places,
    )


def _payer(row: Row) -> SaidPayer | None:
    name, number, relation, area_code = (row[name].strip() for name in PAYER)
    if not any((name, number, relation, area_code)):
        return None
    try:
        number = clean_id(number)
    except CellUnreadable:  # the last digits are lost: nobody's number
        number = ""
    code = (RELATIONS | MORE_WORDS).get(relation, OTHER) if relation else ""
    return SaidPayer(name, number, code, area_code)
