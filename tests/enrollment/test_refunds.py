"""Premiums go back as the documents say, to whom they came from, once, by the tax authority's own row."""

import datetime
from decimal import Decimal

import pytest

from casework.models import Case
from casework.services import CaseOutdated, SecondPersonNeeded, confirm_case, decide_case, return_case
from enrollment.models import (
    Balance,
    BalanceState,
    ContributionPeriod,
    ContributionState,
    Enrollment,
    Payment,
    PaymentKind,
    SubsidyShare,
)
from enrollment.rules.refunds import REASONS, RefundAnswer, refund_answer
from enrollment.services.balances import PremiumGoesByTax, square_balance
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments
from enrollment.services.refund_figures import RefundRefused
from enrollment.services.refunds import (
    NewRefund,
    RefundForbidden,
    RefundPending,
    propose_refund,
)
from enrollment.services.regrants import NotPaid
from enrollment.services.settle_assisted import settle_fully_assisted
from enrollment.services.supports import Offer, give_support
from hardship.models import AssistanceGrant, ThirdPartySupport
from policy.errors import RuleNotPublished
from policy.loader import build, load_shipped, read_shipped
from registry.services import record_death
from tests.enrollment.factories import classed, row
from tests.enrollment.test_late_identities import held
from tests.registry.factories import ResidentFactory, UserFactory, harbin, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
YUAN = Decimal
OCTOBER = DAY(2024, 10, 8)
BEFORE, ON_THE_DAY = DAY(2024, 12, 31), DAY(2025, 1, 1)
HARBIN = load_shipped("230100/2025")


def paid(*amounts: int, of: str = "", support: int = 0, place=harbin, **said) -> ContributionPeriod:
    """Return a paid year, in as many payments as amounts, with an identity and a village's support if told."""
    area = place()
    person = ResidentFactory(living_area=area, pooling_area=area, hukou_area=area, **said)
    if of:
        held(person, DAY(2024, 1, 1), of=of)
    enroll(resident_ids=[person.pk], coverage_year=2025, on=OCTOBER)
    if support:
        offer = Offer(giver="柳树村", offered=YUAN(support), given_on=OCTOBER)
        give_support(resident=person, coverage_year=2025, offer=offer)
    owed = ContributionPeriod.objects.get(resident=person)
    for number, amount in enumerate(amounts or (owed.payable,), start=1):
        record_payments(rows=[row(person, OCTOBER, amount=YUAN(amount), serial=f"R{person.pk}-{number}")])
    owed.refresh_from_db()
    assert owed.state == ContributionState.PAID
    return owed


def asked(contribution, reason="duplicate", *, on=BEFORE, evidence="退申1号", user=None) -> Case:
    refund = NewRefund(reason=reason, on=on, evidence=evidence, words="本人申请")
    return propose_refund(contribution=contribution, refund=refund, user=user or UserFactory())


def confirmed(case: Case) -> Case:
    return confirm_case(case=case, user=UserFactory())


def given_back(contribution, amount: int, *, original: int = 1, serial: str = "", kind=PaymentKind.REFUND):
    """Book what the tax authority gave back and return what became of it."""
    line = row(
        contribution.resident,
        DAY(2025, 1, 20),
        amount=YUAN(amount),
        kind=kind,
        reverses_serial=f"R{contribution.resident_id}-{original}",
        **({"serial": serial} if serial else {}),
    )
    (outcome,) = record_payments(rows=[line])
    return outcome.code or outcome.outcome


def shown(case: Case) -> list[tuple]:
    return list(case.figures.order_by("position").values_list("label", "old", "new"))


@pytest.mark.parametrize(
    ("reason", "day", "answer"),
    [
        ("duplicate", BEFORE, RefundAnswer.ALLOWED),
        ("duplicate", ON_THE_DAY, RefundAnswer.FORBIDDEN),
        ("employee_cover", BEFORE, RefundAnswer.ALLOWED),
        ("employee_cover", ON_THE_DAY, RefundAnswer.FORBIDDEN),
        ("identity_change", BEFORE, RefundAnswer.FORBIDDEN),
        ("identity_change", ON_THE_DAY, RefundAnswer.FORBIDDEN),
    ],
)
def test_harbin_answers_by_reason_and_day(reason: str, day, answer):
    found = refund_answer(HARBIN, reason=reason, day=day, start=ON_THE_DAY)

    assert found.value is answer
    assert found.steps[-1].clause in {"医保发〔2020〕33号 关于退费的规定", "黑医保发〔2024〕45号 四"}
    assert found.steps[-1].reading


