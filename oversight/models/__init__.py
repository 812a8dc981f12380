"""The papers of oversight: what was reconciled, and the tax authority's own totals."""

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
    "Reconciliation",
    "ReconciliationLine",
    "ReconciliationState",
    "TaxTotal",
]
