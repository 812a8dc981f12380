"""Record deaths, or take them back, for one person or a list of fifty thousand, with history."""

import datetime
from collections.abc import Collection, Mapping

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from registry.batch.history import rewrite_with_history, update_with_history
from registry.models import Resident
from registry.services.change_residents import ImpossibleDate


@transaction.atomic
def record_deaths(
    *, deaths: Mapping[int, datetime.date], reason: str, user: AbstractBaseUser | None = None
) -> list[int]:
    """Record the days of death by resident, all or none; return those for whom that changed anything.

    :param deaths: resident's key → day of death; another day on record is corrected
    :raises ImpossibleDate: if one is before birth; then nothing is recorded
    """
    residents = list(
        Resident.objects.filter(pk__in=deaths)
        .order_by("pk")
        .select_for_update(of=("self",))
        .only("born_on", "died_on")
    )
    for resident in residents:
        day = deaths[resident.pk]
        if day < resident.born_on:
            raise ImpossibleDate("死亡日期早于出生日期", field="died_on", resident=resident.pk)
        resident.died_on = day
    return rewrite_with_history(residents, fields=["died_on"], reason=reason, user=user)


@transaction.atomic
def withdraw_deaths(
    *, resident_ids: Collection[int], reason: str, user: AbstractBaseUser | None = None
) -> list[int]:
    """Take deaths back that were recorded by mistake; return for whom one was on record."""
    recorded = Resident.objects.filter(pk__in=resident_ids, died_on__isnull=False)
    return update_with_history(recorded, {"died_on": None}, reason=reason, user=user)
