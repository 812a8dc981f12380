"""Agencies send lists by program: planned, never applied; each sees its own and nothing of the register."""

import base64

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from exchange.api.parsers import LARGEST_BODY
from exchange.models import InboundBatch, InboundRow
from exchange.services.files import file_of
from hardship.admin.lists import apply_with_second
from hardship.models import Recognition
from hardship.services.lists import SecondUserNeeded
from hardship.services.load_categories import load_categories
from registry.models import Resident
from tests.contract import city
from tests.exchange.factories import ListAgreementFactory
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import apply, civil, people, plan
from tests.registry import factories as registry

pytestmark = pytest.mark.django_db
LISTS = "/api/v1/lists/"


def sent(text, **changes):
    content = text if isinstance(text, bytes) else ("姓名,身份证号,身份类别\n" + text).encode("gb18030")
    return {
        "area": "230102",
        "as_of": "2025-03-31",
        "mode": "supplementary",
        "file_name": "名单.csv",
        "content": base64.b64encode(content).decode(),
    } | changes


def program(who):
    """Return the agency's program, one token for all its calls."""
    if not hasattr(who, "program"):
        who.program = city.client(who, "identities:write")
    return who.program


def post(who, said, *, kind="civil_affairs", key="k"):
    return program(who).post(f"{LISTS}{kind}/", said, headers={"Idempotency-Key": key})


@pytest.fixture
def town():
    load_categories()
    city.resident(city.WANG, "王桂兰")
    return city.agency()


def test_a_list_is_planned_kept_and_told_row_by_row_without_the_register(town):
    said = sent(f"王桂兰,{city.WANG},农村低保\n李四,{city.LI},低保\n赵五,123,低保\n王桂芝,{city.WANG},低保\n")

    answer = post(town, said)

    told = answer.json()
    assert answer.status_code == 202
    assert (told["status"], told["kind"], told["area"]) == ("planned", "civil_affairs", "230102")
    batch = InboundBatch.objects.get()
    assert (batch.pk, batch.agency, batch.created_by) == (told["batch"], town, None)
    assert not Recognition.objects.exists()
    caller = program(town)
    assert caller.get(f"{LISTS}batches/{batch.pk}/").json() == told
    rows = caller.get(f"{LISTS}batches/{batch.pk}/rows/").json()["results"]
    assert {(row["number"], row["outcome"]) for row in rows} == {
        (2, "conflict"),
        (3, "held"),
        (4, "refused"),
        (5, "conflict"),
    }
    assert {row["message"] for row in rows if row["outcome"] != "refused"} == {""}
    assert city.WANG not in str(rows)
    refused = caller.get(f"{LISTS}batches/{batch.pk}/rows/", {"outcome": "refused"}).json()["results"]
    assert [(row["number"], row["field"], bool(row["message"])) for row in refused] == [(4, "身份证号", True)]


def test_a_row_tells_its_sender_what_it_makes_otherwise_old_and_new(town):
    wang = Resident.objects.get()
    RecognitionFactory(resident=wang, attributes={})
    RecognitionFactory(resident=wang, of="severe_disability", attributes={"level": 2})

    told = post(town, sent(f"王桂兰,{city.WANG},农村低保、重度残疾人（一级）\n")).json()
    (row,) = program(town).get(f"{LISTS}batches/{told['batch']}/rows/").json()["results"]

    amended = {"category": "subsistence_allowance", "name": "residence", "old": None, "new": "rural"}
    assert (row["outcome"], row["amended"]) == ("changed", [amended])  # of the federation's record nothing


def test_a_row_tells_its_sender_what_is_said_of_it_but_not_what_others_recorded(town):
    wang = Resident.objects.get()
    RecognitionFactory(resident=wang)
    RecognitionFactory(resident=wang, of="extreme_hardship")
    RecognitionFactory(resident=wang, of="severe_disability", attributes={"level": 2})

    told = post(town, sent(f"王桂兰,{city.WANG},低保、重度残疾人（一级）\n")).json()
    (row,) = program(town).get(f"{LISTS}batches/{told['batch']}/rows/").json()["results"]

    assert row["outcome"] == "unchanged"
    assert row["remarks"] == ["登记的特困人员清单没有写到，补充名单不作改动"]
    assert "残疾等级：2" in InboundRow.objects.get(batch=told["batch"]).message


def test_the_same_list_again_is_the_same_batch(town):
    said = sent(f"王桂兰,{city.WANG},低保\n")

    first, replay, again = post(town, said), post(town, said), post(town, said, key="k2")

    assert replay.headers["Idempotency-Replayed"] == "true"
    assert first.json()["batch"] == replay.json()["batch"] == again.json()["batch"]
    assert InboundBatch.objects.count() == 1


