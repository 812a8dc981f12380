"""Accounts: one person's contribution of one year, moved in memory by the rows of a chunk and stored once."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from enrollment.models import ContributionPeriod, ContributionState, Enrollment, EnrollmentStatus
from enrollment.services.contributions import put_quote
from enrollment.services.quote import Quote
from policy.money import ZERO
from registry.batch.copying import like

Key = tuple[int, int]  # resident, coverage year
UNPAID = ContributionPeriod(paid=ZERO)


@dataclass(slots=True)
class Account:
    """A person's year.

    :ivar quote: of the last payment booked by this chunk
    :ivar paid_now: paid in full by this chunk
    :ivar squared: paid already, and a balance's money moved
    :ivar reopened: had been paid in full before this chunk took money back
    """

    resident_id: int
    coverage_year: int
    enrollment: Enrollment | None = None
    contribution: ContributionPeriod | None = None
    quote: Quote | None = None
    paid_now: bool = False
    reopened: bool = False
    touched: bool = False
    squared: bool = False

    @property
    def is_paid(self) -> bool:
        """Whether the premium is paid in full."""
        return self.contribution is not None and self.contribution.state == ContributionState.PAID

    @property
    def paid(self) -> Decimal:
        """Yuan booked so far."""
        return self.contribution.paid if self.contribution is not None else ZERO

    def book(self, amount: Decimal, *, quote: Quote, on: datetime.date) -> None:
        """Put money and the quote of its day on the contribution, which is closed when nothing is left to pay."""
        if self.contribution is None:
            self.contribution = like(UNPAID, resident_id=self.resident_id, coverage_year=self.coverage_year)
        put_quote(self.contribution, quote)
        self.contribution.paid += amount
        self.quote, self.touched = quote, True
        if self.contribution.paid == self.contribution.payable:
            self.contribution.state = ContributionState.PAID
            self.contribution.paid_on = on
            self.paid_now = True
        else:
            self.contribution.state = ContributionState.PARTLY_PAID

    def square(self, amount: Decimal) -> None:
        """Put a balance's money on a paid contribution, which stays paid.

        :param amount: yuan; negative = given back
        """
        assert self.contribution is not None
        self.contribution.paid += amount
        self.squared = self.touched = True

    def take_back(self, amount: Decimal) -> None:
        """Take money off the contribution, which is open again.

        :param amount: yuan, positive
        """
        assert self.contribution is not None
        self.reopened = self.reopened or (self.is_paid and not self.paid_now)
        self.paid_now, self.touched = False, True
        self.contribution.paid -= amount
        self.contribution.state = (
            ContributionState.PARTLY_PAID if self.contribution.paid else ContributionState.REVERSED
        )
        self.contribution.paid_on = self.contribution.frozen_at = None


def accounts_of(keys: Collection[Key]) -> dict[Key, Account]:
    """Return the accounts of residents and years, with what stands on record, in two queries."""
    accounts = {key: Account(*key) for key in keys}
    wanted = {"resident__among": {key[0] for key in keys}, "coverage_year__in": {key[1] for key in keys}}
    registered = Enrollment.objects.filter(status=EnrollmentStatus.ACTIVE, **wanted)
    by_enrollment: dict[int, Account] = {}
    for enrollment in registered:
        account = accounts.get((enrollment.resident_id, enrollment.coverage_year))
        if account is not None:
            account.enrollment = enrollment
            by_enrollment[enrollment.pk] = account
    for contribution in ContributionPeriod.objects.filter(enrollment__among=by_enrollment).defer("trace"):
        by_enrollment[contribution.enrollment_id].contribution = contribution
    return accounts
