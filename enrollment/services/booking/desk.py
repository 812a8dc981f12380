"""The desk: decides row by row whether money is booked, and where; everything it needs is in memory."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from enrollment.models import Balance, BalanceKind, Enrollment, HoldReason, Payment, PaymentKind
from enrollment.rules.family_account import account_misfit
from enrollment.rules.offers import renewed_population
from enrollment.rules.windows import adopted_windows
from enrollment.selectors.insured import insured_in_year
from enrollment.selectors.whereabouts import Whereabouts
from enrollment.services.balances import Balances, balances_of
from enrollment.services.booking.accounts import Account, Key, accounts_of
from enrollment.services.booking.family import HOLDS, Members, members_of
from enrollment.services.booking.funds import Funds
from enrollment.services.booking.holds import Hold
from enrollment.services.booking.originals import Originals, load_originals
from enrollment.services.booking.rows import Incoming
from enrollment.services.quote import Ask, Memory, Quote, QuoteFacts, load_facts
from hardship.rules.person_names import is_same_name
from policy.errors import DomainError, PolicyNotFound
from policy.money import ZERO
from policy.policy import Policy
from registry.batch.copying import like

RENEWAL = Enrollment()
UNDECIDED = "退费须先在“缴费核定”页提出并经复核；复核后自动入账"
UNDER_WAY = "该年度退费已决定，待税务退费流水到达，其间不能缴费、冲正"


@dataclass(slots=True)
class Desk:
    """What a chunk's decisions rest on.

    :ivar renewable: resident and year → population of the year before, where they were insured in the same place
    :ivar originals: payments that money may be taken back from
    :ivar balances: what decisions about paid years left to give back or to collect
    :ivar members: whom the family accounts of the chunk have paid for
    :ivar funds: what the lists may speak of
    :ivar registrar: who books, and so registers whoever renews by paying
    """

    facts: QuoteFacts
    accounts: dict[Key, Account]
    renewable: dict[Key, str]
    originals: Originals
    balances: Balances = field(default_factory=Balances)
    members: Members = field(default_factory=lambda: defaultdict(set))
    funds: Funds = field(default_factory=Funds)
    may_enroll: bool = True
    registrar: int | None = None

    def decide(self, row: Incoming) -> Account:
        """Book a row on its account and return it.

        :raises Hold: if it cannot be booked; the account is as it was
        :raises GivenBack: if it takes back money that was never booked
        """
        return self._pay(row) if row.is_payment else self._take_back(row)

    def _pay(self, row: Incoming) -> Account:
        place = self.facts.places.get(row.resident_id or 0)
        if place is None:
            raise Hold(HoldReason.UNKNOWN_PERSON)
        assert row.resident_id is not None
        account = self.accounts[row.resident_id, row.row.coverage_year]
        self._check_fund(row, account)
        _check_name(row, place)
        if place.died_on is not None and place.died_on < row.row.paid_on:
            raise Hold(HoldReason.DEAD, f"{place.died_on} 已死亡")
        if account.is_paid:
            return self._recover(row, account)
        if self._premiums(account):
            raise Hold(HoldReason.REFUND_UNDER_WAY, UNDER_WAY)
        ask = _ask(row, account)
        policy = self._policy(ask)
        self._check_account(row, policy)
        enrollment = account.enrollment or self._renewed(row, policy)
        quote = self._quote(ask, policy)
        confirmed = account.contribution is not None and account.contribution.no_benefit_confirmed
        kind = quote.warning("no_benefit_day")
        if kind == "refuse" or (kind == "confirm" and not confirmed):
            raise Hold(HoldReason.NO_BENEFIT_DAY)
        owed = quote.payable - account.paid
        if row.amount > owed:
            raise Hold(HoldReason.WRONG_AMOUNT, f"应缴 {owed} 元，实缴 {row.amount} 元")
        account.enrollment = enrollment
        account.book(row.amount, quote=quote, on=row.row.paid_on)
        self._members(row).add(row.resident_id)
        return account

    def _check_fund(self, row: Incoming, account: Account) -> None:
        """Raise Hold where the year is insured, or would be, in another fund than the list's."""
        place = self.facts.places[account.resident_id]
        enrolled = account.enrollment
        self.funds.check(row, fund=enrolled.pooling_area_id if enrolled else place.pooling_area_id)

    def _members(self, row: Incoming) -> set[int]:
        """Return whom the account that pays a row has paid for in its year; nobody else's account, nobody."""
        index = row.row.payer.id_index if row.row.payer is not None else None
        return self.members[index, row.row.coverage_year] if index is not None else set()

    def _check_account(self, row: Incoming, policy: Policy) -> None:
        """Raise Hold where the money came out of an account that may not pay it."""
        if row.row.payer is None or row.resident_id is None:
            return
        rules = policy.data.enrollment.registration if policy.data.enrollment else None
        insured_in = self.facts.places[row.resident_id].path.strip("/").split("/")
        members = len(self._members(row) | {row.resident_id})
        if (
            misfit := account_misfit(rules, row.row.payer, insured_in=insured_in, members=members)
        ) is not None:
            raise Hold(HOLDS[misfit.kind], misfit.said)

    def _take_back(self, row: Incoming) -> Account:
        original = self.originals.take(row)
        assert original.resident_id is not None
        account = self.accounts[original.resident_id, original.coverage_year]
        self._check_fund(row, account)
        if not row.row.reverses_serial:
            _check_name(row, self.facts.places[original.resident_id])
        if original.pk in self._premiums(account):
            self._refund(row, account, original)
        elif self._gives_back(row, account):
            account.square(row.amount)
        else:
            account.take_back(-row.amount)
        self.originals.left[original.serial] += row.amount
        row.reverses = original
        return account

    def _recover(self, row: Incoming, account: Account) -> Account:
        """Book what the person owes since a paid year's aid was lowered; anything else is paid twice."""
        row.squares = self._balance(row, account, BalanceKind.RECOVERY)
        if row.squares is None:
            raise Hold(HoldReason.DOUBLE)
        account.square(row.amount)
        return account

    def _premiums(self, account: Account) -> dict[int, Balance]:
        """Return the open balances by which the premium of the account's year goes back, by original payment."""
        year = account.contribution
        return {} if year is None else self.balances.premiums.get(year.pk, {})

    def _refund(self, row: Incoming, account: Account, original: Payment) -> None:
        """Book a part of a decided refund, the last of which squares it.

        :raises Hold: if it is no row of the tax authority: no money went
        """
        if row.row.is_correction:
            raise Hold(HoldReason.REFUND_UNDER_WAY, UNDER_WAY)
        if self.originals.left[original.serial] == -row.amount:
            row.squares = self._premiums(account).pop(original.pk)
        account.take_back(-row.amount)

    def _gives_back(self, row: Incoming, account: Account) -> bool:
        """Return whether a refund is what was paid too much, so that the premium stays paid; else it goes back.

        :raises Hold: if nobody decided that it goes back, another sum was decided, or a part went or came another way
        """
        contribution = account.contribution
        if contribution is None:
            return False
        if account.is_paid and row.row.kind == PaymentKind.REFUND:
            row.squares = self._balance(row, account, BalanceKind.REFUND)
            if row.squares is not None:
                return True
            if contribution.paid - contribution.payable >= -row.amount:
                raise Hold(HoldReason.NO_SUCH_BALANCE)
        if account.is_paid and (apart := self.balances.apart.get(contribution.pk, ZERO)):
            raise Hold(HoldReason.NO_SUCH_BALANCE, f"已另行退付或收款 {apart} 元，请先核对再冲正或退费")
        if row.row.kind == PaymentKind.REFUND and contribution.policy_key:
            raise Hold(HoldReason.REFUND_NOT_DECIDED, UNDECIDED)
        return False

    def _balance(self, row: Incoming, account: Account, kind: str) -> Balance | None:
        """Take the open balance of the row's sum, once."""
        if account.contribution is None:
            return None
        return self.balances.waiting.pop((account.contribution.pk, kind, abs(row.amount)), None)

    def _policy(self, ask: Ask) -> Policy:
        try:
            return self.facts.policy(ask)
        except PolicyNotFound as refused:
            raise Hold(HoldReason.YEAR_NOT_PUBLISHED, refused.message) from refused

    def _quote(self, ask: Ask, policy: Policy) -> Quote:
        try:
            return self.facts.quote_by(policy, ask)
        except DomainError as refused:
            windows = adopted_windows(policy.enrollment) if policy.data.enrollment else []
            if windows and ask.paid_on < windows[0].days.first:
                raise Hold(
                    HoldReason.BEFORE_WINDOW, f"{ask.coverage_year} 年度自 {windows[0].days.first} 起缴费"
                ) from refused
            raise Hold(HoldReason.RULE_NOT_PUBLISHED, refused.message) from refused

    def _renewed(self, row: Incoming, policy: Policy) -> Enrollment:
        """Return a registration by payment (续保直接缴费) for somebody insured in the same place the year before.

        Source: 唐医保函〔2024〕45号 三(一); where the documents say nothing of it, the same.
        """
        assert row.resident_id is not None
        population = self.renewable.get((row.resident_id, row.row.coverage_year))
        rules = policy.data.enrollment.registration if policy.data.enrollment else None
        exempt = rules.renewal_exempt if rules else None
        if population is None or not self.may_enroll or (exempt is not None and not exempt.value):
            raise Hold(HoldReason.NOT_ENROLLED)
        return like(
            RENEWAL,
            resident_id=row.resident_id,
            coverage_year=row.row.coverage_year,
            pooling_area_id=self.facts.places[row.resident_id].pooling_area_id,
            population=population,
            channel=row.row.channel[:30],
            registered_on=row.row.paid_on,
            registered_by_id=self.registrar,
        )


