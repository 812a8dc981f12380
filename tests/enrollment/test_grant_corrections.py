"""A frozen grant that was wrong is decided anew by the rule and by two people; it stays on record, reversed."""

from decimal import Decimal

import pytest
from django.utils import timezone

from casework.models import Case
from casework.services import CaseNotReady, CaseOutdated, SecondPersonNeeded, confirm_case, decide_case
from enrollment.models import Balance, ContributionPeriod, ContributionState
from enrollment.services.enroll import enroll
from enrollment.services.grant_corrections import (
    GrantCorrectionPending,
    GrantEvidenceMissing,
    GrantStands,
    propose_grant_correction,
)
from enrollment.services.payments import record_payments
from enrollment.services.regrants import NotPaid
from enrollment.services.replay import replay_contributions
from hardship.models import AssistanceGrant, Recognition
from hardship.services.recognitions import correct_recognitions, end_recognitions, void_recognitions
from policy.models import PolicyStatus, PolicyVersion
from policy.services.versions import approve, save_draft, submit
from registry.services import move_resident
from tests.enrollment.factories import row
from tests.enrollment.test_late_identities import DAY, PAID, held, looked, payer
from tests.registry.factories import ResidentFactory, UserFactory, daoli, tangshan

pytestmark = pytest.mark.usefixtures("law")
YUAN = Decimal


def wrongly_helped() -> ContributionPeriod:
    """Return a year paid with aid for an identity that turned out never to have been."""
    person = payer(held_from=DAY(2024, 9, 1))
    void_recognitions(recognition_ids=[Recognition.objects.get().pk], reason="test")
    return ContributionPeriod.objects.get(resident=person)


def proposed(contribution, user=None, *, evidence="哈民〔2025〕3号"):
    return propose_grant_correction(
        contribution=contribution, evidence=evidence, reason="身份误登", user=user or UserFactory()
    )


def test_the_wrong_grant_is_reversed_and_what_was_given_is_to_be_collected():
    contribution, first, second = wrongly_helped(), *UserFactory.create_batch(2)

    case = proposed(contribution, first)
    assert AssistanceGrant.objects.get().reversed_at is None
    with pytest.raises(SecondPersonNeeded):
        confirm_case(case=case, user=first)
    confirm_case(case=case, user=second)
    with pytest.raises(CaseNotReady):
        confirm_case(case=case, user=UserFactory())

    contribution.refresh_from_db()
    assert (contribution.assisted, contribution.payable, contribution.grant) == (YUAN(0), YUAN(400), None)
    assert contribution.state == ContributionState.PAID
    wrong = AssistanceGrant.objects.get()
    assert (wrong.total, wrong.reversed_at is None) == (YUAN(240), False)
    balance = Balance.objects.get()
    assert (balance.kind, balance.amount, balance.case_id) == ("recovery", YUAN(240), case.pk)
    assert ("本人应补", None, YUAN(240)) in case.figures.values_list("label", "old", "new")

    again = row(contribution.resident, DAY(2025, 4, 1), amount=YUAN(240))
    (outcome,) = record_payments(rows=[again])
    contribution.refresh_from_db()
    assert (outcome.outcome, contribution.paid) == ("booked", YUAN(400))
    assert Balance.objects.get().state == "squared"


def test_a_grant_the_rule_still_gives_stands_and_one_proposal_waits_at_a_time():
    right = ContributionPeriod.objects.get(resident=payer(held_from=DAY(2024, 9, 1)))
    with pytest.raises(GrantStands):
        proposed(right)
    with pytest.raises(GrantEvidenceMissing):
        proposed(right, evidence=" ")
    void_recognitions(recognition_ids=[Recognition.objects.get().pk], reason="test")
    proposed(right)
    with pytest.raises(GrantCorrectionPending):
        proposed(right)


def test_a_year_not_paid_follows_by_itself_and_one_taken_back_is_refused():
    person = ResidentFactory()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=PAID)
    with pytest.raises(NotPaid):
        proposed(ContributionPeriod.objects.get(resident=person))


def test_facts_that_moved_meanwhile_are_refused():
    contribution = wrongly_helped()
    case = proposed(contribution)
    held(contribution.resident, DAY(2024, 9, 1), of="extreme_hardship")

    with pytest.raises(CaseOutdated):
        confirm_case(case=case, user=UserFactory())
    assert AssistanceGrant.objects.get().reversed_at is None


def test_the_grant_of_somebody_who_moved_away_since_stands():
    city, payday = tangshan(), DAY(2024, 10, 12)
    person = ResidentFactory(living_area=city, pooling_area=city)
    held(person, DAY(2024, 9, 1))
    enroll(resident_ids=[person.pk], coverage_year=2025, on=payday)
    record_payments(rows=[row(person, payday, amount=YUAN(40))])
    contribution = ContributionPeriod.objects.get(resident=person)
    assert contribution.assisted == YUAN(390)

    move_resident(resident=person, living_area=daoli(), hukou_area=daoli(), reason="迁移")
    with pytest.raises(GrantStands):
        proposed(contribution)