def upload(who, said, *, key="k"):
    """Send what `sent` returns as a form with a file."""
    file = SimpleUploadedFile(said["file_name"], base64.b64decode(said["content"]))
    form = {name: value for name, value in said.items() if name != "file_name"} | {"content": file}
    address = f"{LISTS}civil_affairs/"
    return program(who).post(address, form, format="multipart", headers={"Idempotency-Key": key})


def test_a_list_may_come_as_a_file_in_a_form_and_is_the_same_request_either_way(town):
    said = sent(f"王桂兰,{city.WANG},农村低保\n")

    first = upload(town, said)
    replays = [post(town, said), upload(town, said)]

    batch = InboundBatch.objects.get()
    assert (first.status_code, batch.file_name, batch.agency) == (202, "名单.csv", town)
    assert bytes(file_of(batch)) == base64.b64decode(said["content"])
    for again in replays:
        assert (again.headers["Idempotency-Replayed"], again.json()) == ("true", first.json())
    assert upload(town, said | {"mode": "full"}).json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"content": SimpleUploadedFile("名单.csv", b"nothing")}, 409, "list_unreadable"),
        ({"content": "nothing"}, 400, "invalid"),
        ({}, 400, "invalid"),
        (
            {"content": [SimpleUploadedFile("名单.csv", b"x"), SimpleUploadedFile("名单.csv", b"y")]},
            400,
            "parse_error",
        ),
        ({"content": "eA==", "area": ["230102", "230183"]}, 400, "parse_error"),
        ({"content": SimpleUploadedFile("名单.csv", b"0" * LARGEST_BODY)}, 413, "request_too_large"),
        ({"content": "0" * 3_000_000}, 413, "request_too_large"),
        ({f"field{place}": "x" for place in range(2000)}, 400, "parse_error"),
    ],
)
def test_a_form_is_held_to_the_same_limits(town, form, status, code):
    said = {"area": "230102", "as_of": "2025-03-31", "mode": "supplementary", "file_name": "名单.csv"} | form

    address = f"{LISTS}civil_affairs/"
    answer = program(town).post(address, said, format="multipart", headers={"Idempotency-Key": "k"})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not InboundBatch.objects.exists()


def test_other_calls_take_no_forms(town):
    answer = program(town).post("/api/v1/identities/search/", {"id_number": city.WANG}, format="multipart")

    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"area": "130200"}, 403, "area_outside_scope"),
        ({"area": "999999"}, 400, "invalid"),
        ({"content": "不是"}, 400, "invalid"),
        ({"content": base64.b64encode(b"nothing").decode()}, 409, "list_unreadable"),
        ({"mode": "half"}, 400, "invalid"),
    ],
)
def test_what_cannot_be_taken_in_is_refused_by_a_code_and_leaves_nothing(town, changes, status, code):
    registry.tangshan()

    answer = post(town, sent(f"王桂兰,{city.WANG},低保\n", **changes))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not InboundBatch.objects.exists()


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("rural_affairs", 403, "list_kind_not_yours"), ("weather", 404, "not_found")],
)
def test_an_agency_sends_only_its_own_kind_of_list(town, kind, status, code):
    answer = post(town, sent("x"), kind=kind)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_list_needs_a_key_and_one_the_bureau_took_in_is_not_shown(town):
    content = civil((0, "人0", "低保"))
    plan(content, area=registry.daoli(), mode="supplementary")

    without = program(town).post(f"{LISTS}civil_affairs/", sent(""))
    again = post(town, sent(content, file_name="名单.xlsx"))

    assert "Idempotency-Key" in without.json()["errors"]
    assert (again.status_code, again.json()["code"]) == (409, "batch_already_received")


def test_a_list_of_a_program_that_ends_too_many_needs_two_of_the_bureau(town):
    for person in people(3):
        RecognitionFactory(resident=person)
    answer = post(town, sent(f"王桂兰,{city.WANG},低保\n", mode="full"))
    batch = InboundBatch.objects.get(pk=answer.json()["batch"])
    first, second = registry.UserFactory.create_batch(2)

    for _ in range(2):
        with pytest.raises(SecondUserNeeded):
            apply_with_second(batch=InboundBatch.objects.get(), user=first)
    done = apply_with_second(batch=InboundBatch.objects.get(pk=batch.pk), user=second)

    assert (done.status, done.created_by, done.counts["ended"]) == ("applied", first, 3)


def test_a_list_of_a_program_counts_for_its_agreement(town):
    ListAgreementFactory(agency=town, area=town.area, mode="supplementary", starts_on="2025-03-01")
    batch = InboundBatch.objects.get(pk=post(town, sent(f"王桂兰,{city.WANG},低保\n")).json()["batch"])
    apply(batch)

    told = program(town).get(f"{LISTS}agreements/").json()["results"]

    assert [(each["kind"], each["area"], each["due"]) for each in told] == [
        ("identities.civil_affairs", "230102", "当月25日前")
    ]
