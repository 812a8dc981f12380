"""Lives in which anything may happen in any order, lived through the real services."""

import contextlib
import datetime
import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st

from benefits.models import Claim
from benefits.services.retroactive.follow import follow_changes
from benefits.services.settle import settle_claims
from benefits.services.void import void_claim
from casework.models import Case
from casework.services import confirm_case, decide_case
from enrollment.models import ContributionPeriod, Payment, PaymentKind
from enrollment.services.enroll import buy_back, enroll, requote, withdraw
from enrollment.services.grant_corrections import propose_grant_correction
from enrollment.services.late_identities import ask_about_late_identities
from enrollment.services.payments import record_payments
from enrollment.services.settle_assisted import settle_fully_assisted
from hardship.models import Recognition
from hardship.services.load_categories import load_categories
from hardship.services.recognitions import (
    NewRecognition,
    correct_recognitions,
    end_recognitions,
    recognize,
    void_recognitions,
)
from hardship.services.supports import Support, record_support
from policy.errors import DomainError
from policy.loader import read_shipped
from policy.models import PolicyStatus, PolicyVersion
from policy.services.versions import approve, load_shipped_policies, save_draft, submit
from registry.models import Resident
from registry.services import move_resident
from registry.services.change_residents import record_death, record_discharge
from registry.services.insured_spells import begin_insured_spell, end_insured_spell
from tests.benefits.factories import bill, closed_year, hospital
from tests.enrollment.factories import row
from tests.registry.factories import (
    ResidentFactory,
    UserFactory,
    daoli,
    harbin,
    identity_number,
    shangzhi,
    tangshan,
)

DAY = datetime.date
CATEGORIES = (
    "extreme_hardship", "subsistence_allowance", "subsistence_margin", "exited_poverty", "at_risk_of_poverty",
    "severe_disability", "fallen_into_poverty",
)  # fmt: skip
DAYS = st.sampled_from(
    [
        DAY(2023, 10, 10), DAY(2023, 12, 31), DAY(2024, 1, 15), DAY(2024, 3, 1), DAY(2024, 6, 30), DAY(2024, 10, 8),
        DAY(2024, 12, 20), DAY(2025, 1, 5), DAY(2025, 2, 28), DAY(2025, 3, 15), DAY(2025, 7, 1), DAY(2025, 11, 30),
    ]
)  # fmt: skip
YEARS = st.sampled_from([2024, 2025, 2025])
WHO = st.integers(0, 3)
NUMBER = st.integers(0, 3)
PLACES = (daoli, shangzhi, harbin, tangshan)
AMENDMENTS = (
    ("shares = { basic = 0.60 }", "shares = { basic = 0.75 }"),
    ("deductible = { value = 800,", "deductible = { value = 500,"),
    ("deductible = { value = 12000,", "deductible = { value = 3000,"),
)

CASES = ("assistance_choice", "retroactive_change")
TODAY = DAY(2025, 12, 1)

WHAT_HAPPENS = st.one_of(
    st.tuples(st.just("recognized"), WHO, st.sampled_from(CATEGORIES), DAYS, st.none() | DAYS),
    st.tuples(st.just("ended"), NUMBER, DAYS),
    st.tuples(st.just("corrected"), NUMBER, DAYS, st.booleans()),
    st.tuples(st.just("struck_out"), NUMBER),
    st.tuples(st.just("moved"), WHO, st.integers(0, 3), st.booleans(), st.none() | DAYS),
    st.tuples(st.just("discharged"), WHO, DAYS),
    st.tuples(st.just("employed"), WHO, DAYS),
    st.tuples(st.just("left_employment"), WHO, DAYS),
    st.tuples(st.just("supported"), WHO, YEARS, st.integers(0, 300)),
    st.tuples(st.just("enrolled"), WHO, YEARS, DAYS),
    st.tuples(st.just("quoted_anew"), WHO, YEARS, DAYS),
    st.tuples(st.just("withdrawn"), WHO, YEARS),
    st.tuples(st.just("paid"), WHO, YEARS, DAYS, st.booleans()),
    st.tuples(st.just("paid"), WHO, YEARS, DAYS, st.sampled_from([False])),
    st.tuples(st.just("paid_two_years"), WHO, DAYS),
    st.tuples(st.just("reversed"), NUMBER, DAYS),
    st.tuples(st.just("nothing_to_pay"), YEARS, DAYS),
    st.tuples(st.just("treated"), WHO, DAYS, st.integers(100, 400_000)),
    st.tuples(st.just("treated"), WHO, DAYS, st.integers(100, 400_000)),
    st.tuples(st.just("claim_voided"), NUMBER),
    st.tuples(st.just("law_changed"), st.integers(0, len(AMENDMENTS) - 1), st.booleans()),
    st.tuples(st.just("year_ended"), st.sampled_from([2024, 2024, 2025]), st.sampled_from([2, 2, 3])),
    st.tuples(st.just("year_ended"), st.sampled_from([2024, 2024, 2025]), st.sampled_from([2, 2, 3])),
    st.tuples(st.just("looked_at")),
    st.tuples(st.just("known_late"), WHO, st.sampled_from(CATEGORIES), DAYS, NUMBER),
    st.tuples(st.just("case_decided"), NUMBER, NUMBER),
    st.tuples(st.just("case_decided"), NUMBER, NUMBER),
    st.tuples(st.just("grant_corrected"), NUMBER),
    st.tuples(st.just("wrong_grant_corrected"), NUMBER),
    st.tuples(st.just("died"), WHO, DAYS),
)
BEFORE = (
    ("recognized", 0, "subsistence_allowance", DAY(2023, 9, 1), None),
    ("recognized", 1, "at_risk_of_poverty", DAY(2023, 9, 1), DAY(2025, 1, 1)),
    ("paid", 0, 2024, DAY(2023, 10, 10), False),
    ("paid", 1, 2024, DAY(2023, 12, 20), False),
    ("paid", 1, 2025, DAY(2024, 10, 8), False),
    ("paid", 3, 2025, DAY(2024, 11, 10), False),
    ("treated", 0, DAY(2024, 6, 30), 60_000),
    ("treated", 1, DAY(2024, 3, 1), 8_000),
    ("enrolled", 0, 2025, DAY(2024, 10, 8)),
    ("enrolled", 2, 2024, DAY(2024, 3, 1)),
)


