"""The figures of a case about another grant for a paid year: what it is, what it would be, who pays."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from casework.models import Case, CaseFigure, Verdict
from casework.services import NewFigure
from enrollment.models import ContributionPeriod
from enrollment.services.regrants import NewGrant, regranted_year
from policy.money import ZERO
from policy.trace import Step
from policy.words import said

Payer = tuple[str, tuple[str, ...]]


def regrant_figures(
    contribution: ContributionPeriod, new: NewGrant, *, rule: Step, verdict: Verdict = Verdict.ASKS
) -> list[NewFigure]:
    """Return the figures a case shows, and its effect compares with what it is about to book.

    :param contribution: with its grant
    :param rule: the step that decided, with clause and reading
    """
    after = regranted_year(contribution, new.grant)
    ref = f"contribution:{contribution.pk}"
    steps = [step.as_json() for step in new.steps]

    def figure(label: str, old: Decimal | None, now: Decimal, *, working: bool = False) -> NewFigure:
        return NewFigure(
            label=label,
            old=old,
            new=now,
            verdict=verdict,
            subject_ref=ref,
            clause=rule.clause,
            reading=rule.reading,
            trace=steps if working else (),
        )

    shown = [
        figure(
            f"{contribution.coverage_year} 年度参保资助", contribution.assisted, after.assisted, working=True
        )
    ]
    shown += [
        figure(f"其中 {'、'.join(map(said, payers))}（{said(component)}）", old, now)
        for (component, payers), old, now in _by_payer(contribution, new)
    ]
    if after.to_third_parties:
        shown.append(figure("第三方资金扶持", contribution.supported, after.supported))
        words = "应退资金扶持方" if after.to_third_parties > 0 else "资金扶持不再退还"
        shown.append(figure(words, None, abs(after.to_third_parties)))
    shown.append(figure("个人应缴", contribution.payable, after.payable))
    if after.to_person:
        shown.append(figure("应退本人" if after.to_person > 0 else "本人应补", None, abs(after.to_person)))
    return shown


def figures_stand(case: Case, figures: Sequence[NewFigure]) -> bool:
    """Return whether the figures the case shows are the ones that would be booked now."""
    shown = CaseFigure.objects.filter(case=case).order_by("position").values_list("label", "old", "new")
    return list(shown) == [(each.label, each.old, each.new) for each in figures]


def _by_payer(contribution: ContributionPeriod, new: NewGrant) -> Iterator[tuple[Payer, Decimal, Decimal]]:
    old: dict[Payer, Decimal] = {}
    for stored in contribution.grant.payers if contribution.grant is not None else ():
        key = (stored["component"], tuple(stored["payers"]))
        old[key] = old.get(key, ZERO) + Decimal(stored["amount"])
    now: dict[Payer, Decimal] = {}
    for share in new.grant.payers:
        key = (share.component, share.payers)
        now[key] = now.get(key, ZERO) + share.amount
    for key in dict.fromkeys((*old, *now)):
        yield key, old.get(key, ZERO), now.get(key, ZERO)
