"""A total typed in from a letter: new at once, another figure by two people, each with its reason in the history."""

import datetime
from decimal import Decimal

import pytest

from casework.models import Case, CaseEvent
from casework.services import CaseOutdated, SecondPersonNeeded, confirm_case, decide_case
from enrollment.models import Payment
from enrollment.services.booking.clashes import ask_about_clashes
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments
from oversight.models import Difference, TaxTotal
from oversight.services.enter_totals import EnteredTotal, TotalInvalid, enter_total
from oversight.services.reconcile import reconcile
from tests.enrollment.factories import row
from tests.oversight.test_tax_totals import taken
from tests.pages.conftest import at_desk, staff
from tests.registry.factories import ResidentFactory, UserFactory, daoli, harbin, shangzhi

pytestmark = pytest.mark.django_db
DAY = datetime.date
TODAY = DAY(2024, 11, 25)
LETTER = "税务部门来函 12 号"


def enter(count=3, amount="1200.00", *, user=None, **said):
    facts = {"area": daoli(), "day": DAY(2024, 11, 19), "channel": "手机", "as_of": DAY(2024, 11, 20)} | said
    total = EnteredTotal(count=count, amount=Decimal(amount), **facts)
    return enter_total(said=total, reason=LETTER, today=TODAY, user=user or UserFactory())


def figures():
    return list(TaxTotal.objects.order_by("pk").values_list("count", "amount", "as_of"))


def test_a_new_total_is_recorded_with_who_and_why():
    clerk = UserFactory()

    assert enter(user=clerk) is None

    assert figures() == [(3, 1200, DAY(2024, 11, 20))]
    (entry,) = TaxTotal.history.all()
    assert (entry.history_user, entry.history_change_reason) == (clerk, LETTER)


def test_other_figures_count_once_a_second_person_has_confirmed_them():
    clerk, second = UserFactory(), UserFactory()
    enter(user=clerk)

    case = enter(4, "1600.00", user=clerk, as_of=DAY(2024, 11, 21))

    assert figures() == [(3, 1200, DAY(2024, 11, 20))]
    assert [(each.label, each.old, each.new) for each in case.figures.order_by("position")] == [
        ("笔数", 3, 4),
        ("净额", 1200, 1600),
    ]
    with pytest.raises(SecondPersonNeeded):
        confirm_case(case=case, user=clerk)
    confirm_case(case=case, user=second)
    assert figures() == [(4, 1600, DAY(2024, 11, 21))]
    latest = TaxTotal.history.latest()
    assert (latest.history_user, latest.history_change_reason, TaxTotal.history.count()) == (
        second,
        LETTER,
        2,
    )
    said = "2024-11-19 税务汇总已由 3 笔 1200.00 元更正为 4 笔 1600.00 元。"
    assert CaseEvent.objects.get(case=case, kind="effect").text == said


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"day": DAY(2024, 11, 21)}, "晚于数据日期"),
        ({"as_of": DAY(2024, 11, 26)}, "还没有到"),
        ({"count": 0}, "笔数为 0"),
        ({}, "已有相同的汇总：3 笔 1200.00 元"),
        ({"count": 4, "as_of": DAY(2024, 11, 19)}, "以较晚的为准"),
    ],
)
def test_what_cannot_be_or_is_known_better_is_refused(said, words):
    enter()

    with pytest.raises(TotalInvalid, match=words):
        enter(**said)

    assert figures() == [(3, 1200, DAY(2024, 11, 20))]
    assert not Case.objects.exists()


def test_a_second_proposal_waits_for_the_first():
    enter()
    enter(4)

    with pytest.raises(TotalInvalid, match="待复核的更正"):
        enter(5)


