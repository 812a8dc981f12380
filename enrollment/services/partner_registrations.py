"""People whom partners register, number and move on the spot: the counter's own services, on an agency's word."""

import datetime
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from enrollment.models import Enrollment
from enrollment.services.doubles import doubles_at_registration
from enrollment.services.enroll import enroll
from enrollment.services.quote import Ask
from enrollment.services.told_late import day_that_counts
from exchange.models import Agency
from hardship.rules.person_names import is_same_name
from policy.errors import DomainError
from registry.models import IdKind, Resident
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import normalized
from registry.selectors import resident_ids_by_index
from registry.services import (
    AlreadyRegistered,
    Move,
    NewResident,
    change_id_number,
    change_name,
    lock_residents,
    move,
    register_residents,
)

CHANNEL = "agency"
REASON_LENGTH = 100


class NameDiffers(DomainError):
    """The number is on record under another name."""

    code = "name_differs"


class NumberKnown(DomainError):
    """The holder of the certificate has another identity number already."""

    code = "number_known"


class TwoRecords(DomainError):
    """Certificate and number are on record as two people; two staff members merge them."""

    code = "two_records"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What is asked for.

    :param on: the day of registration; the quote rests on it, unless nothing is left to pay (`told_late`)
    :param confirmation: what the person confirmed in writing where no benefit day is left
    """

    coverage_year: int
    on: datetime.date
    population: str = "resident"
    place: str = ""
    confirmation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """The identity number of a newborn.

    :param document: what proves it, such as the page of the household register
    :param name: the name it bears; empty = as it is on record
    """

    id_number: str
    document: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of it.

    :param doubles: what the registration stands beside, in words; each became a case
    """

    enrollment: Enrollment
    is_new_person: bool
    doubles: list[str]


@transaction.atomic
def register_of_agency(
    *, agency: Agency, resident_id: int | None, person: NewResident | None, asked: Registration
) -> Registered:
    """Register somebody for a coverage year; who is not on record yet is put on record first.

    :param resident_id: null = nobody in the agency's area holds the number, so that `person` says who it is
    :param person: who it is; of somebody on record the name has to be the same
    :raises NameDiffers: if it is not
    :raises AlreadyRegistered: if somebody else has just put the number on record
    :raises DomainError: as `enroll` does; then nobody is put on record either
    """
    if resident_id is None:
        assert person is not None
        resident_id = _put_on_record(person, agency).pk
        is_new = True
    else:
        _refuse_other_name(resident_id, person)
        is_new = False
    day = day_that_counts(Ask(resident_id, asked.coverage_year, asked.on, asked.population))
    doubles = doubles_at_registration(
        resident_ids=[resident_id],
        coverage_year=asked.coverage_year,
        day=day,
        population=asked.population,
    )
    (enrollment,) = enroll(
        resident_ids=[resident_id],
        coverage_year=asked.coverage_year,
        on=day,
        channel=CHANNEL,
        place=asked.place,
        population=asked.population,
        reason=_said(agency)[:60],
        confirmation=asked.confirmation,
    )
    return Registered(enrollment, is_new, [each.sentence for each in doubles])


@transaction.atomic
def number_of_agency(*, agency: Agency, resident_id: int, numbered: Numbered) -> bool:
    """Give a newborn the identity number that came after the birth certificate; return whether it was new.

    :param resident_id: the holder of the certificate
    :raises NumberKnown: if they have another number, or were never registered by a certificate
    :raises TwoRecords: if the number is on record as somebody of its own
    :raises InvalidIdentityNumber: if the number is wrong, or its birth date or sex is not the child's
    """
    lock_residents([resident_id])
    child, index = Resident.objects.get(pk=resident_id), blind_index(normalized(numbered.id_number))
    if bytes(child.id_index) == index:
        return False
    if child.id_kind != IdKind.BIRTH_CERTIFICATE:
        raise NumberKnown("该出生医学证明的人已登记另一个证件号码，请核对", field="id_number")
    if resident_ids_by_index([index]).get(index, child.pk) != child.pk:
        raise TwoRecords("出生医学证明和身份证号登记为两份档案，请联系医保经办机构合并", field="id_number")
    reason = _said(agency, f"落户（凭证：{numbered.document}）")
    change_id_number(resident=child, id_number=numbered.id_number, reason=reason)
    if numbered.name:
        change_name(resident=child, name=numbered.name, reason=reason)
    return True


@transaction.atomic
def move_of_agency(*, agency: Agency, resident_id: int, to: Move, reason: str) -> bool:
    """Record that somebody lives, is registered or goes to school elsewhere; return whether that was new.

    :raises ImpossibleMove: if the day is in the future, before birth, or before the last move
    """
    lock_residents([resident_id])
    resident = Resident.objects.get(pk=resident_id)
    known = resident.history.count()
    move(resident=resident, to=to, reason=_said(agency, reason))
    return bool(resident.history.count() > known)


def _put_on_record(person: NewResident, agency: Agency) -> Resident:
    try:
        with transaction.atomic():
            (made,) = register_residents(rows=[person], reason=f"register {_said(agency)}"[:REASON_LENGTH])
    except (AlreadyRegistered, IntegrityError):  # somebody was faster
        raise AlreadyRegistered("该证件号码刚刚登记，请再报一次", field="id_number") from None
    return made


def _refuse_other_name(resident_id: int, person: NewResident | None) -> None:
    name = Resident.objects.values_list("name", flat=True).get(pk=resident_id)
    if person is not None and not is_same_name(person.name, name):
        raise NameDiffers("该证件号码登记的姓名与所报不同，请核对", field="person.name")


def _said(agency: Agency, reason: str = "") -> str:
    """Return who asked and why, as the history keeps it."""
    return f"接口 {agency.name}{f'：{reason}' if reason else ''}"[:REASON_LENGTH]
