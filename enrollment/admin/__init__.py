"""Pages of enrollment: registrations, contributions with their working, payments, balances, fiscal shares."""

from enrollment.admin import balances, contributions, file, lists, money, supports

__all__ = ["balances", "contributions", "file", "lists", "money", "supports"]
