"""Many third parties' offers at once: each taken up to what is left to its person, in the order of the list."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from enrollment.models import ContributionPeriod, ContributionState
from enrollment.services.contributions import put_quote, save_quoted, standing_contributions
from enrollment.services.enroll import ask_of
from enrollment.services.quote import Ask, Quote, QuoteFacts, load_facts
from exchange.models import InboundBatch
from hardship.models import ThirdPartySupport
from hardship.rules.premium_assistance import top_up
from hardship.services.supports import NewSupport, Support, record_supports
from policy.errors import DomainError
from policy.money import ZERO
from registry.services import lock_residents

Key = tuple[int, int]  # resident, coverage year


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedOffer:
    """What a third party offers somebody.

    :param offered: yuan, > 0
    """

    resident_id: int
    coverage_year: int
    giver: str
    offered: Decimal
    given_on: datetime.date
    document: str = ""

    @property
    def key(self) -> Key:
        """Whose year."""
        return self.resident_id, self.coverage_year


@dataclass(frozen=True, slots=True)
class OfferOutcome:
    """What became of an offer.

    :param outcome: taken, unchanged or refused
    :param taken: yuan of it that are used as things stand
    """

    outcome: str
    taken: Decimal = ZERO
    code: str = ""
    message: str = ""


@dataclass(slots=True)
class _Year:
    """One person's year while the list is gone through."""

    contribution: ContributionPeriod | None
    offered: Decimal
    known: set[tuple[object, ...]] = field(default_factory=set)
    quote: Quote | None = None


@transaction.atomic
def take_offers(
    *,
    offers: Sequence[ListedOffer],
    batch: InboundBatch | None = None,
    is_trial: bool = False,
    user: AbstractBaseUser | None = None,
) -> list[OfferOutcome]:
    """Record third parties' support (资金扶持), never more than what is left to the person, and quote the years anew.

    What cannot be taken is refused row by row; an offer on record with the same giver, sum, day and document is
    unchanged. Queries do not grow with the offers.

    :param is_trial: nothing is kept
    :returns: what became of each, in order

    Source: 唐医保函〔2024〕45号 二(四).
    """
    if not is_trial:
        lock_residents({each.resident_id for each in offers})
    years = _years(offers)
    asks = [_ask(each, years[each.key]) for each in offers]
    facts = load_facts(asks)
    outcomes, rows = [], []
    for offer, ask in zip(offers, asks, strict=True):
        outcome, row = _taken(offer, ask, years[offer.key], facts)
        outcomes.append(outcome)
        rows += [row] if row is not None else []
    if not is_trial:
        record_supports(rows=rows, batch=batch, user=user)
        _requote(years.values(), batch=batch, user=user)
    return outcomes


def _years(offers: Sequence[ListedOffer]) -> dict[Key, _Year]:
    people = {each.resident_id for each in offers}
    coverage_years = {each.coverage_year for each in offers}
    contributions = {
        (each.resident_id, each.coverage_year): each
        for each in standing_contributions(resident_ids=people, coverage_years=coverage_years)
    }
    standing: defaultdict[Key, list[ThirdPartySupport]] = defaultdict(list)
    given = ThirdPartySupport.objects.filter(resident__in=people, coverage_year__in=coverage_years)
    for each in given.filter(reverses=None, reversal=None):
        standing[each.resident_id, each.coverage_year].append(each)
    return {
        key: _Year(
            contributions.get(key),
            sum((each.offered for each in standing[key]), ZERO),
            {(each.giver, each.offered, each.given_on, each.document) for each in standing[key]},
        )
        for key in {each.key for each in offers}
    }


def _ask(offer: ListedOffer, year: _Year) -> Ask:
    if year.contribution is not None:
        return ask_of(year.contribution, offer.given_on)
    return Ask(offer.resident_id, offer.coverage_year, offer.given_on)


def _taken(
    offer: ListedOffer, ask: Ask, year: _Year, facts: QuoteFacts
) -> tuple[OfferOutcome, NewSupport | None]:
    """Decide one offer and move its year on; return the row to record, null = none."""
    said = (offer.giver, offer.offered, offer.given_on, offer.document)
    if said in year.known:
        return OfferOutcome("unchanged"), None
    if (refused := _refused(offer, year, facts)) is not None:
        return refused, None
    try:
        left = facts.quote(ask._replace(offered=year.offered)).dues.payable
        taken = top_up(facts.policy(ask).assistance, residual=left, offered=offer.offered)
        if not taken.value:
            return OfferOutcome(
                "refused",
                code="nothing_left",
                message=f"{offer.coverage_year} 年度个人无须缴费，不用资金扶持",
            ), None
        year.offered += offer.offered
        year.quote = facts.quote(ask._replace(offered=year.offered))
    except DomainError as refusal:
        return OfferOutcome("refused", code=refusal.code, message=refusal.message), None
    year.known.add(said)
    support = Support(
        giver=offer.giver,
        offered=offer.offered,
        amount=taken.value,
        given_on=offer.given_on,
        document=offer.document,
        trace=taken.steps,
    )
    rest = offer.offered - taken.value
    said_rest = f"采用 {taken.value} 元，超出应缴余额的 {rest} 元不用" if rest else f"采用 {taken.value} 元"
    return OfferOutcome("taken", taken.value, message=said_rest), NewSupport(
        resident_id=offer.resident_id,
        coverage_year=offer.coverage_year,
        support=support,
    )


def _refused(offer: ListedOffer, year: _Year, facts: QuoteFacts) -> OfferOutcome | None:
    if offer.offered <= ZERO:
        return OfferOutcome("refused", code="row_invalid", message="扶持金额须大于零")
    died_on = facts.places[offer.resident_id].died_on
    if died_on is not None and died_on <= offer.given_on:
        return OfferOutcome("refused", code="dead", message=f"{died_on} 已死亡")
    paying = year.contribution
    if paying is not None and (paying.paid or paying.state == ContributionState.PAID):
        return OfferOutcome(
            "refused",
            code="already_paying",
            message=f"{offer.coverage_year} 年度已有缴费，资金扶持不能再登记，须先冲正缴费",
        )
    return None


def _requote(years: Iterable[_Year], *, batch: InboundBatch | None, user: AbstractBaseUser | None) -> None:
    quoted = []
    for year in years:
        if year.contribution is not None and year.quote is not None:
            put_quote(year.contribution, year.quote)
            quoted.append((year.contribution, year.quote))
    because = "" if batch is None else f"批次{batch.pk}"
    save_quoted(quoted, verb="give support", because=because, user=user)
