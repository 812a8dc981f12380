"""Registering people, the later numbers of newborns, moves."""

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.api import registration_examples as examples
from enrollment.api.registration_serializers import (
    EnrollmentIn,
    EnrollmentReply,
    MoveIn,
    MoveReply,
    NewbornNumberIn,
    NewbornNumberReply,
)
from enrollment.services.partner_registrations import (
    Numbered,
    Registered,
    Registration,
    move_of_agency,
    number_of_agency,
    register_of_agency,
)
from exchange.api.idempotency import idempotent
from exchange.api.naming import names_field
from exchange.api.openapi import operation
from exchange.api.people import ResidentNotFound, person_for
from exchange.api.permissions import HasAgencyScope, agency_of, require_area
from exchange.api.problem_codes import AREA, PERSON, POLICY
from exchange.models import Agency
from exchange.services.people import look_up
from registry.models import Area, Resident, School
from registry.selectors import pooling_area_of
from registry.services import Move, NewResident, PlaceKind

REGISTERED_FIELDS = {
    "already_enrolled": "coverage_year",
    "double_enrollment": "id_number",
    "no_benefit_day": "confirmation",
    "resident_dead": "registered_on",
    "policy_not_found": "coverage_year",
    "rule_not_published": "registered_on",
}
FACTS_OF_PERSON = ("name", "id_kind", "sex", "born_on", "living_since", "hukou_since", "phone")


