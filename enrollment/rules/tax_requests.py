"""What the tax authority asks for of one person in one batch, held against what is owed (税务请款明细比对)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from policy.money import ZERO


class Finding(StrEnum):
    """How the two stand to each other."""

    MATCHED = "matched"
    AMOUNT_DIFFERS = "amount_differs"
    DOUBLED = "doubled"
    NOT_OWED = "not_owed"
    MISSING = "missing"
    ASKED_BEFORE = "asked_before"


@dataclass(frozen=True, slots=True)
class Compared:
    """A finding, with both sums in yuan."""

    finding: Finding
    asked: Decimal
    owed: Decimal


def compared(amounts: Sequence[Decimal], *, owed: Decimal | None, was_asked: bool = False) -> Compared:
    """Return how the lines of one person and batch stand to what is owed there.

    :param amounts: of the person's lines, in yuan, negative = taken back; none = the list leaves the person out
    :param owed: yuan; null = nothing of the person is in the batch
    :param was_asked: an earlier list asked for the person and batch
    """
    asked = sum(amounts, ZERO)
    return Compared(_finding(amounts, asked, owed, was_asked=was_asked), asked, owed or ZERO)


def _finding(amounts: Sequence[Decimal], asked: Decimal, owed: Decimal | None, *, was_asked: bool) -> Finding:
    if owed is None:
        return Finding.NOT_OWED
    if not amounts:
        return Finding.MISSING
    if was_asked:
        return Finding.ASKED_BEFORE
    if asked == owed:
        return Finding.MATCHED
    is_whole = owed and asked == owed * len(amounts) and set(amounts) == {owed}
    return Finding.DOUBLED if is_whole else Finding.AMOUNT_DIFFERS
