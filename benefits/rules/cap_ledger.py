"""The cap's ledger (封顶线台账): every step earned, used, cleared, lost or taken off, in yuan; the cap is their sum.

Counts come from the states year by year, their worth from the section of the year whose cap is told, as in `cap_for`.
With 400,000 and 1 %: zero-claim of 2025 + 4,000 from 2026 on, lapse of 2027 - 4,000, so the cap of 2028 is 400,000.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from benefits.rules.cap_years import CapYear, Change, EntryKind, changes
from benefits.rules.incentives import cap_for, worth_of
from policy.cited import Cited
from policy.money import ZERO
from policy.schema.incentives import Incentives
from policy.trace import Step


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger.

    :param count: steps, more or less; :param amount: yuan the cap rises or falls by
    :param used: yuan paid out of the increase, of an entry that says so; it moves no cap by itself
    """

    year: int
    kind: EntryKind
    count: int
    amount: Decimal
    step: Step
    used: Decimal | None = None


def cap_entries(
    base_cap: Cited[Decimal], years: Iterable[CapYear], *, paid: Mapping[int, Decimal] | None = None
) -> tuple[Entry, ...]:
    """Return the ledger of the cap of the last of `years`, in their order; its amounts add up to that cap.

    :param years: from the first that counts anything to the one whose cap is told, none left out
    :param paid: year → what critical illness insurance paid in it, for how much of the increase was used
    :raises RuleNotPublished: as `cap_for`
    """
    rows = tuple(years)
    last = rows[-1]
    section = last.section
    entries = [Entry(last.facts.year, EntryKind.BASE, 0, base_cap.value, Step.citing("原封顶线", base_cap))]
    counts = {"continuous_steps": 0, "zero_claim_steps": 0, "lapsed_years": 0}
    for row in rows:
        for change in changes(row, is_last=row is last):
            amount = _moved(section, base_cap.value, change, counts)
            entries.append(_entry(change, amount))
        if row.facts.increase_used and row is not last:
            entries.append(_used(row, base_cap, (paid or {}).get(row.facts.year)))
    return (*entries, *_limits(last, base_cap))


def _entry(change: Change, amount: Decimal) -> Entry:
    step = Step.citing(change.label, change.leaf, amount)
    return Entry(change.year, change.kind, change.count, amount, step)


def _moved(section: Incentives, base: Decimal, change: Change, counts: dict[str, int]) -> Decimal:
    """Return what the change is worth, counting on; rounded as the whole is, so that the entries add up to the fen."""
    before = counts[change.counter]
    counts[change.counter] = before + change.count
    worth = worth_of(section, change.counter, counts[change.counter], base)
    moved = worth - worth_of(section, change.counter, before, base)
    return -moved if change.counter == "lapsed_years" else moved


def _used(row: CapYear, base_cap: Cited[Decimal], paid: Decimal | None) -> Entry:
    cap = cap_for(row.section, base_cap, row.opened, excluded=row.facts.excluded).value
    used = None if paid is None else max(ZERO, min(paid, cap.cap) - cap.cap_without_increase)
    step = Step.citing("大病支付用到奖励额度", row.section.reset, used if used is not None else ZERO)
    return Entry(row.facts.year, EntryKind.USED, 0, ZERO, step, used)


def _limits(last: CapYear, base_cap: Cited[Decimal]) -> Iterator[Entry]:
    """Yield what the limits leave out, and what an excluded identity suspends, of the whole."""
    year, section = last.facts.year, last.section
    cap = cap_for(section, base_cap, last.opened).value
    over = cap.increase - cap.continuous_increase - cap.zero_claim_increase
    if over:
        label = Step.citing("两项激励合计超过上限的部分不计", section.increase_limit, over)
        yield Entry(year, EntryKind.OVER_LIMIT, 0, over, label)
    raw = worth_of(section, "lapsed_years", last.opened.lapsed_years, base_cap.value)
    if raw != cap.decrease and section.lapse_limit is not None:
        spared = raw - cap.decrease
        yield Entry(
            year,
            EntryKind.OVER_LIMIT,
            0,
            spared,
            Step.citing("断保降低超过上限的部分不计", section.lapse_limit, spared),
        )
    if last.facts.excluded and (moved := base_cap.value - cap.cap):
        yield Entry(
            year, EntryKind.EXCLUDED, 0, moved, Step.citing("救助对象除外，不奖不罚", section.excluded, moved)
        )
