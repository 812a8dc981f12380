"""Enrollments, contribution periods, payments, fiscal shares and fund transfers."""

from enrollment.models.contribution import ContributionPeriod, ContributionState
from enrollment.models.enrollment import Enrollment, EnrollmentStatus
from enrollment.models.payment import HoldReason, Payment, PaymentKind, PaymentState
from enrollment.models.subsidy import FundTransfer, SubsidyShare

__all__ = [
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
