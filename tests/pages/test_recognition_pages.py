"""Identities by hand: registered with what the category asks, ended with a reason, found by place and day."""

import datetime
import re

import pytest
from django.utils import timezone

from hardship.models import Category, Recognition
from hardship.services.load_categories import load_categories
from registry.models import Role
from tests.hardship.factories import RecognitionFactory
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
PAGE = "/admin/hardship/recognition"
NUMBER = factories.identity_number(7)


@pytest.fixture
def clerk():
    return staff(Role.CLERK, factories.harbin(), username="clerk")


@pytest.fixture
def resident():
    load_categories()
    return factories.ResidentFactory(number=NUMBER, name="王桂兰")


def given(**more: str) -> dict[str, str]:
    return {
        "valid_from": "2025-03-01",
        "authority": "civil_affairs",
        "document": "哈民〔2025〕7号",
        "attribute_residence": "rural",
        "reason": "民政局补报一人",
        **more,
    }


def test_an_identity_is_registered_with_what_its_category_asks(clerk, resident):
    client = at_desk(clerk)

    chosen = client.post(f"{PAGE}/register/", {"id_number": NUMBER, "category": "subsistence_allowance"})
    asked = client.get(chosen["Location"]).content.decode()
    done = client.post(chosen["Location"], given())

    record = Recognition.objects.get()
    assert "城乡属性" in asked
    assert NUMBER not in asked + chosen["Location"]
    assert done["Location"] == f"/admin/registry/resident/{resident.pk}/change/"
    assert (record.resident, record.category_id, record.attributes) == (
        resident, "subsistence_allowance", {"residence": "rural"},
    )  # fmt: skip
    assert (record.authority, record.document, record.recorded_by) == (
        "civil_affairs",
        "哈民〔2025〕7号",
        clerk,
    )
    assert record.history.get().history_change_reason == "民政局补报一人"


def test_what_overlaps_is_refused_in_words_beside_what_is_held(clerk, resident):
    RecognitionFactory(resident=resident, valid_from=datetime.date(2024, 1, 1))
    client = at_desk(clerk)
    address = f"{PAGE}/register/?resident={resident.pk}&category=subsistence_allowance"

    html = client.post(address, given()).content.decode()

    assert "1 条认定与已有的“低保对象”在日期上重叠，请先终止或更正原认定" in html
    assert "2024-01-01" in html
    assert Recognition.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"valid_from": "2999-01-01"}, "起始日期不能晚于今天"),
        ({"valid_to": "2025-02-01"}, "终止日期 2025-02-01 应晚于起始日期 2025-03-01"),
        ({"document": ""}, "id_document_error"),
        ({"reason": ""}, "id_reason_error"),
    ],
)
def test_what_cannot_be_is_refused_in_words(clerk, resident, wrong, said):
    address = f"{PAGE}/register/?resident={resident.pk}&category=subsistence_allowance"

    html = at_desk(clerk).post(address, given(**wrong)).content.decode()

    assert said in html
    assert not Recognition.objects.exists()


def test_a_category_that_lasts_some_months_says_so_and_ends_by_itself(clerk, resident):
    category = Category.objects.get(pk="subsistence_allowance")
    category.months = 12
    category.save()
    address = f"{PAGE}/register/?resident={resident.pk}&category=subsistence_allowance"
    client = at_desk(clerk)

    asked = client.get(address).content.decode()
    client.post(address, given())

    assert "不填为自起始日期起 12 个月" in asked
    assert Recognition.objects.get().valid_to == datetime.date(2026, 3, 1)


def test_nobody_registers_for_people_of_another_area(resident, tangshan_clerk):
    whom = {"id_number": NUMBER, "category": "subsistence_allowance"}
    address = f"{PAGE}/register/?resident={resident.pk}&category=subsistence_allowance"
    reviewer = at_desk(staff(Role.REVIEWER, factories.harbin()))

    asked = tangshan_clerk.post(f"{PAGE}/register/", whom).content.decode()
    tangshan_clerk.post(address, given())

    assert "登记簿中没有此证件号码，或不在您的管辖范围内。" in asked
    assert reviewer.get(address).status_code == 403
    assert not Recognition.objects.exists()


def test_the_file_of_a_person_leads_clerks_to_registering(clerk, resident):
    address = f"/admin/registry/resident/{resident.pk}/change/"
    auditor = at_desk(staff(Role.AUDITOR, factories.harbin()))

    assert f"/register/?resident={resident.pk}" in at_desk(clerk).get(address).content.decode()
    assert "/register/" not in auditor.get(address).content.decode()


def test_an_identity_ends_on_a_day_with_a_reason_once(clerk, resident):
    record = RecognitionFactory(resident=resident, valid_from=datetime.date(2024, 1, 1))
    client = at_desk(clerk)
    ending = {"_form_submitted": "True", "on": "2025-03-31", "reason": "收入已超标准"}

    client.post(f"{PAGE}/{record.pk}/end/", ending)
    again = client.post(f"{PAGE}/{record.pk}/end/", ending)

    record.refresh_from_db()
    assert record.valid_to == datetime.date(2025, 3, 31)
    assert record.history.latest().history_change_reason == "收入已超标准"
    assert again.status_code == 403


def test_identities_are_found_by_place_by_day_and_by_what_ends_soon(clerk, resident):
    today = timezone.localdate()
    elsewhere = factories.ResidentFactory(name="尚志人", living_area=factories.shangzhi())
    soon = today + datetime.timedelta(days=20)
    RecognitionFactory(
        resident=resident, valid_from=datetime.date(2020, 1, 1), valid_to=datetime.date(2021, 1, 1)
    )
    RecognitionFactory(resident=elsewhere, valid_from=datetime.date(2022, 1, 1), valid_to=soon)
    client = at_desk(clerk)

    def names(query: str) -> set[str]:
        html = client.get(f"{PAGE}/?{query}").content.decode()
        return {name for name in ("王桂兰", "尚志人") if f">{name}</a>" in html}

    assert names("") == {"王桂兰", "尚志人"}
    assert names("area=230183") == names("term=30") == names("term=now") == {"尚志人"}
    assert names("on=2020-12-31") == names("term=over") == {"王桂兰"}
    assert names("on=2021-01-01") == set()
    assert names("on=some day") == {"王桂兰", "尚志人"}


def test_the_first_page_counts_what_ends_soon_in_the_users_area_and_leads_there(clerk, resident):
    today = timezone.localdate()
    outside = factories.ResidentFactory(living_area=factories.tangshan())
    for days, person in ((0, resident), (30, resident), (31, resident), (61, resident), (20, outside)):
        start, end = today - datetime.timedelta(days=400), today + datetime.timedelta(days=days)
        RecognitionFactory(resident=person, of=f"ends_in_{days}", valid_from=start, valid_to=end)

    page = at_desk(clerk).get("/admin/").content.decode()

    def counted(days: int) -> str | None:
        found = re.search(rf'href="{PAGE}/\?term={days}"><b>(\d+)</b>', page)
        return found and found[1]

    assert [counted(days) for days in (30, 60, 90)] == ["1", "2", "3"]
