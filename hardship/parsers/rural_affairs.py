"""The rural affairs department's export of the monitoring system (防返贫监测): household and monitoring."""

import datetime

from exchange.parsers.tables import Column, ListUnreadable, Row, parse_month, read_table
from hardship.parsers.listed import (
    ID_NUMBER,
    NAME,
    ListedIdentity,
    ListedPerson,
    ParsedList,
    RowRefused,
    day_of,
    id_number_of,
    name_of,
    parsed_list,
)
from hardship.rules.identity_names import names_in
from policy.conditions import Scalar

COLUMNS = (
    Column("id_number", ID_NUMBER, is_key=True),
    Column("name", NAME),
    Column("household_type", ("户类型", "农户类型"), required=False),
    Column("monitored", ("监测对象类别", "监测类别", "监测对象类型"), required=False),
    Column("identity", ("身份类别", "医疗救助身份", "困难身份", "人员类别", "对象类别"), required=False),
    Column("eliminated", ("风险是否已消除", "风险是否消除", "是否消除风险"), required=False),
    Column("since", ("识别监测时间", "纳入监测时间", "识别时间", "纳入时间"), required=False),
    Column("eliminated_on", ("消除监测时间", "风险消除时间", "消除时间"), required=False),
)
SAY_SOMETHING = ("household_type", "monitored", "identity")
NO_IDENTITY = {"一般农户", "一般户", "非脱贫户", "非监测对象", "普通农户", "无", "否"}
YES, NO = {"是", "已消除", "Y", "1"}, {"否", "未消除", "N", "0", ""}


def read_rural_affairs(content: bytes, file_name: str, *, on: datetime.date) -> ParsedList:
    """Return the people of the export; an ordinary household (一般农户) that is not monitored has no identity.

    :param on: day the list speaks of
    :raises ListUnreadable: if it is no such list
    """
    table = read_table(content, file_name, columns=COLUMNS)
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
        lasting = [*_names(row["household_type"]), *_names(row["identity"])]
        watched = _names(row["monitored"])
        identities = {name: ListedIdentity(name) for name in lasting}
        identities |= {name: ListedIdentity(name, monitored, since) for name in watched}
        return ListedPerson(row.number, number, name_of(row), tuple(identities.values()))

    return parsed_list(table, person, identify=lambda row: id_number_of(row, on=on))


def _names(cell: str) -> list[str]:
    return [name for name in names_in(cell) if name not in NO_IDENTITY]


def _monitoring(row: Row) -> tuple[dict[str, Scalar], datetime.date | None]:
    """Return what the row says of the monitoring: whether the risk is gone, since when and until when."""
    since = day_of(row, "since", read=parse_month)
    gone_on = day_of(row, "eliminated_on", read=parse_month)
    said = row["eliminated"].upper()
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
