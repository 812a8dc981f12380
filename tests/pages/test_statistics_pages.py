"""The pages of figures: alerts by place and month, the share the fund pays, its income and outgo; files of them."""

import io

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from python_calamine import CalamineWorkbook

from benefits.services.settle import settle_claims
from registry.models import Role
from tests.benefits.factories import bill, hospital, insured, law, somebody
from tests.oversight.test_alert_statistics import alert
from tests.pages.conftest import at_desk, staff
from tests.registry.factories import UserFactory, daoli, harbin, shangzhi

pytestmark = pytest.mark.django_db


@pytest.fixture
def supervisor():
    return at_desk(staff(Role.SUPERVISOR, harbin()))


def page(client, name, **asked):
    answer = client.get(reverse(name), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def sheets(client, name, **asked):
    answer = client.get(reverse(name), asked | {"xlsx": 1})
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_alerts_are_told_by_place_and_month(supervisor):
    alert(days=4, outcome="recognized")
    alert(shangzhi())

    text = page(supervisor, "alert-statistics")

    assert daoli().name in text
    assert "2025-03" in text
    assert "纳入困难身份" in text
    assert 'data-type="bar"' in text


def test_alerts_are_taken_away(supervisor):
    alert(days=4, outcome="recognized")

    book = sheets(supervisor, "alert-statistics")

    assert book["各地"][1][:2] == [daoli().name, 1]
    assert book["各月"][1][0] == "2025-03"


def test_a_county_sees_only_its_own():
    alert()
    alert(shangzhi())
    county = at_desk(staff(Role.CLERK, daoli()))

    text = page(county, "alert-statistics", area=harbin().pk)

    assert shangzhi().name not in text


def test_without_data_the_pages_say_so(supervisor):
    assert "还没有数据" in page(supervisor, "alert-statistics")
    assert "没有住院结算" in page(supervisor, "in-policy")


@pytest.mark.parametrize("name", ["alert-statistics", "in-policy"])
def test_who_may_not_see_is_refused(name):
    nobody = UserFactory(is_staff=True)
    nobody.groups.set(Group.objects.none())

    assert at_desk(nobody).get(reverse(name)).status_code == 403


@pytest.fixture
def _stays():
    law()
    hospital()
    settle_claims(claims=[bill(insured(somebody(1)), "A", 10_000, basic_paid=5_000)], user=None)


@pytest.mark.usefixtures("_stays")
def test_a_share_outside_the_band_is_marked_with_the_clause(supervisor):
    text = page(supervisor, "in-policy", year=2025, first=3, last=4)

    assert "50.00%" in text
    assert "超出区间" in text
    assert "黑医保发〔2024〕45号 五" in text
    assert "5,000.00" in text


@pytest.mark.usefixtures("_stays")
def test_the_share_and_the_fund_are_taken_away(supervisor):
    book = sheets(supervisor, "in-policy", year=2025, first=3, last=4)

    assert book["各月"][1][0] == "2025-03"
    assert book["各级医疗机构"][1][0] == "三级"
    assert book["基金收支"][-1][0] == "合计"


def test_months_in_the_wrong_order_are_refused(supervisor):
    text = page(supervisor, "in-policy", year=2025, first=5, last=3)

    assert "截止月份不能早于起始月份" in text
