"""The work list of retroactive changes: filtered, summed, opened, decided, confirmed."""

import datetime
import re

import pytest
from django.utils import timezone

from benefits.models import Claim
from benefits.services.retroactive.follow import follow_changes
from benefits.services.settle import settle_claims
from casework.models import Case, CaseState
from hardship.services.load_categories import load_categories
from hardship.services.recognitions import NewRecognition, recognize
from registry.models import Role
from tests.benefits.factories import bill, hospital, insured, law, somebody
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
LIST = "/admin/casework/case/"


@pytest.fixture
def case():
    law()
    load_categories()
    hospital()
    people = [insured(somebody(at)) for at in (1, 2)]
    settle_claims(claims=[bill(person, f"A{at}", 60_000) for at, person in enumerate(people)], user=None)
    began = timezone.now()
    rows = [
        NewRecognition(
            resident_id=person.pk, category="subsistence_allowance", valid_from=datetime.date(2025, 2, 1)
        )
        for person in people
    ]
    recognize(rows=rows, reason="test")
    follow_changes(since=began, until=timezone.now(), day=datetime.date(2025, 6, 1))
    return Case.objects.filter(kind="retroactive_change").earliest("pk")


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_list_of_a_kind_says_what_its_figures_add_up_to(case):
    clerk = at_desk(staff(Role.CLERK, factories.harbin(), username="clerk"))

    everything, listed = text(clerk.get(LIST)), text(clerk.get(LIST, {"kind": "retroactive_change"}))

    assert "数额合计" not in everything
    assert "医疗救助支付 — — — 2 件 2 项，合计 +22,915.20 元" in listed
    assert "大病保险支付 — 2 件 2 项，若调整 +9,648.00 元 — —" in listed
    assert "数额合计" not in text(clerk.get(LIST, {"kind": "alert"}))


def test_a_clerk_of_another_city_sees_no_sums(case):
    other = at_desk(staff(Role.CLERK, factories.tangshan(), username="other"))

    assert "数额合计" not in text(other.get(LIST, {"kind": "retroactive_change"}))


def test_the_page_shows_old_and_new_with_the_rule_and_two_people_do_it(case):
    clerk = at_desk(staff(Role.CLERK, factories.harbin(), username="clerk"))
    reviewer = at_desk(staff(Role.REVIEWER, factories.harbin(), username="reviewer"))

    page = text(clerk.get(f"{LIST}{case.pk}/change/"))
    assert "追溯变更：低保对象原无记录，现自 2025-02-01 起" in page
    assert "8,112.00 12,936.00 +4,824.00 元 不调整 黑医保发〔2024〕45号 六(一)" in page
    assert "0.00 11,457.60 +11,457.60 元 待定" in page

    meant = {"_form_submitted": "True"}
    clerk.post(f"{LIST}{case.pk}/decide/", {**meant, "decision": "claims", "reason": "已核实"})
    reviewer.post(f"{LIST}{case.pk}/confirm/", meant)

    case.refresh_from_db()
    assert (case.state, case.performed_at is not None) == (CaseState.DECIDED, True)
    paid = Claim.objects.get(resident=case.resident_id).assistance_paid
    assert str(paid) == "11457.60"
    assert "已按新认定重新结算 1 笔" in text(clerk.get(f"{LIST}{case.pk}/change/"))
