"""A village's support is taken up to what is left, quoted, and taken back by a row of its own (TS-A8)."""

import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from enrollment.models import ContributionPeriod, ContributionState
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments
from enrollment.services.supports import AlreadyPaying, NothingLeft, Offer, give_support, withdraw_support
from hardship.models import ThirdPartySupport
from hardship.services.supports import SupportReasonMissing, SupportTakenBack
from policy.admin.reasons import reason_text
from registry.models import Role
from tests.enrollment.factories import row
from tests.enrollment.test_late_identities import held
from tests.pages.conftest import at_desk, staff
from tests.registry.factories import ResidentFactory, UserFactory, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
PAID = DAY(2024, 10, 20)
YUAN = Decimal


def registered(*, holding: str = "subsistence_allowance") -> ContributionPeriod:
    """Return the contribution of somebody in Tangshan who holds an identity: 430 due, 390 assisted, 40 to pay."""
    person = ResidentFactory(living_area=tangshan(), pooling_area=tangshan(), hukou_area=tangshan())
    held(person, DAY(2024, 1, 1), of=holding)
    enroll(resident_ids=[person.pk], coverage_year=2025, on=PAID)
    return ContributionPeriod.objects.get(resident=person)


def give(contribution, offered, giver="柳树村"):
    offer = Offer(giver=giver, offered=YUAN(offered), given_on=PAID)
    return give_support(resident=contribution.resident, coverage_year=2025, offer=offer, user=UserFactory())


def figures(contribution) -> tuple:
    contribution.refresh_from_db()
    return contribution.assisted, contribution.supported, contribution.payable


def test_support_is_taken_up_to_what_is_left_and_never_counts_as_aid():
    contribution = registered()
    assert figures(contribution) == (YUAN(390), YUAN(0), YUAN(40))

    first, second = give(contribution, 30), give(contribution, 50, "王庄镇")

    assert (first.amount, second.amount, second.offered) == (YUAN(30), YUAN(10), YUAN(50))
    assert figures(contribution) == (YUAN(390), YUAN(40), YUAN(0))
    assert second.trace[-1]["label"] == "不超过个人应缴余额"
    assert second.recorded_by is not None
    with pytest.raises(NothingLeft):
        give(contribution, 1)


def test_withdrawn_support_is_taken_back_by_a_row_and_quoted_without():
    contribution = registered()
    wrong = give(contribution, 30)

    with pytest.raises(SupportReasonMissing):
        withdraw_support(support=wrong, on=PAID, reason=" ")
    reversal = withdraw_support(support=wrong, on=PAID, reason="登记错人", user=UserFactory())

    assert (reversal.amount, reversal.offered, reversal.reverses) == (YUAN(-30), YUAN(-30), wrong)
    kept = reversal.history.get()
    assert reason_text(kept.history_change_reason) == "第三方扶持冲回 登记错人"
    assert kept.history_user == reversal.recorded_by
    assert figures(contribution) == (YUAN(390), YUAN(0), YUAN(40))
    changes = contribution.history.order_by("-history_id").values_list("history_change_reason", flat=True)
    withdrawn, given = map(reason_text, changes[:2])
    assert given == f"第三方扶持登记 130200/2025 {wrong.giver} 30.00 元"
    assert withdrawn == f"第三方扶持冲回 130200/2025 {wrong.giver}：登记错人"
    for taken in (wrong, reversal):
        with pytest.raises(SupportTakenBack):
            withdraw_support(support=taken, on=PAID, reason="再来一次")
    assert give(contribution, 20).amount == YUAN(20)
    assert figures(contribution) == (YUAN(390), YUAN(20), YUAN(20))


def test_once_money_was_paid_support_neither_comes_nor_goes():
    contribution = registered()
    given = give(contribution, 30)
    record_payments(rows=[row(contribution.resident, PAID, amount=YUAN(10))])
    contribution.refresh_from_db()
    assert contribution.state == ContributionState.PAID

    with pytest.raises(AlreadyPaying):
        give(contribution, 5)
    with pytest.raises(AlreadyPaying):
        withdraw_support(support=given, on=PAID, reason="撤回")
    assert ThirdPartySupport.objects.count() == 1


def test_support_for_somebody_not_registered_yet_waits_for_the_quote():
    person = ResidentFactory(living_area=tangshan(), pooling_area=tangshan(), hukou_area=tangshan())
    offer = Offer(giver="柳树村", offered=YUAN(100), given_on=PAID)

    given = give_support(resident=person, coverage_year=2025, offer=offer)
    enroll(resident_ids=[person.pk], coverage_year=2025, on=PAID)

    assert given.amount == YUAN(100)
    assert reason_text(given.history.get().history_change_reason) == "第三方扶持登记"
    assert figures(ContributionPeriod.objects.get(resident=person)) == (YUAN(0), YUAN(100), YUAN(330))


def test_the_database_refuses_a_reversal_of_a_reversal_and_sums_with_the_wrong_sign():
    given = give(registered(), 30)

    with pytest.raises(IntegrityError), transaction.atomic():
        ThirdPartySupport.objects.create(
            resident=given.resident,
            coverage_year=2025,
            giver="x",
            offered=5,
            amount=5,
            given_on=PAID,
            reverses=given,
        )


def test_on_the_pages_a_clerk_records_and_takes_back():
    contribution = registered()
    clerk = at_desk(staff(Role.CLERK, tangshan()))
    said = {"_form_submitted": "True", "giver": "柳树村", "offered": "30", "given_on": "2024-10-20"}

    clerk.post(f"/admin/enrollment/contributionperiod/{contribution.pk}/support/", said)
    given = ThirdPartySupport.objects.get()
    clerk.post(
        f"/admin/hardship/thirdpartysupport/{given.pk}/take_back/",
        {"_form_submitted": "True", "on": "2024-10-21", "reason": "村集体撤回"},
    )
    file = clerk.get(f"/admin/registry/resident/{contribution.resident_id}/change/").content.decode()

    assert [each.amount for each in ThirdPartySupport.objects.order_by("pk")] == [YUAN(30), YUAN(-30)]
    assert "冲回：村集体撤回" in file
    assert "已冲回" in file
