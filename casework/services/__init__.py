"""Writes of casework: open cases, assign, decide, confirm and close them."""

from casework.services.close_unasked import close_unasked, let_ask_again
from casework.services.decide_cases import (
    CaseNotReady,
    CaseOutdated,
    DecisionNotOffered,
    SecondPersonNeeded,
    assign_case,
    close_case,
    comment,
    confirm_case,
    decide_case,
    propose_case,
    renew_case,
    return_case,
)
from casework.services.effects import asked_again, effect, kinds_asked_again
from casework.services.open_cases import NewCase, NewFigure, open_case, open_cases

__all__ = [
    "CaseNotReady",
    "CaseOutdated",
    "DecisionNotOffered",
    "NewCase",
    "NewFigure",
    "SecondPersonNeeded",
    "asked_again",
    "assign_case",
    "close_case",
    "close_unasked",
    "comment",
    "confirm_case",
    "decide_case",
    "effect",
    "kinds_asked_again",
    "let_ask_again",
    "open_case",
    "open_cases",
    "propose_case",
    "renew_case",
    "return_case",
]
