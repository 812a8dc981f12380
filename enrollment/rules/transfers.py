"""Whether government's money has reached the fiscal account in time (财政补助资金拨付)."""

import datetime
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from policy.money import ZERO, yuan
from policy.schema.financing import FiscalYear
from policy.trace import Step, Traced

SHARE = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class TransferStatus:
    """How a transfer stands on a day.

    :param shortfall: yuan still missing
    :param shortfall_share: of what is due, four decimals
    :param days_late: days since the deadline, 0 unless overdue
    """

    state: Literal["on_time", "pending", "overdue"]
    shortfall: Decimal
    shortfall_share: Decimal
    days_late: int


def transfer_status(
    fiscal: FiscalYear, *, due: Decimal, received: Decimal, on: datetime.date
) -> Traced[TransferStatus]:
    """Return how far what was received by the end of `on` meets what is due.

    The deadline's own day still counts (民法典 1259, “底前”); what is missing is overdue from the day after.

    :param due: yuan owed for the fiscal year, >= 0
    :param received: yuan received in all by the end of `on`, >= 0
    """
    if due < 0 or received < 0:
        raise ValueError(f"due and received must not be negative: {due}, {received}")
    deadline = fiscal.published(fiscal.transfer_deadline, "transfer_deadline")
    shortfall = yuan(max(ZERO, due - received))
    share = (shortfall / due if due else ZERO).quantize(SHARE, rounding=ROUND_HALF_UP)
    days_late = max(0, (on - deadline.value).days) if shortfall else 0
    state: Literal["on_time", "pending", "overdue"] = "on_time"
    if shortfall:
        state = "overdue" if days_late else "pending"
    steps = (
        Step("应拨付", due),
        Step("已到账", received),
        Step.citing("拨付期限（含当日）", deadline),
        Step("缺口", shortfall),
        Step("逾期天数", days_late),
    )
    return Traced(TransferStatus(state, shortfall, share, days_late), steps)
