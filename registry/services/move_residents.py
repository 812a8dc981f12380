"""Record where a resident lives, is registered or goes to school from a day on; what held before stays in the history.

move(resident=who, to=Move(PlaceKind.HUKOU, area, since=DAY(2025, 3, 15), document="户口簿"), reason="落户")
"""

import datetime
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction
from django.utils import timezone

from policy.errors import DomainError
from registry.batch.history import update_with_history
from registry.models import Area, Resident, School
from registry.selectors import pooling_area_of
from registry.services.lock_residents import lock_residents

REASON_LENGTH = 100


class PlaceKind(models.TextChoices):
    """Which of a person's places."""

    LIVING = "living", "居住地"
    HUKOU = "hukou", "户籍地"
    SCHOOL = "school", "学校"


class ImpossibleMove(DomainError):
    """The day is yet to come, before birth, or before the last move."""

    code = "move_impossible"


@dataclass(frozen=True, slots=True)
class Move:
    """Where to.

    :param to: an area, for a school the school; null = has left school
    :param since: the first day there
    :param document: what proves it, such as a residence permit; kept with the reason
    """

    kind: PlaceKind
    to: Area | School | None
    since: datetime.date
    document: str = ""


@transaction.atomic
def move(
    *,
    resident: Resident,
    to: Move,
    reason: str,
    user: AbstractBaseUser | None = None,
    is_correction: bool = False,
) -> Resident:
    """Record a move; the pooling area follows where somebody lives. Said again it changes nothing.

    :param is_correction: what was recorded of the days from `to.since` on was wrong
    :raises ImpossibleMove: if the day is in the future, before birth, or, unless this corrects, before the last move
    :raises Area.DoesNotExist: if no body pools funds there; then nothing is changed
    """
    lock_residents([resident.pk])
    resident.refresh_from_db()
    changes = _changes(to)
    if all(getattr(resident, name) == value for name, value in changes.items()):
        return resident
    _refuse(resident, to, is_correction=is_correction)
    said = f"{reason}（凭证：{to.document}）" if to.document else reason
    return _changed(resident, changes, reason=said, user=user)


@transaction.atomic
def move_resident(
    *,
    resident: Resident,
    living_area: Area,
    hukou_area: Area | None = None,
    since: datetime.date | None = None,
    reason: str,
    user: AbstractBaseUser | None = None,
) -> Resident:
    """Record that a resident lives elsewhere, on nobody's word but the caller's; the pooling area follows.

    :param hukou_area: given when the household register moved too; null = it stays
    :param since: the first day there; null = not known, which stands for every day
    :raises Area.DoesNotExist: if no body pools funds there; then nothing is changed
    """
    changes: dict[str, object] = {
        "living_area": living_area,
        "pooling_area": pooling_area_of(living_area),
        "living_since": since,
    }
    if hukou_area is not None:
        changes |= {"hukou_area": hukou_area, "hukou_since": since}
    return _changed(resident, changes, reason=reason, user=user)


def _changes(to: Move) -> dict[str, object]:
    """Return what a move says of the resident's record."""
    if to.kind == PlaceKind.SCHOOL:
        return {"school": to.to, "school_since": to.since}
    assert isinstance(to.to, Area)
    if to.kind == PlaceKind.HUKOU:
        return {"hukou_area": to.to, "hukou_since": to.since}
    return {"living_area": to.to, "pooling_area": pooling_area_of(to.to), "living_since": to.since}


def _refuse(resident: Resident, to: Move, *, is_correction: bool) -> None:
    last = getattr(resident, f"{to.kind}_since")
    if to.since > timezone.localdate():
        raise ImpossibleMove("起始日还没有到，请在当天或以后登记。", field="since")
    if to.since < resident.born_on:
        raise ImpossibleMove("起始日早于出生日期。", field="since")
    if last is not None and to.since < last and not is_correction:
        raise ImpossibleMove(
            f"上一次登记的{to.kind.label}自 {last} 起，不能早于它；原登记有误的，请按更正办理。",
            field="since",
            last=last,
        )


def _changed(
    resident: Resident, changes: dict[str, object], *, reason: str, user: AbstractBaseUser | None
) -> Resident:
    update_with_history(
        Resident.objects.filter(pk=resident.pk), changes, reason=reason[:REASON_LENGTH], user=user
    )
    for name, value in changes.items():
        setattr(resident, name, value)
    return resident