def aided_later() -> ContributionPeriod:
    """Return a year paid without aid, then aided by two people for an identity that began after the payment."""
    person, start = payer(), timezone.now()
    held(person, DAY(2024, 11, 20))
    looked(start)
    case, (first, second) = Case.objects.get(kind="assistance_choice"), UserFactory.create_batch(2)
    confirm_case(
        case=decide_case(case=case, decision="aid_this_year", reason="窗口期内认定", user=first), user=second
    )
    contribution = ContributionPeriod.objects.get(resident=person)
    assert (contribution.assisted, contribution.is_helped_later) == (YUAN(240), True)
    return contribution


def test_aid_given_after_the_payment_is_corrected_when_its_identity_never_was():
    contribution = aided_later()
    with pytest.raises(GrantStands):
        proposed(contribution)
    void_recognitions(recognition_ids=[Recognition.objects.get().pk], reason="test")

    confirm_case(case=proposed(contribution), user=UserFactory())

    contribution.refresh_from_db()
    assert (contribution.assisted, contribution.payable, contribution.grant) == (YUAN(0), YUAN(400), None)
    assert AssistanceGrant.objects.get().reversed_at is not None
    # of the 240 that were to be given back nothing has been: both stand, and cancel each other out
    assert set(Balance.objects.values_list("kind", "amount")) == {
        ("refund", YUAN(240)),
        ("recovery", YUAN(240)),
    }


def test_aid_given_after_the_payment_stands_when_its_identity_ended_later():
    contribution = aided_later()
    end_recognitions(recognition_ids=[Recognition.objects.get().pk], on=DAY(2025, 3, 1), reason="test")

    with pytest.raises(GrantStands):
        proposed(contribution)


def test_what_a_correction_opens_is_asked_at_once():
    person = payer(held_from=DAY(2024, 9, 1))
    (wrong,) = Recognition.objects.all()
    correct_recognitions(corrections={wrong.pk: {"valid_from": DAY(2024, 11, 1)}}, reason="test")
    case = proposed(ContributionPeriod.objects.get(resident=person))
    assert not Case.objects.filter(kind="assistance_choice").exists()

    confirm_case(case=case, user=UserFactory())

    question = Case.objects.get(kind="assistance_choice")
    assert (question.opened_by, question.detail["since"]) == (None, "2024-11-01")
    assert "更正后另立资助工单 1 件" in case.events.get(kind="effect").text


def test_what_a_case_decided_of_a_payment_taken_back_does_not_count_for_the_next():
    contribution = aided_later()
    person, earlier = contribution.resident, PAID.replace(day=9)
    record_payments(rows=[row(person, DAY(2024, 12, 10), amount=YUAN(400), kind="reversal")])
    record_payments(rows=[row(person, earlier, amount=YUAN(400))])

    contribution.refresh_from_db()
    assert (contribution.state, contribution.assisted) == (ContributionState.PAID, YUAN(0))
    with pytest.raises(GrantStands):
        proposed(contribution)


def law_replaced(before: str, after: str, *, corrects: bool) -> None:
    version = PolicyVersion.objects.get(area="230100", year=2025, status=PolicyStatus.APPROVED)
    draft = save_draft(text=version.text.replace(before, after), user=UserFactory(), corrects=corrects)
    approve(version=submit(version=draft), user=UserFactory())


def helped_rightly() -> ContributionPeriod:
    """Return a year paid with 240 yuan of aid, 60 % of the premium."""
    return ContributionPeriod.objects.get(resident=payer(held_from=DAY(2024, 9, 1)))


def test_new_law_corrects_no_grant_of_before():
    right = helped_rightly()
    law_replaced("shares = { basic = 0.60 }", "shares = { basic = 0.75 }", corrects=False)

    with pytest.raises(GrantStands):
        proposed(right)


def test_an_error_of_the_text_put_right_corrects_the_grants_given_by_it():
    right = helped_rightly()
    law_replaced("shares = { basic = 0.60 }", "shares = { basic = 0.70 }", corrects=True)
    law_replaced("shares = { basic = 0.70 }", "shares = { basic = 0.75 }", corrects=True)

    case = proposed(right)
    confirm_case(case=case, user=UserFactory())

    right.refresh_from_db()
    assert (right.assisted, right.grant.total) == (YUAN(300), YUAN(300))
    assert [each.equal for each in replay_contributions(resident_ids=[right.resident_id])] == [True] * 2
    with pytest.raises(GrantStands):
        proposed(right)


def test_what_corrects_new_law_says_nothing_of_grants_before_that_law():
    right = helped_rightly()
    law_replaced("shares = { basic = 0.60 }", "shares = { basic = 0.70 }", corrects=False)
    law_replaced("shares = { basic = 0.70 }", "shares = { basic = 0.75 }", corrects=True)

    with pytest.raises(GrantStands):
        proposed(right)