class Lives:
    """Four people: two adults of Harbin, one the spouse of a soldier; a newborn; somebody of Tangshan."""

    def __init__(self) -> None:
        load_shipped_policies()
        load_categories()
        hospital()
        for place in ("230000", "230100"):
            self._law_of_2024(place)
        self.numbers = itertools.count(1)
        self.author, self.approver = UserFactory(), UserFactory()
        self.soldier = ResidentFactory(name="军人", number=identity_number(400, female=False))
        born = DAY(2024, 2, 1)
        self.people: list[Resident] = [
            ResidentFactory(military_spouse=self.soldier),
            ResidentFactory(living_area=shangzhi()),
            ResidentFactory(number=identity_number(1, born_on=born), born_on=born),
            ResidentFactory(living_area=tangshan(), pooling_area=tangshan()),
        ]

        for what in BEFORE:
            assert self.happen(what), what
        self.last_look = timezone.now()

    def _law_of_2024(self, place: str) -> None:
        text = read_shipped(f"{place}/2025").replace("2024", "2023").replace("2025", "2024")
        version = PolicyVersion.objects.create(
            area=place, year=2024, number=1, title=place, text=text.replace("CN/2024", "CN/2025")
        )
        version.status, version.approved_at = PolicyStatus.APPROVED, version.created_at
        version.save()

    def happen(self, what: tuple[Any, ...]) -> bool:
        """Let it happen as the bureau would; return whether it was refused."""
        event: Callable[..., None] = getattr(self, what[0])
        try:
            event(*what[1:])
        except DomainError:
            return False
        return True

    def _record(self, number: int) -> Recognition:
        records = list(Recognition.objects.order_by("pk"))
        if not records:
            raise DomainError("没有认定")
        return records[number % len(records)]

    def recognized(self, who: int, category: str, start: DAY, end: DAY | None) -> None:
        rows = [
            NewRecognition(
                resident_id=self.people[who].pk,
                category=category,
                valid_from=start,
                valid_to=end,
                attributes={"residence": "rural", "risk_eliminated": False},
            )
        ]
        recognize(rows=rows, reason="名单")

    def ended(self, number: int, on: DAY) -> None:
        end_recognitions(recognition_ids=[self._record(number).pk], on=on, reason="退出")

    def corrected(self, number: int, start: DAY, risk: bool) -> None:
        changes = {"valid_from": start, "attributes": {"residence": "rural", "risk_eliminated": risk}}
        correct_recognitions(corrections={self._record(number).pk: changes}, reason="更正")

    def struck_out(self, number: int) -> None:
        void_recognitions(recognition_ids=[self._record(number).pk], reason="差错")

    def moved(self, who: int, place: int, with_hukou: bool, since: DAY | None = None) -> None:
        area = PLACES[place]()
        move_resident(
            resident=self.people[who],
            living_area=area,
            hukou_area=area if with_hukou else None,
            since=since,
            reason="迁移",
        )

    def discharged(self, who: int, on: DAY) -> None:
        person = self.soldier if who == 0 else self.people[who]
        record_discharge(resident=person, discharged_on=on, reason="退役")

    def employed(self, who: int, on: DAY) -> None:
        begin_insured_spell(resident=self.people[who], starts_on=on)

    def left_employment(self, who: int, on: DAY) -> None:
        end_insured_spell(resident=self.people[who], last_day=on)

    def supported(self, who: int, year: int, offer: int) -> None:
        amount = Decimal(offer)
        support = Support(giver="某村", offered=amount, amount=amount, given_on=DAY(2024, 11, 1))
        record_support(resident=self.people[who], coverage_year=year, support=support)

    def enrolled(self, who: int, year: int, on: DAY) -> None:
        enroll(resident_ids=[self.people[who].pk], coverage_year=year, on=on, confirm_no_benefit=True)

    def quoted_anew(self, who: int, year: int, on: DAY) -> None:
        requote(resident_ids=[self.people[who].pk], coverage_year=year, day=on)

    def bought_back(self, who: int, year: int, on: DAY) -> None:
        buy_back(resident_id=self.people[who].pk, coverage_year=year, months=1, day=on)

    def withdrawn(self, who: int, year: int) -> None:
        withdraw(resident_ids=[self.people[who].pk], coverage_year=year, reason="本人申请")

    def _payment(self, who: int, year: int, on: DAY, *, half: bool = False) -> Any:
        person = self.people[who]
        with contextlib.suppress(DomainError):
            enroll(resident_ids=[person.pk], coverage_year=year, on=on, confirm_no_benefit=True)
        with contextlib.suppress(DomainError):
            requote(resident_ids=[person.pk], coverage_year=year, day=on)
        due = ContributionPeriod.objects.filter(
            resident=person, coverage_year=year, enrollment__status="active"
        ).first()
        amount = (due.payable - due.paid) if due is not None else Decimal(400)
        amount = (amount / 2).quantize(Decimal("0.01")) if half else amount
        return row(person, on, coverage_year=year, amount=max(amount, Decimal("0.01")))

    def paid(self, who: int, year: int, on: DAY, half: bool) -> None:
        record_payments(rows=[self._payment(who, year, on, half=half)], area=harbin())

    def paid_two_years(self, who: int, on: DAY) -> None:
        rows = [self._payment(who, year, on) for year in (2025, 2024)]
        record_payments(rows=rows, area=harbin())

    def reversed(self, number: int, on: DAY) -> None:
        payments = list(Payment.objects.filter(kind=PaymentKind.PAYMENT).order_by("-pk"))
        if not payments:
            raise DomainError("没有缴费")
        money = payments[number % len(payments)]
        back = row(
            money.resident,
            on,
            kind=PaymentKind.REVERSAL,
            coverage_year=money.coverage_year,
            amount=money.amount,
            reverses_serial=money.serial,
        )
        record_payments(rows=[back], area=harbin())

    def nothing_to_pay(self, year: int, on: DAY) -> None:
        settle_fully_assisted(area=harbin(), coverage_year=year, on=on)

    def treated(self, who: int, on: DAY, amount: int) -> None:
        settle_claims(claims=[bill(self.people[who], f"C{next(self.numbers)}", amount, day=on)], user=None)

    def claim_voided(self, number: int) -> None:
        claims = list(Claim.objects.order_by("pk"))
        if not claims:
            raise DomainError("没有结算")
        void_claim(claim=claims[number % len(claims)], user=None, reason="差错")

    def law_changed(self, number: int, *corrects: bool) -> None:
        version = PolicyVersion.objects.get(area="230100", year=2025, status=PolicyStatus.APPROVED)
        draft = save_draft(
            text=version.text.replace(*AMENDMENTS[number]), user=self.author, corrects=any(corrects)
        )
        approve(version=submit(version=draft), user=self.approver)

    def looked_at(self) -> None:
        """Ask about whatever of the identities changed since the last look."""
        since, self.last_look = self.last_look, timezone.now()
        ask_about_late_identities(since=since, until=self.last_look, day=TODAY)
        follow_changes(since=since, until=self.last_look, day=TODAY)

    def known_late(self, who: int, category: str, start: DAY, number: int) -> None:
        """Let an identity become known, be asked about, and be decided on."""
        self.recognized(who, category, start, None)
        self.looked_at()
        self.case_decided(number, 0)

    def case_decided(self, number: int, option: int) -> None:
        cases = list(
            Case.objects.filter(kind__in=CASES, state="open").exclude(options=[]).order_by("kind", "-pk")
        )
        if not cases:
            raise DomainError("没有工单")
        case = cases[number % len(cases)]
        decision = case.options[option % len(case.options)]["code"]
        with transaction.atomic():
            decide_case(case=case, decision=decision, reason="核实", user=self.author)
            if case.needs_second:
                confirm_case(case=case, user=self.approver)

    def grant_corrected(self, number: int) -> None:
        paid = list(ContributionPeriod.objects.filter(state="paid").order_by("-pk"))
        if not paid:
            raise DomainError("没有已缴清的年度")
        with transaction.atomic():
            case = propose_grant_correction(
                contribution=paid[number % len(paid)],
                evidence="哈医保〔2025〕1号",
                reason="误登",
                user=self.author,
            )
            confirm_case(case=case, user=self.approver)

    def wrong_grant_corrected(self, number: int) -> None:
        """Strike out what a grant rested on and correct it."""
        self.struck_out(number)
        for each in range(len(self.people)):
            with contextlib.suppress(DomainError):
                self.grant_corrected(each)

    def year_ended(self, year: int, place: int) -> None:
        closed_year(area=PLACES[place](), year=year, today=DAY(2026, 1, 2))

    def died(self, who: int, on: DAY) -> None:
        record_death(resident=self.people[who], died_on=on, reason="名单")