def test_what_a_list_said_meanwhile_is_not_overwritten():
    enter()
    case = enter(4, "1600.00")
    shangzhi()
    taken("230102,2024-11-19,手机,5,2000.00", as_of=DAY(2024, 11, 22))

    with pytest.raises(CaseOutdated, match="现为 5 笔"):
        confirm_case(case=case, user=UserFactory())

    assert figures() == [(5, 2000, DAY(2024, 11, 22))]


def test_a_list_of_later_data_is_not_set_back_by_an_older_letter():
    enter()
    case = enter(4, "1600.00", as_of=DAY(2024, 11, 21))
    shangzhi()
    taken("230102,2024-11-19,手机,3,1200.00", as_of=DAY(2024, 11, 22))

    with pytest.raises(CaseOutdated, match="数据日期 2024-11-22"):
        confirm_case(case=case, user=UserFactory())

    assert figures() == [(3, 1200, DAY(2024, 11, 22))]


@pytest.fixture
def _law(db):
    from policy.services.versions import load_shipped_policies

    load_shipped_policies()


def differences(month):
    reconcile(area=harbin(), month=month, today=TODAY)
    return list(
        Difference.objects.filter(kind="tax_total").values_list("channel", "expected", "found", "detail")
    )


def paid(day, **said):
    person = ResidentFactory(living_area=daoli())
    enroll(resident_ids=[person.pk], coverage_year=2025, on=day)
    record_payments(rows=[row(person, day, **said)], area=harbin())
    return person


@pytest.mark.usefixtures("_law")
def test_a_total_that_names_no_channel_is_held_against_the_whole_day():
    day = DAY(2024, 10, 8)
    for channel in ("手机", "银行"):
        paid(day, channel=channel)
    enter(2, "800.00", day=day, channel="", area=daoli())

    assert differences(DAY(2024, 10, 1)) == []

    paid(day, channel="手机")
    assert [each[1:3] for each in differences(DAY(2024, 10, 1))] == [(800, 1200)]


@pytest.mark.usefixtures("_law")
def test_a_payment_put_right_by_a_case_is_one_row_of_the_authority():
    day = DAY(2024, 10, 8)
    wrong, right = paid(day, serial="A"), ResidentFactory(living_area=daoli())
    enroll(resident_ids=[right.pk], coverage_year=2025, on=day)
    ask_about_clashes([row(right, day, serial="A")], area_id=harbin().pk, user=None)
    case = Case.objects.get(kind="serial_conflict")
    decide_case(case=case, decision="replace", reason=LETTER, user=UserFactory())
    confirm_case(case=case, user=UserFactory())
    enter(1, "400.00", day=day, channel=Payment.objects.get(serial="A").channel, area=daoli())

    assert dict(Payment.objects.values_list("serial", "resident")) == {
        "A": wrong.pk,
        "A/冲正": wrong.pk,
        "A/更正": right.pk,
    }
    assert differences(DAY(2024, 10, 1)) == []


def test_the_page_records_for_the_areas_of_the_clerk_and_says_what_is_wrong():
    desk = at_desk(staff("clerk", daoli()))
    said = {
        "area": daoli().pk, "day": "2024-11-19", "channel": "手机", "count": "3", "amount": "1200.00",
        "as_of": "2024-11-20", "reason": LETTER,
    }  # fmt: skip
    page = "/admin/oversight/taxtotal/enter/"

    other = desk.post(page, said | {"area": harbin().pk})
    early = desk.post(page, said | {"as_of": "2024-11-18"})
    assert (other.status_code, early.status_code, TaxTotal.objects.count()) == (200, 200, 0)
    assert "晚于数据日期" in early.content.decode()
    assert desk.post(page, said).status_code == 302

    assert figures() == [(3, 1200, DAY(2024, 11, 20))]
    changed = desk.post(page, said | {"count": "4"})
    assert changed.url == f"/admin/casework/case/{Case.objects.get().pk}/change/"
    assert at_desk(staff("auditor", daoli())).post(page, said | {"count": "9"}).status_code in (302, 403)
    assert Case.objects.count() == 1
