"""What is used of each giver's offer follows the quote, and goes back to whose it was (资金扶持的构成)."""

from decimal import Decimal

import pytest
from django.utils import timezone

from casework.models import Case
from casework.services import confirm_case
from enrollment.models import Balance, ContributionPeriod
from enrollment.rules.support_shares import UNKNOWN_GIVER, shares_returned, shares_used
from enrollment.selectors.support import support_shares
from enrollment.services.balances import square_balance
from enrollment.services.enroll import enroll, requote
from enrollment.services.grant_corrections import propose_grant_correction
from enrollment.services.payments import record_payments
from enrollment.services.refunds import NewRefund, propose_refund
from enrollment.services.replay import replay_contributions
from enrollment.services.settle_assisted import settle_fully_assisted
from enrollment.services.supports import Offer, give_support
from hardship.services.recognitions import void_recognitions
from registry.models import Role
from tests.enrollment.factories import row
from tests.enrollment.test_late_identities import DAY, held, looked
from tests.enrollment.test_regrants import decided
from tests.pages.conftest import at_desk, staff
from tests.registry.factories import ResidentFactory, UserFactory, tangshan

pytestmark = pytest.mark.usefixtures("law")
YUAN = Decimal
REGISTERED = DAY(2024, 9, 10)
PAID = DAY(2024, 10, 12)


def offered(*identities: str, **offers: int) -> ContributionPeriod:
    """Return somebody's registered year in Tangshan, 430 due, with identities and what givers offered."""
    person = ResidentFactory(living_area=tangshan(), pooling_area=tangshan(), hukou_area=tangshan())
    for each in identities:
        held(person, DAY(2024, 1, 1), of=each)
    enroll(resident_ids=[person.pk], coverage_year=2025, on=REGISTERED)
    for giver, amount in offers.items():
        offer = Offer(giver=giver, offered=YUAN(amount), given_on=REGISTERED)
        give_support(resident=person, coverage_year=2025, offer=offer)
    return ContributionPeriod.objects.get(resident=person)


def voided(contribution: ContributionPeriod, of: str) -> None:
    """Void an identity."""
    (key,) = contribution.resident.recognitions.filter(category__code=of).values_list("pk", flat=True)
    void_recognitions(recognition_ids=[key], reason="登记错误")


def paid(contribution: ContributionPeriod) -> ContributionPeriod:
    """Return the year paid by its quote of the day."""
    requote(resident_ids=[contribution.resident_id], coverage_year=2025, day=PAID)
    contribution.refresh_from_db()
    if not contribution.payable:
        settle_fully_assisted(area=tangshan(), coverage_year=2025, on=PAID)
    else:
        money = row(contribution.resident, PAID, amount=contribution.payable)
        assert [each.outcome for each in record_payments(rows=[money])] == ["booked"]
    contribution.refresh_from_db()
    return contribution


def aided_late(contribution: ContributionPeriod, of: str = "extreme_hardship") -> Case:
    """Return the case of an identity known after the payment, decided for this year."""
    start = timezone.now()
    held(contribution.resident, REGISTERED, of=of)
    looked(start)
    return decided(Case.objects.filter(kind="assistance_choice").latest("pk"))


def given_back() -> list[tuple[str, Decimal]]:
    """Return the open refunds of support; those who bear each add up to it."""
    rows = Balance.objects.filter(kind="refund", state="open").exclude(party="").order_by("pk")
    for each in rows:
        assert sum(YUAN(part["amount"]) for part in each.payers) == each.amount
    return [(each.party, each.amount) for each in rows]


def test_more_of_an_offer_used_before_the_payment_goes_back_whole():
    contribution = offered("exited_poverty", "subsistence_allowance", 甲村=200)
    assert support_shares(contribution) == [("甲村", YUAN(40))]
    voided(contribution, "subsistence_allowance")

    paid(contribution)

    assert (contribution.supported, contribution.payable) == (YUAN(160), YUAN(0))
    assert support_shares(contribution) == [("甲村", YUAN(160))]
    aided_late(contribution)
    assert given_back() == [("甲村", YUAN(160))]
    contribution.refresh_from_db()
    assert support_shares(contribution) == []


def test_each_of_two_givers_gets_back_what_was_used_of_theirs():
    contribution = offered("exited_poverty", "subsistence_allowance", 甲村=30, 乙镇=50)
    assert support_shares(contribution) == [("甲村", YUAN(30)), ("乙镇", YUAN(10))]
    voided(contribution, "subsistence_allowance")

    paid(contribution)
    aided_late(contribution)

    assert contribution.supported == YUAN(80)
    assert given_back() == [("乙镇", YUAN(50)), ("甲村", YUAN(30))]


def test_what_the_quote_left_unused_is_nobodys_to_get_back():
    contribution = offered("exited_poverty", 甲村=100, 乙镇=60)
    held(contribution.resident, DAY(2024, 1, 1), of="subsistence_allowance")

    paid(contribution)

    assert support_shares(contribution) == [("甲村", YUAN(40))]
    clerk = at_desk(staff(Role.CLERK, tangshan()))
    page = clerk.get(f"/admin/enrollment/contributionperiod/{contribution.pk}/change/").content.decode()
    assert "甲村 40.00 元" in page
    assert "乙镇" not in page
    aided_late(contribution)
    assert given_back() == [("甲村", YUAN(40))]


