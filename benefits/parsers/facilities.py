"""The list of designated hospitals and clinics (定点医药机构名录)."""

from dataclasses import dataclass

from exchange.parsers.forms import Form
from exchange.parsers.tables import Column, ListUnreadable, read_table

FORM = Form(
    title="定点医药机构名录",
    columns=(
        Column(
            "code",
            ("机构编码", "定点机构编码", "医疗机构编码"),
            is_key=True,
            is_code=True,
            note="结算文件里用的编码",
        ),
        Column("name", ("机构名称", "名称", "医疗机构名称")),
        Column(
            "grade",
            ("级别", "医院级别", "机构级别", "医院等级"),
            note="三级甲等按三级；不填即未定级",
            choices=("三级", "二级", "一级", "未定级"),
        ),
        Column("area", ("所在地区划", "区划代码", "所在区划"), note="区划代码，如 230102"),
        Column(
            "agency", ("机构账号", "所属机构账号"), required=False, note="用接口报送的，填外部门的机构代码"
        ),
    ),
    people=(
        {"机构编码": "H23019900001", "机构名称": "样例医院", "级别": "三级甲等", "所在地区划": "230102"},
        {
            "机构编码": "H23019900002",
            "机构名称": "样例社区卫生服务中心",
            "级别": "一级",
            "所在地区划": "230102",
        },
    ),
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
    table = read_table(content, file_name, columns=FORM.read)
    for row in table.rows:
        if row.fault is not None:
            raise ListUnreadable(f"第{row.number}行：{row.fault.reason}", file_name=file_name)
    return [
        ListedFacility(row.number, row["code"], row["name"], _grade(row["grade"]), row["area"], row["agency"])
        for row in table.rows
    ]


def _grade(text: str) -> str:
    plain = "".join(text.split())
    return next(
        (grade for name, grade in GRADES.items() if name and plain.startswith(name)), GRADES.get(plain, plain)
    )
