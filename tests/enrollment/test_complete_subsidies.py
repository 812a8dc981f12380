"""Shares once missing or wrong are put right every night, each component by itself; what they said stays on record."""

import datetime
from decimal import Decimal

import pytest
from celery import current_app
from django.conf import settings
from django.utils import timezone

from casework.models import Case, CaseEvent
from enrollment.models import ApplicationLine, FormerShare, SubsidyShare
from enrollment.services import complete_subsidies as complete
from enrollment.services.applications import Claim, draw_up, sign, submit
from enrollment.services.complete_subsidies import complete_subsidies
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments
from enrollment.tasks import put_subsidies_right
from registry.models import Role, StaffScope
from registry.services import change_name
from tests.enrollment.factories import classed, row
from tests.pages.conftest import at_desk
from tests.registry.factories import ResidentFactory, UserFactory, harbin

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
OCT = DAY(2024, 10, 8)
PROVINCE = {"year": 2024, "level": "province"}


def paid():
    person = ResidentFactory()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=OCT)
    (outcome,) = record_payments(rows=[row(person, OCT)])
    assert outcome.outcome == "booked"
    return person


def standing():
    return dict(SubsidyShare.objects.order_by().values_list("level", "amount"))


def test_a_component_left_out_is_completed_though_another_was_shared(third_region):
    person = ResidentFactory(living_area=third_region, pooling_area=third_region)
    enroll(resident_ids=[person.pk], coverage_year=2027, on=DAY(2026, 10, 1))
    said = {"coverage_year": 2027, "amount": Decimal(440)}
    record_payments(rows=[row(person, DAY(2026, 10, 1), **said)])
    assert set(SubsidyShare.objects.values_list("component", flat=True)) == {"ltc"}
    classed(third_region, "county", year=2026)

    assert put_subsidies_right() == 1
    assert put_subsidies_right() == 0

    basic = SubsidyShare.objects.filter(component="basic").values_list("amount", flat=True)
    assert sum(basic) == 724
    assert not FormerShare.objects.exists()


def test_a_class_put_right_puts_the_shares_right_and_keeps_the_old_on_record():
    entered = classed(harbin(), "equalised")
    paid()
    before = standing()
    entered.fiscal_class = "non_equalised"
    entered.save()

    assert put_subsidies_right() == 1
    assert put_subsidies_right() == 0

    assert (before["province"], standing()["province"]) == (Decimal("187.60"), Decimal("160.80"))
    assert sum(standing().values()) == 670
    kept = FormerShare.objects.order_by().values_list("level", "amount")
    assert dict(kept) == before
    assert all("更正" in reason for reason in FormerShare.objects.values_list("reason", flat=True))


def test_what_was_signed_becomes_a_difference_of_the_next_application():
    entered = classed(harbin(), "equalised")
    paid()
    finance = UserFactory()
    StaffScope.objects.create(user=finance, area=harbin(), role=Role.FINANCE)
    first = draw_up(claim=Claim(area=harbin(), **PROVINCE), user=UserFactory())
    sign(application=submit(application=first, user=UserFactory()), user=finance)
    entered.fiscal_class = "non_equalised"
    entered.save()
    put_subsidies_right()

    after = draw_up(claim=Claim(area=harbin(), **PROVINCE), user=UserFactory())

    lines = ApplicationLine.objects.filter(application=after).order_by("-amount")
    assert [(each.fiscal_class, each.people, each.amount) for each in lines] == [
        ("non_equalised", 1, Decimal("160.80")),
        ("equalised", -1, Decimal("-187.60")),
    ]


def test_a_class_taken_away_leaves_the_shares_and_asks_once():
    entered = classed(harbin(), "equalised")
    paid()
    entered.delete()

    assert put_subsidies_right() == put_subsidies_right() == 0
    assert sum(standing().values()) == 670
    assert Case.objects.filter(kind="fiscal_class_missing").count() == 1


def test_the_question_is_closed_once_the_class_is_entered_and_asked_again_once_it_is_gone():
    paid()
    asked = Case.objects.get(kind="fiscal_class_missing")
    put_subsidies_right()
    asked.refresh_from_db()
    assert asked.state == "open"
    entered = classed(harbin(), "equalised")

    put_subsidies_right()

    asked.refresh_from_db()
    last = CaseEvent.objects.filter(case=asked).latest("pk")
    assert (asked.state, last.kind) == ("closed", "closed")
    assert last.text == "财政分类、分担比例已录入，补助已按各级分担，无须再决定。"
    entered.delete()
    paid()
    assert Case.objects.get(kind="fiscal_class_missing", state="open").pk != asked.pk


