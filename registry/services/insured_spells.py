"""Record under which other insurance a resident was, and until when (他处参保); said again it changes nothing."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils import timezone

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


class ImpossibleSpell(DomainError):
    """The days, the place or the scheme contradict each other or what is known of the resident; names the `field`."""

    code = "insured_spell_impossible"


REASON_LENGTH = 100
BUREAU = ""  # who reported a spell that bureau staff wrote last: no agency speaks over it
WHERE_POOLED = 4  # digits of a code that name the city


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Cover elsewhere as somebody reports it.

    :param area_code: where; may stay empty for employee insurance only
    :param last_day: the last covered day; null = still on
    """

    scheme: str
    starts_on: datetime.date
    last_day: datetime.date | None = None
    area_code: str = ""
    as_student: bool = False

    @property
    def ends_on(self) -> datetime.date | None:
        """The first day without it, as it is stored."""
        return None if self.last_day is None else self.last_day + datetime.timedelta(days=1)

    @property
    def values(self) -> dict[str, Any]:
        """What a spell stores of it."""
        said = ("scheme", "area_code", "starts_on", "ends_on", "as_student")
        return {name: getattr(self, name) for name in said}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why, and by which document: both stand in the history."""

    document: str
    reason: str

    def after(self, verb: str) -> str:
        """Return the reason of a change, `verb` first."""
        return f"{verb} {self.reason}（凭证：{self.document}）"[:REASON_LENGTH]


@transaction.atomic
def record_insured_spell(
    *, resident: Resident, cover: Cover, evidence: Evidence, user: AbstractBaseUser | None = None
) -> InsuredSpell:
    """Record cover elsewhere as a person reports it; the same said again returns what stands.

    :raises ImpossibleSpell: if it cannot be
    :raises SpellOverlaps: if another spell of the scheme covers some of the days
    """
    lock_residents([resident.pk])
    same = InsuredSpell.objects.filter(resident=resident, **cover.values).first()
    if same is not None:
        return same
    refuse_impossible(resident, cover)
    spell = InsuredSpell(resident=resident, source=f"经办登记：{evidence.document}"[:100], **cover.values)
    with _no_overlap():
        return write_with_history([spell], reason=evidence.after("record spell"), user=user)[0]


@transaction.atomic
def correct_insured_spell(
    *, spell: InsuredSpell, cover: Cover, evidence: Evidence, user: AbstractBaseUser | None = None
) -> InsuredSpell:
    """Put right what a spell says, or let it end: `cover` is the whole of it; what stands already changes nothing.

    It is the bureau's from then on: the agency that told it may not tell it otherwise again.

    :raises SpellNotFound: if it was struck out meanwhile
    :raises ImpossibleSpell: if it cannot be
    :raises SpellOverlaps: if another spell of the scheme covers some of the days
    """
    locked = _locked(spell)
    changes = {name: value for name, value in cover.values.items() if getattr(locked, name) != value}
    if not changes:
        return locked
    refuse_impossible(locked.resident, cover)
    verb = "end spell" if set(changes) == {"ends_on"} and locked.ends_on is None else "correct spell"
    changes["reported_by"] = BUREAU
    with _no_overlap():
        rows = InsuredSpell.objects.filter(pk=locked.pk)
        update_with_history(rows, changes, reason=evidence.after(verb), user=user)
    for name, value in changes.items():
        setattr(locked, name, value)
    return locked


@transaction.atomic
def strike_out_insured_spell(
    *, spell: InsuredSpell, evidence: Evidence, user: AbstractBaseUser | None = None
) -> None:
    """Take away a spell that never was; the history keeps it.

    :raises SpellNotFound: if it was struck out already
    """
    locked = _locked(spell)
    rows = InsuredSpell.objects.filter(pk=locked.pk)
    delete_with_history(rows, reason=evidence.after("strike out spell"), user=user)


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
    with _no_overlap():
        return write_with_history([spell], reason=f"begin {scheme}", user=user)[0]


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
    spell.ends_on, spell.reported_by = last_day + datetime.timedelta(days=1), BUREAU
    changes = {"ends_on": spell.ends_on, "reported_by": BUREAU}
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
        update_with_history(rows, {"ends_on": on, "reported_by": BUREAU}, reason=said, user=user)
    else:
        delete_with_history(rows, reason=said, user=user)


def _locked(spell: InsuredSpell) -> InsuredSpell:
    """Return the spell as it stands, its person and itself held until the transaction ends."""
    lock_residents([spell.resident_id])
    rows = InsuredSpell.objects.select_related("resident__pooling_area").filter(pk=spell.pk)
    locked = rows.select_for_update(of=("self",)).first()
    if locked is None:
        raise SpellNotFound("该他处参保记录已作废")
    return locked


@contextmanager
def _no_overlap() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "insured_spells_do_not_overlap" not in str(error):
            raise
        raise SpellOverlaps(
            "该险种的参保期间与已有记录重叠，请先终止或更正原记录", field="starts_on"
        ) from None


def refuse_impossible(resident: Resident, cover: Cover) -> None:
    """Refuse cover that contradicts itself or what is known of the resident.

    :param resident: with their pooling area
    :raises ImpossibleSpell: then, naming the field
    """
    for field, said in (*_impossible_days(resident, cover), *_impossible_place(resident, cover)):
        raise ImpossibleSpell(said, field=field)


def _impossible_days(resident: Resident, cover: Cover) -> Iterator[tuple[str, str]]:
    """Yield field and sentence of what the days contradict."""
    if cover.last_day is not None and cover.last_day < cover.starts_on:
        yield "last_day", "最后一天早于起始日。"
    if cover.starts_on < resident.born_on:
        yield "starts_on", "起始日早于出生日期。"
    if resident.died_on is not None and cover.starts_on > resident.died_on:
        yield "starts_on", f"起始日晚于死亡日期 {resident.died_on}。"
    if cover.scheme == Scheme.EMPLOYEE and cover.starts_on > timezone.localdate():
        yield "starts_on", "职工医保的起始日还没有到，请在当天或以后登记。"


def _impossible_place(resident: Resident, cover: Cover) -> Iterator[tuple[str, str]]:
    """Yield field and sentence of what place and scheme contradict."""
    if cover.scheme == Scheme.EMPLOYEE:
        if cover.as_student:
            yield "as_student", "职工医保没有学生身份。"
        return
    here = resident.pooling_area
    if not cover.area_code:
        yield "area_code", "请填写异地参保地的区划代码。"
    elif cover.area_code[:WHERE_POOLED] == here.code[:WHERE_POOLED]:
        yield "area_code", f"区划代码属于本统筹地区（{here.name}），本地参保请到“参保登记”办理。"
