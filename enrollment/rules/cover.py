"""Which days a contribution covers (待遇享受期), and what that means for a stay across its first day."""

from policy.dates import Date, Period
from policy.schema.enrollment import EnrollmentRules
from policy.trace import Step, Traced


def is_covered(start: Date | None, end: Date | None, on: Date) -> bool:
    """Return whether `on` lies in the cover; None = no benefit day at all."""
    return start is not None and end is not None and start <= on <= end


def covered_days(start: Date | None, end: Date | None) -> int:
    """Return how many days the cover has, both ends included; 0 where there is no benefit day."""
    if start is None or end is None:
        return 0
    return max(0, (end - start).days + 1)


def covered_stay(
    enrollment: EnrollmentRules, *, start: Date | None, end: Date | None, stay: Period
) -> Traced[Period | None]:
    """Return the days of a hospital stay that are covered, None if none.

    A stay that begins and ends inside or outside the cover needs no rule; one that crosses its first day is paid
    whole or not at all by the admission day, or day by day, as the documents say (等待期内入院).

    :raises RuleNotPublished: if the stay crosses the start and no document says what then
    """
    if start is None or end is None or stay.last < start or stay.first > end:
        return Traced(None, (Step("住院期间不在待遇享受期内"),))
    inside = Period(max(start, stay.first), min(end, stay.last))
    if stay.first >= start:
        return Traced(inside, (Step("入院日在待遇享受期内", stay.first),))
    rule = enrollment.published(enrollment.admission_in_wait, "admission_in_wait")
    if rule.value == "whole_stay_by_admission":
        return Traced(None, (Step.citing("等待期内入院，整次不予支付", rule, stay.first),))
    return Traced(inside, (Step.citing("等待期内入院，按日自待遇起始日支付", rule, inside.first),))
