"""Class lists (学校班级名单): one pupil a line, as schools keep them."""

import datetime
from dataclasses import dataclass

from enrollment.parsers.reading import (
    ID_NUMBER,
    NAME,
    Parsed,
    RowRefused,
    day_or_none,
    one_of,
    parsed,
    wanted,
    year_of,
)
from enrollment.parsers.residents import ID_KINDS, SEXES
from exchange.parsers.cells import is_nothing
from exchange.parsers.forms import Form
from exchange.parsers.tables import CellUnreadable, Column, Row, clean_id, read_table
from registry.rules.identity_numbers import normalized

LONGEST_PHONE = 20
POPULATIONS = {
    "": "student",
    "学生": "student",
    "在校生": "student",
    "大一新生": "freshman",
    "新生": "freshman",
}
FORM = Form(
    title="学校班级名单",
    columns=(
        Column("school", ("学校", "学校代码", "学校名称"), note="学校代码，或“学校”页登记的全称", is_code=True),
        Column("grade", ("年级", "年级班级"), required=False, note="如 高一"),
        Column("class_name", ("班级", "班"), required=False, note="如 3班"),
        Column("name", ("姓名", "学生姓名", *NAME[1:]), note="与证件一致"),
        Column(
            "id_kind",
            ("证件类型", "证件种类"),
            required=False,
            note="不填即居民身份证",
            choices=("居民身份证", "出生医学证明", "港澳居民来往内地通行证", "台湾居民来往大陆通行证"),
        ),
        Column("id_number", ID_NUMBER, is_key=True, note="按文本填写"),
        Column("sex", ("性别",), required=False, note="非身份证登记的必填", choices=("男", "女")),
        Column("born_on", ("出生日期", "出生年月日"), required=False, note="非身份证登记的必填，如 2012-03-08"),
        Column(
            "hukou_area",
            ("户籍地", "户籍地区划", "户籍所在地", "户籍地区划代码"),
            required=False,
            note="区划代码，或在“地区”里不重名的名称；首次登记的学生必填",
        ),
        Column("guardian", ("监护人", "监护人姓名", "家长姓名"), required=False),
        Column("phone", ("监护人电话", "联系电话", "家长电话", "手机号码"), required=False),
        Column(
            "population", ("学生类别", "人员类别"), required=False, note="不填即学生", choices=("学生", "大一新生")
        ),
        Column("coverage_year", ("参保年度", "年度"), required=False, note="不填，按名单日期所在的缴费期"),
        Column(
            "override", ("在校办理理由", "困难学生在校办理理由"), required=False,
            note="困难学生按规定在户籍地登记；确需在校办理的写明理由",
        ),
    ),
    notes=(
        "名单上没有的学生不受影响。已登记的学生只登记学校，姓名、户籍以登记为准。",
        "困难学生按规定在户籍地村（居）委会登记的，照规定办；户籍不在本统筹区的列为待处理。",
    ),
    people=(
        {
            "学校": "2330100001",
            "年级": "高一",
            "班级": "3班",
            "姓名": "赵样例",
            "证件号码": "230199200802290262",
            "户籍地": "230102001001",
            "监护人": "赵样",
            "监护人电话": "13800001234",
        },
        {
            "学校": "2330100001",
            "年级": "高一",
            "班级": "3班",
            "姓名": "钱样例",
            "证件类型": "港澳居民来往内地通行证",
            "证件号码": "H1234567800",
            "性别": "男",
            "出生日期": "2008-09-12",
            "户籍地": "230102001001",
            "监护人": "钱样",
        },
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A line of a class list; what is blank is left as it is on record.

    :ivar fault: why the number cannot be anybody's, as the spreadsheet lost it; the line is held, not lost
    """

    number: int
    school: str
    class_name: str
    name: str
    id_kind: str
    id_number: str
    fault: str
    sex: str | None
    born_on: datetime.date | None
    hukou_area: str
    guardian: str
    phone: str
    population: str
    coverage_year: int | None
    override: str


def read_class_list(content: bytes, file_name: str) -> Parsed[ClassLine]:
    """Return the lines; numbers are not checked here.

    :raises ListUnreadable: if it is no such file
    """
    return parsed(read_table(content, file_name, columns=FORM.read), _line)


def _line(row: Row) -> ClassLine:
    id_number, fault = _number(row)
    return ClassLine(
        number=row.number,
        school=wanted(row, "school", label="学校"),
        class_name=" ".join(part for part in (row["grade"], row["class_name"]) if part)[:60],
        name=wanted(row, "name", label="姓名"),
        id_kind=one_of(row, "id_kind", ID_KINDS, label="证件类型"),
        id_number=id_number,
        fault=fault,
        sex=one_of(row, "sex", SEXES, label="性别"),
        born_on=day_or_none(row, "born_on"),
        hukou_area=" ".join(row["hukou_area"].split()),
        guardian=row["guardian"][:100],
        phone=_phone(row),
        population=one_of(row, "population", POPULATIONS, label="学生类别"),
        coverage_year=(
            None if is_nothing(row["coverage_year"]) else year_of(row, "coverage_year", label="参保年度")
        ),
        override=row["override"][:60],
    )


def _number(row: Row) -> tuple[str, str]:
    try:
        return normalized(clean_id(row["id_number"])), ""
    except CellUnreadable as error:
        return "", error.message


def _phone(row: Row) -> str:
    phone = row["phone"].strip()
    if len(phone) > LONGEST_PHONE:
        raise RowRefused("电话太长，请核对", column="phone", code="phone_unreadable")
    return phone
