"""Register residents, one or fifty thousand, by one COPY and one history statement."""

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from policy.errors import DomainError
from registry.batch.history import write_with_history
from registry.models import Area, IdKind, Resident
from registry.models.sealing import blind_index, seal
from registry.rules.identity_numbers import InvalidIdentityNumber, normalized, read_identity_number
from registry.selectors import pooling_areas_of, resident_ids_by_index


class AlreadyRegistered(DomainError):
    """A number belongs to a resident already, or stands twice among the new ones; `numbers` are row numbers from 1."""

    code = "resident_already_registered"


class IncompleteResident(DomainError):
    """A row lacks a name, or a birth date and sex that its document does not give."""

    code = "resident_incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewResident:
    """What must be known of a person; areas, school and household by primary key.

    Sex and birth date follow from a resident identity number and may be left out with it; given, they must agree.
    """

    name: str
    id_number: str
    living_area_id: int
    hukou_area_id: int
    id_kind: str = IdKind.RESIDENT_ID
    sex: str | None = None
    born_on: datetime.date | None = None
    household_id: int | None = None
    relation_to_head: str = ""
    phone: str = ""
    discharged_on: datetime.date | None = None
    military_spouse_id: int | None = None
    died_on: datetime.date | None = None
    living_since: datetime.date | None = None
    hukou_since: datetime.date | None = None
    school_id: int | None = None
    school_since: datetime.date | None = None


@transaction.atomic
def register_residents(
    *,
    rows: Iterable[NewResident],
    reason: str,
    user: AbstractBaseUser | None = None,
    on: datetime.date | None = None,
) -> list[Resident]:
    """Register people and return them in the order given; all or nobody.

    :param on: day of registration, against which birth dates are checked; null = today
    :raises InvalidIdentityNumber: if a resident identity number is wrong; `row` counts from 1
    :raises IncompleteResident: if a row lacks a name, sex or birth date
    :raises AlreadyRegistered: if a number is known or stands twice
    :raises Area.DoesNotExist: if someone lives where no body pools funds
    """
    day = on or timezone.localdate()
    people = [_checked(row, number=number, on=day) for number, row in enumerate(rows, start=1)]
    _refuse_known(people)
    living = Area.objects.filter(pk__in={person.living_area_id for person in people})
    pooling = pooling_areas_of(living)
    for person in people:
        person.pooling_area_id = pooling[person.living_area_id].pk
    return write_with_history(people, reason=reason, user=user)


def _checked(row: NewResident, *, number: int, on: datetime.date) -> Resident:
    name = row.name.strip()
    if not name:
        raise IncompleteResident(f"第{number}行缺少姓名", row=number, field="name")
    id_number, sex, born_on = _identity(row, number=number, on=on)
    return Resident(
        name=name,
        id_kind=row.id_kind,
        sealed_id_number=seal(id_number),
        id_index=blind_index(id_number),
        sex=sex,
        born_on=born_on,
        died_on=row.died_on,
        hukou_area_id=row.hukou_area_id,
        living_area_id=row.living_area_id,
        household_id=row.household_id,
        relation_to_head=row.relation_to_head,
        phone=row.phone,
        discharged_on=row.discharged_on,
        military_spouse_id=row.military_spouse_id,
        living_since=row.living_since,
        hukou_since=row.hukou_since,
        school_id=row.school_id,
        school_since=row.school_since,
    )


def _identity(row: NewResident, *, number: int, on: datetime.date) -> tuple[str, str, datetime.date]:
    if row.id_kind == IdKind.RESIDENT_ID:
        try:
            read = read_identity_number(row.id_number, on=on)
        except InvalidIdentityNumber as refused:
            raise InvalidIdentityNumber(
                f"第{number}行{refused.message}", row=number, **refused.details
            ) from None
        if (row.sex or read.sex) != read.sex or (row.born_on or read.born_on) != read.born_on:
            raise InvalidIdentityNumber(
                f"第{number}行性别或出生日期与身份证号不符", row=number, part="agreement"
            )
        return read.number, read.sex, read.born_on
    id_number = normalized(row.id_number)
    if not id_number or row.sex is None or row.born_on is None:
        raise IncompleteResident(f"第{number}行缺少证件号码、性别或出生日期", row=number)
    return id_number, row.sex, row.born_on


def _refuse_known(people: list[Resident]) -> None:
    counts = Counter(bytes(person.id_index) for person in people)
    known = resident_ids_by_index(counts.keys())
    twice = [
        number
        for number, person in enumerate(people, start=1)
        if bytes(person.id_index) in known or counts[bytes(person.id_index)] > 1
    ]
    if twice:
        shown = "、".join(map(str, twice[:10]))
        raise AlreadyRegistered(f"第{shown}行的证件号码已登记或重复", numbers=twice)
