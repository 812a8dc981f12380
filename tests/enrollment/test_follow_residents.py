"""Every night: registrations of the dead end, movers and newborns become questions, each once."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from casework.models import Case
from casework.services import confirm_case, decide_case
from enrollment.models import ContributionPeriod, Enrollment, SubsidyShare
from enrollment.services.enroll import ContributionFrozen, enroll
from enrollment.services.follow_residents import DEAD, MOVED, NUMBER, MoveOver, follow_residents
from enrollment.services.payments import record_payments
from enrollment.services.settle_assisted import settle_fully_assisted
from enrollment.tasks import follow_deaths_and_moves
from hardship.models import AssistanceGrant
from registry.services import Move, PlaceKind, change_id_number, move, record_death
from tests.enrollment.factories import classed, row
from tests.hardship.factories import RecognitionFactory
from tests.registry.factories import ResidentFactory, UserFactory, daoli, harbin, identity_number, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
ON, DIED = DAY(2024, 10, 8), DAY(2024, 11, 20)
LATER = DAY(2024, 12, 31)


def registered(*, paid=False, **more):
    person = ResidentFactory(**more)
    enroll(resident_ids=[person.pk], coverage_year=2025, on=ON)
    if paid:
        record_payments(rows=[row(person, ON, amount=Decimal(400))])
    return person


def moved(person, to=None):
    return move(resident=person, to=Move(PlaceKind.LIVING, to or tangshan(), DAY(2024, 11, 1)), reason="搬迁")


def test_what_the_dead_have_not_paid_for_is_withdrawn_once_no_payment_can_arrive():
    person = registered()
    record_death(resident=person, died_on=DIED, reason="卫健名单")

    assert follow_residents(today=DIED + datetime.timedelta(days=31)).withdrawn == 0
    assert follow_residents(today=LATER).withdrawn == 1
    assert follow_residents(today=LATER).withdrawn == 0

    enrollment = Enrollment.objects.get(resident=person)
    assert enrollment.status == "withdrawn"
    assert enrollment.history.latest().history_change_reason == "withdraw: 参保人死亡"


def test_a_year_paid_before_the_death_is_asked_about_once_and_stands():
    person = registered(paid=True)
    record_death(resident=person, died_on=DIED, reason="卫健名单")

    first, second = follow_residents(today=LATER), follow_residents(today=LATER)

    assert (first.withdrawn, first.opened, second.opened, second.closed) == (0, 1, 0, 0)
    case = Case.objects.get(kind=DEAD)
    assert (case.resident, [option["code"] for option in case.options]) == (person, ["refund", "keep"])
    assert Enrollment.objects.get().status == "active"


def test_deciding_a_refund_for_the_dead_proposes_it_by_the_rules_of_refunds():
    person = registered(paid=True)
    record_death(resident=person, died_on=DIED, reason="卫健名单")
    follow_residents(today=LATER)

    decided = decide_case(
        case=Case.objects.get(kind=DEAD), decision="refund", reason="家属申请", user=UserFactory()
    )

    proposed = Case.objects.get(kind="premium_refund")
    assert f"已提出退费，工单 #{proposed.pk}" in decided.events.latest("pk").text
    assert (proposed.detail["refund_reason"], proposed.figures.get(label="应退本人").new) == ("death", 400)
    assert (proposed.state, Enrollment.objects.get().status) == (
        "decided",
        "active",
    )  # a second person confirms


def test_a_death_after_the_benefits_began_asks_nothing():
    person = registered(paid=True)
    record_death(resident=person, died_on=DAY(2025, 2, 1), reason="卫健名单")

    assert follow_residents(today=DAY(2025, 6, 1)).opened == 0


def test_what_the_dead_paid_in_part_is_asked_about_and_goes_back():
    person = registered()
    record_payments(rows=[row(person, ON, amount=Decimal(100), serial="part")])
    record_death(resident=person, died_on=DAY(2025, 2, 20), reason="卫健名单")
    last_day_of_waiting = DAY(2025, 3, 23)

    assert follow_residents(today=last_day_of_waiting).opened == 0
    assert follow_residents(today=DAY(2025, 3, 24)).opened == 1
    case = Case.objects.get(kind=DEAD)
    assert "2025 年度死亡，已缴费 100.00 元" in case.title
    assert "没有缴清，没有待遇" in case.reason
    decided = decide_case(case=case, decision="refund", reason="家属申请", user=UserFactory())
    assert "已提出退费" in decided.events.latest("pk").text
    confirm_case(case=Case.objects.get(kind="premium_refund"), user=UserFactory())
    back = row(person, DAY(2025, 4, 1), kind="refund", amount=Decimal(100), reverses_serial="part")
    assert [each.outcome for each in record_payments(rows=[back])] == ["booked"]
    night = follow_residents(today=DAY(2025, 4, 2))

    assert (night.withdrawn, night.opened) == (0, 0)
    assert Enrollment.objects.get().status == "withdrawn"


def test_the_dead_who_had_nothing_to_pay_are_asked_about_and_the_aid_goes_back():
    classed(harbin(), "equalised")
    person = RecognitionFactory(of="extreme_hardship").resident
    enroll(resident_ids=[person.pk], coverage_year=2025, on=ON)
    settle_fully_assisted(area=harbin(), coverage_year=2025, on=ON)
    record_death(resident=person, died_on=DIED, reason="卫健名单")

    first, second = follow_residents(today=LATER), follow_residents(today=LATER)

    assert (first.withdrawn, first.opened, second.opened) == (0, 1, 0)
    case = Case.objects.get(kind=DEAD)
    assert case.title == "2025 年度待遇开始前死亡，个人无须缴费"
    decided = decide_case(case=case, decision="refund", reason="家属申请", user=UserFactory())
    assert "资助和财政补助即行冲回" in decided.events.latest("pk").text
    confirm_case(case=Case.objects.get(kind="premium_refund"), user=UserFactory())
    assert AssistanceGrant.objects.get().reversed_at is not None
    assert not SubsidyShare.objects.exists()
    assert Enrollment.objects.get().status == "withdrawn"


def test_somebody_who_moved_away_is_transferred_by_a_decision(monkeypatch):
    person = registered()
    moved(person)

    assert follow_residents(today=LATER).opened == 1
    case = Case.objects.get(kind=MOVED)
    assert case.area == harbin()
    monkeypatch.setattr(timezone, "localdate", lambda *_: DAY(2024, 11, 30))
    decide_case(case=case, decision="transfer", reason="随迁", user=UserFactory())

    old, new = Enrollment.objects.order_by("pk")
    assert (old.pooling_area, old.status) == (harbin(), "withdrawn")
    assert (new.pooling_area, new.status, new.channel) == (tangshan(), "active", "transfer")
    assert ContributionPeriod.objects.get(enrollment=new).policy_key == "130200/2025"
    assert follow_residents(today=LATER).opened == 0


def test_a_paid_year_is_not_transferred_before_the_money_is_back():
    person = registered(paid=True)
    moved(person)
    follow_residents(today=LATER)

    with pytest.raises(ContributionFrozen):
        decide_case(case=Case.objects.get(kind=MOVED), decision="transfer", reason="随迁", user=UserFactory())
    assert Enrollment.objects.get().status == "active"


def test_a_move_back_answers_the_question():
    person = registered()
    moved(person)
    follow_residents(today=LATER)
    case = Case.objects.get()
    move(resident=person, to=Move(PlaceKind.LIVING, daoli(), DAY(2024, 12, 1)), reason="返回")

    with pytest.raises(MoveOver):
        decide_case(case=case, decision="transfer", reason="随迁", user=UserFactory())
    assert follow_residents(today=LATER).closed == 1
    case.refresh_from_db()
    assert (case.state, case.dedupe_key) == ("closed", None)


def test_a_newborn_without_a_number_is_work_until_it_has_come():
    born = DAY(2025, 3, 8)
    child = ResidentFactory(id_kind="birth_certificate", number="S230000001", born_on=born)

    assert follow_residents(today=DAY(2025, 3, 20)).opened == 1
    case = Case.objects.get(kind=NUMBER)
    assert case.due_on == timezone.localdate(child.created_at) + datetime.timedelta(days=30)
    change_id_number(
        resident=child, id_number=identity_number(1, born_on=born), reason="落户", on=DAY(2025, 4, 1)
    )

    assert follow_residents(today=DAY(2025, 4, 2)).closed == 1


def test_a_night_costs_the_same_queries_for_few_and_for_many():
    def cost(count):
        for _ in range(count):
            record_death(resident=registered(), died_on=DIED, reason="卫健名单")
            moved(registered())
            record_death(resident=registered(paid=True), died_on=DIED, reason="卫健名单")
        with CaptureQueriesContext(connection) as queries:
            done = follow_residents(today=LATER)
        assert (done.withdrawn, done.opened) == (count, 2 * count)
        return len(queries)

    assert cost(1) == cost(4)


def test_the_task_tells_what_it_did(law):
    assert follow_deaths_and_moves() == {"withdrawn": 0, "opened": 0, "closed": 0}
