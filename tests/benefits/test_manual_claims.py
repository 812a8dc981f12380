"""Bills on paper: entered, checked by another, worked out and shown, settled, or let go on the way; amendments."""

import datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from benefits.models import Accumulator, Claim, ClaimStage, ClaimState, ManualClaim, ManualLine, ManualState
from benefits.services.bills import ClaimRefused
from benefits.services.manual_claims import (
    Accepted,
    CutWrong,
    FiguresMoved,
    NotPayable,
    OwnEntry,
    ReasonWrong,
    adjudicate_manual,
    check_manual,
    reject_manual,
    return_manual,
    settle_manual,
    withdraw_manual,
)
from benefits.services.manual_entries import ManualNotOpen, NotAmendable, begin_amendment, enter_manual
from benefits.services.manual_stages import Why
from benefits.services.settle import settle_claims
from benefits.services.void import void_claim
from registry.batch.history import update_with_history
from registry.models import Resident
from tests.benefits.factories import bill, hospital, insured, law
from tests.registry.factories import ResidentFactory

pytestmark = pytest.mark.django_db
DAY = datetime.date
YEAR = timezone.localdate().year


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    hospital()


@pytest.fixture
def clerk():
    return User.objects.create(username="clerk")


@pytest.fixture
def colleague():
    return User.objects.create(username="colleague")


def line(name="药品", amount=1000, eligible=900, class_b_copay=50, item_class="b"):
    return ManualLine(
        name=name,
        item_class=item_class,
        amount=Decimal(amount),
        eligible=Decimal(eligible),
        class_b_copay=Decimal(class_b_copay),
    )


def paper(resident, **changes):
    given = {
        "number": "PJ0001",
        "resident": resident,
        "facility": hospital(),
        "kind": "inpatient",
        "admitted_on": DAY(2025, 3, 1),
        "discharged_on": DAY(2025, 3, 10),
        "total": Decimal(51000),
    }
    return ManualClaim(**(given | changes))


def entered(resident, user, *lines, **changes):
    lines = lines or (line("床位费", 50000, 49900, 0, "a"), line())
    return enter_manual(manual=paper(resident, **changes), lines=list(lines), user=user)


def stages(manual):
    return list(
        manual.stages.order_by("pk").values_list(
            "stage", "by__username", "eligible", "basic_paid", "reason_code"
        )
    )


def test_pass_every_stage_with_its_amounts(clerk, colleague):
    manual = entered(insured(), clerk)
    drug = manual.lines.get(name="药品")

    outcome = check_manual(
        manual=manual,
        accepted={drug.pk: Accepted(Decimal(800), Decimal(50), "outside_catalogue")},
        user=colleague,
    )

    assert outcome.claim is not None
    assert not Claim.objects.exists()
    assert not Accumulator.objects.exists()

    claim = settle_manual(manual=manual, user=colleague)

    manual.refresh_from_db()
    assert (manual.state, manual.claim, claim.number) == (ManualState.SETTLED, claim, "PJ0001")
    assert (claim.total, claim.eligible, claim.class_b_copay) == (51000, 50700, 50)
    assert claim.settled_on == timezone.localdate()
    assert claim.basic_paid == Decimal("29940.00")  # (50 700 - 800) x 60 %
    assert Accumulator.objects.get().basic_paid == claim.basic_paid
    assert stages(manual) == [
        ("entered", "clerk", 50800, None, ""),
        ("checked", "colleague", 50700, None, "outside_catalogue"),
        ("adjudicated", "colleague", 50700, claim.basic_paid, ""),
        ("settled", "colleague", 50700, claim.basic_paid, ""),
    ]
    shown = manual.stages.get(stage="adjudicated")
    assert shown.trace == claim.trace
    assert shown.policy_key == claim.policy_key
    assert list(claim.lines.order_by("number").values_list("eligible", flat=True)) == [49900, 800]


def test_nobody_decides_what_they_entered(clerk, colleague):
    manual = entered(insured(), clerk)

    for step in (
        lambda: check_manual(manual=manual, accepted={}, user=clerk),
        lambda: return_manual(manual=manual, why=Why("papers_missing"), user=clerk),
        lambda: reject_manual(manual=manual, why=Why("third_party"), user=clerk),
    ):
        with pytest.raises(OwnEntry):
            step()
    check_manual(manual=manual, accepted={}, user=colleague)
    with pytest.raises(OwnEntry):
        settle_manual(manual=manual, user=clerk)

    assert not Claim.objects.exists()


def test_a_step_out_of_turn_is_refused(clerk, colleague):
    manual = entered(insured(), clerk)

    with pytest.raises(ManualNotOpen):
        settle_manual(manual=manual, user=colleague)
    with pytest.raises(ManualNotOpen):
        adjudicate_manual(manual=manual, user=colleague)
    check_manual(manual=manual, accepted={}, user=colleague)
    settle_manual(manual=manual, user=colleague)
    with pytest.raises(ManualNotOpen):
        settle_manual(manual=manual, user=colleague)
    with pytest.raises(ManualNotOpen):
        withdraw_manual(manual=manual, reason="录重了", user=clerk)

    assert Claim.objects.count() == 1


