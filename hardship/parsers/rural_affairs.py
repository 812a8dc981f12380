"""The rural affairs department's export of the monitoring system (防返贫监测): household and monitoring.

A blank kind of household with a kind of monitoring is a monitored person. What the sheet says of other agencies'
identities is hearsay (`rural_affairs_form.py`).
"""

import datetime

from exchange.parsers.tables import ListUnreadable, Row, parse_month, read_table
from hardship.parsers.listed import (
    ListedIdentity,
    ListedPerson,
    ParsedList,
    RowRefused,
    day_of,
    household_of,
    id_number_of,
    identity_names_of,
    name_of,
    parsed_list,
)
from hardship.parsers.rural_affairs_form import FORM
from hardship.rules.identity_names import made_alike, names_in
from policy.conditions import Scalar

SAY_SOMETHING = ("household_type", "monitored", "identity")
NO_IDENTITY = {"一般农户", "一般户", "非脱贫户", "非监测对象", "普通农户", "无", "否"}
HEARSAY = {"allowance": "低保对象", "extreme_hardship": "特困人员"}
NOTHING = {"", "否", "无", "未享受", "不享受", "N", "0", "/"}
YES = {"是", "已消除", "自然消除", "稳定消除", "自然稳定消除", "Y", "1"}
NO = {"否", "未消除", "尚未消除", "N", "0", ""}


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
        monitored, since = _monitoring(row)
        lasting = [*_names(row, "household_type"), *_names(row, "identity")]
        watched = _names(row, "monitored")
        identities = {name: ListedIdentity(name) for name in lasting}
        identities |= {name: ListedIdentity(name, monitored, since) for name in watched}
        return ListedPerson(
            row.number,
            number,
            name_of(row),
            tuple(identities.values()),
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


def _monitoring(row: Row) -> tuple[dict[str, Scalar], datetime.date | None]:
    """Return what the row says of the monitoring: whether the risk is gone, since when and until when."""
    since = day_of(row, "since", read=parse_month)
    gone_on = day_of(row, "eliminated_on", read=parse_month)
    said = made_alike(row["eliminated"]).upper()
    if said not in YES | NO:
        raise RowRefused("应填“是”或“否”", column="eliminated", code="risk_unreadable")
    if said in NO - {""} and gone_on is not None:
        raise RowRefused("风险未消除，却填有消除监测时间", column="eliminated_on", code="risk_contradictory")
    attributes: dict[str, Scalar] = {"risk_eliminated": said in YES or gone_on is not None}
    if since is not None:
        attributes["identified_month"] = f"{since:%Y-%m}"
    if gone_on is not None:
        attributes["eliminated_month"] = f"{gone_on:%Y-%m}"
    return attributes, since
