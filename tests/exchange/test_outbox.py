"""Events are published once and reach the agencies of the right kind and area."""

import pytest
from django.db import transaction

from exchange.models import Delivery, OutboundEvent
from exchange.models.outbound import time_ordered_id
from exchange.selectors import delivery_counts
from exchange.services.outbox import NewEvent, publish, publish_many, queue_deliveries
from tests.exchange.factories import AgencyFactory, OutboundEventFactory, WebhookEndpointFactory
from tests.registry import factories as registry

pytestmark = pytest.mark.django_db


def events(count, **changes):
    area = registry.daoli()
    return [
        NewEvent(
            **{
                "kind": "alert.raised",
                "area_id": area.pk,
                "agency_kinds": ["civil_affairs", "rural_affairs"],
                "subject": f"resident:{number}",
                "payload": {"number": number},
                "dedupe_key": f"alert:{number}",
            }
            | changes
        )
        for number in range(count)
    ]


def test_an_event_said_twice_is_published_once():
    said = {
        "kind": "alert.raised",
        "area": registry.daoli(),
        "agency_kinds": ["civil_affairs"],
        "subject": "resident:1",
        "dedupe_key": "alert:1:2025-03",
    }

    first = publish(payload={"level": "yellow"}, **said)
    again = publish(payload={"level": "red"}, **said)

    assert first is not None
    assert again is None
    assert OutboundEvent.objects.get().payload == {"level": "yellow"}


def test_an_event_is_gone_with_the_transaction_that_published_it():
    with transaction.atomic():
        publish_many(events=events(1))
        transaction.set_rollback(True)

    assert not OutboundEvent.objects.exists()


def test_publishing_costs_the_same_queries_for_3_and_300(django_assert_num_queries):
    three, many = events(303)[:3], events(303)[3:]

    for some in (three, many):
        # savepoint, stage, COPY, insert, drop, release (the ids are made here)
        with django_assert_num_queries(6):
            publish_many(events=some)

    assert OutboundEvent.objects.count() == 303


def test_ids_sort_as_they_were_made():
    ids = [time_ordered_id() for _ in range(1000)]

    assert len(set(ids)) == 1000
    assert [each.version for each in ids[:3]] == [7, 7, 7]
    assert sorted(ids, key=lambda each: each.int >> 64) == ids


@pytest.mark.parametrize(
    ("agency", "hears"),
    [
        ({}, True),
        ({"area": "230000"}, True),
        ({"area": "230102"}, True),
        ({"area": "230183"}, False),
        ({"area": "130200"}, False),
        ({"kind": "rural_affairs"}, True),
        ({"kind": "tax_authority"}, False),
        ({"is_active": False}, False),
    ],
)
def test_an_event_reaches_agencies_of_its_kind_at_or_above_its_area(agency, hears):
    places = {each.code: each for each in (registry.daoli(), registry.shangzhi(), registry.tangshan())}
    places["230000"] = registry.harbin().parent
    if "area" in agency:
        agency["area"] = places[agency["area"]]
    WebhookEndpointFactory(agency=AgencyFactory(**agency))
    publish_many(events=events(2))

    assert queue_deliveries() == (2 if hears else 0)
    assert queue_deliveries() == 0


@pytest.mark.parametrize(
    ("endpoint", "hears"),
    [
        ({"event_kinds": ["alert.raised", "identity.changed"]}, True),
        ({"event_kinds": ["identity.changed"]}, False),
        ({"is_active": False}, False),
    ],
)
def test_an_endpoint_hears_what_it_subscribed(endpoint, hears):
    WebhookEndpointFactory(**endpoint)
    publish_many(events=events(1))

    assert queue_deliveries() == int(hears)


def test_a_county_hears_nothing_of_its_city():
    WebhookEndpointFactory(agency__area=registry.daoli())
    OutboundEventFactory(area=registry.harbin())

    assert queue_deliveries() == 0


def test_deliveries_stand_in_the_order_of_their_events():
    endpoint = WebhookEndpointFactory()
    published = publish_many(events=events(20, subject="resident:1"))

    queue_deliveries()

    assert list(Delivery.objects.order_by("pk").values_list("event_id", flat=True)) == [
        each.pk for each in published
    ]
    assert delivery_counts(OutboundEvent.objects.all()) == {
        "total": 20,
        "delivered": 0,
        "acknowledged": 0,
        "dead": 0,
    }
    assert str(endpoint) == f"#{endpoint.pk} {endpoint.url}"
