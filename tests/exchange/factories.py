"""Partners and what passes between them and the bureau."""

import base64
import datetime
from typing import Any

import factory
from oauth2_provider.models import AccessToken, get_application_model

from exchange.models import (
    Agency,
    AgencyKind,
    InboundBatch,
    ListAgreement,
    OutboundEvent,
    WebhookEndpoint,
)
from registry.models.sealing import seal
from tests.registry import factories as registry

SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()


class ApplicationFactory(factory.django.DjangoModelFactory[Any]):
    class Meta:
        model = get_application_model()

    name = factory.Sequence(lambda number: f"client{number}")
    client_type = "confidential"
    authorization_grant_type = "client-credentials"


class AgencyFactory(factory.django.DjangoModelFactory[Agency]):
    """The civil affairs bureau of Harbin."""

    class Meta:
        model = Agency

    code = factory.Sequence(lambda number: f"A{number:04d}")
    name = "哈尔滨市民政局"
    kind = AgencyKind.CIVIL_AFFAIRS
    area = factory.LazyFunction(registry.harbin)

    class Params:
        with_client = factory.Trait(application=factory.SubFactory(ApplicationFactory))


class WebhookEndpointFactory(factory.django.DjangoModelFactory[WebhookEndpoint]):
    class Meta:
        model = WebhookEndpoint

    agency = factory.SubFactory(AgencyFactory)
    url = factory.Sequence(lambda number: f"http://127.0.0.1:9/{number}")
    sealed_secret = factory.LazyFunction(lambda: seal(SECRET))


class OutboundEventFactory(factory.django.DjangoModelFactory[OutboundEvent]):
    class Meta:
        model = OutboundEvent

    kind = "alert.raised"
    area = factory.LazyFunction(registry.daoli)
    agency_kinds = [AgencyKind.CIVIL_AFFAIRS]
    subject = "resident:1"
    payload = factory.LazyFunction(lambda: {"name": "王桂兰", "amount": "5001.00"})
    dedupe_key = factory.Sequence(lambda number: f"event:{number}")


class InboundBatchFactory(factory.django.DjangoModelFactory[InboundBatch]):
    class Meta:
        model = InboundBatch

    kind = "identities"
    area = factory.LazyFunction(registry.harbin)
    file_name = "民政全量.xlsx"
    sha256 = factory.Sequence(lambda number: f"{number:064x}")
    mode = "full"
    as_of = datetime.date(2025, 3, 1)


class ListAgreementFactory(factory.django.DjangoModelFactory[ListAgreement]):
    """A full list of identities by the 25th of every month since 2024."""

    class Meta:
        model = ListAgreement

    agency = factory.SubFactory(AgencyFactory)
    kind = "identities.civil_affairs"
    area = factory.LazyFunction(registry.harbin)
    due_number = 25
    clause = "黑医保发〔2024〕45号 九"
    starts_on = datetime.date(2024, 1, 1)


def token(agency: Agency, *scopes: str) -> str:
    """Return the bearer header of an access token of the agency's client."""
    made = AccessToken.objects.create(
        application=agency.application,
        token=f"token-{agency.pk}-{'-'.join(scopes)}",
        expires=datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC),
        scope=" ".join(scopes),
    )
    return f"Bearer {made.token}"
