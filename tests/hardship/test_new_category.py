"""A category nobody thought of: written into a policy, agreed to by a second person, read in lists, assisted."""

import datetime
from decimal import Decimal

import pytest

from enrollment.services.quote import quote
from hardship.models import Category, Recognition
from policy.loader import read_shipped
from policy.services.versions import approve, load_shipped_policies, save_draft, submit
from registry.models import Role
from tests.hardship.lists import apply, civil, outcomes, people, plan
from tests.pages.conftest import at_desk, staff
from tests.registry.factories import UserFactory, harbin

pytestmark = pytest.mark.django_db
NEW = """
[category.good_samaritan]
label = "见义勇为困难人员"
issuer = "civil_affairs"
clause = "哈政发〔2026〕1号"
aliases = ["见义勇为", { name = "农村见义勇为", attributes = { residence = "rural" } }]
attributes = { residence = "城乡属性" }
months = 12

[assistance.tier.good_samaritan]
label = "见义勇为资助"
when = { value = { any = ["good_samaritan"] }, unit = "condition", clause = "哈政发〔2026〕1号" }
aid = { value = { kind = "share", shares = { basic = 0.75 } }, unit = "rule", clause = "哈政发〔2026〕1号" }
payers = { value = { basic = ["medical_assistance_fund"] }, unit = "payers", clause = "哈政发〔2026〕1号" }
"""
PAGE = "/admin/hardship/category/"


def test_a_new_category_needs_no_code():
    load_shipped_policies()
    (person,) = people(1)
    text = read_shipped("230100/2025").replace("[assistance.tier.full]", NEW + "\n[assistance.tier.full]", 1)
    version = submit(version=save_draft(text=text, user=UserFactory()))
    approve(version=version, user=UserFactory())
    supervisor = staff(Role.SUPERVISOR, harbin())
    desk = at_desk(supervisor)

    assert "更新" in desk.get(f"{PAGE}take_over/").content.decode()
    assert not Category.objects.filter(code="good_samaritan").exists()
    assert desk.post(f"{PAGE}take_over/").status_code == 302

    made = Category.objects.get(code="good_samaritan")
    assert (made.label, made.months) == ("见义勇为困难人员", 12)
    assert made.history.get().history_user == supervisor
    batch = plan(civil((0, "人0", "农村见义勇为", "2024-10-01")))
    assert [outcome for _, outcome, _ in outcomes(batch)] == ["new"]
    apply(batch)
    held = Recognition.objects.get(resident=person)
    assert (held.category_id, held.attributes, held.valid_to) == (
        "good_samaritan",
        {"residence": "rural"},
        datetime.date(2025, 10, 1),
    )
    again = plan(civil((0, "人0", "见义勇为")), as_of=datetime.date(2025, 4, 30))
    assert [outcome for _, outcome, _ in outcomes(again)] == ["unchanged"]  # still listed: the term goes on
    found = quote(resident_ids=[person.pk], coverage_year=2025, paid_on=datetime.date(2024, 11, 1))[person.pk]
    assert (found.dues.due, found.dues.payable) == (Decimal(400), Decimal(100))


def test_only_a_supervisor_takes_categories_over():
    clerk = at_desk(staff(Role.CLERK, harbin()))

    assert clerk.post(f"{PAGE}take_over/").status_code == 403
    assert not Category.objects.exists()


def test_codes_of_an_export_mean_their_category():
    people(1)
    batch = plan(civil((0, "人0", "7019；7069")))
    apply(batch)

    assert set(Recognition.objects.values_list("category_id", "attributes__level")) == {
        ("subsistence_allowance", None),
        ("severe_disability", 2),
    }
