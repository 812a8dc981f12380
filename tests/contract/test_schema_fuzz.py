"""Whatever the OpenAPI document allows, and what it forbids, gets an answer that the document describes."""

from typing import Any

import pytest
import schemathesis
from django.db import connection
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.wsgi import application
from exchange.api.throttling import AgencyRateThrottle
from tests.contract import city
from tests.contract.matrix import MATRIX
from tests.exchange.factories import token

pytestmark = pytest.mark.slow

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ALLOWED, FORBIDDEN = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
OPERATIONS = sorted({(call.path, call.method) for call in MATRIX})
ANY_NUMBER = [
    (f"/api/v1/claims/{{number}}/{part}", FORBIDDEN) for part in ("", "notice/")
]  # any text may be one
CASES = [
    pytest.param(path, method, mode, id=f"{method} {path} {mode.name}")
    for path, method in OPERATIONS
    for mode in (ALLOWED, FORBIDDEN)
    if (path, mode) not in ANY_NUMBER
]


@pytest.fixture
def document(db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    # a whole server closes connections after each answer; this one holds the test's transaction
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)
    monkeypatch.setattr(AgencyRateThrottle, "get_rate", lambda self: None)
    return schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)


@pytest.mark.parametrize(("path", "method", "mode"), CASES)
def test_any_call_is_answered_as_documented(document: Any, path: str, method: str, mode: GenerationMode):
    city.build_with_cover()
    headers = {"Authorization": token(city.agency(owns=city.HOSPITAL), *city.SCOPES)}
    answered = []

    @settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=document[path][method].as_strategy(generation_mode=mode))
    def call(case: Any) -> None:
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS)
        answered.append(response.status_code)

    call()

    assert answered
