"""Files in: plan, show, apply. Every row's outcome is kept; nothing is in force before somebody has looked at it."""

from enrollment.services.lists.classes import CLASSES
from enrollment.services.lists.flow import (
    FileSource,
    ListKind,
    apply_list,
    import_list,
    plan_list,
    standing_batch,
)
from enrollment.services.lists.history import HISTORY
from enrollment.services.lists.insured_elsewhere import INSURED_ELSEWHERE
from enrollment.services.lists.payments import PAYMENTS
from enrollment.services.lists.reasons import REASONS
from enrollment.services.lists.receipts import RECEIPTS
from enrollment.services.lists.residents import RESIDENTS
from enrollment.services.lists.supports import SUPPORTS
from enrollment.services.lists.tax_requests import TAX_REQUESTS

KINDS = {
    kind.name: kind
    for kind in (
        RESIDENTS, CLASSES, HISTORY, INSURED_ELSEWHERE, PAYMENTS, SUPPORTS, REASONS, RECEIPTS, TAX_REQUESTS,
    )
}  # fmt: skip

__all__ = [
    "CLASSES",
    "HISTORY",
    "INSURED_ELSEWHERE",
    "KINDS",
    "PAYMENTS",
    "REASONS",
    "RECEIPTS",
    "RESIDENTS",
    "SUPPORTS",
    "TAX_REQUESTS",
    "FileSource",
    "ListKind",
    "apply_list",
    "import_list",
    "plan_list",
    "standing_batch",
]
