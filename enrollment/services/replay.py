"""Decide once more what people owe, from what was known when it was decided, and hold it against what was stored.

Every time figures were put on a contribution is one decision, its grant with payers included; the rows of the
contribution's history keep them all. Nothing but the question is taken from the row: the person, the year, the day of
payment, the months bought back, the case that gave a paid year another grant (`replay_regrants.py`). Facts come from
the records of the moment, the law from the version of the moment.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from enrollment.models import ContributionPeriod
from enrollment.services.contributions import DECIDED, NOTHING, put_quote
from enrollment.services.quote import Ask, Quote
from enrollment.services.quote_records import QuoteRecords, quote_records
from enrollment.services.replay_regrants import RegrantRecords, regrant_again, regrant_records
from hardship.models import AssistanceGrant
from hardship.rules.premium_assistance import Grant
from hardship.services.grants import GrantDecision, grant_row
from policy.errors import DomainError
from policy.law_books import LawBook
from policy.replays import Replayed
from registry.batch.chronicles import Chronicle, chronicle
from registry.batch.merging import MERGED

KIND = "contribution"
FIGURES = tuple(name for name in DECIDED if name not in {"quoted_on", "bought_back_months", "policy_digest"})
GRANT_FIGURES = ("tier", "tier_label", "total", "aid", "payers", "losing")


@dataclass(frozen=True, slots=True)
class _Again:
    """A decision as it comes out again; the contribution has its figures and is not stored."""

    contribution: ContributionPeriod
    grant: Grant
    trace: Sequence[Mapping[str, str]]


def replay_contributions(
    *, resident_ids: Collection[int], coverage_year: int | None = None, law: LawBook | None = None
) -> list[Replayed]:
    """Return every decision about what these people owe, replayed, by person and moment.

    The number of queries does not depend on how many people or decisions there are. Years taken over from elsewhere
    were not decided here and are left out.

    :param coverage_year: null = every year
    """
    rows = list(_decisions(resident_ids, coverage_year))
    if not rows:
        return []
    records = quote_records(resident_ids=resident_ids, law=law)
    grants = chronicle(AssistanceGrant, GRANT_FIGURES, owners=resident_ids)
    cases = regrant_records(rows, records=records)
    return [_replayed(row, records, grants, cases) for row in rows]


def replay_contribution(contribution: ContributionPeriod) -> Replayed | None:
    """Return the decision that stands on a contribution, replayed; null = it was not decided here."""
    replayed = replay_contributions(
        resident_ids=[contribution.resident_id], coverage_year=contribution.coverage_year
    )
    return next((each for each in replayed if each.decided_at == contribution.decided_at), None)


def replay_grant(grant: AssistanceGrant) -> Replayed | None:
    """Return the decision a grant came from, with all else it decided; null = nothing here decided it."""
    replayed = replay_contributions(resident_ids=[grant.resident_id], coverage_year=grant.coverage_year)
    return next((each for each in replayed if each.decided_at == grant.decided_at), None)


def _decisions(resident_ids: Collection[int], coverage_year: int | None) -> Iterator[Any]:
    """Yield the first row of the history for each decision, in the order of decisions."""
    rows = ContributionPeriod.history.filter(resident__in=resident_ids, decided_at__isnull=False)
    rows = rows.exclude(history_change_reason__startswith=MERGED)  # handed over, not decided
    if coverage_year is not None:
        rows = rows.filter(coverage_year=coverage_year)
    seen = set()
    for row in rows.defer("trace").order_by("resident_id", "decided_at", "history_id"):
        if (row.id, row.decided_at) not in seen:
            seen.add((row.id, row.decided_at))
            yield row


def _replayed(row: Any, records: QuoteRecords, grants: Chronicle, cases: RegrantRecords) -> Replayed:
    grant = grants.records_at(row.resident_id, row.history_date).get(row.grant_id)
    stored = {name: getattr(row, name) for name in FIGURES} | _grant_figures(grant)
    again: _Again | None = None
    refusal = ""
    try:
        again = _quoted(row, records) if row.case_id is None else _regranted(row, cases)
    except DomainError as refused:
        refusal = refused.message
    return Replayed(
        kind=KIND,
        key=row.history_id,
        resident_id=row.resident_id,
        coverage_year=row.coverage_year,
        decided_at=row.decided_at,
        policy_key=row.policy_key,
        stored=stored,
        replayed=None if again is None else _figures(again, row),
        refusal=refusal,
        trace=again.trace if again is not None else [],
    )


def _quoted(row: Any, records: QuoteRecords) -> _Again:
    quote = _quote(row, records)
    contribution = ContributionPeriod()
    put_quote(contribution, quote)
    return _Again(contribution, quote.dues.grant or NOTHING, quote.trace)


def _regranted(row: Any, cases: RegrantRecords) -> _Again:
    contribution, new = regrant_again(row, cases)
    return _Again(contribution, new.grant, [step.as_json() for step in new.steps])


def _quote(row: Any, records: QuoteRecords) -> Quote:
    """Return the quote of the moment.

    :raises DomainError: if there was no policy then, or its documents are silent
    """
    registered = records.registration(row.resident_id, row.enrollment_id, known_at=row.history_date)
    ask = Ask(
        row.resident_id,
        row.coverage_year,
        row.quoted_on,
        registered.population if registered is not None else None,
        row.bought_back_months,
    )
    facts = records.facts(ask, known_at=row.decided_at, digest=row.policy_digest)
    if ask.resident_id not in facts.places:
        raise NotOnRecord("核定时的记录里没有此人", resident_id=ask.resident_id)
    return facts.quote(ask)


class NotOnRecord(DomainError):
    """Nobody of this key was registered when the decision was taken."""

    code = "not_on_record"


def _figures(again: _Again, row: Any) -> dict[str, Any]:
    decision = GrantDecision(
        resident_id=row.resident_id,
        coverage_year=row.coverage_year,
        grant=again.grant,
        policy_key=again.contribution.policy_key,
        decided_on=row.quoted_on,
    )
    grant = grant_row(decision)
    given = [getattr(grant, name) for name in GRANT_FIGURES] if grant.total else None
    return {name: getattr(again.contribution, name) for name in FIGURES} | _grant_figures(given)


def _grant_figures(grant: Iterable[Any] | None) -> dict[str, Any]:
    values = dict.fromkeys(GRANT_FIGURES) if grant is None else dict(zip(GRANT_FIGURES, grant, strict=True))
    return {f"grant_{name}": value for name, value in values.items()}
