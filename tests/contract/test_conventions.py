"""What all calls share: writes said twice, rates, sizes, codes, and queries that do not grow."""

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator

from benefits.models import AlertAnswer, Claim
from casework.models import Case
from enrollment.models import Enrollment, Payment
from exchange.api.openapi import CODES
from exchange.api.throttling import AgencyRateThrottle
from exchange.models import BatchStatus, InboundBatch
from oversight.models import TaxTotal
from registry.models import InsuredSpell, Resident
from tests.contract import city
from tests.contract.matrix import (
    BACK,
    CLAIM,
    MATRIX,
    PAYMENT,
    PERSON,
    REGISTRATION,
    SPELL,
    V1,
    body,
    send,
)
from tests.registry.factories import identity_number

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _city():
    cache.clear()
    city.build_with_cover()


def people(count: int, *, first: int, year: int) -> list[str]:
    """Register people insured in a year; return their numbers."""
    numbers = [identity_number(first + serial) for serial in range(count)]
    for number in numbers:
        city.insure(city.resident(number, "赵淑华"), year)
    return numbers


def post(caller: Any, path: str, said: dict[str, Any], key: str) -> Any:
    answer = caller.post(V1 + path, said, headers={"Idempotency-Key": key})
    assert answer.status_code == 200, answer.content
    return answer


TOTAL = {"area": "230102", "day": "2024-11-20", "channel": "手机", "count": 1, "amount": "400.00"}
ALREADY = {Enrollment: 3}  # of the city, before anybody calls
ON_THE_SPOT = ("insured-elsewhere/", "enrollments/", "number/", "moves/", "refunds/")
WRITES = [
    ("enrollments/", REGISTRATION, Enrollment),
    ("refunds/", PERSON | BACK, Case),
    ("insured-elsewhere/", {"rows": [SPELL]}, InsuredSpell),
    ("payments/", {"rows": [PAYMENT]}, Payment),
    ("tax-totals/", {"rows": [TOTAL]}, TaxTotal),
    ("claims/", {"claims": [CLAIM]}, Claim),
    (
        f"alerts/{city.ALERT}/answer/",
        {"outcome": "assisted", "checked_by": "赵建国", "checked_on": "2025-04-08"},
        AlertAnswer,
    ),
]


@pytest.mark.parametrize(("path", "said", "model"), WRITES, ids=[path for path, _, _ in WRITES])
def test_a_write_said_twice_is_done_once(path: str, said: dict[str, Any], model: Any):
    caller = city.client(city.agency(owns=city.HOSPITAL))

    first, again = post(caller, path, said, "k"), post(caller, path, said, "k")

    assert body(first) == body(again)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert model.objects.count() == ALREADY.get(model, 0) + 1


@pytest.mark.parametrize(
    "call",
    [call for call in MATRIX if call.path.endswith(("payments/", "claims/", "answer/", *ON_THE_SPOT))],
)
def test_a_write_without_a_key_is_refused(call: Any):
    answer = city.client(city.agency(), call.scope).post(call.url, call.body)

    assert "Idempotency-Key" in body(answer)["errors"]


def test_a_bulk_call_is_kept_as_a_batch_without_full_numbers():
    who = city.agency()
    unknown = PAYMENT | {"serial": "T2", "id_number": "230199196503010487"}

    post(city.client(who), "payments/", {"rows": [PAYMENT, unknown]}, "2024-11-20-0001")

    batch = InboundBatch.objects.get()
    assert (batch.agency, batch.status, batch.kind) == (who, BatchStatus.APPLIED, "payments")
    assert batch.counts == {"held": 1, "new": 1}
    rows = batch.rows.order_by("number")
    assert [row.payload["id_number"] for row in rows] == ["230199********0444", "230199********0487"]
    assert [row.code for row in rows] == ["", "unknown_person"]
    assert Payment.objects.get(serial="T1").batch == batch


@pytest.mark.parametrize(
    ("path", "name", "template", "changes", "year"),
    [("payments/", "rows", PAYMENT, "serial", 2024), ("claims/", "claims", CLAIM, "number", 2025)],
)
def test_a_bulk_call_costs_the_same_queries_for_three_and_for_thirty(
    path: str, name: str, template: dict[str, Any], changes: str, year: int
):
    caller = city.client(city.agency(owns=city.HOSPITAL))
    costs = []
    for count in (2, 3, 30):  # the first builds the policy, which is kept
        said = [
            template | {"id_number": number, changes: f"{count}-{number[-4:]}"}
            for number in people(count, first=100 + 10 * min(count, 4), year=year)
        ]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            told = body(post(caller, path, {name: said}, f"k{count}"))
        costs.append(len(queries))
        assert {each.get("outcome", each.get("result")) for each in told["outcomes"]} <= {"booked", "settled"}

    assert costs[1] == costs[2]


