"""The counter's page: one person found by number, quoted with picture and working, registered as was shown."""

import datetime
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import ContributionPeriod, Enrollment
from enrollment.services.enroll import enroll
from enrollment.services.on_the_spot import withdraw_enrollment
from enrollment.services.payments import record_payments
from policy.services.versions import load_shipped_policies
from registry.models import Role
from tests.enrollment.factories import row
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
PAGE = "/admin/enrollment/enrollment/at_counter/"
NUMBER = factories.identity_number(7)
MEANT = {"_form_submitted": "True"}
SAID = {
    "number": NUMBER,
    "year": 2025,
    "on": "2024-12-20",
    "population": "resident",
    "channel": "window",
    "place": "新阳路社区",
    "months": "",
    "confirmation": "",
}


@pytest.fixture
def clerk():
    load_shipped_policies()
    return at_desk(staff(Role.CLERK, factories.harbin()))


@pytest.fixture
def person():
    return factories.ResidentFactory(number=NUMBER, name="赵样例")


def seen_in(answer) -> str:
    return re.search(r'name="seen" value="([^"]*)"', answer.content.decode())[1]


def test_one_person_is_quoted_and_registered(clerk, person):
    assert "试算" in clerk.get(PAGE).content.decode()

    shown = clerk.post(PAGE, SAID)

    html = shown.content.decode()
    assert not Enrollment.objects.exists()
    assert "延长缴费期末日" in html
    assert '<svg class="oy-picture"' in html
    assert "黑医保发" in html
    assert NUMBER not in re.sub(r'value="[^"]*"', "", html)
    done = clerk.post(PAGE, SAID | {"seen": seen_in(shown), "start": ""})
    figures = ContributionPeriod.objects.get()
    assert done.url == f"/admin/enrollment/contributionperiod/{figures.pk}/change/"
    assert "今日" in clerk.get(done.url).content.decode()


def test_another_offer_than_the_one_shown_is_shown_again(clerk, person):
    answer = clerk.post(PAGE, SAID | {"seen": "another", "start": ""})

    assert "情况已变化" in answer.content.decode()
    assert not Enrollment.objects.exists()


def test_a_double_enrolment_is_told_before_and_refused(clerk, person):
    factories.InsuredSpellFactory(resident=person, starts_on=datetime.date(2020, 1, 1), ends_on=None)

    shown = clerk.post(PAGE, SAID)
    refused = clerk.post(PAGE, SAID | {"seen": seen_in(shown), "start": ""})

    assert "应保留他处参保" in shown.content.decode()
    assert "不能登记" in refused.content.decode()
    assert not Enrollment.objects.exists()


@pytest.mark.parametrize(
    ("role", "area"), [(Role.CLERK, factories.tangshan), (Role.VIEWER, factories.harbin)]
)
def test_others_register_nobody_here(person, role, area):
    load_shipped_policies()
    other = at_desk(staff(role, area()))

    answer = other.post(PAGE, SAID)

    assert answer.status_code in (200, 302, 403)
    assert "赵样例" not in answer.content.decode()
    assert not Enrollment.objects.exists()


def test_an_unpaid_year_is_quoted_anew_and_moved(clerk, person):
    enroll(resident_ids=[person.pk], coverage_year=2025, on=datetime.date(2024, 12, 20))
    figures = ContributionPeriod.objects.get()

    clerk.post(
        f"/admin/enrollment/contributionperiod/{figures.pk}/quote_anew/", MEANT | {"day": "2025-07-01"}
    )
    figures.refresh_from_db()
    assert figures.payable == 1070
    factories.shangzhi()
    clerk.post(
        f"/admin/enrollment/enrollment/{figures.enrollment_id}/transfer/",
        MEANT | {"living_area": "230183", "on": "2024-12-20", "reason": "迁居"},
    )
    person.refresh_from_db()
    assert person.living_area.name == "尚志市"
    assert Enrollment.objects.filter(status="active").get().pk != figures.enrollment_id


def test_the_quote_costs_the_same_however_many_windows_are_left(clerk, person):
    def queries(day: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert clerk.post(PAGE, SAID | {"on": day}).status_code == 200
        return len(asked)

    queries("2024-12-20")

    assert queries("2024-12-20") == queries("2025-11-20")


def test_an_unpaid_registration_is_taken_back_with_a_reason_and_a_paid_one_is_not(clerk, person):
    (registered,) = enroll(resident_ids=[person.pk], coverage_year=2025, on=datetime.date(2024, 12, 20))
    page = f"/admin/enrollment/enrollment/{registered.pk}"
    said = MEANT | {"reason": "重复建档，登记错人"}
    record_payments(rows=[row(person, datetime.date(2024, 12, 20), amount=Decimal(100))])
    assert "撤销登记" not in clerk.get(f"{page}/change/").content.decode()
    assert clerk.post(f"{page}/withdraw/", said).status_code == 403
    record_payments(rows=[row(person, datetime.date(2024, 12, 20), amount=Decimal(100), kind="reversal")])
    stranger = at_desk(staff(Role.CLERK, factories.tangshan()))
    assert stranger.post(f"{page}/withdraw/", said).status_code in (403, 404)

    assert "撤销登记" in clerk.get(f"{page}/change/").content.decode()
    clerk.post(f"{page}/withdraw/", said)
    clerk.post(f"{page}/withdraw/", said)

    registered.refresh_from_db()
    assert registered.status == "withdrawn"
    last = registered.history.latest()
    assert (last.history_change_reason, last.history_user.is_staff) == ("withdraw: 重复建档，登记错人", True)
    assert registered.history.count() == 2
    user = last.history_user
    again = withdraw_enrollment(enrollment=registered, reason="再点一次", user=user)
    assert (again.status, registered.history.count()) == ("withdrawn", 2)