def test_the_question_is_closed_when_nobody_is_left_to_share_the_subsidy_of():
    person = paid()
    payment = person.payments.get()
    record_payments(rows=[row(person, DAY(2024, 10, 20), kind="reversal", reverses_serial=payment.serial)])

    put_subsidies_right()

    asked = Case.objects.get(kind="fiscal_class_missing")
    assert asked.state == "closed"
    assert CaseEvent.objects.filter(case=asked).latest("pk").text == "已没有需要分担的补助，无须再决定。"


def test_a_question_somebody_decided_and_one_of_another_place_stay(third_region):
    person = ResidentFactory(living_area=third_region, pooling_area=third_region)
    enroll(resident_ids=[person.pk], coverage_year=2027, on=DAY(2026, 10, 1))
    record_payments(rows=[row(person, DAY(2026, 10, 1), coverage_year=2027, amount=Decimal(440))])
    paid()
    here = Case.objects.get(area__path__startswith=harbin().path)
    classed(harbin(), "equalised")

    assert complete_subsidies(area=harbin()) == 1

    assert Case.objects.filter(kind="fiscal_class_missing", state="closed").get() == here
    assert Case.objects.filter(kind="fiscal_class_missing", state="open").count() == 1


def test_a_class_saved_in_the_admin_starts_the_look(monkeypatch, django_capture_on_commit_callbacks):
    current_app.loader.import_default_modules()
    desk = at_desk(UserFactory(is_staff=True, is_superuser=True))
    sent = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_: sent.append(name), raising=False)
    said = {"area": harbin().pk, "fiscal_year": 2024, "fiscal_class": "equalised", "reason": "财政文件"}

    with django_capture_on_commit_callbacks(execute=True):
        answer = desk.post("/admin/registry/areafiscalclass/add/", said)

    assert answer.status_code == 302
    assert sent == [settings.SUBSIDY_FOLLOWER]
    assert settings.SUBSIDY_FOLLOWER in current_app.tasks


@pytest.mark.raw_writes("takes shares away as nobody would, to see who is looked at")
def test_only_who_lacks_a_share_or_was_changed_is_looked_at_until_the_law_or_a_class_changes(monkeypatch):
    monkeypatch.setattr(complete, "OVERLAP", datetime.timedelta(0))
    entered = classed(harbin(), "equalised")
    lacks, off, moved = paid(), paid(), paid()
    assert put_subsidies_right() == 0
    levels = SubsidyShare.objects.filter(level="province").exclude(contribution__resident=lacks)
    levels.update(amount=1)
    SubsidyShare.objects.filter(contribution__resident=lacks).delete()
    change_name(resident=moved, name="王桂芝", reason="改名")

    assert complete.changed_since(until=timezone.now()) is not None
    assert put_subsidies_right() == 2
    assert levels.get(amount=1).contribution.resident == off

    entered.save()
    assert complete.changed_since(until=timezone.now()) is None
    assert put_subsidies_right() == 1
    assert sum(SubsidyShare.objects.values_list("amount", flat=True)) == 3 * 670


def test_everybody_is_looked_at_once_a_week():
    put_subsidies_right()
    now = timezone.now()

    later = now + datetime.timedelta(days=7, hours=1)

    assert complete.changed_since(until=later) is None


def test_a_reversal_leaves_the_shares_on_record_with_who_and_why():
    classed(harbin(), "equalised")
    person, clerk = paid(), UserFactory()
    payment = person.payments.get()
    back = row(person, DAY(2024, 10, 20), kind="reversal", reverses_serial=payment.serial)
    record_payments(rows=[back], user=clerk)

    assert not SubsidyShare.objects.exists()
    assert sum(FormerShare.objects.values_list("amount", flat=True)) == 670
    assert set(FormerShare.objects.values_list("reason", "taken_back_by")) == {("缴费冲正或退费", clerk.pk)}
    assert put_subsidies_right() == 0
