"""Partners register, number and move people and ask for refunds; a refusal names the field and writes nothing."""

import datetime
import json

import pytest

from casework.models import Case, CaseState
from casework.services import SecondPersonNeeded, confirm_case, decide_case
from enrollment.models import Balance, ContributionPeriod, Enrollment, Payment
from enrollment.services.partner_registrations import Registration, register_of_agency
from registry.models import AccessLog, Resident, School
from registry.selectors import resident_by_number
from registry.services import AlreadyRegistered, NewResident
from tests.contract import city
from tests.registry.factories import (
    InsuredSpellFactory,
    ResidentFactory,
    UserFactory,
    daoli,
    harbin,
    identity_number,
)

pytestmark = pytest.mark.django_db
DAY = datetime.date
NEW = identity_number(77)
YEAR = {"coverage_year": 2025, "registered_on": "2024-11-20"}
PERSON = {"name": "赵样例", "living_area": "230102"}
BABY = {
    "name": "王小小",
    "id_kind": "birth_certificate",
    "sex": "2",
    "born_on": "2024-11-08",
    "living_area": "230102",
}
MOVE = {
    "id_number": city.WANG,
    "kind": "hukou",
    "to": "230183",
    "since": "2025-03-15",
    "document": "户口簿",
    "reason": "落户",
}
BACK = {
    "id_number": city.WANG,
    "coverage_year": 2025,
    "reason": "duplicate",
    "asked_on": "2024-12-20",
    "evidence": "退申17号",
    "words": "本人同时在学校缴费",
}


@pytest.fixture(autouse=True)
def _city():
    city.build_with_cover()


@pytest.fixture
def agency():
    return city.agency("school", code="school-1")


@pytest.fixture
def caller(agency):
    return city.client(agency)


def send(caller, path, said, *, key="k"):
    answer = caller.post(f"/api/v1/{path}/", said, headers={"Idempotency-Key": key})
    return answer.status_code, json.loads(answer.content)


def refused(told):
    """Return code and field of a refusal."""
    status, body = told
    assert status == 409, body
    return body["code"], body["details"]["field"]


def wrong(told):
    status, body = told
    assert (status, body["code"]) == (400, "invalid"), body
    return set(body["errors"])


def test_somebody_nobody_knows_is_put_on_record_and_registered(caller, agency):
    status, told = send(caller, "enrollments", {"id_number": NEW, **YEAR, "place": "二中", "person": PERSON})

    assert status == 200
    assert (told["is_new_person"], told["payable"], told["benefit_start"]) == (True, "400.00", "2025-01-01")
    assert told["trace"][0]["clause"].startswith("黑医保发〔2024〕45号")
    person = resident_by_number(NEW)
    assert (person.name, person.living_area, person.hukou_area) == ("赵样例", daoli(), daoli())
    made = Enrollment.objects.get(resident=person)
    assert (made.channel, made.place, made.registered_on) == ("agency", "二中", DAY(2024, 11, 20))
    assert agency.name in person.history.get().history_change_reason
    assert agency.name in made.history.get().history_change_reason
    assert NEW not in json.dumps(told)


def test_who_returns_is_registered_and_the_same_call_again_changes_nothing(caller):
    said = {"id_number": city.LI, **YEAR}

    first, again = send(caller, "enrollments", said), send(caller, "enrollments", said)

    assert first == again
    assert (first[0], first[1]["is_new_person"]) == (200, False)
    assert Enrollment.objects.filter(resident__name="李秀英", coverage_year=2025).count() == 1
    assert refused(send(caller, "enrollments", said, key="other")) == ("already_enrolled", "coverage_year")


def test_a_newborn_is_registered_by_certificate_and_numbered_later(caller):
    born = {"id_number": "S230000009", **YEAR, "population": "newborn", "person": BABY}
    status, told = send(caller, "enrollments", born)
    assert (status, told["is_new_person"]) == (200, True)
    number = identity_number(3, born_on=DAY(2024, 11, 8))
    later = {"certificate": "S230000009", "id_number": number, "document": "户口簿第4页", "name": "王一一"}

    first = send(caller, "newborns/number", later, key="later")
    again = send(caller, "newborns/number", later, key="other")

    child = resident_by_number(number)
    assert first == (200, {"outcome": "joined", "masked_id_number": child.masked_id_number})
    assert again[1]["outcome"] == "unchanged"
    assert resident_by_number("S230000009") == child
    assert child.name == "王一一"
    assert child.history.count() == 3  # registered, numbered, named
    assert child.contributions.get().coverage_year == 2025