def open_desk(
    rows: Sequence[Incoming],
    *,
    memory: Memory,
    booked: Members,
    funds: Funds,
    may_enroll: bool,
    registrar: int | None,
) -> Desk:
    """Return a desk for a chunk, loaded in a number of queries that does not grow with it.

    :param booked: whom earlier chunks of the call let family accounts pay for, though a trial stores nothing of it
    :param registrar: account of whoever books
    """
    known = [row for row in rows if row.resident_id is not None]
    originals = load_originals([row for row in rows if not row.is_payment])
    keys = {(row.resident_id or 0, row.row.coverage_year) for row in known}
    keys |= {(each.resident_id or 0, each.coverage_year) for each in originals.payments.values()}
    accounts = accounts_of(keys)
    asks = [_ask(row, accounts[row.resident_id or 0, row.row.coverage_year]) for row in known]
    facts = load_facts(asks, memory=memory)
    return Desk(
        facts=facts,
        accounts=accounts,
        renewable=_renewable(facts, {row.row.coverage_year for row in known}),
        originals=originals,
        balances=balances_of(
            [each.contribution for each in accounts.values() if each.contribution and each.paid]
        ),
        members=_both(booked, members_of(rows)),
        funds=funds,
        may_enroll=may_enroll,
        registrar=registrar,
    )


