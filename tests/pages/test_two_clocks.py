"""A person's identities by two clocks on their file: what held, and what the bureau knew of it when."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from enrollment.services.payments import record_payments
from hardship.models import Recognition
from hardship.services.recognitions import NewRecognition, end_recognitions, recognize, void_recognitions
from policy.services.versions import load_shipped_policies
from registry.models import Role
from tests.enrollment.factories import EnrollmentFactory, row
from tests.hardship.factories import category
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
DAY = datetime.date


def given(person, code, since, **more):
    rows = [NewRecognition(resident_id=person.pk, category=code, valid_from=since, **more)]
    return recognize(rows=rows, reason="名单")[0]


def dated(*texts):
    """Say when each change was recorded, in order."""
    for change, text in zip(Recognition.history.order_by("history_id"), texts, strict=True):
        at = timezone.make_aware(datetime.datetime.fromisoformat(text))
        Recognition.history.filter(pk=change.pk).update(history_date=at)


@pytest.fixture
def person():
    """Hold one identity that ended, as was known late, and one that was struck out."""
    category("subsistence_allowance", label="低保对象")
    category("fallen_into_poverty", label="返贫致贫人口")
    found = factories.ResidentFactory()
    low = given(found, "subsistence_allowance", DAY(2024, 1, 1))
    poor = given(found, "fallen_into_poverty", DAY(2024, 6, 1))
    end_recognitions(recognition_ids=[low.pk], on=DAY(2025, 3, 1), reason="退出")
    void_recognitions(recognition_ids=[poor.pk], reason="差错")
    dated("2024-01-10T09:00", "2024-06-10T09:00", "2025-07-20T09:00", "2025-09-01T09:00")
    return found


@pytest.fixture
def seen(person):
    """Return what a clerk sees of the identities, asked by an address."""
    client = at_desk(staff(Role.CLERK, factories.harbin()))

    def look(query=""):
        page = client.get(f"/admin/registry/resident/{person.pk}/change/{query}").content.decode()
        return page.partition('id="identities"')[2].partition('<section class="oy-section"')[0]

    return look


def held(text):
    return [name for name in ("低保对象", "返贫致贫人口") if f"<b>{name}</b>" in text]


@pytest.mark.parametrize(
    ("day", "known_at", "names"),
    [
        ("2025-06-15", "2025-07-19", ["低保对象", "返贫致贫人口"]),  # nobody knew yet that it had ended
        ("2025-06-15", "2025-07-20", ["返贫致贫人口"]),
        ("2025-06-15", "2025-09-01", []),
        ("2025-02-28", "2025-09-01", ["低保对象"]),
        ("2024-06-01", "2024-06-09", ["低保对象"]),
    ],
)
def test_a_day_is_shown_as_it_was_known_on_another(seen, day, known_at, names):
    text = seen(f"?day={day}&known_at={known_at}")

    assert f"截至 {known_at} 所知，于 {day} 持有" in text
    assert held(text) == names


def test_what_was_struck_out_stays_in_the_picture_with_its_days(seen):
    text = seen()

    assert "返贫致贫人口：2024-06-01 至 今；2024-06-10 登记，2025-09-01 作废" in text
    assert "低保对象：2024-01-01 至 2025-03-01；2024-01-10 登记，2025-07-20 变更" in text
    assert text.count('<rect class="oy-struck"') == 1
    assert "oy-strike" in text


def test_the_picture_is_told_in_words_up_to_what_was_known(seen):
    told = seen("?known_at=2025-08-01").partition("图中内容")[2]

    assert told.count("登记") == 2
    assert told.count("变更") == 1
    assert "作废" not in told


def test_what_is_no_day_is_today(seen):
    text = seen("?day=2025-02-30&known_at=x")

    assert "今日持有" in text
    assert f'value="{timezone.localdate()}"' in text


def test_the_fields_belong_to_a_form_of_their_own(person, seen):
    client = at_desk(staff(Role.CLERK, factories.harbin()))
    page = client.get(f"/admin/registry/resident/{person.pk}/change/").content.decode()

    assert page.index('<form id="look" method="get"') < page.index('id="identities"')
    assert seen().count('form="look"') == 3


def test_the_picture_marks_decisions_by_when_they_were_known(person, seen):
    load_shipped_policies()
    EnrollmentFactory(resident=person, coverage_year=2025)
    record_payments(rows=[row(person, DAY(2024, 10, 8), amount=Decimal(160))])
    today = timezone.localdate()

    paid = "2024-10-08 缴清 2025 年度"

    assert paid not in seen("?known_at=2024-12-31")
    assert paid in seen(f"?known_at={today}")
    assert f"{today} 核定 2025 年度个人应缴" in seen(f"?known_at={today}")