def test_a_number_that_cannot_be_the_newborns_is_refused(caller):
    said = {"certificate": city.CERTIFICATE, "document": "户口簿"}
    other = identity_number(5, born_on=DAY(2025, 3, 8))
    ResidentFactory(number=other, born_on=DAY(2025, 3, 8))

    def answer(number):
        return refused(send(caller, "newborns/number", said | {"id_number": number}))

    assert answer(city.WANG) == ("two_records", "id_number")
    assert answer(other) == ("two_records", "id_number")
    assert answer(identity_number(6, born_on=DAY(2025, 3, 9))) == ("identity_number_invalid", "id_number")
    assert answer("230199202503080028") == ("identity_number_invalid", "id_number")
    assert Resident.objects.get(name=city.CHILD).id_kind == "birth_certificate"
    known = {"certificate": city.WANG, "id_number": identity_number(6), "document": "户口簿"}
    assert refused(send(caller, "newborns/number", known)) == ("number_known", "id_number")


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({"person": {**PERSON, "living_area": "239999"}}, {"person.living_area"}),
        ({"person": {**PERSON, "hukou_area": "239999"}}, {"person.hukou_area"}),
        ({"person": {**PERSON, "sex": "1"}}, {"person.sex"}),
        ({"person": {**PERSON, "born_on": "1999-01-01"}}, {"person.born_on"}),
        ({"person": {"name": "赵样例"}}, {"person.living_area"}),
        ({"id_number": "S1", "person": {**BABY, "sex": None}}, {"person.sex"}),
        (
            {"id_number": "S1", "person": {n: v for n, v in BABY.items() if n != "born_on"}},
            {"person.born_on"},
        ),
        ({"id_number": "230199196503010429", "person": PERSON}, {"id_number"}),
        ({"registered_on": "2999-01-01"}, {"registered_on"}),
        ({"registered_on": "1960-01-01", "person": PERSON}, {"registered_on"}),
        ({"population": "pensioner"}, {"population"}),
    ],
)
def test_a_wrong_field_is_named_and_nobody_is_put_on_record(said, fields, caller):
    before = Resident.objects.count()

    assert wrong(send(caller, "enrollments", {"id_number": NEW, **YEAR} | said)) == fields

    assert Resident.objects.count() == before


def test_a_refusal_by_the_rules_names_the_field_and_puts_nobody_on_record(caller):
    employed = ResidentFactory(number=identity_number(81), name="钱样例")
    InsuredSpellFactory(resident=employed, starts_on=DAY(2020, 1, 1), ends_on=None)
    before = Resident.objects.count()

    def answer(**said):
        return refused(send(caller, "enrollments", {"id_number": NEW, **YEAR, "person": PERSON} | said))

    assert answer(id_number=identity_number(81), person={**PERSON, "name": "钱样例"}) == (
        "double_enrollment",
        "id_number",
    )
    assert answer(id_number=city.LI) == ("name_differs", "person.name")
    assert answer(coverage_year=2031) == ("policy_not_found", "coverage_year")
    assert Resident.objects.count() == before


def test_our_keys_stay_with_us(caller):
    status, told = send(caller, "enrollments", {"id_number": city.WANG, **YEAR})

    assert (status, told["details"]) == (409, {"field": "coverage_year"})


def test_somebody_elsewhere_is_as_unknown_as_nobody(caller):
    for said in (
        {"id_number": city.STRANGER},
        {"id_number": city.STRANGER, "person": PERSON},
        {"id_number": NEW},
    ):
        status, told = send(caller, "enrollments", YEAR | said)
        assert (status, told["code"]) == (404, "resident_not_found")
    outside = {"id_number": NEW, **YEAR, "person": {**PERSON, "living_area": "230183"}}
    assert send(caller, "enrollments", outside)[1]["code"] == "area_outside_scope"
    assert not Resident.objects.filter(name="赵样例").exists()


def test_a_move_is_recorded_once_with_its_document(caller, agency):
    first, again = send(caller, "residents/moves", MOVE), send(caller, "residents/moves", MOVE, key="other")

    wang = Resident.objects.get(name="王桂兰")
    assert (first[1]["outcome"], again[1]["outcome"]) == ("moved", "unchanged")
    assert (wang.hukou_area.code, wang.hukou_since) == ("230183", DAY(2025, 3, 15))
    assert wang.history.latest().history_change_reason == f"接口 {agency.name}：落户（凭证：户口簿）"
    assert refused(
        send(caller, "residents/moves", MOVE | {"to": "230102", "since": "2025-03-01"}, key="3")
    ) == (
        "move_impossible",
        "since",
    )


def test_school_begins_and_ends_and_nobody_moves_out_of_the_agencys_area(caller):
    School.objects.create(code="S001", name="道里二中", area=harbin())
    away = MOVE | {"kind": "living", "to": "230183"}
    school = MOVE | {"kind": "school", "to": "S001"}

    assert send(caller, "residents/moves", away)[1]["code"] == "area_outside_scope"
    assert wrong(send(caller, "residents/moves", MOVE | {"to": ""})) == {"to"}
    assert wrong(send(caller, "residents/moves", school | {"to": "S002"})) == {"to"}
    assert wrong(send(caller, "residents/moves", MOVE | {"to": "999999"})) == {"to"}
    assert send(caller, "residents/moves", school)[0] == 200
    left = send(caller, "residents/moves", school | {"to": "", "since": "2025-06-30"}, key="2")

    assert (left[0], left[1]["to"]) == (200, "")
    wang = Resident.objects.get(name="王桂兰")
    assert (wang.school, wang.school_since) == (None, DAY(2025, 6, 30))


