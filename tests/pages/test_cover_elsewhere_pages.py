"""The page 他处参保: a clerk records, ends, corrects and strikes out; another city's clerk cannot."""

import datetime

import pytest

from registry.models import InsuredSpell, Role
from tests.exchange.factories import AgencyFactory
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
DAY = datetime.date
NUMBER = factories.identity_number(7)
LIST = "/admin/registry/insuredspell/"
SAID = {
    "number": NUMBER,
    "scheme": "employee_scheme",
    "area_code": "230100",
    "starts_on": "2024-03-01",
    "last_day": "",
    "document": "社保2025-17",
    "reason": "本人来窗口说明",
}
WHY = {"_form_submitted": "True", "document": "停保证明3", "reason": "单位已停保"}


@pytest.fixture
def person():
    return factories.ResidentFactory(number=NUMBER)


def told(client) -> str:
    return client.get(LIST).content.decode()


def test_a_clerk_records_ends_corrects_and_strikes_out(person, harbin_clerk):
    asked = harbin_clerk.get(f"{LIST}record/").content.decode()
    done = harbin_clerk.post(f"{LIST}record/", SAID)
    spell = InsuredSpell.objects.get()
    page = f"{LIST}{spell.pk}"

    assert "登记他处参保" in asked
    assert done["Location"] == f"{page}/change/"
    shown = harbin_clerk.get(f"{page}/change/").content.decode()
    assert "已登记王桂兰的职工基本医疗保险（230100）：2024-03-01 起，在保" in shown
    assert "经办登记：社保2025-17" in shown

    harbin_clerk.post(f"{page}/end/", WHY | {"last_day": "2025-03-31"})
    assert "2024-03-01 至 2025-03-31" in told(harbin_clerk)
    assert harbin_clerk.get(f"{page}/end/").status_code == 403  # it is over

    form = harbin_clerk.get(f"{page}/correct/").content.decode()
    assert 'value="2025-03-31"' in form
    harbin_clerk.post(f"{page}/correct/", SAID | WHY | {"starts_on": "2024-02-01", "last_day": "2025-03-31"})
    spell.refresh_from_db()
    assert (spell.starts_on, spell.ends_on) == (DAY(2024, 2, 1), DAY(2025, 4, 1))

    gone = harbin_clerk.post(f"{page}/strike_out/", WHY)
    assert gone["HX-Redirect"] == LIST
    assert "已作废王桂兰的职工基本医疗保险" in told(harbin_clerk)
    assert not InsuredSpell.objects.exists()


def test_what_cannot_be_is_said_on_the_form(person, harbin_clerk):
    wrong = {
        "number": (factories.identity_number(8), "登记簿中没有此证件号码"),
        "area_code": ("23010", "区划代码为 6、9 或 12 位数字"),
        "last_day": ("2024-02-01", "最后一天早于起始日"),
    }

    for name, (value, said) in wrong.items():
        assert said in harbin_clerk.post(f"{LIST}record/", SAID | {name: value}).content.decode()
    assert not InsuredSpell.objects.exists()


def test_the_page_names_whose_word_it_is_and_a_correction_makes_it_the_bureaus(person, harbin_clerk):
    agency = AgencyFactory(area=factories.daoli(), name="道里区社保局")
    spell = factories.InsuredSpellFactory(resident=person, ends_on=None, reported_by=agency.code)
    page = f"{LIST}{spell.pk}"

    assert "道里区社保局接口，或医保局" in harbin_clerk.get(f"{page}/change/").content.decode()
    harbin_clerk.post(f"{page}/end/", WHY | {"last_day": "2025-03-31"})

    assert "接口，或医保局" not in harbin_clerk.get(f"{page}/change/").content.decode()
    spell.refresh_from_db()
    assert spell.reported_by == ""


def test_another_citys_clerk_and_who_only_reads_change_nothing(person, harbin_clerk, tangshan_clerk):
    harbin_clerk.post(f"{LIST}record/", SAID)
    spell = InsuredSpell.objects.get()
    reader = at_desk(staff(Role.VIEWER, factories.harbin()))

    for client in (tangshan_clerk, reader):
        refused = client.post(f"{LIST}record/", SAID | {"starts_on": "2020-01-01", "last_day": "2020-12-31"})
        assert "已登记" not in refused.content.decode()
        for step in ("end", "correct", "strike_out"):
            answer = client.post(f"{LIST}{spell.pk}/{step}/", SAID | WHY | {"last_day": "2025-03-31"})
            assert answer.status_code in (403, 404)
    spell.refresh_from_db()
    assert (InsuredSpell.objects.count(), spell.ends_on) == (1, None)


def test_yes_and_no_are_words_in_lists_and_on_pages(person, harbin_clerk):
    harbin_clerk.post(f"{LIST}record/", SAID)
    spell = InsuredSpell.objects.get()
    page = harbin_clerk.get(f"{LIST}{spell.pk}/change/").content.decode()

    for shown in (told(harbin_clerk), page):
        assert "否" in shown
        assert "close_small" not in shown
