"""Notices of settlements at the desk: read, printed one by one and in one file, within the areas of who prints."""

import io

import pytest
from pypdf import PdfReader

from benefits.models import Claim
from registry.batch.history import update_with_history
from registry.models import AccessLog, Role
from tests.pages.conftest import at_desk, staff
from tests.pages.world import benefits
from tests.registry import factories

pytestmark = pytest.mark.django_db
LIST = "/admin/benefits/claim/"


@pytest.fixture
def claim():
    benefits(factories.ResidentFactory(name="王桂兰"))
    return Claim.objects.get()


def ticked(desk, *claims):
    return desk.post(LIST, {"action": "print_notices", "_selected_action": [claim.pk for claim in claims]})


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CLERK])
def test_whoever_sees_the_claim_reads_and_prints_its_notice_masked_and_logged(role, claim):
    user = staff(role, factories.harbin())

    page = at_desk(user).get(f"{LIST}{claim.pk}/notice/").content.decode()
    pdf = at_desk(user).get(f"{LIST}{claim.pk}/notice_pdf/")

    for shown in ("医疗费用结算告知书", "王桂兰", claim.resident.masked_id_number, "15,120.00", "14,880.00"):
        assert shown in page
    assert claim.resident.id_number not in page
    assert pdf["Content-Type"] == "application/pdf"
    assert "15,120.00" in PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text()
    looks = AccessLog.objects.values_list("user", "resident", "purpose")
    assert list(looks) == [(user.pk, claim.resident_id, "打印结算告知书（证件号码已脱敏）")] * 2


@pytest.mark.parametrize("page", ["notice/", "notice_pdf/"])
def test_a_notice_of_another_area_is_not_there(page, claim, tangshan_clerk):
    assert tangshan_clerk.get(f"{LIST}{claim.pk}/{page}").status_code == 404
    assert not AccessLog.objects.exists()


def test_the_claim_and_the_residents_file_lead_to_the_notice(claim, harbin_clerk):
    address = f"{LIST}{claim.pk}/notice/"

    assert address in harbin_clerk.get(f"{LIST}{claim.pk}/change/").content.decode()
    assert (
        address in harbin_clerk.get(f"/admin/registry/resident/{claim.resident_id}/change/").content.decode()
    )


def test_ticked_claims_are_one_file_of_the_users_areas_only(claim, harbin_clerk):
    benefits(factories.ResidentFactory(name="李秀英", living_area=factories.tangshan()))
    theirs = Claim.objects.exclude(pk=claim.pk).get()
    paid_there = {"pooling_area": factories.tangshan()}
    update_with_history(Claim.objects.filter(pk=theirs.pk), paid_there, reason="correct")

    pdf = ticked(harbin_clerk, claim, theirs)

    (page,) = PdfReader(io.BytesIO(pdf.content)).pages
    assert claim.number in page.extract_text()
    assert AccessLog.objects.get().resident_id == claim.resident_id


def test_more_than_one_file_holds_are_refused_and_not_logged(claim, harbin_clerk, monkeypatch):
    monkeypatch.setattr("benefits.services.print_notices.MOST_NOTICES", 0)

    answer = ticked(harbin_clerk, claim)

    assert answer.status_code == 302
    assert "请分几次勾选" in harbin_clerk.get(LIST).content.decode()
    assert not AccessLog.objects.exists()


def test_printing_costs_few_queries_and_the_same_however_many(
    claim, harbin_clerk, django_assert_max_num_queries
):
    for _ in range(6):
        benefits(factories.ResidentFactory())
    ticked(harbin_clerk, claim)  # policies are built once

    with django_assert_max_num_queries(19):  # 6 of the notices, 1 log, the rest: who asks, the row
        harbin_clerk.get(f"{LIST}{claim.pk}/notice_pdf/")
    for ticks in ([claim], Claim.objects.all()):
        with django_assert_max_num_queries(
            24
        ):  # 6 of the notices, 1 log, the list: who asks, counts, rows; here too
            ticked(harbin_clerk, *ticks)
