"""The rural affairs department's export of the monitoring system (防返贫监测): household and monitoring.

A blank kind of household with a kind of monitoring is a monitored person. What the row says of the monitoring holds
whichever column names the kind. What it says of other agencies' identities is hearsay (`rural_affairs_form.py`).
"""

import datetime
from collections.abc import Mapping
from dataclasses import replace

from exchange.parsers.cells import parse_day
from exchange.parsers.tables import CellUnreadable, ListUnreadable, Row, parse_date, read_table
from hardship.parsers.listed import (
    ListedPerson,
    ParsedList,
    RowRefused,
    day_of,
    first_day_of,
    household_of,
    id_number_of,
    identity_names_of,
    name_of,
    parsed_list,
)
from hardship.parsers.rural_affairs_form import FORM
from hardship.rules.identity_cells import names_in
from hardship.rules.identity_names import made_alike
from hardship.rules.listed_identities import Turn
from hardship.rules.stated_identities import ListedIdentity
from policy.conditions import Scalar
from policy.dates import Period, last_day_of_month

SAY_SOMETHING = ("household_type", "monitored", "identity")
NO_IDENTITY = {"一般农户", "一般户", "非脱贫户", "非监测对象", "普通农户", "无", "否"}
ONE_DAY = datetime.timedelta(days=1)
RISK_GONE = "risk_eliminated"
HEARSAY = {"allowance": "低保对象", "extreme_hardship": "特困人员"}
NOTHING = {"", "否", "无", "未享受", "不享受", "N", "0", "/"}
YES = {"是", "已消除", "自然消除", "稳定消除", "自然稳定消除", "Y", "1"}
NO = {"否", "未消除", "尚未消除", "N", "0"}


def read_rural_affairs(content: bytes, file_name: str, *, on: datetime.date) -> ParsedList:
    """Return the people of the export; an ordinary household (一般农户) that is not monitored has no identity.

    :param on: day the list speaks of
    :raises ListUnreadable: if it is no such list
    """
    table = read_table(content, file_name, columns=FORM.read)
    if not any(name in table.headers for name in SAY_SOMETHING):
        raise ListUnreadable(
            f"无法读取“{file_name}”：缺少“户类型”“监测对象类别”或“身份类别”一栏，请补上后重新上传"
        )

    def person(row: Row) -> ListedPerson:
        number = id_number_of(row, on=on)
        if not any(row[name] for name in SAY_SOMETHING):
            column = next(name for name in SAY_SOMETHING if name in table.headers)
            raise RowRefused("身份为空", column=column, code="blank_identity", spoils_full_list=True)
        watched = _monitoring(row, on=on)
        names = [name for column in SAY_SOMETHING for name in _names(row, column)]
        return ListedPerson(
            row.number,
            number,
            name_of(row),
            tuple(replace(watched, name=name) for name in dict.fromkeys(names)),
            _document(row),
            row.sheet,
            tuple(name for column, name in HEARSAY.items() if _is_yes(row[column])),
        )

    return parsed_list(table, person, identify=lambda row: id_number_of(row, on=on))


def _names(row: Row, column: str) -> list[str]:
    """Return the names in a cell that may be blank; a word for nothing is none."""
    if not names_in(row[column]):
        return []
    return [name for name in identity_names_of(row, column) if name not in NO_IDENTITY]


def _is_yes(cell: str) -> bool:
    """Return whether a cell says that somebody has something: 是, or what exactly (农村低保)."""
    return made_alike(cell).upper() not in NOTHING


def _document(row: Row) -> str:
    household = household_of(row)
    return f"户编号 {household}"[:100] if household else ""


def _monitoring(row: Row, *, on: datetime.date) -> ListedIdentity:
    """Return what the row says of the monitoring, whichever column names its kind."""
    since, is_month = first_day_of(row)
    gone = _eliminated(row, since=since, on=on)
    is_gone = _is_gone(row, gone)
    said = {
        RISK_GONE: is_gone,
        "identified_month": f"{since:%Y-%m}" if since else None,
        "eliminated_month": f"{gone.first:%Y-%m}" if gone else None,
    }
    attributes: dict[str, Scalar] = {name: value for name, value in said.items() if value is not None}
    turn = Turn(min(gone.last, on), _before(attributes)) if gone else None
    carrying = RISK_GONE if attributes else ""
    return ListedIdentity("", attributes, since, carrying=carrying, turn=turn, is_month=is_month)


def _before(attributes: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Return how the monitoring was before the risk was gone."""
    kept = {name: value for name, value in attributes.items() if name != "eliminated_month"}
    return kept | {RISK_GONE: False}


def _is_gone(row: Row, gone: Period | None) -> bool | None:
    """Return whether the risk is gone; null = the row does not say."""
    said = made_alike(row["eliminated"]).upper()
    if said and said not in YES | NO:
        raise RowRefused("应填“是”或“否”", column="eliminated", code="risk_unreadable")
    if said in NO and gone is not None:
        raise RowRefused("风险未消除，却填有消除监测时间", column="eliminated_on", code="risk_contradictory")
    return None if not said and gone is None else said in YES or gone is not None


def _eliminated(row: Row, *, since: datetime.date | None, on: datetime.date) -> Period | None:
    """Return the month or day stated, and the first day on which the risk is gone for certain.

    A month alone does not say on which of its days: somebody watched for a risk is not taken off it before the month
    is over. A day is itself the first without it.
    """
    first = day_of(row, "eliminated_on", read=parse_date)
    if first is None:
        return None
    if first > on:
        raise RowRefused(
            f"消除监测时间晚于数据日期 {on}", column="eliminated_on", code="eliminated_in_future"
        )
    try:
        last = certain = parse_day(row["eliminated_on"])
    except CellUnreadable:  # a month alone
        last = last_day_of_month(first)
        certain = last + ONE_DAY
    if since is not None and last < since:
        raise RowRefused(
            "消除监测时间早于识别监测时间", column="eliminated_on", code="eliminated_before_identified"
        )
    return Period(first, certain)
