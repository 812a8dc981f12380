"""The forms (表样) of lists: what columns a list has, in their order, and how they are filled in.

A form is said once, beside its reader: the reader takes the columns it wants of it, and the workbook that partners
download is written of it (`templates.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exchange.parsers.headers import Column


@dataclass(frozen=True, slots=True)
class Form:
    """A form.

    :param title: name of the sheet
    :param columns: in the order of the form; a heading that is only text is not read
    :param notes: sentences below the explanation of the columns
    :param people: lines of the sample, heading → text; the people are made up, their numbers never given out (…99)
    """

    title: str
    columns: tuple[Column | str, ...]
    notes: tuple[str, ...] = ()
    people: tuple[Mapping[str, str], ...] = field(default=())

    @property
    def read(self) -> tuple[Column, ...]:
        """The columns a reader looks for."""
        return tuple(column for column in self.columns if isinstance(column, Column))

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings in their order."""
        return tuple(column if isinstance(column, str) else column.aliases[0] for column in self.columns)
