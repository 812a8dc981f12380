"""Writes of casework: open cases, assign, decide, confirm and close them."""

from casework.services.close_unasked import close_unasked
from casework.services.decide_cases import (
    CaseNotReady,
    DecisionNotOffered,
    SecondPersonNeeded,
    assign_case,
    close_case,
    comment,
    confirm_case,
    decide_case,
    return_case,
)
from casework.services.effects import effect
from casework.services.open_cases import NewCase, NewFigure, open_case, open_cases

__all__ = [
    "CaseNotReady",
    "DecisionNotOffered",
    "NewCase",
    "NewFigure",
    "SecondPersonNeeded",
    "assign_case",
    "close_case",
    "close_unasked",
    "comment",
    "confirm_case",
    "decide_case",
    "effect",
    "open_case",
    "open_cases",
    "return_case",
]