def test_a_refund_asked_for_is_a_case_of_two_people_and_moves_nothing(caller, agency):
    status, told = send(caller, "refunds", BACK)

    case = Case.objects.get(kind="premium_refund")
    assert status == 200
    assert (told["request"], told["outcome"], told["amount"]) == (case.pk, "open", "400.00")
    assert "医保发〔2020〕33号" in told["clause"]
    assert (case.state, case.needs_second, case.opened_by) == (CaseState.OPEN, True, None)
    assert case.reason.startswith(f"{agency.name}提出：本人同时在学校缴费。")
    assert not Balance.objects.exists()
    assert AccessLog.objects.get().purpose == "接口申请退费"
    assert refused(send(caller, "refunds", BACK, key="other")) == ("refund_pending", "coverage_year")
    assert Case.objects.filter(kind="premium_refund").count() == 1


def test_one_decides_a_refund_asked_for_and_another_confirms(caller):
    year = ContributionPeriod.objects.get(resident__name="王桂兰", coverage_year=2025)
    Payment.objects.create(
        serial="T1", state="booked", resident=year.resident, contribution=year, coverage_year=2025, amount=400,
        paid_on=DAY(2024, 11, 1),
    )  # fmt: skip
    send(caller, "refunds", BACK)
    first = UserFactory()
    case = decide_case(
        case=Case.objects.get(kind="premium_refund"), decision="refund", reason="属实", user=first
    )
    with pytest.raises(SecondPersonNeeded):
        confirm_case(case=case, user=first)
    assert not Balance.objects.exists()

    confirm_case(case=case, user=UserFactory())

    assert Balance.objects.get().amount == 400


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"reason": "identity_change"}, "refund_forbidden", "reason"),
        ({"reason": "death"}, "refund_refused", "reason"),
        ({"reason": "employee_cover"}, "refund_refused", "reason"),
        ({"reason": "overpaid"}, "refund_refused", "reason"),
        ({"coverage_year": 2024}, "refund_refused", "coverage_year"),
        ({"coverage_year": 2026}, "contribution_not_paid", "coverage_year"),
        ({"asked_on": "2025-01-01"}, "refund_forbidden", "reason"),
    ],
)
def test_a_refund_the_documents_or_the_records_do_not_carry_is_refused(said, code, field, caller):
    assert refused(send(caller, "refunds", BACK | said)) == (code, field)
    assert not Case.objects.filter(kind="premium_refund").exists()


def test_who_was_asked_about_is_logged_though_the_call_was_refused(caller, agency):
    assert refused(send(caller, "refunds", BACK | {"reason": "identity_change"}))[0] == "refund_forbidden"
    assert refused(send(caller, "enrollments", {"id_number": city.WANG, **YEAR}))[0] == "already_enrolled"

    logged = AccessLog.objects.order_by("pk").values_list("agency_code", "resident__name", "purpose")
    assert list(logged) == [
        (agency.code, "王桂兰", "接口申请退费"),
        (agency.code, "王桂兰", "接口参保登记"),
    ]


def test_what_became_of_a_payment_names_the_field():
    said = {
        "serial": "T1",
        "id_number": city.LI,
        "coverage_year": 2025,
        "amount": "400.00",
        "paid_on": "2024-11-20",
    }
    rows = [
        said,
        said | {"serial": "T2", "id_number": NEW},
        said | {"serial": "T3", "id_number": city.STRANGER},
        said | {"serial": "T4", "coverage_year": 2031},
        said | {"serial": "T5", "amount": "401.00"},
        said | {"serial": "T6", "payer": {"id_number": "123", "relation": "parent", "area": "230100"}},
        said | {"serial": "T1", "amount": "1.00"},
    ]
    Enrollment.objects.filter(resident__name="李秀英").update(coverage_year=2024)

    status, told = send(city.client(city.agency()), "payments", {"rows": rows})

    named = {each["serial"]: (each["code"], each["field"]) for each in told["outcomes"][:-1]}
    assert status == 200
    assert named["T2"] == ("unknown_person", "id_number")
    assert named["T3"] == ("resident_not_found", "id_number")
    assert named["T4"][1] == "coverage_year"
    assert told["outcomes"][-1]["field"] == "serial"
    assert all(each["field"] for each in told["outcomes"] if each["outcome"] in ("held", "refused"))
    assert all(not each["field"] for each in told["outcomes"] if each["outcome"] == "booked")


def test_who_was_faster_keeps_the_number(agency):
    late = NewResident(name="赵样例", id_number=city.LI, living_area_id=daoli().pk, hukou_area_id=daoli().pk)

    with pytest.raises(AlreadyRegistered, match="刚刚登记，请再报一次"):
        register_of_agency(
            agency=agency,
            resident_id=None,
            person=late,
            asked=Registration(coverage_year=2025, on=DAY(2024, 11, 20)),
        )
    assert Resident.objects.filter(name="赵样例").count() == 0
