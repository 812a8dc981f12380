"""Pages of enrollment: registrations, contributions with their working, payments, fiscal shares."""

from enrollment.admin import contributions, file, lists, money

__all__ = ["contributions", "file", "lists", "money"]
