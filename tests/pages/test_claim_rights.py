"""Who sees and handles a claim: the fund that paid it, however its person moves."""

import datetime
from decimal import Decimal

import pytest

from benefits.models import Accumulator, ClaimState, ManualClaim, ManualState, PayoutAdjustment
from benefits.services.manual_entries import begin_amendment
from benefits.services.settle import settle_claims
from registry.batch.history import update_with_history
from registry.models import Resident, Role
from tests.benefits.factories import bill, hospital, insured, law, somebody
from tests.pages.conftest import at_desk, staff
from tests.registry import factories as registry

pytestmark = pytest.mark.django_db
MEANT = {"_form_submitted": "True", "reason": "录错"}


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    hospital()


@pytest.fixture
def claims():
    """Return the claims of two stays that Harbin's fund paid for somebody of Daoli; the first came late."""
    person = insured(somebody(9001, living_area=registry.daoli(), pooling_area=registry.harbin()))
    later, first = (
        settle_claims(claims=[bill(person, number, 60000, day=day)], user=None)[0].claim
        for number, day in (("A2", datetime.date(2025, 4, 10)), ("A1", datetime.date(2025, 3, 10)))
    )
    assert first.pooling_area == registry.harbin()
    assert PayoutAdjustment.objects.filter(claim=later).exists()
    return first, later


@pytest.fixture
def desks():
    areas = {
        "city": registry.harbin,
        "county": registry.daoli,
        "other": registry.shangzhi,
        "away": registry.tangshan,
    }
    return {name: at_desk(staff(Role.CLERK, of())) for name, of in areas.items()}


def move(claim, area, pooling_area):
    moved = {"living_area": area, "pooling_area": pooling_area}
    update_with_history(Resident.objects.filter(pk=claim.resident_id), moved, reason="迁居")


def opens(desks, path):
    return {name: desk.get(path).status_code == 200 for name, desk in desks.items()}


def pages(claims):
    first, later = claims
    adjustment = PayoutAdjustment.objects.filter(claim=later).first()
    total = Accumulator.objects.get(resident=first.resident_id)
    return [
        f"/admin/benefits/claim/{first.pk}/change/",
        f"/admin/benefits/claim/{first.pk}/notice/",
        f"/admin/benefits/payoutadjustment/{adjustment.pk}/change/",
        f"/admin/benefits/accumulator/{total.pk}/change/",
    ]


def test_at_home_the_county_and_its_city_see_the_claim(claims, desks):
    for path in pages(claims):
        assert opens(desks, path) == {"city": True, "county": True, "other": False, "away": False}, path


def test_after_a_move_the_fund_still_sees_it_and_the_new_place_looks_on(claims, desks):
    move(claims[0], registry.tangshan(), registry.tangshan())

    for path in pages(claims):
        assert opens(desks, path) == {"city": True, "county": False, "other": False, "away": True}, path


@pytest.mark.parametrize(
    ("moves_to", "able"),
    [(None, "county"), ("shangzhi", "other"), ("tangshan", "")],
    ids=["stays", "inside", "away"],
)
def test_only_the_fund_and_who_the_person_lives_with_inside_it_act(claims, desks, moves_to, able):
    if moves_to:
        area = getattr(registry, moves_to)()
        move(claims[0], area, registry.harbin() if moves_to == "shangzhi" else area)
    first = claims[0]
    path = f"/admin/benefits/claim/{first.pk}"
    may = {
        name
        for name, desk in desks.items()
        if desk.post(f"{path}/void/", MEANT | {"reason": ""}).status_code == 200
    }

    assert may == {"city", able} - {""}
    refused = desks["away"].post(f"{path}/void/", MEANT)
    assert refused.status_code != 200
    first.refresh_from_db()
    assert first.state == ClaimState.SETTLED
    desks["city"].post(f"{path}/void/", MEANT)
    first.refresh_from_db()
    assert first.state == ClaimState.REVERSED


def test_an_amendment_is_handled_where_the_claim_is(claims, desks):
    city = staff(Role.CLERK, registry.harbin())
    manual = begin_amendment(claim=claims[0], reason="录错", user=city)
    own = ManualClaim.objects.create(
        number="P1",
        resident_id=manual.resident_id,
        facility=manual.facility,
        kind="inpatient",
        admitted_on=manual.admitted_on,
        discharged_on=manual.discharged_on,
        total=Decimal(100),
        state=ManualState.ENTERED,
        entered_by=city,
        entered_at=manual.entered_at,
    )
    move(claims[0], registry.tangshan(), registry.tangshan())

    withdrawing = {
        each.number: {
            name
            for name, desk in desks.items()
            if desk.post(
                f"/admin/benefits/manualclaim/{each.pk}/withdraw/", {"_form_submitted": "True", "reason": ""}
            ).status_code
            == 200
        }
        for each in (manual, own)
    }

    assert withdrawing == {manual.number: {"city"}, "P1": {"away"}}
