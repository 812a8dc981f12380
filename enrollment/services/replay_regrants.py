"""Give paid years another grant once more, each as a case gave it, from what was on record when it did.

What the case asked is the question: an identity that came late, an error, or a change of the records. The paid year is
taken as it stood on record then; what had been decided of it before is a decision of its own, and replayed as such.
"""

import datetime
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from casework.models import Case
from enrollment.models import Balance, BalanceState, ContributionPeriod, Enrollment
from enrollment.services import grant_corrections, late_cases, retroactive
from enrollment.services.aid_facts import AidFacts, Helped, helped_later
from enrollment.services.grant_corrections import grant_by_rule
from enrollment.services.late_cases import Finding, asked_about
from enrollment.services.late_identities import finding_about
from enrollment.services.quote_records import QuoteRecords
from enrollment.services.regrants import NewGrant, put_parts, regranted_year
from enrollment.services.retroactive import grant_by_change
from hardship.models import AssistanceGrant
from hardship.selectors import ChangeRecords, change_records
from policy.errors import DomainError
from policy.money import ZERO
from registry.batch.chronicles import Chronicle, chronicle


class NothingToDecide(DomainError):
    """By the records of the moment there was nothing to decide."""

    code = "nothing_to_decide"


@dataclass(frozen=True, slots=True)
class Refund:
    """A balance as it stood."""

    contribution_id: int
    party: str
    amount: Decimal
    state: str

    @property
    def is_waiting(self) -> bool:
        """Whether it is a third party's and has not gone."""
        return self.party != "" and self.state == BalanceState.OPEN


@dataclass(frozen=True, slots=True)
class RegrantRecords:
    """What cases that gave paid years other grants rested on, beyond what quotes rest on.

    :ivar years: contribution → its history in order
    :ivar grants: whether they came after the payment
    """

    records: QuoteRecords
    cases: Mapping[int, Case]
    years: Mapping[int, Sequence[Any]]
    grants: Chronicle
    changes: ChangeRecords
    balances: Chronicle = field(default_factory=Chronicle)
    helped: Mapping[int, Sequence[Helped]] = field(default_factory=dict)

    def aid_facts(self, row: Any) -> AidFacts:
        """Return what the aid of a paid year rested on at the row's moment, with what cases had aided it for."""
        pk, moment = row.resident_id, row.decided_at
        facts = self.records.aid_facts(pk, known_at=moment, digest=row.policy_digest)
        facts.helped = {pk: [each for each in self.helped.get(pk, ()) if each.at < moment]}
        return facts

    def waiting(self, row: Any) -> Decimal:
        """Return the yuan of support about to go back of a paid year at the row's moment."""
        known = (Refund(*each) for each in self.balances.at(row.resident_id, row.decided_at))
        return sum(
            (each.amount for each in known if each.contribution_id == row.id and each.is_waiting), ZERO
        )

    def paid_year(self, row: Any) -> ContributionPeriod:
        """Return a contribution as it stood on record at the row's moment."""
        moment, pk = row.decided_at, row.resident_id
        earlier = [each for each in self.years[row.id] if each.history_date <= moment]
        paid: ContributionPeriod = earlier[-1].instance
        registered = self.records.registration(pk, paid.enrollment_id, known_at=moment)
        grant = self.grants.records_at(pk, moment).get(paid.grant_id or 0)
        paid.enrollment = Enrollment(population=registered.population if registered else "resident")
        paid.grant = None if grant is None else AssistanceGrant(is_after_payment=grant[0])
        return paid


def regrant_records(rows: Collection[Any], *, records: QuoteRecords) -> RegrantRecords:
    """Return what these rows of the history of contributions rest on, in six queries, none without cases."""
    by_case = [row for row in rows if row.case_id is not None]
    if not by_case:
        return RegrantRecords(records, {}, {}, Chronicle(), ChangeRecords({}))
    residents = {row.resident_id for row in by_case}
    years: defaultdict[int, list[Any]] = defaultdict(list)
    history = ContributionPeriod.history.filter(id__in={row.id for row in by_case})
    for row in history.order_by("history_date", "history_id"):
        years[row.id].append(row)
    return RegrantRecords(
        records=records,
        cases=Case.objects.in_bulk({row.case_id for row in by_case}),
        years=years,
        grants=chronicle(AssistanceGrant, ["is_after_payment"], owners=residents),
        changes=change_records(residents),
        balances=chronicle(Balance, ["contribution_id", "party", "amount", "state"], owners=residents),
        helped=helped_later(residents),
    )


def regrant_again(row: Any, known: RegrantRecords) -> tuple[ContributionPeriod, NewGrant]:
    """Return a paid year with the grant its case gives it by what was on record at the row's moment; and the grant.

    :raises DomainError: no policy then, its documents are silent, or there was nothing to decide
    """
    paid, case = known.paid_year(row), known.cases[row.case_id]
    facts = known.aid_facts(row)
    if case.kind == retroactive.KIND:
        new = _by_change(paid, case, facts, known.changes, moment=row.decided_at)
    else:
        new = _BY_KIND[case.kind](paid, case, facts)
    put_parts(paid, regranted_year(paid, new.grant, waiting=known.waiting(row)))
    return paid, new


def _by_late_identity(paid: ContributionPeriod, case: Case, facts: AidFacts) -> NewGrant:
    category, day = asked_about(case.detail)
    found = finding_about(paid, category=category, day=day, facts=facts)
    if isinstance(found, DomainError):
        raise found
    if not isinstance(found, Finding) or not found.late.asks:
        raise NothingToDecide("按办理时的记录，工单所问的身份不涉及资助")
    return found.new_grant


def _by_correction(paid: ContributionPeriod, _case: Case, facts: AidFacts) -> NewGrant:
    return grant_by_rule(paid, facts=facts)


def _by_change(
    paid: ContributionPeriod,
    case: Case,
    facts: AidFacts,
    changes: ChangeRecords,
    *,
    moment: datetime.datetime,
) -> NewGrant:
    detail = case.detail
    change = changes.change(
        paid.resident_id, first_row=detail["first_row"], last_row=detail["last_row"], known_at=moment
    )
    before = datetime.date.fromisoformat(detail["as_of"])
    new = None if change is None else grant_by_change(paid, change, before=before, facts=facts)
    if new is None:
        raise NothingToDecide("按办理时的记录，身份变动不涉及该年度资助")
    return new


_BY_KIND: Mapping[str, Callable[[ContributionPeriod, Case, AidFacts], NewGrant]] = {
    late_cases.KIND: _by_late_identity,
    grant_corrections.KIND: _by_correction,
}