@pytest.mark.parametrize(
    "accepted",
    [
        Accepted(Decimal(901), Decimal(50)),
        Accepted(Decimal(800), Decimal(50)),
        Accepted(Decimal(800), Decimal(50), "abroad"),
        Accepted(Decimal("899.995"), Decimal(50), "other"),
        Accepted(Decimal(900), Decimal(101), "other"),
    ],
)
def test_refuse_a_wrong_cut(accepted, clerk, colleague):
    manual = entered(insured(), clerk)
    drug = manual.lines.get(name="药品")

    with pytest.raises(CutWrong, match="第2项“药品”"):
        check_manual(manual=manual, accepted={drug.pk: accepted}, user=colleague)

    manual.refresh_from_db()
    assert manual.state == ManualState.ENTERED


def test_what_the_rules_refuse_stays_checked_until_it_is_cured(clerk, colleague):
    person = ResidentFactory()
    manual = entered(person, clerk)

    outcome = check_manual(manual=manual, accepted={}, user=colleague)

    assert outcome.code == "not_covered"
    manual.refresh_from_db()
    assert manual.state == ManualState.CHECKED
    told = manual.stages.latest("pk")
    assert told.reason_code == "not_covered"
    assert "社会保险法" in told.reason
    assert "补录参保登记" in told.reason

    insured(person)
    assert adjudicate_manual(manual=manual, user=colleague).claim is not None
    assert settle_manual(manual=manual, user=colleague).total == 51000


def test_settle_only_the_figures_that_were_shown(clerk, colleague):
    person = insured()
    manual = entered(person, clerk)
    check_manual(manual=manual, accepted={}, user=colleague)
    shown = manual.stages.get(stage="adjudicated").critical_illness_paid
    settle_claims(claims=[bill(person, "A1", 100_000, day=DAY(2025, 2, 1))], user=None)

    with pytest.raises(FiguresMoved):
        settle_manual(manual=manual, user=colleague)

    assert Claim.objects.count() == 1
    anew = manual.stages.latest("pk")
    assert anew.stage == ManualState.ADJUDICATED
    assert anew.critical_illness_paid > shown
    assert settle_manual(manual=manual, user=colleague).critical_illness_paid == anew.critical_illness_paid


def test_a_paper_is_entered_once(clerk, colleague):
    entered(insured(), clerk)

    with pytest.raises(ClaimRefused, match="已录入"):
        entered(insured(), colleague)


def test_refuse_to_settle_what_is_payable_no_more(clerk, colleague):
    person = insured()
    manual = entered(person, clerk)
    check_manual(manual=manual, accepted={}, user=colleague)
    update_with_history(
        Resident.objects.filter(pk=person.pk), {"died_on": DAY(2025, 3, 5)}, reason="死亡登记"
    )

    with pytest.raises(NotPayable, match="死亡") as refused:
        settle_manual(manual=manual, user=colleague)

    assert refused.value.code == "dead"
    assert not Claim.objects.exists()


def test_return_put_right_and_check_again(clerk, colleague):
    manual = entered(insured(), clerk)

    with pytest.raises(ReasonWrong):
        return_manual(manual=manual, why=Why("third_party"), user=colleague)
    with pytest.raises(ReasonWrong):
        return_manual(manual=manual, why=Why("other", " "), user=colleague)
    return_manual(manual=manual, why=Why("amounts_differ", "第2项少录100元"), user=colleague)

    manual.refresh_from_db()
    assert manual.state == ManualState.RETURNED
    manual.total = Decimal(51100)
    enter_manual(
        manual=manual,
        lines=[line("床位费", 50000, 49900, 0, "a"), line(amount=1100, eligible=1000)],
        user=clerk,
    )
    assert manual.state == ManualState.ENTERED
    assert list(manual.lines.order_by("number").values_list("number", "amount")) == [(1, 50000), (2, 1100)]
    assert [row[0] for row in stages(manual)] == ["entered", "returned", "entered"]
    check_manual(manual=manual, accepted={}, user=colleague)
    with pytest.raises(ManualNotOpen):
        enter_manual(manual=manual, lines=[line(amount=51100)], user=clerk)


def test_reject_and_withdraw_free_the_number(clerk, colleague):
    rejected = entered(insured(), clerk)
    reject_manual(manual=rejected, why=Why("third_party", "交通事故，对方全责"), user=colleague)
    rejected.refresh_from_db()
    assert rejected.state == ManualState.REJECTED
    assert rejected.stages.latest("pk").reason_code == "third_party"

    withdrawn = entered(rejected.resident, clerk)
    with pytest.raises(ReasonWrong):
        withdraw_manual(manual=withdrawn, reason=" ", user=clerk)
    withdraw_manual(manual=withdrawn, reason="本人撤回", user=clerk)

    assert entered(rejected.resident, clerk).state == ManualState.ENTERED
    assert not Claim.objects.exists()