class EnrollmentsView(APIView):
    """Register one person for a coverage year, new or returning."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["enrollments:write"]

    @operation(
        summary="参保登记",
        text="为一人登记一个年度的参保，答复应缴、资助、待遇起止和计算过程；缴费到账后生效。"
        "首次登记的人（含新生儿）另报 `person`。"
        "被拒绝的，`details.field` 写明是哪一栏。权限范围：`enrollments:write`。",
        request=EnrollmentIn,
        reply=EnrollmentReply,
        codes=PERSON
        | POLICY
        | AREA
        | {
            "already_enrolled": "409，该年度已登记",
            "double_enrollment": "409，按规定应保留他处参保",
            "no_benefit_day": "409，当年已无待遇日，须本人书面确认，或不能办理",
            "resident_dead": "409，人员在登记日前已死亡",
            "name_differs": "409，该证件号码登记的姓名与所报不同",
            "resident_already_registered": "409，该证件号码刚刚由他人登记",
        },
        examples={
            "上年参保的人": (examples.ENROLLMENT, examples.ENROLLED),
            "新生儿": (examples.NEWBORN, None),
        },
        writes=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Answer with what the registration owes and gives."""
        body = EnrollmentIn(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        agency, number = agency_of(request), said["id_number"]
        person = _new_resident(agency, number, said["person"]) if "person" in said else None
        people = look_up(agency=agency, id_numbers=[number], purpose="接口参保登记")
        if number not in people.own and (person is None or number in people.elsewhere):
            raise ResidentNotFound
        asked = Registration(
            on=said["registered_on"],
            **{name: said[name] for name in ("coverage_year", "population", "place", "confirmation")},
        )
        with names_field(REGISTERED_FIELDS):
            made = register_of_agency(
                agency=agency, resident_id=people.own.get(number), person=person, asked=asked
            )
        return Response(EnrollmentReply(_registered(made)).data)


class NewbornNumberView(APIView):
    """Join the identity number that came later to the newborn of a birth certificate."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["enrollments:write"]

    @operation(
        summary="新生儿补登身份证号",
        text="以出生医学证明登记的新生儿落户后补登身份证号，仍是同一人，两个号码都查得到。权限范围：`enrollments:write`。",
        request=NewbornNumberIn,
        reply=NewbornNumberReply,
        codes=PERSON
        | {
            "identity_number_invalid": "409，身份证号有误，或出生日期、性别与登记的不符",
            "number_known": "409，该人已登记另一个证件号码",
            "two_records": "409，两个号码登记为两份档案，由医保经办机构合并",
        },
        examples={"落户": (examples.NEWBORN_NUMBER, examples.NEWBORN_NUMBERED)},
        writes=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Answer whether it was new."""
        body = NewbornNumberIn(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        child = person_for(request, said["certificate"], purpose="接口补登身份证号")
        with names_field({"identity_number_invalid": "id_number"}):
            is_new = number_of_agency(
                agency=agency_of(request),
                resident_id=child,
                numbered=Numbered(**{name: said[name] for name in ("id_number", "document", "name")}),
            )
        masked = Resident.objects.get(pk=child).masked_id_number
        outcome = "joined" if is_new else "unchanged"
        return Response(NewbornNumberReply({"outcome": outcome, "masked_id_number": masked}).data)


class MovesView(APIView):
    """Record where somebody lives, is registered or goes to school from a day on."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["enrollments:write"]

    @operation(
        summary="变更居住地、户籍地、学校",
        text="某人自某日起居住、户籍或就读在新的地方，以前的日子仍按原来的算。居住地只能变更到本部门地区范围内，跨地区的由医保局办理。"
        "权限范围：`enrollments:write`。",
        request=MoveIn,
        reply=MoveReply,
        codes=PERSON | AREA | {"move_impossible": "409，起始日还没有到、早于出生或早于上一次变更"},
        examples={"迁居": (examples.MOVE, examples.MOVED)},
        writes=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Answer whether it was new."""
        body = MoveIn(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        agency, kind = agency_of(request), PlaceKind(said["kind"])
        to = _school(said["to"]) if kind == PlaceKind.SCHOOL else _area(said["to"], field="to")
        if kind == PlaceKind.LIVING:
            assert isinstance(to, Area)
            _require_living(agency, to, field="to")
        resident_id = person_for(request, said["id_number"], purpose="接口变更地点")
        with names_field({"move_impossible": "since"}):
            is_new = move_of_agency(
                agency=agency,
                resident_id=resident_id,
                to=Move(kind, to, said["since"], said["document"]),
                reason=said["reason"],
            )
        return Response(MoveReply(said | {"outcome": "moved" if is_new else "unchanged"}).data)


def _new_resident(agency: Agency, number: str, said: Mapping[str, Any]) -> NewResident:
    """Return the person a call describes; they have to live in the agency's area."""
    living = _area(said["living_area"], field="person.living_area")
    _require_living(agency, living, field="person.living_area")
    hukou = _area(said["hukou_area"], field="person.hukou_area") if "hukou_area" in said else living
    return NewResident(
        id_number=number,
        living_area_id=living.pk,
        hukou_area_id=hukou.pk,
        **{name: said[name] for name in FACTS_OF_PERSON if name in said},
    )


def _require_living(agency: Agency, area: Area, *, field: str) -> None:
    """Refuse a place to live that is not the agency's, or where no body pools funds."""
    require_area(agency, area)
    try:
        pooling_area_of(area)
    except Area.DoesNotExist:
        raise _wrong(field, "该地区不属于任何统筹地区，请填写市县或以下的区划代码") from None


def _area(code: str, *, field: str) -> Area:
    area = Area.objects.filter(code=code).first()
    if area is None:
        raise _wrong(field, "没有该区划代码")
    return area


def _school(code: str) -> School | None:
    school = School.objects.filter(code=code).first()
    if code and school is None:
        raise _wrong("to", "没有该学校代码，请先由医保局登记学校")
    return school


def _wrong(field: str, said: str) -> ValidationError:
    errors: Any = [said]
    for name in reversed(field.split(".")):
        errors = {name: errors}
    return ValidationError(errors)


def _registered(made: Registered) -> dict[str, Any]:
    owed = made.enrollment.contribution
    names = (
        "coverage_year",
        "policy_key",
        "due",
        "assisted",
        "supported",
        "payable",
        "benefit_start",
        "benefit_end",
    )
    return {name: getattr(owed, name) for name in names} | {
        "masked_id_number": Resident.objects.get(pk=owed.resident_id).masked_id_number,
        "is_new_person": made.is_new_person,
        "doubles": made.doubles,
        "trace": owed.steps,
    }
