"""Cover elsewhere as an agency tells it, many people at once: written in three statements, refused row by row.

Of one person and scheme the first day tells a spell from others: told again it is the same one, with its last day, its
place and whether as a student put right. A wrong first day is struck out and told anew.
"""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from policy.errors import DomainError
from registry.batch.history import delete_with_history, rewrite_with_history, write_with_history
from registry.models import InsuredSpell, Resident
from registry.services.insured_spells import Cover, SpellNotFound, SpellOverlaps, refuse_impossible
from registry.services.lock_residents import lock_residents

TOLD = ("area_code", "ends_on", "as_student")
SOURCE_LENGTH = 100
Key = tuple[int, str]  # resident, scheme


class SpellResult(StrEnum):
    """What became of a spell told."""

    RECORDED = "recorded"
    CHANGED = "changed"
    STRUCK_OUT = "struck_out"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an agency tells of one spell.

    :param resident: with their pooling area
    :param source: who says so, by which document
    :param is_void: it never was
    """

    resident: Resident
    cover: Cover
    source: str
    is_void: bool = False

    @property
    def key(self) -> Key:
        """Whose spell of which scheme it is."""
        return self.resident.pk, self.cover.scheme


@dataclass(slots=True)
class _Book:
    """Spells as they stand with what was told so far, and what is to be written of it."""

    standing: defaultdict[Key, list[InsuredSpell]] = field(default_factory=lambda: defaultdict(list))
    struck_out: set[tuple[int, str, datetime.date]] = field(default_factory=set)
    changed: list[InsuredSpell] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)

    @property
    def new(self) -> list[InsuredSpell]:
        """The spells nobody knew before."""
        return [spell for spells in self.standing.values() for spell in spells if spell._state.adding]


@transaction.atomic
def take_told_spells(
    *, told: Sequence[Told], reason: str, user: AbstractBaseUser | None = None
) -> list[SpellResult | DomainError]:
    """Write what is told of cover elsewhere; return what became of each row in order, or why it was not taken.

    A row is held against what stands with the rows before it; one that is refused stops no other. The queries do not
    grow with the rows.

    :param reason: said in the history after what was done
    """
    people = {each.resident.pk for each in told}
    lock_residents(people)
    book = _Book()
    for spell in InsuredSpell.objects.filter(resident__among=people).order_by("starts_on"):
        book.standing[spell.resident_id, spell.scheme].append(spell)
    former = InsuredSpell.history.filter(history_type="-", resident__in=people)
    book.struck_out.update(former.values_list("resident_id", "scheme", "starts_on"))
    results = [_taken(each, book) for each in told]
    struck_out = InsuredSpell.objects.filter(pk__in=book.gone)
    delete_with_history(struck_out, reason=f"strike out spell {reason}", user=user)
    changed = [spell for spell in book.changed if spell.pk not in book.gone]
    rewrite_with_history(changed, fields=TOLD, reason=f"correct spell {reason}", user=user)
    write_with_history(book.new, reason=f"record spell {reason}", user=user)
    return results


def _taken(told: Told, book: _Book) -> SpellResult | DomainError:
    try:
        return _struck_out(told, book) if told.is_void else _recorded(told, book)
    except DomainError as refusal:
        return refusal


def _struck_out(told: Told, book: _Book) -> SpellResult:
    spells = book.standing[told.key]
    same = _same(told, spells)
    if same is None:
        if (*told.key, told.cover.starts_on) in book.struck_out:
            return SpellResult.UNCHANGED
        raise SpellNotFound("没有这一天开始的他处参保记录，请核对险种和起始日", field="starts_on")
    spells.remove(same)
    if not same._state.adding:
        book.gone.append(same.pk)
    book.struck_out.add((*told.key, told.cover.starts_on))
    return SpellResult.STRUCK_OUT


def _recorded(told: Told, book: _Book) -> SpellResult:
    refuse_impossible(told.resident, told.cover)
    spells = book.standing[told.key]
    same = _same(told, spells)
    if any(spell is not same and _overlaps(spell, told.cover) for spell in spells):
        raise SpellOverlaps(
            "该险种的参保期间与已有记录重叠，请核对起止日，有误的原记录先作废", field="starts_on"
        )
    if same is None:
        source = told.source[:SOURCE_LENGTH]
        spells.append(InsuredSpell(resident_id=told.resident.pk, source=source, **told.cover.values))
        return SpellResult.RECORDED
    changes = {
        name: told.cover.values[name] for name in TOLD if getattr(same, name) != told.cover.values[name]
    }
    for name, value in changes.items():
        setattr(same, name, value)
    if changes and not same._state.adding:
        book.changed.append(same)
    return SpellResult.CHANGED if changes else SpellResult.UNCHANGED


def _same(told: Told, spells: Sequence[InsuredSpell]) -> InsuredSpell | None:
    return next((spell for spell in spells if spell.starts_on == told.cover.starts_on), None)


def _overlaps(spell: InsuredSpell, cover: Cover) -> bool:
    return (cover.ends_on is None or spell.starts_on < cover.ends_on) and (
        spell.ends_on is None or cover.starts_on < spell.ends_on
    )
