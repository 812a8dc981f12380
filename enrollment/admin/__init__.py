"""Pages of enrollment: billings, registrations, contributions with their working, payments, balances, shares."""

from enrollment.admin import balances, billed, billing, contributions, file, lists, money, supports

__all__ = ["balances", "billed", "billing", "contributions", "file", "lists", "money", "supports"]
