"""Lists that say in one column what each person is: one row a person, several identities in one cell."""

import datetime
from functools import lru_cache

from exchange.parsers.forms import Form
from exchange.parsers.tables import Row, read_table
from hardship.parsers.listed import (
    ListedPerson,
    ParsedList,
    document_of,
    first_day_of,
    id_number_of,
    identity_names_of,
    name_of,
    parsed_list,
)
from hardship.rules.stated_identities import ListedIdentity
from policy.loader import shipped_categories


def read_named(content: bytes, file_name: str, *, on: datetime.date, form: Form) -> ParsedList:
    """Return the people of a list with the columns id_number, name, identity, and perhaps since and document.

    :param on: day the list speaks of
    :raises ListUnreadable: if it is no such list
    """
    table = read_table(content, file_name, columns=form.read)

    def person(row: Row) -> ListedPerson:
        number = id_number_of(row, on=on)
        names = identity_names_of(row, "identity")
        since, is_month = first_day_of(row)
        identities = tuple(ListedIdentity(name, since=since, is_month=is_month) for name in names)
        return ListedPerson(row.number, number, name_of(row), identities, document_of(row), row.sheet)

    return parsed_list(table, person, identify=lambda row: id_number_of(row, on=on))


@lru_cache
def labels_of(issuer: str) -> tuple[str, ...]:
    """Return the categories an agency recognises, as a form offers them; regions may add others."""
    return tuple(rule.label for rule in shipped_categories().values() if rule.issuer == issuer)
