"""Deciding about a late identity books another grant, once; what goes back is a balance until the money went."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from casework.models import Case, CaseState
from casework.services import (
    CaseNotReady,
    CaseOutdated,
    confirm_case,
    decide_case,
    renew_case,
    return_case,
)
from enrollment.models import (
    Balance,
    BalanceState,
    ContributionPeriod,
    ContributionState,
    Payment,
    PaymentKind,
)
from enrollment.rules.dues import Part
from enrollment.rules.regrants import divided, regranted
from enrollment.selectors import entitlement_on
from enrollment.services.balances import BalanceNotOpen, EvidenceMissing, square_balance
from enrollment.services.dependents import regranted_since
from enrollment.services.effects import StillHeld
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments
from enrollment.services.regrants import NotPaid
from hardship.models import AssistanceGrant, ThirdPartySupport
from hardship.rules.payers import PayerShare
from hardship.services.recognitions import correct_recognitions
from tests.enrollment.factories import row
from tests.enrollment.test_late_identities import DAY, PAID, held, looked, payer
from tests.registry.factories import ResidentFactory, UserFactory

pytestmark = pytest.mark.usefixtures("law")
YUAN = Decimal
BOTH = ("aid_this_year", "aid_next_year")


def asked_late(*identities: tuple[datetime.date, str]) -> tuple[ContributionPeriod, list[Case]]:
    """Return a paid year and the questions about identities recognised after paying."""
    person, start = payer(), timezone.now()
    for since, of in identities or ((DAY(2024, 11, 20), "subsistence_allowance"),):
        held(person, since, of=of)
    looked(start)
    cases = Case.objects.filter(kind="assistance_choice").order_by("pk")
    return ContributionPeriod.objects.get(resident=person), list(cases)


def decided(case: Case, option: str = "aid_this_year") -> Case:
    """Return the case decided and confirmed by two people."""
    first, second = UserFactory.create_batch(2)
    decide_case(case=case, decision=option, reason="核实无误", user=first)
    return confirm_case(case=case, user=second)


def figures(contribution: ContributionPeriod) -> tuple:
    found = ContributionPeriod.objects.get(pk=contribution.pk)
    return found.assisted, found.payable, found.paid, found.state


def shown(case: Case) -> list[tuple]:
    return list(case.figures.order_by("position").values_list("label", "old", "new"))


def refund(contribution: ContributionPeriod, amount: int, kind: str = PaymentKind.REFUND) -> str:
    """Book what the tax authority gave back and return what became of it."""
    again = row(contribution.resident, DAY(2025, 4, 1), amount=YUAN(amount), kind=kind)
    (outcome,) = record_payments(rows=[again])
    return outcome.code or outcome.outcome


def test_the_case_shows_every_figure_it_would_move():
    _, (case,) = asked_late()

    assert shown(case) == [
        ("2025 年度参保资助", YUAN(0), YUAN(240)),
        ("其中 医疗救助基金（基本医保）", YUAN(0), YUAN(240)),
        ("个人应缴", YUAN(400), YUAN(160)),
        ("应退本人", None, YUAN(240)),
    ]
    first = case.figures.get(position=1)
    assert (first.verdict, first.clause) == ("asks", "黑医保发〔2024〕45号 四")
    assert any("资助金额" in step["label"] for step in first.trace)


def test_aid_from_this_year_books_a_frozen_grant_and_what_goes_back():
    contribution, (case,) = asked_late()

    done = decided(case)

    contribution.refresh_from_db()
    assert figures(contribution) == (YUAN(240), YUAN(160), YUAN(400), ContributionState.PAID)
    assert contribution.components["basic"] == {
        "due": "400.00", "assisted": "240.00", "supported": "0.00", "payable": "160.00",
    }  # fmt: skip
    grant = AssistanceGrant.objects.get()
    assert (contribution.grant, grant.total, grant.reversed_at) == (grant, YUAN(240), None)
    assert grant.frozen_at is not None
    assert grant.trace
    balance = Balance.objects.get()
    assert (balance.kind, balance.amount, balance.state, balance.case) == ("refund", YUAN(240), "open", done)
    assert balance.payers == [
        {"component": "basic", "payers": ["medical_assistance_fund"], "amount": "240.00"}
    ]
    reasons = {
        grant.history.latest().history_change_reason,
        contribution.history.latest().history_change_reason,
    }
    assert reasons == {f"regrant case {case.pk} 230100/2025"}
    assert contribution.trace[-1] == {"label": "调整后个人应缴", "figure": "160.00"}
    assert case.events.get(kind="effect").text == ("已登记 2025 年度事后资助 240.00 元；应退本人 240.00 元。")


def test_it_is_booked_once_and_stands_on_the_identity():
    start = timezone.now()
    contribution, (case,) = asked_late()
    done = decided(case)

    assert regranted_since([contribution.resident_id], start) == {contribution.resident_id}
    assert regranted_since([contribution.resident_id], timezone.now()) == set()

    with pytest.raises(CaseNotReady):
        confirm_case(case=done, user=UserFactory())
    with pytest.raises(CaseNotReady):
        renew_case(case=done, user=UserFactory())

    assert Balance.objects.count() == AssistanceGrant.objects.count() == 1
    assert looked(contribution.frozen_at) == {"no_more_aid": 1}


def test_aid_from_the_next_year_moves_nothing_and_says_so():
    contribution, (case,) = asked_late()
    before = figures(contribution)

    decided(case, "aid_next_year")

    assert figures(contribution) == before
    assert not AssistanceGrant.objects.exists()
    assert not Balance.objects.exists()
    assert "2025 年度不资助、不退费" in case.events.get(kind="effect").text


def test_the_tax_authoritys_refund_squares_the_balance_and_the_year_stays_paid():
    contribution, (case,) = asked_late()
    decided(case)

    assert refund(contribution, 240) == "booked"

    assert figures(contribution) == (YUAN(240), YUAN(160), YUAN(160), ContributionState.PAID)
    balance = Balance.objects.get()
    assert (balance.state, balance.squared_on) == (BalanceState.SQUARED, DAY(2025, 4, 1))
    assert balance.payment == Payment.objects.get(kind=PaymentKind.REFUND)
    assert entitlement_on(resident_id=contribution.resident_id, day=DAY(2025, 5, 1)).covered
    assert AssistanceGrant.objects.get().reversed_at is None


def test_another_sum_is_held_and_all_of_it_opens_the_year_again():
    contribution, (case,) = asked_late()
    decided(case)

    assert refund(contribution, 200) == "no_such_balance"
    assert figures(contribution)[2:] == (YUAN(400), ContributionState.PAID)
    assert refund(contribution, 400, PaymentKind.REVERSAL) == "booked"

    assert figures(contribution)[2:] == (YUAN(0), ContributionState.REVERSED)
    assert Balance.objects.get().state == BalanceState.CANCELLED
    assert AssistanceGrant.objects.get().reversed_at is not None


def test_money_given_back_by_another_way_needs_a_document_and_blocks_a_second_refund():
    contribution, (case,) = asked_late()
    decided(case)
    balance = Balance.objects.get()

    with pytest.raises(EvidenceMissing):
        square_balance(balance=balance, on=DAY(2025, 4, 2), document=" ")
    square_balance(balance=balance, on=DAY(2025, 4, 2), document="医救付〔2025〕17号", user=UserFactory())
    with pytest.raises(BalanceNotOpen):
        square_balance(balance=balance, on=DAY(2025, 4, 2), document="医救付〔2025〕18号")

    assert refund(contribution, 240) == "no_such_balance"
    assert refund(contribution, 400) == "no_such_balance"
    assert figures(contribution)[2:] == (YUAN(400), ContributionState.PAID)
    assert balance.history.latest().history_change_reason == "square balance"


@pytest.mark.parametrize("option", BOTH)
def test_a_year_taken_back_meanwhile_is_refused_and_no_question_any_more(option: str):
    contribution, (case,) = asked_late()
    first, second = UserFactory.create_batch(2)
    decide_case(case=case, decision=option, reason="x", user=first)
    refund(contribution, 400, PaymentKind.REVERSAL)

    with pytest.raises(NotPaid):
        confirm_case(case=case, user=second)
    assert Case.objects.get(pk=case.pk).second_by is None
    assert renew_case(case=case, user=second) is None

    assert Case.objects.get(pk=case.pk).state == CaseState.CLOSED
    assert not AssistanceGrant.objects.exists()


def test_figures_that_changed_are_asked_anew_and_the_old_grant_stays_reversed():
    contribution, (lower, higher) = asked_late(
        (DAY(2024, 11, 20), "subsistence_allowance"), (DAY(2024, 11, 25), "extreme_hardship")
    )
    decided(lower)

    first, second = UserFactory.create_batch(2)
    for option in BOTH:
        decide_case(case=higher, decision=option, reason="x", user=first)
        with pytest.raises(CaseOutdated):
            confirm_case(case=higher, user=second)
        return_case(case=higher, reason="x", user=second)
    anew = renew_case(case=higher, user=second)
    assert anew is not None
    assert shown(anew)[0] == ("2025 年度参保资助", YUAN(240), YUAN(400))
    decided(anew)

    assert figures(contribution) == (YUAN(400), YUAN(0), YUAN(400), ContributionState.PAID)
    grants = [(each.total, each.reversed_at is None) for each in AssistanceGrant.objects.order_by("pk")]
    assert grants == [(YUAN(240), False), (YUAN(400), True)]
    assert [each.amount for each in Balance.objects.order_by("pk")] == [YUAN(240), YUAN(160)]
    assert refund(contribution, 160) == refund(contribution, 240) == "booked"
    assert figures(contribution)[2:] == (YUAN(0), ContributionState.PAID)


@pytest.mark.parametrize("option", BOTH)
def test_an_identity_that_began_on_another_day_is_asked_anew_though_it_gives_the_same(option: str):
    person, start = payer(), timezone.now()
    (made,) = held(person, DAY(2024, 11, 20))
    looked(start)
    case, (first, second) = Case.objects.get(kind="assistance_choice"), UserFactory.create_batch(2)
    for begun, title in ((DAY(2024, 9, 20), "缴费后得知"), (DAY(2024, 11, 25), "缴费后认定")):
        was = shown(case)
        decide_case(case=case, decision=option, reason="核实无误", user=first)
        correct_recognitions(corrections={made.pk: {"valid_from": begun}}, reason="test")

        with pytest.raises(CaseOutdated):
            confirm_case(case=case, user=second)
        assert not AssistanceGrant.objects.exists()
        anew = renew_case(case=case, user=second)

        assert anew is not None
        assert (anew.detail["since"], shown(anew)) == (str(begun), was)
        assert title in anew.title
        case = anew

    decided(case, option)

    granted = list(AssistanceGrant.objects.values_list("total", flat=True))
    assert granted == ([YUAN(240)] if option == "aid_this_year" else [])


def test_aid_for_a_higher_identity_closes_the_question_about_the_lower_one():
    contribution, (lower, higher) = asked_late(
        (DAY(2024, 11, 20), "subsistence_allowance"), (DAY(2024, 11, 25), "extreme_hardship")
    )

    done = decided(higher)

    lower.refresh_from_db()
    assert (lower.state, lower.decision, lower.dedupe_key) == (CaseState.CLOSED, "", None)
    assert "不再增加资助" in lower.events.get(kind="closed").text
    assert done.events.get(kind="effect").text.endswith("另有 1 件资助工单不再增加资助，已一并办结。")
    assert not done.events.filter(kind="closed").exists()
    assert looked(contribution.frozen_at) == {"no_more_aid": 2}


def test_a_held_payment_is_booked_by_its_case_or_the_decision_is_refused():
    person = ResidentFactory()
    (outcome,) = record_payments(rows=[row(person, PAID)])
    assert outcome.code == "not_enrolled"
    case = Case.objects.get(kind="unmatched_payment")

    with pytest.raises(StillHeld, match="没有参保登记"):
        decided(case, "retry")
    enroll(resident_ids=[person.pk], coverage_year=2025, on=PAID)
    confirm_case(case=case, user=UserFactory())

    assert ContributionPeriod.objects.get(resident=person).state == ContributionState.PAID
    assert "400.00 元已入账" in case.events.get(kind="effect").text


@pytest.mark.parametrize(
    ("assisted", "supported", "aid", "to_person", "to_third"),
    [
        (0, 0, 240, 240, 0),
        (240, 0, 0, -240, 0),
        (240, 140, 400, 20, 140),
        (240, 140, 250, 10, 0),
        (0, 30, 500, 370, 30),
        (240, 0, 240, 0, 0),
    ],
)
def test_what_another_grant_moves(assisted, supported, aid, to_person, to_third):
    before = {"basic": Part(YUAN(400), YUAN(assisted), YUAN(supported))}

    after = regranted(before, aid={"basic": YUAN(aid)})

    assert (after.to_person, after.to_third_parties) == (YUAN(to_person), YUAN(to_third))
    assert after.assisted + after.supported + after.payable == YUAN(400)
    moved = after.to_person + after.to_third_parties
    assert moved == after.assisted - YUAN(assisted)


@pytest.mark.parametrize(
    ("shares", "sums", "parts"),
    [
        ({"fund": 120}, (60, 60), [{"fund": 60}, {"fund": 60}]),
        ({"fund": 100, "county": 20}, (60, 60), [{"fund": 60}, {"fund": 40, "county": 20}]),
        ({"fund": 360, "county": -240}, (60, 60), [{"county": -240, "fund": 300}, {"fund": 60}]),
        ({"fund": -240}, (-240,), [{"fund": -240}]),
        ({"fund": 30, "county": -30}, (), []),
    ],
)
def test_every_balance_carries_its_own_part_of_who_bears_it(shares, sums, parts):
    rows = [PayerShare("basic", (payer,), YUAN(amount)) for payer, amount in shares.items()]

    found = divided(rows, [YUAN(each) for each in sums])

    assert [{each.payers[0]: each.amount for each in part} for part in found] == parts


def test_support_goes_back_to_each_giver_once_and_the_payers_of_the_balances_add_up():
    contribution = supported_year()
    for day, of in ((DAY(2024, 11, 20), "subsistence_allowance"), (DAY(2024, 11, 25), "extreme_hardship")):
        start = timezone.now()
        held(contribution.resident, day, of=of)
        looked(start)
        decided(Case.objects.filter(kind="assistance_choice").latest("pk"))

    moved = [(each.party, each.amount) for each in Balance.objects.order_by("pk")]
    assert moved == [("", 20), ("乙镇", 60), ("甲村", 160), ("甲村", 160)]
    for balance in Balance.objects.all():
        assert sum(YUAN(each["amount"]) for each in balance.payers) == balance.amount


def supported_year() -> ContributionPeriod:
    """Return a year of 400 paid with 320 of a village and 60 of a town, 20 by the person."""
    person = ResidentFactory()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=DAY(2024, 10, 1))
    for giver, amount in (("甲村", 320), ("乙镇", 60)):
        ThirdPartySupport.objects.create(
            resident=person, coverage_year=2025, giver=giver,
            offered=amount, amount=amount, given_on=DAY(2024, 10, 2),
        )  # fmt: skip
    (outcome,) = record_payments(rows=[row(person, PAID, amount=YUAN(20))])
    assert outcome.outcome == "booked"
    return ContributionPeriod.objects.get(resident=person)
