"""Identities known late, ended late or withdrawn: what they touch, what a person decides, and that it is done."""

import datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from benefits.models import Accumulator, Claim
from benefits.services.retroactive.follow import follow_changes
from benefits.services.settle import settle_claims
from benefits.tasks import follow_identity_changes
from casework.models import Case, CaseEvent, CaseFigure, CaseState, Verdict
from casework.services import CaseOutdated, confirm_case, decide_case, renew_case
from enrollment.models import Balance, ContributionPeriod
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments
from exchange.models import Job
from hardship.services.recognitions import (
    NewRecognition,
    correct_recognitions,
    end_recognitions,
    recognize,
    void_recognitions,
)
from tests.benefits.factories import bill, hospital, insured, law
from tests.enrollment.factories import row
from tests.enrollment.test_late_identities import PAID, payer
from tests.hardship.factories import category
from tests.registry.factories import ResidentFactory, tangshan

pytestmark = pytest.mark.django_db
DAY = datetime.date
TODAY = DAY(2025, 6, 1)
LOW = "subsistence_allowance"


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    hospital()


FEBRUARY = DAY(2025, 2, 1)


def known(person, of: str = LOW, since: datetime.date = FEBRUARY, **more):
    category(of)
    (made,) = recognize(
        rows=[NewRecognition(resident_id=person.pk, category=of, valid_from=since, **more)], reason="test"
    )
    return made


def settled(*bills):
    outcomes = settle_claims(claims=bills, user=None)
    assert [outcome.code for outcome in outcomes] == [""] * len(bills)


def looked(since: datetime.datetime, *, day: datetime.date = TODAY) -> dict[str, int]:
    counts = follow_changes(since=since, until=timezone.now(), day=day)
    return {name: count for name, count in counts.items() if count}


def figures(case: Case) -> list:
    rows = CaseFigure.objects.filter(case=case).order_by("position")
    return [(row.label.rpartition("：")[2], row.old, row.new, row.verdict) for row in rows]


def decided(case: Case, decision: str) -> Case:
    clerk, reviewer = User.objects.create(username="clerk"), User.objects.create(username="reviewer")
    decide_case(case=case, decision=decision, reason="核实无误", user=clerk)
    return confirm_case(case=case, user=reviewer)


def money(person) -> list:
    rows = Claim.objects.filter(resident=person).order_by("discharged_on", "number")
    return list(
        rows.values_list("number", "basic_paid", "critical_illness_paid", "assistance_paid", "own_burden")
    )


def totals(person) -> dict:
    row = Accumulator.objects.values().get(resident=person)
    return {name: row[name] for name in row if name not in ("id", "resident_id", "pooling_area_id")}


def late():
    """Return somebody with two stays settled before an allowance of February became known, and when."""
    person = insured()
    settled(bill(person, "A", 60_000), bill(person, "B", 30_000, day=DAY(2025, 4, 10)))
    start = timezone.now()
    known(person)
    return person, start


def test_a_late_identity_shows_what_is_frozen_and_asks_about_what_is_silent():
    person, start = late()

    assert looked(start) == {"retroactive": 1, "cases_opened": 1}

    case = Case.objects.get(kind="retroactive_change")
    assert figures(case) == [
        ("大病保险支付", Decimal("8112.00"), Decimal("12936.00"), Verdict.FROZEN),
        ("医疗救助支付", Decimal("0.00"), Decimal("11457.60"), Verdict.ASKS),
        ("大病保险支付", Decimal("8360.00"), Decimal("9284.00"), Verdict.FROZEN),
        ("医疗救助支付", Decimal("0.00"), Decimal("2884.00"), Verdict.ASKS),
    ]
    frozen, asked = CaseFigure.objects.filter(case=case).order_by("position")[:2]
    assert frozen.clause == "黑医保发〔2024〕45号 六(一)"
    assert "医疗救助：“结算后才得知的身份变动”怎样办理未见规定" in asked.reading
    assert asked.trace[0]["label"] == "政策范围内费用"
    assert [option["code"] for option in case.options] == ["claims", "leave"]
    assert "+14341.60 元" in case.options[0]["label"]
    assert (case.resident_id, case.needs_second) == (person.pk, True)
    assert "原无记录，现自 2025-02-01 起" in case.title


def test_looking_again_asks_nothing_again_and_nothing_is_written():
    person, start = late()
    before = money(person), totals(person), Claim.history.count()

    looked(start)

    assert looked(start) == {}
    assert (money(person), totals(person), Claim.history.count()) == before
    assert Case.objects.filter(kind="retroactive_change").count() == 1


