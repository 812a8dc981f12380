"""Enrollments, contribution periods, payments, balances, fiscal shares and fund transfers."""

from enrollment.models.balance import Balance, BalanceKind, BalanceState
from enrollment.models.contribution import ContributionPeriod, ContributionState
from enrollment.models.enrollment import Enrollment, EnrollmentStatus
from enrollment.models.payment import HoldReason, Payment, PaymentKind, PaymentState
from enrollment.models.subsidy import FundTransfer, SubsidyShare

__all__ = [
    "Balance",
    "BalanceKind",
    "BalanceState",
    "ContributionPeriod",
    "ContributionState",
    "Enrollment",
    "EnrollmentStatus",
    "FundTransfer",
    "HoldReason",
    "Payment",
    "PaymentKind",
    "PaymentState",
    "SubsidyShare",
]