@pytest.mark.parametrize("reason", sorted(set(REASONS) - {"duplicate", "employee_cover", "identity_change"}))
def test_where_the_documents_are_silent_the_rule_is_named(reason: str):
    with pytest.raises(RuleNotPublished, match=rf"refunds\.{reason}"):
        refund_answer(HARBIN, reason=reason, day=BEFORE, start=ON_THE_DAY)


def test_tangshan_says_nothing_of_changed_identities_and_nobody_knows_other_reasons():
    with pytest.raises(RuleNotPublished):
        refund_answer(load_shipped("130200/2025"), reason="identity_change", day=BEFORE, start=ON_THE_DAY)
    with pytest.raises(ValueError, match="regret"):
        refund_answer(HARBIN, reason="regret", day=BEFORE, start=ON_THE_DAY)


@pytest.mark.parametrize(
    ("until", "day", "answer"),
    [
        ("any_day", ON_THE_DAY, RefundAnswer.ALLOWED),
        ("case", BEFORE, RefundAnswer.CASE),
        ("before_start", BEFORE, RefundAnswer.ALLOWED),
    ],
)
def test_a_region_answers_as_its_documents_say(until: str, day, answer):
    start = None if until == "before_start" else ON_THE_DAY
    changed = build("230100/2025", read_shipped, {"refunds.identity_change": until})

    assert refund_answer(changed, reason="identity_change", day=day, start=start).value is answer


def test_the_case_shows_what_goes_back_to_whom_and_the_rule():
    classed(harbin(), "equalised")
    contribution = paid(of="subsistence_allowance", support=60)

    case = asked(contribution)

    assert shown(case) == [
        ("2025 年度个人实缴", YUAN(100), YUAN(0)),
        ("应退本人", None, YUAN(100)),
        ("资助冲回：医疗救助基金（基本医保）", YUAN(240), YUAN(0)),
        ("应退资金扶持方：柳树村", YUAN(60), YUAN(0)),
        ("财政补助冲回：中央（基本医保）", YUAN(402), YUAN(0)),
        ("财政补助冲回：地方（基本医保）", YUAN("80.40"), YUAN(0)),
        ("财政补助冲回：省级（基本医保）", YUAN("187.60"), YUAN(0)),
    ]
    first = case.figures.get(position=1)
    assert (first.verdict, first.clause) == ("changed", "医保发〔2020〕33号 关于退费的规定")
    assert [step.get("figure") for step in first.trace] == ["2024-12-31", "2025-01-01", "可以退费"]
    assert not Balance.objects.exists()


def test_confirmed_by_another_it_waits_for_the_tax_row_and_the_year_stays_paid():
    contribution, clerk = paid(of="subsistence_allowance", support=60), UserFactory()
    case = asked(contribution, user=clerk)
    with pytest.raises(SecondPersonNeeded):
        confirm_case(case=case, user=clerk)

    done = confirmed(case)

    own, village = Balance.objects.order_by("pk")
    assert (own.party, own.amount, own.is_premium, own.case) == ("", YUAN(100), True, done)
    assert own.original.serial == f"R{contribution.resident_id}-1"
    assert own.trace[-1]["clause"] == "医保发〔2020〕33号 关于退费的规定"
    assert (village.party, village.amount, village.original) == ("柳树村", YUAN(60), None)
    contribution.refresh_from_db()
    assert contribution.state == ContributionState.PAID
    assert "应退本人 100.00 元，待税务退费流水" in case.events.get(kind="effect").text
    with pytest.raises(PremiumGoesByTax):
        square_balance(balance=own, on=BEFORE, document="x")


def test_the_tax_row_squares_it_once_and_all_of_it_goes_back():
    classed(harbin(), "equalised")
    contribution = paid(of="subsistence_allowance", support=60)
    case = confirmed(asked(contribution))

    assert given_back(contribution, 100, serial="BACK") == "booked"

    own, village = Balance.objects.order_by("pk")
    contribution.refresh_from_db()
    assert (contribution.state, contribution.paid, contribution.grant) == ("reversed", YUAN(0), None)
    assert Enrollment.objects.get().status == "withdrawn"
    assert (own.state, own.payment.serial, village.state) == (BalanceState.SQUARED, "BACK", BalanceState.OPEN)
    assert AssistanceGrant.objects.get().reversed_at is not None
    assert not SubsidyShare.objects.exists()
    assert sorted(ThirdPartySupport.objects.values_list("amount", flat=True)) == [YUAN(-60), YUAN(60)]
    square_balance(balance=village, on=DAY(2025, 2, 1), document="柳树村收据3号")
    assert given_back(contribution, 100, serial="BACK") == "unchanged"
    reasons = Balance.history.filter(id=own.pk).order_by("history_id")
    assert list(reasons.values_list("history_change_reason", flat=True)) == [
        f"refund case {case.pk}", "square balance",
    ]  # fmt: skip


