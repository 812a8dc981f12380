"""Pages of benefits: claims with the working of every layer, totals, caps, alerts, year ends."""

from benefits.admin import alerts, claims, file, incentives, lists

__all__ = ["alerts", "claims", "file", "incentives", "lists"]