def test_amend_a_settled_claim_by_two_people(clerk, colleague):
    person = insured()
    wrong, later = [
        outcome.claim
        for outcome in settle_claims(
            claims=[bill(person, "A1", 50800), bill(person, "A2", 30000, day=DAY(2025, 6, 1))], user=None
        )
    ]

    manual = begin_amendment(claim=wrong, reason="药费录入有误", user=clerk)

    assert (manual.number, manual.state, manual.total) == ("A1-G1", ManualState.RETURNED, wrong.total)
    with pytest.raises(NotAmendable):
        begin_amendment(claim=wrong, reason="再改", user=colleague)
    manual.total = Decimal(40800)
    enter_manual(manual=manual, lines=[line("合计", 40800, 40800, 0, "a")], user=clerk)
    check_manual(manual=manual, accepted={}, user=colleague)
    right = settle_manual(manual=manual, user=colleague)

    wrong.refresh_from_db()
    assert (wrong.state, right.replaces, wrong.replacement) == (ClaimState.REVERSED, wrong, right)
    assert "药费录入有误" in Claim.history.filter(id=wrong.pk).latest().history_change_reason
    never = insured()
    settle_claims(claims=[bill(never, "B1", 40800), bill(never, "B2", 30000, day=DAY(2025, 6, 1))], user=None)
    later.refresh_from_db()
    same = Claim.objects.get(number="B2")
    assert (later.basic_paid, later.critical_illness_paid) == (same.basic_paid, same.critical_illness_paid)
    assert Accumulator.objects.get(resident=person).total == Accumulator.objects.get(resident=never).total


def test_void_shows_on_the_manual_claim(clerk, colleague):
    manual = entered(insured(), clerk)
    check_manual(manual=manual, accepted={}, user=colleague)
    claim = settle_manual(manual=manual, user=colleague)

    void_claim(claim=claim, user=colleague, reason="重复报销")

    manual.refresh_from_db()
    assert manual.state == ManualState.REVERSED
    last = ClaimStage.objects.latest("pk")
    assert (last.stage, last.basic_paid) == ("reversed", claim.basic_paid)
    assert "重复报销" in last.reason
    with pytest.raises(NotAmendable):
        begin_amendment(claim=claim, reason="改", user=clerk)


@pytest.mark.parametrize(
    ("changes", "lines", "code", "field"),
    [
        (
            {"total": Decimal(0)},
            [line(amount=0, eligible=0, class_b_copay=0)],
            "claim_amounts_invalid",
            "总费用",
        ),
        (
            {"total": Decimal(-1)},
            [line(amount=-1, eligible=0, class_b_copay=0)],
            "claim_amounts_invalid",
            "总费用",
        ),
        ({"total": Decimal("0.005")}, [line(amount=1)], "claim_amounts_invalid", "总费用"),
        ({"total": Decimal(900)}, [line(amount=900, eligible=900)], "claim_amounts_invalid", "总费用"),
        ({"total": Decimal(1000)}, [line(), line(amount=0, eligible=-1)], "line_amounts_invalid", "明细"),
        ({"total": Decimal(1001)}, [line()], "lines_do_not_add_up", "总费用"),
        ({"total": Decimal(1001)}, [], "lines_do_not_add_up", "总费用"),
        ({"discharged_on": DAY(2025, 2, 28)}, [line(amount=51000)], "dates_out_of_order", "出院日期"),
        ({"discharged_on": DAY(YEAR + 1, 1, 1)}, [line(amount=51000)], "day_not_come", "出院日期"),
        (
            {"basic_paid": Decimal(901), "total": Decimal(1000)},
            [line()],
            "claim_amounts_invalid",
            "基本医保已支付",
        ),
        ({"number": " "}, [line(amount=51000)], "number_missing", "结算单号"),
        (
            {"number": "A1", "total": Decimal(1000)},
            [line()],
            "duplicate_number_other_amounts",
            "票据号码",
        ),
        (
            {"number": "A1", "total": Decimal(100)},
            [line(amount=100, eligible=100, class_b_copay=0)],
            "number_settled",
            "票据号码",
        ),
    ],
)
def test_refuse_a_wrong_paper(changes, lines, code, field, clerk):
    person = insured()
    settle_claims(claims=[bill(person, "A1", 100, admitted_on=DAY(2025, 3, 1))], user=None)

    with pytest.raises(ClaimRefused) as refused:
        enter_manual(manual=paper(person, **changes), lines=lines, user=clerk)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert not ManualClaim.objects.exists()
