"""Record under which other insurance a resident was, and until when (他处参保)."""

import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction

from policy.errors import DomainError
from registry.batch.history import delete_with_history, update_with_history, write_with_history
from registry.models import InsuredSpell, Resident, Scheme
from registry.services.lock_residents import lock_residents


class SpellOverlaps(DomainError):
    """The resident is under the scheme on some of the days already."""

    code = "insured_spell_overlaps"


class SpellNotFound(DomainError):
    """There is no such spell, or it is over."""

    code = "insured_spell_not_found"


@transaction.atomic
def begin_insured_spell(
    *,
    resident: Resident,
    starts_on: datetime.date,
    scheme: str = Scheme.EMPLOYEE,
    source: str = "",
    user: AbstractBaseUser | None = None,
) -> InsuredSpell:
    """Record that another insurance covers a resident from `starts_on` on.

    :raises SpellOverlaps: if it does so already on that day or later
    """
    spell = InsuredSpell(resident=resident, scheme=scheme, starts_on=starts_on, source=source)
    lock_residents([resident.pk])
    try:
        with transaction.atomic():
            return write_with_history([spell], reason=f"begin {scheme}", user=user)[0]
    except IntegrityError as error:
        if "insured_spells_do_not_overlap" not in str(error):
            raise
        raise SpellOverlaps("该险种的参保期间与已有记录重叠，请先终止原记录") from None


@transaction.atomic
def end_insured_spell(
    *,
    resident: Resident,
    last_day: datetime.date,
    scheme: str = Scheme.EMPLOYEE,
    user: AbstractBaseUser | None = None,
) -> InsuredSpell:
    """Record the last covered day of the spell a resident is in, and return it.

    :raises SpellNotFound: if no spell of the scheme is open on that day
    """
    lock_residents([resident.pk])
    open_spells = InsuredSpell.objects.filter(
        resident=resident, scheme=scheme, ends_on=None, starts_on__lte=last_day
    )
    spell = open_spells.select_for_update().first()
    if spell is None:
        raise SpellNotFound("没有在保的他处参保记录，请先登记参保开始日期")
    spell.ends_on = last_day + datetime.timedelta(days=1)
    changes = {"ends_on": spell.ends_on}
    update_with_history(open_spells.filter(pk=spell.pk), changes, reason=f"end {scheme}", user=user)
    return spell


@transaction.atomic
def cut_insured_spell(
    *, spell: InsuredSpell, on: datetime.date, reason: str, user: AbstractBaseUser | None = None
) -> None:
    """Let a spell end before `on`; one that began no earlier never was.

    :param reason: said in the history after "cut spell"
    :raises SpellNotFound: if it ended by then
    """
    lock_residents([spell.resident_id])
    rows = InsuredSpell.objects.filter(pk=spell.pk)
    locked = rows.select_for_update().first()
    if locked is None or (locked.ends_on is not None and locked.ends_on <= on):
        raise SpellNotFound("该他处参保记录已终止")
    said = f"cut spell {reason}"[:100]
    if locked.starts_on < on:
        update_with_history(rows, {"ends_on": on}, reason=said, user=user)
    else:
        delete_with_history(rows, reason=said, user=user)