def test_confirming_pays_what_was_shown_and_leaves_what_is_frozen():
    person, start = late()
    looked(start)
    before = money(person)

    case = decided(Case.objects.get(kind="retroactive_change"), "claims")

    after = money(person)
    assert [row[3] for row in after] == [Decimal("11457.60"), Decimal("2884.00")]
    assert [row[:3] for row in after] == [row[:3] for row in before]
    assert totals(person)["assistance_paid"] == Decimal("14341.60")
    claim = Claim.objects.get(number="A")
    assert claim.categories == []
    assert "identities" not in claim.person_facts
    written = Claim.history.filter(number="A").latest("history_id")
    assert written.history_change_reason == f"追溯变更 工单{case.pk}"
    assert written.history_user.username == "reviewer"
    assert "重新结算 2 笔，支付合计变动 +14341.60 元" in CaseEvent.objects.get(case=case, kind="effect").text


def test_a_claim_settled_later_stands_on_what_was_decided():
    person, start = late()
    looked(start)
    decided(Case.objects.get(kind="retroactive_change"), "claims")

    settled(bill(person, "0", 1_000, day=DAY(2025, 1, 20)))

    assert [row[3] > 0 for row in money(person)] == [False, True, True]


def test_leaving_it_moves_nothing_and_is_not_asked_again():
    person, start = late()
    looked(start)
    before = money(person), totals(person)

    case = decided(Case.objects.get(kind="retroactive_change"), "leave")

    assert (money(person), totals(person)) == before
    assert looked(start) == {}
    assert "原数额不变" in CaseEvent.objects.get(case=case, kind="effect").text


def test_a_withdrawn_error_asks_about_both_layers():
    person = insured()
    wrong = known(person, since=DAY(2025, 1, 1))
    settled(bill(person, "A", 60_000))
    right = money(person)
    start = timezone.now()
    void_recognitions(recognition_ids=[wrong.pk], reason="误登")

    looked(start)

    case = Case.objects.get(kind="retroactive_change")
    assert figures(case) == [
        ("大病保险支付", Decimal("12936.00"), Decimal("8112.00"), Verdict.ASKS),
        ("医疗救助支付", Decimal("8080.80"), Decimal("0.00"), Verdict.ASKS),
    ]
    assert "大病保险：“结算后查明的误认身份”" in CaseFigure.objects.filter(case=case).first().reading
    decided(case, "claims")
    other = insured()
    settled(bill(other, "B", 60_000))
    assert money(person)[0][1:] == money(other)[0][1:]
    assert money(person) != right


def test_an_end_known_late_is_a_change_of_circumstance_not_an_error():
    person = insured()
    held = known(person, since=DAY(2025, 1, 1))
    settled(bill(person, "A", 60_000))
    start = timezone.now()
    end_recognitions(recognition_ids=[held.pk], on=DAY(2025, 3, 1), reason="退出")

    looked(start)

    verdicts = [figure[3] for figure in figures(Case.objects.get(kind="retroactive_change"))]
    assert verdicts == [Verdict.FROZEN, Verdict.ASKS]


def test_what_holds_from_today_on_touches_nothing():
    person = insured()
    settled(bill(person, "A", 60_000))
    start = timezone.now()
    known(person, since=TODAY)

    assert looked(start) == {}


def test_money_that_moved_meanwhile_refuses_the_decision_and_another_case_takes_over():
    person, start = late()
    looked(start)
    case = Case.objects.get(kind="retroactive_change")
    settled(bill(person, "0", 50_000, day=DAY(2025, 1, 20)))
    before = money(person), totals(person)

    with pytest.raises(CaseOutdated):
        decided(case, "claims")

    case.refresh_from_db()
    assert (money(person), totals(person)) == before
    assert (case.state, case.second_by) == (CaseState.DECIDED, None)
    renewed = renew_case(case=case, user=User.objects.get(username="clerk"))
    assert [figure[2] for figure in figures(renewed)] != [figure[2] for figure in figures(case)]
    assert looked(start) == {}


def test_an_undecided_case_is_worked_out_anew_when_its_money_moved():
    person, start = late()
    looked(start)
    settled(bill(person, "0", 50_000, day=DAY(2025, 1, 20)))

    assert looked(start) == {"cases_opened": 1, "asked_anew": 1}

    first, second = Case.objects.filter(kind="retroactive_change").order_by("pk")
    assert (first.state, first.decision, second.state) == (CaseState.CLOSED, "", CaseState.OPEN)
    decided(second, "claims")
    assert looked(start) == {}