def test_two_payments_go_back_one_by_one_and_in_parts():
    contribution = paid(150, 250)
    confirmed(asked(contribution))

    assert sorted(Balance.objects.values_list("amount", flat=True)) == [YUAN(150), YUAN(250)]
    assert given_back(contribution, 100) == "booked"
    assert given_back(contribution, 250, original=2) == "booked"
    assert given_back(contribution, 60) == "exceeds_original"
    assert Enrollment.objects.get().status == "active"
    assert Balance.objects.get(state=BalanceState.OPEN).amount == YUAN(150)
    assert given_back(contribution, 50) == "booked"
    assert Enrollment.objects.get().status == "withdrawn"


class TestPaidInPart:
    """What was paid of a year goes back like a premium, and the year ends with it: its benefits never began."""

    @pytest.fixture
    def part(self):
        """60 of the 100 that 低保 and a village leave to the person."""
        classed(harbin(), "equalised")
        person = ResidentFactory()
        held(person, DAY(2024, 1, 1), of="subsistence_allowance")
        enroll(resident_ids=[person.pk], coverage_year=2025, on=OCTOBER)
        offer = Offer(giver="柳树村", offered=YUAN(60), given_on=OCTOBER)
        give_support(resident=person, coverage_year=2025, offer=offer)
        record_payments(rows=[row(person, OCTOBER, amount=YUAN(60), serial=f"R{person.pk}-1")])
        owed = ContributionPeriod.objects.get()
        assert (owed.state, owed.payable) == (ContributionState.PARTLY_PAID, YUAN(100))
        return owed

    def test_all_of_it_goes_back_by_the_rule_of_before_benefits_began(self, part):
        case = asked(part, on=DAY(2025, 3, 1))  # a paid year's benefits had begun

        assert shown(case) == [
            ("2025 年度个人实缴", YUAN(60), YUAN(0)),
            ("应退本人", None, YUAN(60)),
            ("资助冲回：医疗救助基金（基本医保）", YUAN(240), YUAN(0)),
            ("应退资金扶持方：柳树村", YUAN(60), YUAN(0)),
        ]
        assert [step["figure"] for step in case.figures.get(position=1).trace][:2] == [
            "2025-03-01",
            "待遇没有开始",
        ]
        confirmed(case)
        assert list(Balance.objects.order_by("pk").values_list("party", "amount", "is_premium")) == [
            ("", YUAN(60), True),
            ("柳树村", YUAN(60), True),
        ]
        assert given_back(part, 60) == "booked"
        part.refresh_from_db()
        assert (part.state, part.paid, part.grant) == ("reversed", YUAN(0), None)
        assert Enrollment.objects.get().status == "withdrawn"
        assert AssistanceGrant.objects.get().reversed_at is not None
        assert sorted(ThirdPartySupport.objects.values_list("amount", flat=True)) == [YUAN(-60), YUAN(60)]
        assert Balance.objects.get(party="").state == BalanceState.SQUARED

    def test_what_the_documents_forbid_stays_forbidden(self, part):
        with pytest.raises(RefundForbidden, match="已缴纳的参保费用不退回"):
            asked(part, "identity_change")

    def test_who_pays_the_rest_meanwhile_makes_the_figures_others(self, part):
        case = asked(part)
        record_payments(rows=[row(part.resident, OCTOBER, amount=YUAN(40), serial=f"R{part.resident_id}-2")])

        with pytest.raises(CaseOutdated):
            confirmed(case)
        assert not Balance.objects.exists()

    def test_of_a_year_nothing_is_paid_of_nothing_goes_back(self):
        person = ResidentFactory()
        enroll(resident_ids=[person.pk], coverage_year=2025, on=OCTOBER)

        with pytest.raises(NotPaid, match="没有已入账的缴费"):
            asked(ContributionPeriod.objects.get())


