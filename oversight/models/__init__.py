"""The papers of oversight: what was reconciled, the tax authority's own totals, participation month by month."""

from oversight.models.participation import ParticipationCount
from oversight.models.reconciliation import (
    Difference,
    DifferenceKind,
    DifferenceState,
    Reconciliation,
    ReconciliationLine,
    ReconciliationState,
)
from oversight.models.tax_total import TaxTotal

__all__ = [
    "Difference",
    "DifferenceKind",
    "DifferenceState",
    "ParticipationCount",
    "Reconciliation",
    "ReconciliationLine",
    "ReconciliationState",
    "TaxTotal",
]
