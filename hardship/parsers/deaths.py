"""The health commission's list of the dead (死亡人员名单, 附件6)."""

import datetime
from dataclasses import dataclass

from exchange.parsers.cells import parse_day
from exchange.parsers.forms import Form
from exchange.parsers.tables import Column, Row, read_table
from hardship.parsers.listed import (
    ID_NUMBER,
    NAME,
    Parsed,
    RowRefused,
    day_of,
    document_of,
    id_number_of,
    name_of,
    parsed_list,
)

FORM = Form(
    title="死亡人员名单",
    columns=(
        "序号",
        Column("name", NAME, note="与身份证一致"),
        Column("id_number", ("身份证号码", *ID_NUMBER), is_key=True, note="18位公民身份号码，按文本填写"),
        Column(
            "died_on",
            ("死亡时间", "死亡日期", "死亡年月日", "去世时间", "去世日期"),
            note="写到日，如 2025-03-08；只有年月的不能登记",
        ),
        Column("town", ("镇街", "镇（街）", "乡镇", "街道"), required=False),
        Column("note", ("备注", "说明"), required=False),
    ),
    notes=(
        "本名单只登记名单内的人，不在名单上的人不受影响；也不会把已登记死亡的人恢复。",
        "姓名与登记簿不符、登记簿中已有另一死亡日期、日期早于出生或晚于数据日期的，列为冲突，逐人核对。",
    ),
    people=(
        {
            "序号": "1",
            "姓名": "何样例",
            "身份证号码": "13029919530707013X",
            "死亡时间": "2025-03-08",
            "镇街": "样例镇",
            "备注": "火化证明",
        },
        {"序号": "2", "姓名": "吕样例", "身份证号码": "230199196503010428", "死亡时间": "2025年3月15日"},
    ),
)


@dataclass(frozen=True, slots=True)
class ListedDeath:
    """A readable row."""

    number: int
    id_number: str
    name: str
    died_on: datetime.date
    town: str = ""
    note: str = ""
    sheet: str = ""


def read_deaths(content: bytes, file_name: str, *, on: datetime.date) -> Parsed[ListedDeath]:
    """Return the dead of the list.

    :param on: day the list speaks of
    :raises ListUnreadable: if it is no such list
    """
    table = read_table(content, file_name, columns=FORM.read)

    def dead(row: Row) -> ListedDeath:
        number = id_number_of(row, on=on)
        died_on = day_of(row, "died_on", read=parse_day)
        if died_on is None:
            raise RowRefused("死亡时间为空", column="died_on", code="blank_date")
        town, note = document_of(row, "town"), document_of(row, "note")
        return ListedDeath(row.number, number, name_of(row), died_on, town, note, row.sheet)

    return parsed_list(table, dead, identify=lambda row: id_number_of(row, on=on))