def test_lists_cost_the_same_queries_for_three_and_for_thirty():
    caller = city.client(city.agency())
    wang = Resident.objects.get(name="王桂兰")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert caller.get(V1 + "alerts/").status_code == 200
        return len(queries)

    costs = []
    for first, last in ((100, 103), (103, 130)):
        for serial in range(first, last):
            event = f"0190f3f0-5f1e-7cc3-98c4-{serial:012d}"
            city.warn(wang, alert=serial, event=event, month=f"{2000 + serial}-01")
        costs.append(cost())
    assert costs[0] == costs[1]


def test_an_agency_that_calls_too_often_waits(monkeypatch):
    monkeypatch.setattr(AgencyRateThrottle, "get_rate", lambda self: "2/min")
    who, other = city.agency(), city.agency()
    call = MATRIX[0]
    caller, colleague = city.client(who, "quote"), city.client(who, "quote", "entitlement")

    answers = [send(each, call) for each in (caller, colleague, caller)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert body(answers[-1])["code"] == "throttled"
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert send(city.client(other, "quote"), call).status_code == 200


def test_a_body_beyond_all_measure_is_refused(monkeypatch):
    monkeypatch.setattr("exchange.api.parsers.LARGEST_BODY", 100)
    call = next(each for each in MATRIX if each.path.endswith("/payments/"))

    answer = send(city.client(city.agency()), call)

    assert (answer.status_code, body(answer)["code"]) == (413, "request_too_large")


def test_json_nested_without_end_is_refused():
    caller = city.client(city.agency())

    answer = caller.generic("POST", V1 + "quotes/", "[" * 100_000, content_type="application/json")

    assert (answer.status_code, body(answer)["code"]) == (400, "parse_error")


@pytest.mark.parametrize("amount", [160.1, True, "160.123", "-1", "abc", None])
def test_money_is_text_of_yuan_with_two_decimals(amount: Any):
    said = {"rows": [PAYMENT | {"amount": amount}]}

    answer = city.client(city.agency()).post(V1 + "payments/", said, headers={"Idempotency-Key": "k"})

    assert list(body(answer)["errors"]) == ["rows.0.amount"]


def test_too_many_rows_are_refused_before_any_work():
    said = {"rows": [PAYMENT] * 1001}

    answer = city.client(city.agency()).post(V1 + "payments/", said, headers={"Idempotency-Key": "k"})

    assert body(answer)["errors"]["rows.non_field_errors"][0]["code"] == "max_length"
    assert not InboundBatch.objects.exists()


def test_no_full_number_is_ever_answered():
    caller = city.client(city.agency(owns=city.HOSPITAL))
    for call in MATRIX:
        answer = send(caller, call, key=call.url[:100])
        assert city.WANG not in answer.content.decode()
        assert "户主服刑" not in answer.content.decode()


def test_every_code_of_a_problem_is_known():
    document = SchemaGenerator().get_schema(public=True)
    codes = {
        code
        for path in document["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
        for code in operation[CODES]
    }

    assert sorted(codes) == KNOWN_CODES


KNOWN_CODES = [
    "agency_not_bound",
    "alert_answer_incomplete",
    "alert_not_found",
    "alert_withdrawn",
    "already_enrolled",
    "area_outside_scope",
    "as_of_in_future",
    "batch_already_received",
    "batch_not_found",
    "claim_already_reversed",
    "claim_not_found",
    "contribution_not_paid",
    "double_enrollment",
    "event_not_found",
    "facility_not_yours",
    "idempotency_key_reused",
    "identity_number_invalid",
    "insured_spell_told_by_another",
    "invalid",
    "list_area_too_small",
    "list_kind_not_yours",
    "list_out_of_date",
    "list_unreadable",
    "method_not_allowed",
    "move_impossible",
    "name_differs",
    "no_benefit_day",
    "not_acceptable",
    "not_authenticated",
    "not_found",
    "number_known",
    "parse_error",
    "permission_denied",
    "policy_not_found",
    "refund_forbidden",
    "refund_pending",
    "refund_refused",
    "request_too_large",
    "resident_already_registered",
    "resident_dead",
    "resident_not_found",
    "rule_not_published",
    "throttled",
    "two_records",
    "unknown_category",
    "unsupported_media_type",
]
