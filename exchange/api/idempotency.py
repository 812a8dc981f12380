"""`Idempotency-Key` on writes: `@idempotent` above a view's `post`, `put`, `patch` or `delete`."""

import functools
import json
from collections.abc import Callable
from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from exchange.api.parsers import as_in_json
from exchange.api.permissions import agency_of
from exchange.services.idempotency import IdempotencyKeyReused, answer_once, request_hash
from registry.services.log_access import kept_when_refused

HEADER = "Idempotency-Key"
LONGEST_KEY = 100
Handler = Callable[..., Response]


class IdempotencyKeyConflict(APIException):
    """The key was used for another request: 422."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = IdempotencyKeyReused.code
    default_detail = "该幂等键已用于另一请求"


def idempotent(handler: Handler) -> Handler:
    """Run a write once per agency and key; the whole of it is one transaction.

    The same key with the same request gets the same answer, marked `Idempotency-Replayed: true`; with another request
    422. A refusal (4xx raised) is not kept. A request without a key is refused with 400.
    """

    @functools.wraps(handler)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER, "").strip()
        if not key or len(key) > LONGEST_KEY:
            raise ValidationError(
                {HEADER: [f"请提供不超过{LONGEST_KEY}个字符的幂等键"]}, code="idempotency_key"
            )

        def answer() -> tuple[int, Any]:
            response = handler(view, request, *args, **kwargs)
            return response.status_code, json.loads(JSONRenderer().render(response.data) or b"null")

        assert request.method is not None
        said = as_in_json(request.data)
        fingerprint = request_hash(method=request.method, path=request.get_full_path(), data=said)
        try:
            with kept_when_refused():
                stored = answer_once(
                    agency=agency_of(request), key=key, fingerprint=fingerprint, answer=answer
                )
        except IdempotencyKeyReused as reused:
            raise IdempotencyKeyConflict from reused
        headers = {"Idempotency-Replayed": "true"} if stored.is_replay else {}
        return Response(stored.body, status=stored.status, headers=headers)

    return once
