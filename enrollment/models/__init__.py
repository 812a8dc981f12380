"""Enrollments, contributions, billings, payments, balances, fiscal shares, applications, transfers, outreach."""

from enrollment.models.application import (
    ApplicationLine,
    ApplicationRow,
    ApplicationState,
    SubsidyApplication,
)
from enrollment.models.balance import Balance, BalanceKind, BalanceState
from enrollment.models.billing import (
    BillingGroup,
    BillingLeftOut,
    BillingRun,
    BillingScope,
    BillingState,
    LeftOut,
)
from enrollment.models.contribution import ContributionPeriod, ContributionState
from enrollment.models.enrollment import Enrollment, EnrollmentStatus
from enrollment.models.family_payer import FamilyPayer, Relation
from enrollment.models.outreach import (
    PROVEN,
    Contact,
    ContactOutcome,
    ContactWay,
    OutreachAssignment,
    ReasonSource,
    UninsuredReason,
    WhyNot,
)
from enrollment.models.payment import HoldReason, Payment, PaymentKind, PaymentState
from enrollment.models.quoted import Quoted, Working
from enrollment.models.settlement import (
    AssistanceSettlement,
    SettlementPayment,
    SettlementRow,
    SettlementState,
)
from enrollment.models.subsidy import FormerShare, FundTransfer, SubsidyShare

__all__ = [
    "PROVEN",
    "ApplicationLine",
    "ApplicationRow",
    "ApplicationState",
    "AssistanceSettlement",
    "Balance",
    "BalanceKind",
    "BalanceState",
    "BillingGroup",
    "BillingLeftOut",
    "BillingRun",
    "BillingScope",
    "BillingState",
    "Contact",
    "ContactOutcome",
    "ContactWay",
    "ContributionPeriod",
    "ContributionState",
    "Enrollment",
    "EnrollmentStatus",
    "FamilyPayer",
    "FormerShare",
    "FundTransfer",
    "HoldReason",
    "LeftOut",
    "OutreachAssignment",
    "Payment",
    "PaymentKind",
    "PaymentState",
    "Quoted",
    "ReasonSource",
    "Relation",
    "SettlementPayment",
    "SettlementRow",
    "SettlementState",
    "SubsidyApplication",
    "SubsidyShare",
    "UninsuredReason",
    "WhyNot",
    "Working",
]
