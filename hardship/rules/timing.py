"""From which coverage year a recognition helps, and what a later change moves (资助时点与动态调整)."""

from enum import StrEnum
from typing import Literal

from policy.cited import Cited
from policy.dates import Date, Period
from policy.schema.assistance import Assistance
from policy.trace import Step, Traced


class Timing(StrEnum):
    """When a recognition is turned into aid."""

    THIS_YEAR = "this_year"
    NEXT_YEAR = "next_year"
    CASE = "case"


class Effect(StrEnum):
    """What a change of circumstance does to a contribution."""

    FROZEN = "frozen"
    REQUOTE = "requote"
    CASE = "case"


LABELS = {
    Timing.THIS_YEAR: "本年度起资助",
    Timing.NEXT_YEAR: "次年起资助",
    Timing.CASE: "逐案决定",
}


def assistance_timing(
    assistance: Assistance,
    *,
    concentrated: Period,
    coverage_year: int,
    recognized_on: Date,
    paid_on: Date | None,
) -> Traced[Timing]:
    """Return whether someone recognised on `recognized_on` is helped with the premium of `coverage_year`.

    Recognised by the end of the concentrated window and not after paying: this year. After paying, or after the
    window, as the documents say; the last day of the window is inside it.

    :param concentrated: the concentrated window of `coverage_year`
    :param paid_on: day the year's premium was paid; None = not yet
    :raises RuleNotPublished: if the documents do not say what becomes of such a person
    """
    inside = recognized_on <= concentrated.last
    paid_before = paid_on is not None and paid_on < recognized_on
    facts = (
        Step("身份认定日", recognized_on),
        Step("缴费日", paid_on if paid_on is not None else "尚未缴费"),
        Step("集中参保缴费期截止日", concentrated.last),
    )
    if inside and not paid_before:
        return Traced(
            Timing.THIS_YEAR, (*facts, Step("缴费前、集中参保期内已认定", LABELS[Timing.THIS_YEAR]))
        )
    leaf = _rule(assistance, inside=inside, paid_before=paid_before)
    timing = Timing(leaf.value)
    label = (
        f"{'集中参保期内' if inside else '集中参保期外'}认定、{'认定前已' if paid_before else '认定前未'}缴费"
    )
    figure = f"{coverage_year + 1} 年度起资助" if timing is Timing.NEXT_YEAR else LABELS[timing]
    return Traced(timing, (*facts, Step.citing(label, leaf, figure)))


def _rule(
    assistance: Assistance, *, inside: bool, paid_before: bool
) -> Cited[Literal["next_year", "this_year", "case"]]:
    if inside:
        return assistance.published(assistance.new_in_window_paid, "new_in_window_paid")
    if paid_before:
        return assistance.published(assistance.new_outside_window_paid, "new_outside_window_paid")
    return assistance.published(assistance.new_outside_window_unpaid, "new_outside_window_unpaid")


def change_effect(
    assistance: Assistance,
    *,
    coverage_year: int,
    paid_on: Date | None,
    changed_on: Date,
    is_correction: bool = False,
) -> Traced[Effect]:
    """Return what an exit, an upgrade or a downgrade on `changed_on` does to the contribution of `coverage_year`.

    Before payment the quote simply follows. After payment nothing is refunded, clawed back or topped up where the
    documents freeze it. A mistake or a fraud is no change of circumstance, nor is what was already so on the pay day
    but came to be known later: these are for people to decide.

    :param paid_on: day the year's premium was paid; None = not yet
    :param is_correction: the identity was wrong from the beginning
    :raises RuleNotPublished: if the documents do not say whether a paid contribution is frozen
    """
    facts = (
        Step(f"{coverage_year} 年度缴费日", paid_on if paid_on is not None else "尚未缴费"),
        Step("身份变动日", changed_on),
    )
    if is_correction:
        return Traced(Effect.CASE, (*facts, Step("属差错更正，不是身份变动，逐案决定")))
    if paid_on is None:
        return Traced(Effect.REQUOTE, (*facts, Step("尚未缴费，按变动后的身份重新核定")))
    if changed_on <= paid_on:
        return Traced(Effect.CASE, (*facts, Step("缴费时身份已经变动，缴费按原身份核定，逐案决定")))
    frozen = assistance.published(assistance.frozen_at_payment, "frozen_at_payment")
    if frozen.value:
        return Traced(Effect.FROZEN, (*facts, Step.citing("已缴不退、已享受不调整", frozen)))
    return Traced(Effect.REQUOTE, (*facts, Step.citing("缴费后仍随身份变动调整", frozen)))
