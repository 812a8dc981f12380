"""Pages of benefits: claims with the working of every layer, totals, caps, alerts, year ends."""

from benefits.admin import (
    adjustments,
    alerts,
    caps,
    claims,
    file,
    incentives,
    lists,
    manual_claims,
    revisions,
)

__all__ = [
    "adjustments",
    "alerts",
    "caps",
    "claims",
    "file",
    "incentives",
    "lists",
    "manual_claims",
    "revisions",
]
