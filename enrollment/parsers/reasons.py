"""The towns' sheet of why people are not insured (未参保人员核实表)."""

import datetime
from dataclasses import dataclass

from enrollment.models import ReasonSource, WhyNot
from enrollment.parsers.reading import (
    ID_NUMBER,
    NAME,
    Parsed,
    checked_number_of,
    day_of,
    one_of,
    parsed,
    wanted,
    year_of,
)
from exchange.parsers.forms import Form
from exchange.parsers.tables import Column, Row, read_table

REASONS = {
    **{label: code for code, label in WhyNot.choices},
    "本地职工": WhyNot.EMPLOYEE,
    "异地居民": WhyNot.RESIDENT_ELSEWHERE,
    "异地职工": WhyNot.EMPLOYEE_ELSEWHERE,
    "服兵役": WhyNot.ARMY,
    "现役军人": WhyNot.ARMY,
    "在押": WhyNot.PRISON,
    "去世": WhyNot.DIED,
    "联系不上": WhyNot.LOST,
    "不愿参保": WhyNot.REFUSED,
    "放弃参保": WhyNot.REFUSED,
}
SOURCES = {"": ReasonSource.LIST, **{label: code for code, label in ReasonSource.choices}}
FORM = Form(
    title="未参保人员核实表",
    columns=(
        "序号",
        Column("town", ("镇（街）", "镇街", "乡镇", "街道"), required=False),
        Column("village", ("村（居）", "村居", "村", "社区"), required=False),
        Column("name", NAME, note="与身份证一致"),
        Column("id_number", ID_NUMBER, is_key=True, note="按文本填写"),
        Column("coverage_year", ("参保年度", "年度"), note="哪一年没有参保，如 2025"),
        Column(
            "reason",
            ("未参保原因", "原因"),
            note="进度表的栏目，一人一个",
            choices=tuple(label for _, label in WhyNot.choices),
        ),
        Column("stated_on", ("核实日期", "核实时间"), note="写到日，如 2024-12-03"),
        Column(
            "source",
            ("核实方式",),
            required=False,
            note="不填即按本表",
            choices=tuple(label for _, label in ReasonSource.choices),
        ),
        Column(
            "document",
            ("凭据", "证明材料", "依据"),
            required=False,
            is_code=True,
            note="在外参保、参军、服刑、死亡的必须填写，如参保凭证号、入伍通知书",
        ),
        Column("note", ("备注", "说明"), required=False),
    ),
    notes=(
        "已参保缴费的不必填报；登记簿已有死亡日期、已查到他处参保记录的，以登记为准，不一致的列为冲突。",
        "同一人较晚核实的原因替换较早的，原来的留在历史里。",
    ),
    people=(
        {
            "序号": "1",
            "镇（街）": "样例镇",
            "村（居）": "样例村",
            "姓名": "何样例",
            "证件号码": "230199196503010428",
            "参保年度": "2025",
            "未参保原因": "异地职工医保",
            "核实日期": "2024-12-03",
            "核实方式": "电话核实",
            "凭据": "参保凭证 310000-2024-01",
        },
        {
            "序号": "2",
            "镇（街）": "样例镇",
            "村（居）": "样例村",
            "姓名": "吕样例",
            "证件号码": "13029919530707013X",
            "参保年度": "2025",
            "未参保原因": "失联",
            "核实日期": "2024-12-05",
            "核实方式": "入户核实",
            "备注": "邻居称外出多年",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """A line of the sheet."""

    number: int
    sheet: str
    id_number: str
    name: str
    coverage_year: int
    reason: str
    stated_on: datetime.date
    source: str
    document: str
    note: str


def read_reasons(content: bytes, file_name: str, *, on: datetime.date) -> Parsed[ReasonLine]:
    """Return the lines.

    :param on: day the sheet speaks of
    :raises ListUnreadable: if it is no such sheet
    """

    def line(row: Row) -> ReasonLine:
        return ReasonLine(
            number=row.number,
            sheet=row.sheet,
            id_number=checked_number_of(row, on=on),
            name=wanted(row, "name", label="姓名"),
            coverage_year=year_of(row, "coverage_year", label="参保年度"),
            reason=one_of(row, "reason", REASONS, label="未参保原因"),
            stated_on=day_of(row, "stated_on", label="核实日期"),
            source=one_of(row, "source", SOURCES, label="核实方式"),
            document=" ".join(row["document"].split())[:100],
            note=" ".join(row["note"].split())[:200],
        )

    return parsed(read_table(content, file_name, columns=FORM.read), line)
