"""The event of an agency's list of identities arriving: written as a file, planned and applied as a clerk does."""

import csv
import io
from typing import Any

from exchange.models import BatchMode, BatchStatus, InboundBatch
from hardship.services.lists import READERS, apply_list, plan_list
from oversight.services.worked_cases.event import Event
from oversight.services.worked_cases.format import CaseInvalid
from oversight.services.worked_cases.inputs import DAY, TABLES, TEXT, Given, Input, Kind
from oversight.services.worked_cases.journey_world import EventRefused, Happened, World

NUMBER, CERTIFICATE, LEVEL = "证件号码", "残疾人证号", "残疾等级"
LEVELS = {"一": "1", "二": "2", "三": "3", "四": "4"}
KIND_OF_DISABILITY = "4"


def _mode(raw: Any) -> str:
    if raw not in BatchMode.values:
        raise ValueError(raw)
    return str(raw)


def _arrives(world: World, given: Given) -> Happened:
    if given["kind"] not in READERS:
        raise CaseInvalid(f"list_arrives 的 kind 可写 {'、'.join(READERS)}，写的是 {given['kind']}")
    batch = plan_list(
        kind=given["kind"],
        content=_file([_row(world, row) for row in given["rows"]]),
        file_name="用例清单.csv",
        area=world.area(given["area"]),
        as_of=given["as_of"] or given["on"],
        mode=given["mode"],
        user=world.clerk("clerk"),
    )
    if batch.status == BatchStatus.REFUSED:
        raise EventRefused("list_refused", str(batch.error))
    apply_list(batch=batch, user=world.clerk("clerk"), second_user=world.clerk("second"))
    batch = InboundBatch.objects.get(pk=batch.pk)
    return Happened(list_counts={str(name): int(number) for name, number in batch.counts.items()})


def _row(world: World, written: object) -> dict[str, str]:
    """Return a line of the list: name and number of the person, and the columns written."""
    if not isinstance(written, dict) or "who" not in written:
        raise CaseInvalid("rows 的每行要写 who，其余各键是清单的列名")
    person = world.person(str(written["who"]))
    row = {"姓名": person.name, NUMBER: person.id_number}
    row |= {column: str(cell) for column, cell in written.items() if column != "who"}
    if LEVEL in row and CERTIFICATE not in row:
        level = LEVELS.get(row[LEVEL][:1], row[LEVEL][:1])
        row[CERTIFICATE] = f"{person.id_number}{KIND_OF_DISABILITY}{level}"
    return row


def _file(rows: list[dict[str, str]]) -> bytes:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


EVENTS = (
    Event(
        "list_arrives",
        "部门身份清单到达，按清单导入",
        (
            Input("kind", TEXT, "报送部门：civil_affairs、rural_affairs、disabled_federation", required=True),
            Input(
                "rows",
                TABLES,
                "各行：who 和清单的列，如 身份类别、认定时间；姓名和证件号码自动填写",
                required=True,
            ),
            Input("mode", Kind('"full"/"supplementary"', _mode), "全量清单还是补充清单", default="full"),
            Input("as_of", DAY, "清单所属日期；不写为 on"),
            Input("area", TEXT, "清单的地区；不写为本用例的 area"),
        ),
        _arrives,
        'kind = "civil_affairs", rows = [{ who = "zhang", "身份类别" = "农村低保", "认定时间" = "2025-02-01" }]',
    ),
)
