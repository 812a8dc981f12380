"""Cases and their timeline."""

from casework.models.case import Case, CaseEvent, CaseEventKind, CaseState

__all__ = ["Case", "CaseEvent", "CaseEventKind", "CaseState"]