def _check_name(row: Incoming, place: Whereabouts) -> None:
    """Raise Hold where the document number is of somebody the row does not name."""
    said = row.row.name
    if row.is_chosen:
        return
    if row.row.is_unnamed:
        raise Hold(HoldReason.NAME_DIFFERS, f"清单未写姓名，该证件号码登记的是“{place.name}”")
    if said and not is_same_name(said, place.name):
        raise Hold(HoldReason.NAME_DIFFERS, f"清单姓名“{said}”，该证件号码登记的是“{place.name}”")


def _both(booked: Members, found: Members) -> Members:
    """Return the members booked by this call and found on record, in the first, which the call goes on with."""
    for key, residents in found.items():
        booked[key] |= residents
    return booked


def _ask(row: Incoming, account: Account) -> Ask:
    assert row.resident_id is not None
    return Ask(
        row.resident_id,
        row.row.coverage_year,
        row.row.paid_on,
        account.enrollment.population if account.enrollment else None,
        account.contribution.bought_back_months if account.contribution else 0,
    )


def _renewable(facts: QuoteFacts, years: Collection[int]) -> dict[Key, str]:
    found = {}
    for year in sorted(years):
        before = insured_in_year(coverage_year=year - 1).filter(resident__among=facts.places.keys())
        for pk, area, population in before.values_list(
            "resident", "enrollment__pooling_area", "enrollment__population"
        ):
            if area == facts.places[pk].pooling_area_id:
                found[pk, year] = renewed_population(population)
    return found