def test_a_second_change_before_the_decision_is_asked_about_together_with_the_first():
    person, start = late()
    looked(start)
    known(person, of="extreme_hardship", since=DAY(2025, 4, 1))

    assert looked(start) == {"retroactive": 1, "cases_opened": 1}

    standing = Case.objects.get(kind="retroactive_change", state=CaseState.OPEN)
    decided(standing, "claims")
    paid = [row[3] for row in money(person)]
    assert paid == [Decimal("11457.60"), Decimal("3708.00")]


def test_a_correction_that_takes_it_back_closes_the_question():
    person = insured()
    settled(bill(person, "A", 60_000))
    start = timezone.now()
    made = known(person)
    looked(start)
    correct_recognitions(corrections={made.pk: {"valid_from": DAY(2025, 5, 31)}}, reason="日期有误")

    looked(start)

    states = Case.objects.filter(kind="retroactive_change").order_by("pk").values_list("state", flat=True)
    assert list(states) == [CaseState.CLOSED]


def test_aid_that_rested_on_an_error_is_corrected_together_with_the_claims():
    person = payer(held_from=DAY(2024, 9, 1))
    settled(bill(person, "A", 60_000))
    start = timezone.now()
    void_recognitions(recognition_ids=[person.recognitions.get().pk], reason="误登")
    looked(start)
    case = Case.objects.get(kind="retroactive_change")
    assert [option["code"] for option in case.options] == ["claims", "premium", "claims_and_premium", "leave"]

    decided(case, "claims_and_premium")

    contribution = ContributionPeriod.objects.get(resident=person)
    assert (contribution.assisted, contribution.payable, contribution.grant) == (0, 400, None)
    balance = Balance.objects.get()
    assert (balance.kind, balance.amount, balance.case) == ("recovery", 240, case)
    assert money(person)[0][3] == 0
    said = CaseEvent.objects.get(case=case, kind="effect").text
    assert "支付合计变动 -12904.80 元" in said
    assert "2025 年度参保资助更正为 0.00 元，本人应补 240.00 元" in said


def test_a_corrected_attribute_is_named():
    person = ResidentFactory(living_area=tangshan(), pooling_area=tangshan(), hukou_area=tangshan())
    made = known(person, "at_risk_of_poverty", DAY(2024, 9, 1), attributes={"risk_eliminated": False})
    enroll(resident_ids=[person.pk], coverage_year=2025, on=PAID)
    contribution = ContributionPeriod.objects.get(resident=person)
    record_payments(rows=[row(person, PAID, amount=contribution.payable)])
    start = timezone.now()
    correct_recognitions(corrections={made.pk: {"attributes": {"risk_eliminated": True}}}, reason="登记有误")
    looked(start)

    case = Case.objects.get(kind="retroactive_change")

    said = "原自 2024-09-01 起（风险已消除：否），现自 2024-09-01 起（风险已消除：是）"
    assert said in case.title
    assert said in case.reason


def test_aid_alone_may_be_corrected():
    person = payer(held_from=DAY(2024, 9, 1))
    settled(bill(person, "A", 60_000))
    before = money(person)
    start = timezone.now()
    void_recognitions(recognition_ids=[person.recognitions.get().pk], reason="误登")
    looked(start)

    decided(Case.objects.get(kind="retroactive_change"), "premium")

    assert money(person) == before
    assert ContributionPeriod.objects.get(resident=person).payable == 400


def test_a_question_of_its_own_about_aid_is_not_asked_twice():
    person = payer()
    start = timezone.now()
    known(person, since=DAY(2024, 9, 1))

    assert looked(start) == {"retroactive": 1}


def test_what_is_only_frozen_is_kept_as_a_closed_record():
    person = payer(held_from=DAY(2024, 9, 1))
    start = timezone.now()
    end_recognitions(recognition_ids=[person.recognitions.get().pk], on=DAY(2025, 1, 15), reason="退出")

    assert looked(start) == {"retroactive": 1, "cases_opened": 1, "closed_at_once": 1}

    case = Case.objects.get(kind="retroactive_change")
    assert (case.state, case.options, case.needs_second) == (CaseState.CLOSED, [], False)
    assert figures(case) == [("2025 年度参保资助", 240, 0, Verdict.FROZEN)]
    assert looked(start) == {}


def test_the_scheduled_look_follows_from_the_last_one_on():
    late()

    first, second = follow_identity_changes(), follow_identity_changes()

    assert (first["cases_opened"], second.get("cases_opened", 0)) == (1, 0)
    assert Job.objects.filter(kind="follow_retroactive", status="done").count() == 2