def put_right(contribution: ContributionPeriod, of: str) -> Case:
    """Return the case that took the aid of a wrong identity back."""
    voided(contribution, of)
    case = propose_grant_correction(
        contribution=contribution, evidence="冀〔2025〕3号", reason="身份登记错误", user=UserFactory()
    )
    return confirm_case(case=case, user=UserFactory())


def figures(contribution: ContributionPeriod) -> tuple[Decimal, ...]:
    contribution.refresh_from_db()
    return contribution.assisted, contribution.supported, contribution.payable


def test_support_about_to_go_back_is_used_again_before_the_person_pays():
    contribution = paid(offered("exited_poverty", 甲村=60, 乙镇=40))
    assert figures(contribution) == (270, 100, 60)
    aided_late(contribution)
    assert figures(contribution) == (430, 0, 0)
    assert given_back() == [("乙镇", YUAN(40)), ("甲村", YUAN(60))]

    case = put_right(contribution, "extreme_hardship")

    assert figures(contribution) == (270, 100, 60)
    shown = [(each.label, each.old, each.new) for each in case.figures.order_by("position")]
    assert ("第三方资金扶持", 0, 100) in shown
    assert ("资金扶持不再退还", None, 100) in shown
    assert given_back() == []
    assert support_shares(contribution) == [("甲村", YUAN(60)), ("乙镇", YUAN(40))]
    recovery = Balance.objects.get(kind="recovery")
    assert (recovery.party, recovery.amount) == ("", YUAN(60))
    assert sum(YUAN(part["amount"]) for part in recovery.payers) == YUAN(-60)
    assert all(each.equal for each in replay_contributions(resident_ids=[contribution.resident_id]))


def test_of_a_refund_needed_in_part_the_rest_stays_due():
    contribution = paid(offered("exited_poverty", 甲村=60, 乙镇=40))
    aided_late(contribution)
    held(contribution.resident, REGISTERED, of="subsistence_allowance")

    put_right(contribution, "extreme_hardship")

    assert figures(contribution) == (390, 40, 0)
    assert given_back() == [("乙镇", YUAN(40)), ("甲村", YUAN(20))]
    assert support_shares(contribution) == [("甲村", YUAN(40))]


@pytest.mark.parametrize(("kind", "kept"), [("refund", [("甲村", 40), ("甲村", 60)]), ("reversal", [])])
def test_what_a_decision_gave_back_still_goes_when_the_year_ends_with_a_refund(kind, kept):
    contribution = offered("exited_poverty", 甲村=100)
    requote(resident_ids=[contribution.resident_id], coverage_year=2025, day=PAID)
    contribution.refresh_from_db()
    money = row(contribution.resident, PAID, amount=contribution.payable, serial="P1")
    assert record_payments(rows=[money])[0].outcome == "booked"
    aided_late(contribution, "subsistence_allowance")
    assert (figures(contribution), given_back()) == ((390, 40, 0), [("甲村", YUAN(60))])
    if kind == "refund":
        new = NewRefund(reason="duplicate", on=DAY(2024, 12, 2), evidence="退申1号", words="本人申请")
        case = propose_refund(contribution=contribution, refund=new, user=UserFactory())
        confirm_case(case=case, user=UserFactory())

    back = row(contribution.resident, DAY(2024, 12, 5), amount=money.amount, kind=kind, reverses_serial="P1")
    assert record_payments(rows=[back])[0].outcome == "booked"

    open_now = Balance.objects.filter(state="open").order_by("amount")
    assert [(each.party, each.amount) for each in open_now] == kept


def test_support_that_has_gone_back_is_not_asked_for_again():
    contribution = paid(offered("exited_poverty", 甲村=100))
    aided_late(contribution)
    square_balance(balance=Balance.objects.get(party="甲村"), on=DAY(2025, 1, 5), document="村账〔2025〕1号")

    put_right(contribution, "extreme_hardship")

    assert figures(contribution) == (270, 0, 160)
    assert Balance.objects.get(kind="recovery").amount == YUAN(160)


@pytest.mark.parametrize(
    ("used", "returned", "kept"),
    [
        (40, {}, [("甲", 30), ("乙", 10)]),
        (90, {}, [("甲", 30), ("乙", 20), ("甲", 40)]),
        (25, {"甲": 40, "乙": 20}, [("甲", 25)]),
        (110, {}, [("甲", 30), ("乙", 20), ("甲", 50), (UNKNOWN_GIVER, 10)]),
        (0, {"甲": 30}, []),
    ],
)
def test_offers_are_used_in_order(used, returned, kept):
    offers = [("甲", YUAN(30)), ("乙", YUAN(20)), ("甲", YUAN(50))]

    shares = shares_used(offers, used=YUAN(used), returned={k: YUAN(v) for k, v in returned.items()})

    assert shares == kept
    assert sum(yuan for _, yuan in shares) == used


def test_who_gave_last_gets_back_first_in_one_sum():
    shares = [("甲", YUAN(30)), ("乙", YUAN(20)), ("甲", YUAN(50))]

    assert shares_returned(shares, YUAN(75)) == [("甲", 55), ("乙", 20)]
    assert shares_returned(shares, YUAN(0)) == []
