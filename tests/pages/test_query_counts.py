"""A page costs the same number of queries for 3 rows and for 30."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from registry.models import Role
from tests.pages import world
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
LISTS = (
    "registry/resident/",
    "registry/household/",
    "registry/insuredspell/",
    "hardship/recognition/",
    "hardship/assistancegrant/",
    "hardship/thirdpartysupport/",
    "enrollment/enrollment/",
    "enrollment/contributionperiod/",
    "enrollment/balance/",
    "enrollment/payment/",
    "enrollment/subsidyshare/",
    "enrollment/formershare/",
    "enrollment/subsidyapplication/",
    "enrollment/fundtransfer/",
    "enrollment/assistancesettlement/",
    "enrollment/settlementpayment/",
    "benefits/claim/",
    "benefits/accumulator/",
    "benefits/payoutadjustment/",
    "benefits/alert/",
    "casework/case/",
    "exchange/inboundbatch/",
    "exchange/inboundrow/",
    "exchange/outboundevent/",
    "exchange/delivery/",
    "exchange/job/",
    "",
)


def queries(client: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(f"/admin/{page}").status_code == 200
    return len(seen)


def test_lists_and_the_first_page_cost_the_same_for_few_and_for_many():
    user = staff(Role.CLERK, factories.harbin())
    client = at_desk(user)
    for _ in range(3):
        world.build(user)
    for page in LISTS:
        queries(client, page)  # content types and policies are read once
    few = {page: queries(client, page) for page in LISTS}

    for _ in range(27):
        world.build(user)

    assert {page: queries(client, page) for page in LISTS} == few


def test_the_file_of_a_resident_costs_the_same_however_much_there_is():
    user = staff(Role.CLERK, factories.harbin())
    client = at_desk(user)
    resident = world.build(user)
    page = f"registry/resident/{resident.pk}/change/"
    queries(client, page)
    few = queries(client, page)

    for number in range(5):
        world.benefits(resident, year=2026 + number)

    assert queries(client, page) == few
    assert (
        few <= 55
    )  # one for each part of the page, two for the ticks of the picture, two for each action offered


def test_an_export_holds_all_rows_and_no_formula(harbin_clerk):
    factories.ResidentFactory.create_batch(3)
    factories.ResidentFactory(name="=1+1")

    text = b"".join(harbin_clerk.get("/admin/registry/resident/export_csv/")).decode()

    assert text.count("\r\n") == 5
    assert "'=1+1" in text
    assert text.startswith("\ufeff姓名")
