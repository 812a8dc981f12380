"""What special groups (特殊人群) are offered on a pay day: newborns, new assistance targets, soldiers, leavers."""

from collections.abc import Iterator

from enrollment.rules.offers import SUBSIDIES, Facts, Offer, TermsWarning, amount_due
from enrollment.rules.windows import OpenWindow, start_by
from policy.dates import Date
from policy.schema.enrollment import EnrollmentRules, SpecialGroup, Subsidy
from policy.schema.financing import Financing
from policy.trace import Step, Traced


def group_offers(
    enrollment: EnrollmentRules,
    financing: Financing,
    *,
    window: OpenWindow | None,
    ordinary: Offer | None,
    facts: Facts,
) -> Iterator[Offer]:
    """Yield what each special group the person belongs to offers, in the order of the file.

    A group that does not ignore windows has nothing to offer outside them; nobody in a group starts later than the
    window alone would give.
    """
    for name, group in enrollment.group.items():
        if not group.when.value.holds(facts.person) or (window is None and not group.ignores_windows.value):
            continue
        charge = group.published(group.charge or (window.rules.charge if window else None), "charge")
        due = amount_due(financing, charge, facts.person.population)
        subsidy = _subsidy(group, window, facts.paid_on)
        start, warnings = _start(group, facts)
        if ordinary is not None:
            start = min(start, ordinary.start)
        steps = (
            Step.citing(f"特殊人群：{group.label}", group.when),
            *_window_steps(group, window),
            *due.steps,
            *subsidy.steps,
            Step.citing("待遇起始日", group.start, start),
        )
        yield Offer(name, charge.value, due.value, subsidy.value, start, steps, warnings)


def _window_steps(group: SpecialGroup, window: OpenWindow | None) -> tuple[Step, ...]:
    if group.ignores_windows.value or window is None:
        return (Step.citing("缴费不受参保缴费期限制", group.ignores_windows),)
    return (Step.citing(f"缴费与补助随{window.rules.label}", group.ignores_windows),)


def _subsidy(group: SpecialGroup, window: OpenWindow | None, paid_on: Date) -> Traced[Subsidy]:
    """Return what becomes of the subsidy: a group that ignores windows always has it, late payers a year later."""
    if not group.ignores_windows.value and window is not None:
        leaf = window.rules.subsidy
        return Traced(leaf.value, (Step.citing("财政补助", leaf, SUBSIDIES[leaf.value]),))
    later = group.claim_next_year_from
    if later is not None and paid_on >= later.value:
        subsidy = Subsidy.CLAIM_NEXT_YEAR
        return Traced(subsidy, (Step.citing(f"财政补助（{later.value} 起缴费）", later, SUBSIDIES[subsidy]),))
    subsidy = Subsidy.GRANTED
    return Traced(subsidy, (Step.citing("财政补助", group.ignores_windows, SUBSIDIES[subsidy]),))


def _start(group: SpecialGroup, facts: Facts) -> tuple[Date, tuple[TermsWarning, ...]]:
    """Return the group's start, not before the coverage year unless a newborn has paid for both years."""
    start = start_by(group.start.value, paid_on=facts.paid_on, born_on=facts.person.born_on)
    born_before = group.start.value.kind == "birth" and start < facts.coverage_start
    both = group.cross_year
    if not born_before or both is None or both.value != "both_years":
        return max(start, facts.coverage_start), ()
    if facts.cross_year_paid_both:
        return start, ()
    message = (
        f"出生在上一参保年度：只缴本年度费用的自 {facts.coverage_start} 起享受，"
        f"两个年度都缴的自出生之日 {start} 起享受"
    )
    return facts.coverage_start, (TermsWarning("cross_year_newborn", "warn", message, both.clause),)
