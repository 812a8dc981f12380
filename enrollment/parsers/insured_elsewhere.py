"""What the national platform knows of people's insurance today (困难人员参保核实): employee cover, cover elsewhere."""

import datetime
from dataclasses import dataclass

from enrollment.parsers.reading import (
    ID_NUMBER,
    NAME,
    Parsed,
    RowRefused,
    number_of,
    one_of,
    parsed,
    wanted,
    year_of,
)
from exchange.parsers.cells import is_nothing
from exchange.parsers.forms import Form
from exchange.parsers.tables import Column, Row, read_table

CODE_LENGTHS = (6, 9, 12)
YES_OR_NO = ("是", "否")
STATES = ("正常参保", "暂停参保", "终止参保", "未参保")
FORM = Form(
    title="困难人员参保核实",
    columns=(
        Column("name", NAME, note="与登记的姓名一致"),
        Column("id_number", ID_NUMBER, is_key=True, note="按文本填写，须是已登记的人"),
        Column(
            "resident_area",
            ("居民医保所属区划", "居民医保参保区划", "居民所属区划"),
            required=False,
            note="区划代码，如 230100；参加居民医保的必填",
        ),
        Column(
            "employee_area",
            ("职工医保所属区划", "职工医保参保区划", "职工所属区划"),
            required=False,
            note="区划代码；参加职工医保的填",
        ),
        "资助金额",
        "个人缴费金额",
        Column(
            "is_employee",
            ("是否参保职工", "是否参加职工医保", "是否参保职工医保"),
            required=False,
            choices=YES_OR_NO,
        ),
        Column(
            "is_resident",
            ("是否参保居民", "是否参加居民医保", "是否参保居民医保"),
            required=False,
            choices=YES_OR_NO,
        ),
        "参保类型",
        "金保号",
        Column(
            "employee_year",
            ("参保年度(职工)", "参保年度（职工）", "职工参保年度"),
            required=False,
            note="如 2025；不填即数据日期所在年",
        ),
        Column(
            "resident_year",
            ("参保年度(居民)", "参保年度（居民）", "居民参保年度"),
            required=False,
            note="如 2025；不填即数据日期所在年",
        ),
        Column("resident_state", ("居民医保参保状态",), required=False, choices=STATES),
        Column("student_state", ("大学生医保参保状态",), required=False, choices=STATES),
        Column("employee_state", ("职工医保参保状态",), required=False, choices=STATES),
        "特殊人员身份类别",
    ),
    notes=(
        "参保状态优先于“是否参保”；两处都空的，视为没有说明，不作变更。",
        "本统筹地区的居民医保以本系统登记为准，只登记外地的居民医保和职工医保。",
    ),
    people=(
        {
            "姓名": "王样例",
            "证件号码": "230199196503010428",
            "居民医保所属区划": "230200",
            "是否参保居民": "是",
            "参保年度(居民)": "2025",
            "居民医保参保状态": "正常参保",
        },
        {
            "姓名": "李样例",
            "证件号码": "13029919530707013X",
            "职工医保所属区划": "230100",
            "是否参保职工": "是",
            "参保年度(职工)": "2025",
            "职工医保参保状态": "正常参保",
        },
    ),
)
SAID = {"": None, "是": True, "否": False, "1": True, "0": False}
INSURED = {
    "": None,
    "正常参保": True,
    "参保缴费": True,
    "1": True,
    "暂停参保": False,
    "暂停缴费": False,
    "终止参保": False,
    "未参保": False,
    "0": False,
    "2": False,
    "3": False,
}


@dataclass(frozen=True, slots=True)
class Verified:
    """What the platform says of one person; null = it does not say.

    :param employed: whether employee insurance covers them, since the beginning of `employee_year`
    :param resident: whether the resident scheme of `resident_area` covers them in `resident_year`
    :param student: whether that is as a student
    """

    number: int
    name: str
    id_number: str
    employed: bool | None
    employee_area: str
    employee_year: int
    resident: bool | None
    resident_area: str
    resident_year: int
    student: bool


def read_insured_elsewhere(content: bytes, file_name: str, *, on: datetime.date) -> Parsed[Verified]:
    """Return the lines.

    :param on: the day the data are of
    :raises ListUnreadable: if it is no such file
    """

    def line(row: Row) -> Verified:
        student = _state(row, "student_state", label="大学生医保参保状态")
        resident = _first(
            _state(row, "resident_state", label="居民医保参保状态"),
            _said(row, "is_resident", label="是否参保居民"),
        )
        area = _code(row, "resident_area")
        resident = True if student else resident
        if resident and not area:
            raise RowRefused("参加居民医保的，居民医保所属区划为空", column="resident_area", code="blank")
        return Verified(
            number=row.number,
            name=wanted(row, "name", label="姓名"),
            id_number=number_of(row),
            employed=_first(
                _state(row, "employee_state", label="职工医保参保状态"),
                _said(row, "is_employee", label="是否参保职工"),
            ),
            employee_area=_code(row, "employee_area"),
            employee_year=_year(row, "employee_year", on=on),
            resident=resident,
            resident_area=area,
            resident_year=_year(row, "resident_year", on=on),
            student=bool(student),
        )

    return parsed(read_table(content, file_name, columns=FORM.read), line)


def _state(row: Row, column: str, *, label: str) -> bool | None:
    return None if is_nothing(row[column]) else one_of(row, column, INSURED, label=label)


def _said(row: Row, column: str, *, label: str) -> bool | None:
    return None if is_nothing(row[column]) else one_of(row, column, SAID, label=label)


def _first(*said: bool | None) -> bool | None:
    return next((each for each in said if each is not None), None)


def _code(row: Row, column: str) -> str:
    """Return the code of an area, "" = none.

    :raises RowRefused: if it is no code
    """
    text = "".join(row[column].split())
    if is_nothing(text):
        return ""
    if not (text.isascii() and text.isdigit() and len(text) in CODE_LENGTHS):
        raise RowRefused(f"“{text}”不是区划代码，请写成 230100 的样子", column=column, code="area_unknown")
    return text


def _year(row: Row, column: str, *, on: datetime.date) -> int:
    """Return the year of a column, by default that of the day.

    :raises RowRefused: if it is none, or has not begun by then
    """
    if is_nothing(row[column]):
        return on.year
    year = year_of(row, column, label="参保年度")
    if year > on.year + 1:
        raise RowRefused(f"参保年度 {year} 尚未开始", column=column, code="year_unreadable")
    return year
