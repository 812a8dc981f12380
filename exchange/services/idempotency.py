"""Answer a write once per agency and key: the same request again gets the same answer."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from exchange.models import Agency, IdempotencyRecord
from policy.errors import DomainError


class IdempotencyKeyReused(DomainError):
    """The key was used for another request."""

    code = "idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """Status and body, and whether they are of an earlier call."""

    status: int
    body: Any
    is_replay: bool


def request_hash(*, method: str, path: str, data: Any) -> str:
    """Return what tells requests apart: method, path and the data, whatever the order of their keys."""
    text = json.dumps([method, path, data], sort_keys=True, cls=DjangoJSONEncoder)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def answer_once(
    *, agency: Agency, key: str, fingerprint: str, answer: Callable[[], tuple[int, Any]]
) -> StoredAnswer:
    """Return the stored answer, or compute and store it in one transaction with what it writes.

    A second call that comes while the first is being answered waits for it. An answer that raises is not stored: the
    request may be sent again once its cause is gone.

    :param fingerprint: the request's `request_hash`
    :raises IdempotencyKeyReused: if the key stands for another request
    """
    IdempotencyRecord.objects.bulk_create(
        [IdempotencyRecord(agency=agency, key=key, request_hash=fingerprint)], ignore_conflicts=True
    )
    record = IdempotencyRecord.objects.select_for_update(of=("self",)).get(agency=agency, key=key)
    if record.request_hash != fingerprint:
        raise IdempotencyKeyReused("该幂等键已用于另一请求")
    if record.response_status is not None:
        return StoredAnswer(record.response_status, record.response_body, is_replay=True)
    record.response_status, record.response_body = answer()
    record.save(update_fields=["response_status", "response_body"])
    return StoredAnswer(record.response_status, record.response_body, is_replay=False)
