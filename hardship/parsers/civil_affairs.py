"""The civil affairs department's monthly list (资助参保对象全量明细): one row a person, identities in one cell."""

import datetime

from exchange.parsers.tables import Column, Row, parse_date, read_table
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

COLUMNS = (
    Column("id_number", ID_NUMBER, is_key=True),
    Column("name", NAME),
    Column(
        "identity",
        ("医疗救助身份", "救助身份", "身份类别", "困难身份", "人员类别", "对象类别", "救助类别", "特殊人员身份类别"),
    ),
    Column("since", ("纳入资助时间", "纳入时间", "认定时间", "认定日期", "身份起始时间", "起始日期"), required=False),
    Column("document", ("认定文书", "证书编号", "救助证号", "低保证号"), required=False),
)  # fmt: skip


def read_civil_affairs(content: bytes, file_name: str, *, on: datetime.date) -> ParsedList:
    """Return the people of the list.

    :param on: day the list speaks of
    :raises ListUnreadable: if it is no such list
    """
    table = read_table(content, file_name, columns=COLUMNS)

    def person(row: Row) -> ListedPerson:
        number = id_number_of(row, on=on)
        names = names_in(row["identity"])
        if not names:
            raise RowRefused("身份为空", column="identity", code="blank_identity", spoils_full_list=True)
        since = day_of(row, "since", read=parse_date)
        identities = tuple(ListedIdentity(name, since=since) for name in names)
        return ListedPerson(row.number, number, name_of(row), identities, row["document"])

    return parsed_list(table, person, identify=lambda row: id_number_of(row, on=on))