def test_a_refund_nobody_decided_is_held_and_booked_once_it_is():
    contribution = paid()

    assert given_back(contribution, 400) == "refund_not_decided"
    contribution.refresh_from_db()
    assert (contribution.state, contribution.paid) == (ContributionState.PAID, YUAN(400))
    question = Case.objects.get(kind="unmatched_payment")
    case = confirmed(asked(contribution))

    assert Payment.objects.get(kind=PaymentKind.REFUND).state == "booked"
    assert "税务退费流水已入账" in case.events.get(kind="effect").text
    assert Enrollment.objects.get().status == "withdrawn"
    question.refresh_from_db()
    assert question.state == "closed"


def test_what_the_documents_forbid_is_refused_with_the_clause():
    contribution = paid(of="subsistence_allowance")

    with pytest.raises(RefundForbidden, match=r"黑医保发〔2024〕45号 四.*已缴纳的参保费用不退回"):
        asked(contribution, "identity_change")
    with pytest.raises(RefundForbidden, match="待遇已开始"):
        asked(contribution, on=ON_THE_DAY)
    assert not Case.objects.filter(kind="premium_refund").exists()


def test_a_reason_rests_on_what_is_on_record_and_on_a_document():
    contribution = paid()

    for reason, said in (("death", "登记死亡日期"), ("employee_cover", "他处参保"), ("overpaid", "没有多缴")):
        with pytest.raises(RefundRefused, match=said):
            asked(contribution, reason)
    with pytest.raises(RefundRefused, match="佐证材料"):
        asked(contribution, evidence=" ")
    with pytest.raises(RefundRefused, match="不能晚于今天"):
        asked(contribution, on=DAY(2099, 1, 1))


def test_of_a_death_the_documents_are_silent_so_two_people_decide():
    contribution = paid()
    record_death(resident=contribution.resident, died_on=DAY(2024, 12, 1), reason="test", user=None)
    contribution.refresh_from_db()

    case = asked(contribution, "death", on=DAY(2025, 3, 1))

    figure = case.figures.get(position=1)
    assert (figure.verdict, figure.clause) == ("asks", "")
    assert "refunds.death" in figure.reading
    assert "没有规定，由人决定" in case.reason
    confirmed(case)
    assert Balance.objects.get().amount == YUAN(400)
    assert given_back(contribution, 400) == "booked"


def test_a_year_fully_assisted_goes_back_to_its_payers_at_once():
    classed(harbin(), "equalised")
    person = ResidentFactory()
    held(person, DAY(2024, 1, 1), of="extreme_hardship")
    enroll(resident_ids=[person.pk], coverage_year=2025, on=OCTOBER)
    settle_fully_assisted(area=harbin(), coverage_year=2025, on=OCTOBER)
    contribution = ContributionPeriod.objects.get()
    assert (contribution.state, contribution.paid) == ("paid", YUAN(0))

    case = confirmed(asked(contribution))

    contribution.refresh_from_db()
    assert (contribution.state, contribution.grant) == ("reversed", None)
    assert AssistanceGrant.objects.get().reversed_at is not None
    assert not SubsidyShare.objects.exists()
    assert not Balance.objects.exists()
    assert Enrollment.objects.get().status == "withdrawn"
    assert "资助和财政补助已冲回" in case.events.get(kind="effect").text


def test_one_refund_at_a_time_and_what_changed_since_is_asked_anew():
    contribution = paid()
    case = asked(contribution)
    with pytest.raises(RefundPending):
        asked(contribution)
    given_back(contribution, 400, kind=PaymentKind.REVERSAL)
    with pytest.raises(NotPaid):
        confirmed(case)
    for half in (150, 250):
        record_payments(rows=[row(contribution.resident, OCTOBER, amount=YUAN(half))])
    return_case(case=case, reason="x", user=UserFactory())
    decide_case(case=case, decision="keep", reason="不退", user=UserFactory())
    confirmed(case)
    again = asked(contribution)
    confirmed(again)
    with pytest.raises(RefundPending, match="待税务退费流水"):
        asked(contribution)


def test_facts_that_changed_since_refuse_the_confirmation(monkeypatch):
    classed(harbin(), "equalised")
    contribution = paid()
    case = asked(contribution)
    SubsidyShare.objects.filter(level="central").delete()

    with pytest.raises(CaseOutdated):
        confirmed(case)
    assert not Balance.objects.exists()


def test_tangshans_two_components_go_back_together():
    contribution = paid(of="subsistence_allowance", place=tangshan)

    case = asked(contribution)

    back = [old for label, old, _ in shown(case) if label.startswith("资助冲回")]
    assert sum(back) == YUAN(390)
    assert len(back) == 2
    confirmed(case)
    assert given_back(contribution, 40) == "booked"
    assert Enrollment.objects.get().status == "withdrawn"
