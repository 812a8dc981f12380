"""The list of designated hospitals and clinics (定点医药机构名录)."""

from dataclasses import dataclass

from exchange.parsers.tables import Column, read_table

COLUMNS = (
    Column("code", ("机构编码", "定点机构编码", "医疗机构编码"), is_key=True),
    Column("name", ("机构名称", "名称", "医疗机构名称")),
    Column("grade", ("级别", "医院级别", "机构级别", "医院等级")),
    Column("area", ("所在地区划", "区划代码", "所在区划")),
    Column("agency", ("机构账号", "所属机构账号"), required=False),
)
GRADES = {
    "三级": "grade_3", "二级": "grade_2", "一级": "grade_1", "未定级": "any", "": "any",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListedFacility:
    """One row; `grade` as policy files name it, `agency_code` empty where the list does not say."""

    line: int
    code: str
    name: str
    grade: str
    area_code: str
    agency_code: str = ""


def read_facilities(content: bytes, file_name: str) -> list[ListedFacility]:
    """Return the facilities of the file.

    A grade written "三级甲等" is taken by its number; a policy's own name for a grade is taken as it stands.

    :raises ListUnreadable: if it is no such file
    """
    table = read_table(content, file_name, columns=COLUMNS)
    return [
        ListedFacility(row.number, row["code"], row["name"], _grade(row["grade"]), row["area"], row["agency"])
        for row in table.rows
    ]


def _grade(text: str) -> str:
    plain = "".join(text.split())
    return next(
        (grade for name, grade in GRADES.items() if name and plain.startswith(name)), GRADES.get(plain, plain)
    )
