"""Pages of enrollment: billings, registrations, contributions, payments, balances, subsidies, outreach."""

from enrollment.admin import (
    applications,
    balances,
    billed,
    billing,
    contributions,
    enrollments,
    family,
    file,
    lists,
    money,
    outreach,
    payments,
    settlement_payments,
    settlements,
    supports,
    transfers,
)

__all__ = [
    "applications",
    "balances",
    "billed",
    "billing",
    "contributions",
    "enrollments",
    "family",
    "file",
    "lists",
    "money",
    "outreach",
    "payments",
    "settlement_payments",
    "settlements",
    "supports",
    "transfers",
]
