"""What an answer to an alert must say (核查反馈): who visited when, and what the outcome needs."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass

ANSWERED, ACKNOWLEDGED = "answered", "acknowledged"
RECOGNIZED, NOT_ELIGIBLE, OTHER = "recognized", "not_eligible", "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What an agency says of an alert.

    :param step: acknowledged, visited or answered
    :param category: code of the identity given; :param since: from when on, null = from the day of the visit
    :param reason_code: why nothing is given; :param reason: in words
    """

    step: str = ANSWERED
    outcome: str = ""
    category: str = ""
    since: datetime.date | None = None
    document: str = ""
    reason_code: str = ""
    reason: str = ""
    checked_by: str = ""
    checked_on: datetime.date | None = None

    @property
    def why_not(self) -> str:
        """The code of why nothing is given: other, where it is said in words alone."""
        if self.outcome != NOT_ELIGIBLE:
            return ""
        return self.reason_code or OTHER


@dataclass(frozen=True, slots=True)
class Fault:
    """What an answer lacks: the field, and what to do."""

    field: str
    message: str


def fault_of(
    words: Words, *, outcomes: Collection[str], recognized: Collection[str], today: datetime.date
) -> Fault | None:
    """Return what is wrong with an answer, the first thing in the order of the form; null = nothing.

    :param outcomes: the outcomes there are
    :param recognized: categories the agency recognises, or may pass on for the one that does
    """
    if words.step == ACKNOWLEDGED:
        return None
    faults = (
        *_of_visit(words, today),
        *(_of_finding(words, outcomes, recognized) if words.step == ANSWERED else ()),
    )
    return next((fault for is_wrong, fault in faults if is_wrong), None)


def _of_visit(words: Words, today: datetime.date) -> tuple[tuple[bool, Fault], ...]:
    day = words.checked_on
    return (
        (not words.checked_by.strip(), Fault("checked_by", "请填写核查人")),
        (day is None, Fault("checked_on", "请填写核查日期")),
        (day is not None and day > today, Fault("checked_on", "核查日期晚于今天，请核对")),
    )


def _of_finding(
    words: Words, outcomes: Collection[str], recognized: Collection[str]
) -> tuple[tuple[bool, Fault], ...]:
    gives, refuses = words.outcome == RECOGNIZED, words.outcome == NOT_ELIGIBLE
    unsaid = words.why_not == OTHER and not words.reason.strip()
    return (
        (
            words.outcome not in outcomes,
            Fault("outcome", f"核查结果“{words.outcome}”不在范围内：纳入困难身份、给予救助、不符合条件"),
        ),
        (gives and not words.category, Fault("category", "纳入困难身份的，请填写纳入类别")),
        (
            bool(words.category) and words.category not in recognized,
            Fault("category", f"“{words.category}”不是本部门认定的困难身份类别，请由认定部门反馈"),
        ),
        (refuses and unsaid, Fault("reason", "不符合条件的，请说明原因")),
    )
