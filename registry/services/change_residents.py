"""Change what is known of one resident: that they died or were discharged, their name, which document they hold."""

import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from policy.errors import DomainError
from registry.batch.history import update_with_history
from registry.models import IdKind, Resident
from registry.models.sealing import blind_index, seal
from registry.rules.identity_numbers import InvalidIdentityNumber, normalized, read_identity_number
from registry.selectors import resident_ids_by_index
from registry.services.register_residents import AlreadyRegistered


class ImpossibleDate(DomainError):
    """The day contradicts what is known of the resident."""

    code = "resident_date_impossible"


class NameInvalid(DomainError):
    """Nobody can be called so."""

    code = "name_invalid"


@transaction.atomic
def record_death(
    *, resident: Resident, died_on: datetime.date, reason: str, user: AbstractBaseUser | None = None
) -> Resident:
    """Record the day of death; said again for the same day it changes nothing, for another it corrects.

    :raises ImpossibleDate: before birth
    """
    if died_on < resident.born_on:
        raise ImpossibleDate("死亡日期早于出生日期", field="died_on")
    if resident.died_on == died_on:
        return resident
    return _changed(resident, {"died_on": died_on}, reason=reason, user=user)


@transaction.atomic
def record_discharge(
    *, resident: Resident, discharged_on: datetime.date, reason: str, user: AbstractBaseUser | None = None
) -> Resident:
    """Record the day a resident was discharged from military service (退出现役).

    :raises ImpossibleDate: before birth
    """
    if discharged_on < resident.born_on:
        raise ImpossibleDate("退出现役日期早于出生日期", field="discharged_on")
    return _changed(resident, {"discharged_on": discharged_on}, reason=reason, user=user)


@transaction.atomic
def change_name(
    *, resident: Resident, name: str, reason: str, user: AbstractBaseUser | None = None
) -> Resident:
    """Call a resident by another name, as their document says now; said again it changes nothing.

    :raises NameInvalid: if it is blank
    """
    plain = " ".join(name.split())
    if not plain:
        raise NameInvalid("姓名为空", field="name")
    if resident.name == plain:
        return resident
    return _changed(resident, {"name": plain}, reason=reason, user=user)


@transaction.atomic
def change_id_number(
    *,
    resident: Resident,
    id_number: str,
    reason: str,
    id_kind: str = IdKind.RESIDENT_ID,
    user: AbstractBaseUser | None = None,
    on: datetime.date | None = None,
) -> Resident:
    """Give a resident a new document; the former number still finds them.

    :param on: day of the change; null = today
    :raises InvalidIdentityNumber: if the number is wrong or its birth date or sex is not the resident's
    :raises AlreadyRegistered: if it is somebody else's
    """
    number = normalized(id_number)
    if not number:
        raise InvalidIdentityNumber("缺少证件号码", part="length")
    if id_kind == IdKind.RESIDENT_ID:
        read = read_identity_number(number, on=on or timezone.localdate())
        if (read.born_on, read.sex) != (resident.born_on, resident.sex):
            raise InvalidIdentityNumber("身份证号与登记的出生日期或性别不符", part="agreement")
    index = blind_index(number)
    if resident_ids_by_index([index]).get(index, resident.pk) != resident.pk:
        raise AlreadyRegistered("该证件号码已登记在其他人名下")
    changes: dict[str, object] = {"id_kind": id_kind, "sealed_id_number": seal(number), "id_index": index}
    return _changed(resident, changes, reason=reason, user=user)


def _changed(
    resident: Resident, changes: dict[str, object], *, reason: str, user: AbstractBaseUser | None
) -> Resident:
    update_with_history(Resident.objects.filter(pk=resident.pk), changes, reason=reason, user=user)
    for name, value in changes.items():
        setattr(resident, name, value)
    return resident
