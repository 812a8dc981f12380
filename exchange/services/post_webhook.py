"""Post one signed event to one endpoint and say what came back. Nothing is stored here."""

import contextlib
import datetime
import json
import time
from dataclasses import dataclass

import httpx
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from standardwebhooks import Webhook

from exchange.models import Delivery

TIMEOUT_SECONDS = 10
ANSWER_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status code, or the error that prevented one."""

    status_code: int | None
    error: str
    acknowledged: bool
    duration_ms: int
    at: datetime.datetime

    @property
    def is_received(self) -> bool:
        """Whether the endpoint took the event."""
        return self.status_code is not None and httpx.codes.is_success(self.status_code)


def webhook_client() -> httpx.Client:
    """Return the client for one run of deliveries: no redirects, no proxies from the environment."""
    return httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False)


def webhook_body(delivery: Delivery) -> str:
    """Return the event as it is signed and sent."""
    event = delivery.event
    body = {
        "id": str(event.pk),
        "type": event.kind,
        "timestamp": event.created_at,
        "area": event.area.code,
        "subject": event.subject,
        "data": event.payload,
    }
    return json.dumps(body, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True)


def post_webhook(delivery: Delivery, *, client: httpx.Client) -> Answer:
    """Sign and post an event; every failure to get through is an answer, too.

    Source: Standard Webhooks 1.0 (headers webhook-id, webhook-timestamp, webhook-signature).
    """
    at, started = timezone.now(), time.monotonic()
    body, headers = _signed(delivery, at=at)
    status_code, error, text = None, "", b""
    try:
        with client.stream("POST", delivery.endpoint.url, content=body, headers=headers) as response:
            status_code = response.status_code
            text = _beginning(response, started=started)
        if not response.is_success:
            error = f"HTTP {status_code}"
    except (httpx.HTTPError, httpx.InvalidURL) as failure:
        error = f"{type(failure).__name__}: {failure}"
    return Answer(
        status_code=status_code,
        error=error[:300],
        acknowledged=_is_acknowledged(text),
        duration_ms=int((time.monotonic() - started) * 1000),
        at=at,
    )


def _signed(delivery: Delivery, *, at: datetime.datetime) -> tuple[bytes, dict[str, str]]:
    message_id, body = str(delivery.event_id), webhook_body(delivery)
    signature = Webhook(delivery.endpoint.secret).sign(message_id, at.astimezone(datetime.UTC), body)
    headers = {
        "content-type": "application/json; charset=utf-8",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }
    return body.encode(), headers


def _beginning(response: httpx.Response, *, started: float) -> bytes:
    text = b""
    for piece in response.iter_bytes():
        text += piece
        if len(text) > ANSWER_BYTES or time.monotonic() - started > TIMEOUT_SECONDS:
            break
    return text


def _is_acknowledged(text: bytes) -> bool:
    with contextlib.suppress(ValueError):
        answer = json.loads(text)
        return isinstance(answer, dict) and answer.get("acknowledged") is True
    return False
