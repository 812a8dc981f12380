"""Pages of enrollment: billings, registrations, contributions with their working, payments, balances, subsidies."""

from enrollment.admin import (
    applications,
    balances,
    billed,
    billing,
    contributions,
    file,
    lists,
    money,
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
    "file",
    "lists",
    "money",
    "settlement_payments",
    "settlements",
    "supports",
    "transfers",
]
