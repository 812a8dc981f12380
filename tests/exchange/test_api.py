"""The API's conventions: scopes, areas, problems, answers given once; and the agencies' events."""

import json

import pytest
from rest_framework.test import APIClient

from exchange.api.fallback import server_error
from exchange.models import Acknowledgement, Delivery, IdempotencyRecord
from exchange.services.outbox import queue_deliveries
from registry.models import Household
from tests.exchange.factories import AgencyFactory, OutboundEventFactory, WebhookEndpointFactory, token
from tests.registry import factories as registry

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.exchange.urls")]


def client(agency=None, *scopes, **headers):
    agency = agency or AgencyFactory(with_client=True)
    made = APIClient()
    made.credentials(HTTP_AUTHORIZATION=token(agency, *scopes), **headers)
    return made


def write(caller, *, key="k1", **body):
    return caller.post(
        "/write/",
        {"area": registry.daoli().code, "number": "H1"} | body,
        headers={"Idempotency-Key": key} if key else {},
    )


def problem(response):
    assert response.headers["content-type"] == "application/problem+json"
    body = json.loads(response.content)
    assert body["status"] == response.status_code
    assert body["type"] == "about:blank"
    return body


def test_without_a_token_the_answer_is_401():
    assert problem(APIClient().get("/api/v1/events/"))["code"] == "not_authenticated"


def test_without_the_scope_the_answer_is_403():
    answer = client(None, "quote").get("/api/v1/events/")

    assert answer.status_code == 403
    assert problem(answer)["title"] == "没有权限"
    assert client(None, "quote").get("/write/").status_code == 404
    assert write(client(None, "quote")).status_code == 403


@pytest.mark.parametrize("is_bound", [True, False])
def test_a_client_of_no_agency_in_service_is_refused(is_bound):
    agency = AgencyFactory(with_client=True, is_active=False)
    caller = client(agency, "events:read")
    if not is_bound:
        type(agency).objects.all().delete()

    assert problem(caller.get("/api/v1/events/"))["code"] == "agency_not_bound"


def test_an_agency_acts_in_its_area_only():
    answer = write(client(None, "payments:write"), area=registry.tangshan().code)

    assert problem(answer)["code"] == "area_outside_scope"
    assert not Household.objects.exists()


def test_the_same_key_and_request_get_the_same_answer():
    caller = client(None, "payments:write")

    first, again = write(caller), write(caller)

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Household.objects.count() == 1


def test_the_same_key_with_another_request_is_refused():
    caller = client(None, "payments:write")
    write(caller)

    answer = write(caller, number="H2")

    assert answer.status_code == 422
    assert problem(answer)["code"] == "idempotency_key_reused"
    assert Household.objects.count() == 1


def test_keys_of_two_agencies_do_not_meet():
    for number in ("H1", "H2"):
        assert write(client(None, "payments:write"), number=number).status_code == 201

    assert IdempotencyRecord.objects.count() == 2


@pytest.mark.parametrize("key", ["", "k" * 101])
def test_a_write_needs_a_key(key):
    answer = write(client(None, "payments:write"), key=key)

    assert answer.status_code == 400
    assert "Idempotency-Key" in problem(answer)["errors"]


def test_a_refusal_by_the_rules_writes_nothing_and_may_be_tried_again():
    caller = client(None, "payments:write")

    refused = write(caller, refuse=True)

    assert refused.status_code == 409
    body = problem(refused)
    assert (body["code"], body["detail"]) == ("too_late", "已过集中参保期")
    assert body["details"] == {"last_day": "2025-02-28"}
    assert not Household.objects.exists()
    assert not IdempotencyRecord.objects.exists()
    assert write(caller).status_code == 201


def test_a_wrong_form_names_every_field():
    answer = APIClient().post(
        "/check/", {"rows": [{"number": "12345"}, {"number": "123456"}, {}]}, format="json"
    )

    body = problem(answer)
    assert (answer.status_code, body["code"]) == (400, "invalid")
    assert set(body["errors"]) == {"name", "rows.1.number", "rows.2.number"}
    assert body["errors"]["name"][0]["code"] == "required"


def test_unreadable_json_and_wrong_methods_are_problems():
    caller = APIClient()

    broken = caller.post("/check/", "{", content_type="application/json")
    wrong = caller.get("/check/")

    assert problem(broken)["code"] == "parse_error"
    assert problem(wrong)["code"] == "method_not_allowed"
    assert wrong.headers["Allow"] == "POST, OPTIONS"


def test_an_agency_lists_its_events_in_pages_and_no_others(django_assert_num_queries):
    agency = AgencyFactory(with_client=True)
    events = [OutboundEventFactory() for _ in range(105)]
    OutboundEventFactory(area=registry.tangshan())
    OutboundEventFactory(agency_kinds=["tax_authority"])
    caller = client(agency, "events:read")

    with django_assert_num_queries(3):  # token, agency, events
        first = caller.get("/api/v1/events/").json()
    second = caller.get(first["next"]).json()

    assert [each["id"] for each in first["results"] + second["results"]] == [str(each.pk) for each in events]
    assert second["next"] is None
    assert first["results"][0]["data"]["amount"] == "5001.00"
    assert first["results"][0]["acknowledged_at"] is None


def test_acknowledging_twice_keeps_the_first_time():
    agency = AgencyFactory(with_client=True)
    WebhookEndpointFactory(agency=agency)
    event, other = OutboundEventFactory(), OutboundEventFactory(kind="identity.changed")
    queue_deliveries()
    caller = client(agency, "events:read")

    first = caller.post(f"/api/v1/events/{event.pk}/acknowledge/")
    again = caller.post(f"/api/v1/events/{event.pk}/acknowledge/")

    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert Acknowledgement.objects.get().agency == agency
    assert Delivery.objects.get(event=event).acknowledged_at is not None

    def listed(query):
        return [each["id"] for each in caller.get(f"/api/v1/events/?{query}").json()["results"]]

    assert listed("acknowledged=true") == [str(event.pk)]
    assert listed("acknowledged=false") == [str(other.pk)]
    assert listed("type=identity.changed") == [str(other.pk)]
    assert problem(caller.get("/api/v1/events/?acknowledged=perhaps"))["code"] == "invalid"


def test_another_ones_event_cannot_be_acknowledged():
    event = OutboundEventFactory(area=registry.tangshan())

    answer = client(None, "events:read").post(f"/api/v1/events/{event.pk}/acknowledge/")

    assert answer.status_code == 404
    assert problem(answer)["code"] == "event_not_found"


@pytest.mark.urls("config.urls")
@pytest.mark.parametrize("path", ["", "quotes", "nothing/at/all/"])
def test_an_address_nobody_serves_is_a_problem_too(path):
    answer = APIClient().post(f"/api/v1/{path}", {})

    assert answer.status_code == 404
    assert problem(answer)["code"] == "not_found"


@pytest.mark.urls("config.urls")
def test_a_crash_is_a_problem_for_partners_and_a_page_for_staff(rf):
    partner, staff = server_error(rf.get("/api/v1/events/")), server_error(rf.get("/admin/"))

    assert problem(partner)["code"] == "internal_error"
    assert staff.status_code == 500
    assert staff.headers["content-type"].startswith("text/html")
