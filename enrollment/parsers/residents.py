"""Registers of residents (参保人员登记名册), as towns and schools hand them in."""

import datetime
from dataclasses import dataclass

from enrollment.parsers.reading import (
    ID_NUMBER,
    NAME,
    Parsed,
    RowRefused,
    checked_number_of,
    day_or_none,
    one_of,
    parsed,
    wanted,
)
from exchange.parsers.cells import is_nothing
from exchange.parsers.forms import Form
from exchange.parsers.tables import Column, Row, read_table
from registry.rules.identity_numbers import normalized

FORM = Form(
    title="参保人员登记名册",
    columns=(
        Column("name", NAME, note="与证件一致"),
        Column(
            "id_kind",
            ("证件类型", "证件种类"),
            required=False,
            note="不填即居民身份证",
            choices=(
                "居民身份证",
                "出生医学证明",
                "港澳居民来往内地通行证",
                "台湾居民来往大陆通行证",
                "外国人永久居留身份证",
            ),
        ),
        Column("id_number", ID_NUMBER, is_key=True, note="按文本填写"),
        Column(
            "certificate",
            ("出生医学证明编号", "出生证编号", "原证件号码"),
            required=False,
            note="新生儿落户后补报身份证号的填，证件号码填身份证号",
            is_code=True,
        ),
        Column("sex", ("性别",), required=False, note="非身份证登记的必填", choices=("男", "女")),
        Column(
            "born_on", ("出生日期", "出生年月日"), required=False, note="非身份证登记的必填，如 2025-03-08"
        ),
        Column(
            "household",
            ("户编号", "户号", "家庭编号"),
            required=False,
            note="同一户填同一编号，按文本填写",
            is_code=True,
        ),
        Column("head_name", ("户主姓名", "户主"), required=False),
        Column("relation", ("与户主关系",), required=False),
        Column(
            "hukou_area",
            ("户籍地区划", "户籍区划", "户籍地区划代码", "户籍地"),
            note="区划代码，须是“地区”里有的，尽量写到村、社区",
        ),
        Column(
            "living_area",
            ("居住地区划", "居住区划", "居住地区划代码", "居住地", "参保地区划"),
            note="区划代码，须是“地区”里有的，尽量写到村、社区",
        ),
        Column(
            "hukou_since",
            ("户籍起始日", "户籍迁入日期", "落户日期"),
            required=False,
            note="迁过户口的填迁入那一天，如 2025-03-15；不填，变更自名册日期起",
        ),
        Column(
            "living_since",
            ("居住起始日", "迁入日期", "居住地迁入日期"),
            required=False,
            note="搬迁过的填住进来的第一天；不填，变更自名册日期起",
        ),
        Column("phone", ("联系电话", "手机号码", "电话"), required=False),
        Column(
            "discharged_on", ("退出现役日期", "退役日期"), required=False, note="退役军人填，如 2024-09-01"
        ),
    ),
    notes=("名册以外的人不受影响。证件号码已登记的，姓名、户、居住地等以名册为准变更。",),
    people=(
        {
            "姓名": "王样例",
            "证件类型": "居民身份证",
            "证件号码": "230199196503010428",
            "户编号": "23019900000001",
            "户主姓名": "王样例",
            "与户主关系": "本人或户主",
            "户籍地区划": "230102001001",
            "居住地区划": "230102001001",
        },
        {
            "姓名": "王小样",
            "证件类型": "出生医学证明",
            "证件号码": "S230000001",
            "性别": "女",
            "出生日期": "2025-03-08",
            "户编号": "23019900000001",
            "户主姓名": "王样例",
            "与户主关系": "孙女",
            "户籍地区划": "230102001001",
            "居住地区划": "230102001001",
        },
    ),
)
RESIDENT_ID = "resident_id"
ID_KINDS = {
    "": RESIDENT_ID,
    "居民身份证": RESIDENT_ID,
    "身份证": RESIDENT_ID,
    "居民身份证（户口簿）": RESIDENT_ID,
    "户口簿": RESIDENT_ID,
    "出生医学证明": "birth_certificate",
    "出生证": "birth_certificate",
    "港澳居民证件": "hk_macao_permit",
    "港澳居民来往内地通行证": "hk_macao_permit",
    "港澳台居民居住证": "hk_macao_permit",
    "台湾居民证件": "taiwan_permit",
    "台湾居民来往大陆通行证": "taiwan_permit",
    "外国人永久居留证件": "foreign_permit",
    "外国人永久居留身份证": "foreign_permit",
}
SEXES = {"": None, "男": "1", "女": "2", "1": "1", "2": "2"}


@dataclass(frozen=True, slots=True)
class RegisteredLine:
    """A line of the register; areas by their codes, sex and birth null where the identity number says them."""

    number: int
    name: str
    id_kind: str
    id_number: str
    sex: str | None
    born_on: datetime.date | None
    household: str
    head_name: str
    relation: str
    hukou_area: str
    living_area: str
    phone: str
    discharged_on: datetime.date | None
    hukou_since: datetime.date | None = None
    living_since: datetime.date | None = None
    certificate: str = ""


def read_residents(content: bytes, file_name: str, *, on: datetime.date) -> Parsed[RegisteredLine]:
    """Return the lines.

    :param on: day of registration, against which births are checked
    :raises ListUnreadable: if it is no such file
    """

    def line(row: Row) -> RegisteredLine:
        id_kind = one_of(row, "id_kind", ID_KINDS, label="证件类型")
        sex = one_of(row, "sex", SEXES, label="性别")
        born_on = day_or_none(row, "born_on")
        if id_kind != RESIDENT_ID and (sex is None or born_on is None):
            column = "sex" if sex is None else "born_on"
            raise RowRefused("非身份证登记的，须填写性别和出生日期", column=column, code="blank")
        return RegisteredLine(
            number=row.number,
            name=wanted(row, "name", label="姓名"),
            id_kind=id_kind,
            id_number=checked_number_of(row, on=on),
            sex=sex if id_kind != RESIDENT_ID else None,
            born_on=born_on if id_kind != RESIDENT_ID else None,
            household=row["household"],
            head_name=row["head_name"],
            relation=row["relation"],
            hukou_area=wanted(row, "hukou_area", label="户籍地区划"),
            living_area=wanted(row, "living_area", label="居住地区划"),
            phone=row["phone"],
            discharged_on=day_or_none(row, "discharged_on"),
            hukou_since=_begun(row, "hukou_since", on=on),
            living_since=_begun(row, "living_since", on=on),
            certificate=normalized(row["certificate"]) if not is_nothing(row["certificate"]) else "",
        )

    return parsed(read_table(content, file_name, columns=FORM.read), line)


def _begun(row: Row, column: str, *, on: datetime.date) -> datetime.date | None:
    since = day_or_none(row, column)
    if since is not None and since > on:
        raise RowRefused("起始日晚于名册日期", column=column, code="day_to_come")
    return since
