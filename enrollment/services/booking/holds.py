"""Why a row cannot be booked, raised while it is decided."""

from enrollment.models import HoldReason, Payment


class Hold(Exception):
    """The money cannot be booked; somebody has to look at it."""

    def __init__(self, reason: HoldReason, note: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.note = note or str(reason.label)


class GivenBack(Exception):
    """The row takes back money that was never booked: both are done with."""

    def __init__(self, original: Payment) -> None:
        super().__init__(original)
        self.original = original
