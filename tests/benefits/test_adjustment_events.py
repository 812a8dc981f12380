"""Who filed a claim hears when what it was told changes: addressed to it alone, through the outbox."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benefits.models import Claim, PayoutAdjustment
from benefits.rules.adjustment_words import for_partners, resettled_after
from benefits.selectors.claim_notices import claim_notices
from benefits.services.settle import settle_claims
from benefits.services.void import void_claim
from exchange.models import Delivery, OutboundEvent
from exchange.selectors import events_for
from exchange.services.outbox import queue_deliveries
from tests.benefits.factories import bill, hospital, insured, law
from tests.contract import city
from tests.exchange.factories import AgencyFactory, WebhookEndpointFactory
from tests.registry.factories import daoli, harbin

pytestmark = pytest.mark.django_db
MARCH, MAY = datetime.date(2025, 3, 10), datetime.date(2025, 5, 10)


@pytest.fixture(autouse=True)
def _law():
    law()


@pytest.fixture
def ours():
    """Return the agency of hospital H1."""
    made = AgencyFactory(kind="hospital", area=daoli(), with_client=True)
    hospital("H1", agency=made)
    return made


@pytest.fixture
def theirs():
    """Return the agency of hospital H2, in the same county."""
    made = AgencyFactory(kind="hospital", area=daoli(), with_client=True)
    hospital("H2", agency=made)
    return made


def filed(person, number="L", *, day=MAY, facility="H1", eligible=120_000):
    claim = bill(person, number, eligible, day=day, facility_code=facility)
    (outcome,) = settle_claims(claims=[claim], user=None)
    return outcome.claim


def told(agency):
    return [event.payload for event in events_for(agency).filter(kind="claim.adjusted")]


def test_a_late_claim_elsewhere_is_told_to_who_filed_the_later_one(ours, theirs):
    person = insured()
    before = filed(person)
    assert not OutboundEvent.objects.exists()

    filed(person, "E", day=MARCH, facility="H2", eligible=60_000)

    (said,) = told(ours)
    after = Claim.objects.get(number="L")
    moved = {each["layer"]: Decimal(each["amount"]) for each in said["adjustments"]}
    assert (said["number"], said["facility_code"], said["state"]) == ("L", "H1", "settled")
    assert moved["critical_illness"] == after.critical_illness_paid - before.critical_illness_paid > 0
    assert [each["id"] for each in said["adjustments"]] == list(
        PayoutAdjustment.objects.order_by("pk").values_list("pk", flat=True)
    )
    assert person.name not in str(said)
    assert told(theirs) == []


def test_a_reversal_elsewhere_is_told_without_its_number_or_reason(ours, theirs):
    person = insured()
    earlier = filed(person, "E", day=MARCH, facility="H2", eligible=60_000)
    later = filed(person)

    void_claim(claim=earlier, user=None, reason="与本人住院无关")

    (recovered,) = told(ours)
    (reversed_,) = told(theirs)
    assert recovered["reason"] == "同一参保人的另一结算冲正后重新结算"
    assert all(Decimal(each["amount"]) < 0 for each in recovered["adjustments"])
    assert (reversed_["number"], reversed_["state"], reversed_["reason"]) == (
        "E",
        "reversed",
        "冲正：与本人住院无关",
    )
    assert {each["after"] for each in reversed_["adjustments"]} == {"0.00"}
    for_staff, for_hospital = claim_notices([later.pk]), claim_notices([later.pk], reworded=for_partners)
    assert "冲正 E 后重新结算：与本人住院无关" in for_staff[0].changes[0]
    assert "另一结算冲正后重新结算：" in for_hospital[0].changes[0]


def test_a_correction_tells_of_both(ours):
    person = insured()
    filed(person, "E", day=MARCH, eligible=60_000)
    filed(person)

    right = bill(person, "E2", 50_000, day=MARCH, facility_code="H1", replaces="E", reason="录入有误")
    settle_claims(claims=[right], user=None)

    assert sorted((said["number"], said["state"]) for said in told(ours)) == [
        ("E", "reversed"),
        ("L", "settled"),
    ]


def test_only_the_addressed_agencys_endpoint_gets_it(ours, theirs):
    endpoint = WebhookEndpointFactory(agency=ours)
    for other in (theirs, AgencyFactory(kind="hospital", area=harbin()), AgencyFactory(area=daoli())):
        WebhookEndpointFactory(agency=other)
    person = insured()
    filed(person)

    filed(person, "E", day=MARCH, facility="H2")

    assert queue_deliveries() == 1
    assert Delivery.objects.get().endpoint == endpoint


def test_another_hospital_neither_lists_nor_acknowledges_it(ours, theirs):
    person = insured()
    filed(person)
    filed(person, "E", day=MARCH, facility="H2")
    event = OutboundEvent.objects.get()

    mine = city.client(ours, "events:read").get("/api/v1/events/").json()["results"]
    stranger = city.client(theirs, "events:read")
    others = stranger.get("/api/v1/events/").json()["results"]
    refused = stranger.post(f"/api/v1/events/{event.pk}/acknowledge/")

    assert [each["type"] for each in mine] == ["claim.adjusted"]
    assert others == []
    assert (refused.status_code, refused.json()["code"]) == (404, "event_not_found")


def test_a_hospital_without_an_agency_is_told_nothing():
    hospital("H1")
    person = insured()
    filed(person)

    filed(person, "E", day=MARCH)

    assert PayoutAdjustment.objects.exists()
    assert not OutboundEvent.objects.exists()


def test_many_claims_cost_no_more_queries_than_one(ours):
    counts = []
    for many in (2, 20):
        person = insured()
        days = [datetime.date(2025, 6, 1) + datetime.timedelta(days=day) for day in range(many)]
        settle_claims(
            claims=[
                bill(person, f"{many}-{day}", 30_000, day=day, facility_code="H1", admitted_on=day)
                for day in days
            ],
            user=None,
        )
        late = bill(person, f"{many}-first", 60_000, day=MARCH, facility_code="H1")
        with CaptureQueriesContext(connection) as queries:
            settle_claims(claims=[late], user=None)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert OutboundEvent.objects.count() > 2


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (resettled_after("C1", "费用录入有误"), "同一参保人的另一结算冲正后重新结算"),
        (resettled_after("C1", "多行\n原因")[:20], "同一参保人的另一结算冲正后重新结算"),
        ("冲正：费用录入有误", "冲正：费用录入有误"),
        ("补录结算后重新结算 批次7", "补录结算后重新结算 批次7"),
    ],
)
def test_reasons_for_partners_say_nothing_of_another_claim(reason, said):
    assert for_partners(reason) == said
