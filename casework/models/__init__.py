"""Cases, their timeline, and the figures they are about."""

from casework.models.case import Case, CaseEvent, CaseEventKind, CaseState
from casework.models.figure import CaseFigure, Verdict

__all__ = ["Case", "CaseEvent", "CaseEventKind", "CaseFigure", "CaseState", "Verdict"]
