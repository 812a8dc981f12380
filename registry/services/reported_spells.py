"""Cover elsewhere as an agency tells it, many people at once: written in three statements, refused row by row.

Of one person and scheme the first day tells a spell from others: told again it is the same one, with its last day, its
place and whether as a student put right. A wrong first day is struck out and told anew. Only the agency that told a
spell last may tell it otherwise; what bureau staff wrote is the bureau's.
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
from registry.services.insured_spells import (
    BUREAU,
    REASON_LENGTH,
    Cover,
    SpellNotFound,
    SpellOverlaps,
    refuse_impossible,
)
from registry.services.lock_residents import lock_residents

TOLD = ("area_code", "ends_on", "as_student")
SOURCE_LENGTH = 100
Key = tuple[int, str]  # resident, scheme
Place = tuple[int, str, datetime.date]  # and the first day: which spell is meant


class ToldByAnother(DomainError):
    """The spell is another agency's, or the bureau's."""

    code = "insured_spell_told_by_another"


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
    :param document: what it rests on; empty = it is not said
    :param is_void: it never was
    """

    resident: Resident
    cover: Cover
    document: str = ""
    is_void: bool = False

    @property
    def key(self) -> Key:
        """Whose spell of which scheme it is."""
        return self.resident.pk, self.cover.scheme

    @property
    def place(self) -> Place:
        """Which spell it is."""
        return (*self.key, self.cover.starts_on)


@dataclass(frozen=True, slots=True)
class Teller:
    """The agency that tells; where a line is short, its name gives way to the document."""

    code: str
    name: str

    def source(self, document: str) -> str:
        """Return what a spell names as its source."""
        return self._said("接口 ", f"：{document}" if document else "", SOURCE_LENGTH)

    def reason(self, verb: str, document: str) -> str:
        """Return the reason of a change, `verb` first."""
        return self._said(f"{verb} 接口 ", f"（凭证：{document}）" if document else "", REASON_LENGTH)

    def _said(self, before: str, after: str, room: int) -> str:
        return before + self.name[: room - len(before) - len(after)] + after


@dataclass(slots=True)
class _Book:
    """Spells as they stand with what was told so far, and what is to be written of it.

    :param struck_out: which spells were taken away → whether bureau staff did it last
    :param changed: by key
    :param documents: of spells kept, what was shown last
    :param gone: key of a spell struck out → what was shown for it
    """

    teller: Teller
    standing: defaultdict[Key, list[InsuredSpell]] = field(default_factory=lambda: defaultdict(list))
    struck_out: dict[Place, bool] = field(default_factory=dict)
    changed: dict[int, InsuredSpell] = field(default_factory=dict)
    documents: dict[Place, str] = field(default_factory=dict)
    gone: dict[int, str] = field(default_factory=dict)

    @property
    def new(self) -> list[InsuredSpell]:
        """The spells nobody knew before."""
        return [spell for spells in self.standing.values() for spell in spells if spell._state.adding]

    def show(self, told: Told) -> None:
        """Keep what a row shows; a row that shows nothing leaves what one before it showed."""
        self.documents[told.place] = told.document or self.documents.get(told.place, "")

    def reason(self, verb: str, spell: InsuredSpell) -> str:
        """Return why a spell is written."""
        document = self.documents[spell.resident_id, spell.scheme, spell.starts_on]
        return self.teller.reason(verb, document)


@transaction.atomic
def take_told_spells(
    *, told: Sequence[Told], teller: Teller, user: AbstractBaseUser | None = None
) -> list[SpellResult | DomainError]:
    """Write what an agency tells of cover elsewhere; return what became of each row in order, or why it was not taken.

    A row is held against what stands with the rows before it; one that is refused stops no other. The queries do not
    grow with the rows. The history names the agency and the row's document.
    """
    people = {each.resident.pk for each in told}
    lock_residents(people)
    book = _Book(teller)
    for spell in InsuredSpell.objects.filter(resident__among=people).order_by("starts_on"):
        book.standing[spell.resident_id, spell.scheme].append(spell)
    former = InsuredSpell.history.filter(history_type="-", resident__in=people).order_by("history_id")
    for *place, by in former.values_list("resident_id", "scheme", "starts_on", "history_user"):
        book.struck_out[*place,] = by is not None
    results = [_taken(each, book) for each in told]
    _write(book, user=user)
    return results


def _write(book: _Book, *, user: AbstractBaseUser | None) -> None:
    struck_out = InsuredSpell.objects.filter(pk__in=book.gone)
    why = {pk: book.teller.reason("strike out spell", document) for pk, document in book.gone.items()}
    delete_with_history(struck_out, reason=why, user=user)
    changed = [spell for pk, spell in book.changed.items() if pk not in book.gone]
    reasons = {spell.pk: book.reason("correct spell", spell) for spell in changed}
    rewrite_with_history(changed, fields=(*TOLD, "source"), reason=reasons, user=user)
    write_with_history(book.new, reason=lambda spell: book.reason("record spell", spell), user=user)


def _taken(told: Told, book: _Book) -> SpellResult | DomainError:
    try:
        return _struck_out(told, book) if told.is_void else _recorded(told, book)
    except DomainError as refusal:
        return refusal


def _struck_out(told: Told, book: _Book) -> SpellResult:
    spells = book.standing[told.key]
    same = _same(told, spells)
    if same is None:
        if told.place in book.struck_out:
            return SpellResult.UNCHANGED
        raise SpellNotFound("没有这一天开始的他处参保记录，请核对险种和起始日", field="starts_on")
    _refuse_anothers(same, book.teller)
    spells.remove(same)
    if not same._state.adding:
        book.gone[same.pk] = told.document
    book.struck_out[told.place] = False
    return SpellResult.STRUCK_OUT


def _recorded(told: Told, book: _Book) -> SpellResult:
    refuse_impossible(told.resident, told.cover)
    spells = book.standing[told.key]
    same = _same(told, spells)
    if any(spell is not same and _overlaps(spell, told.cover) for spell in spells):
        raise SpellOverlaps(
            "该险种的参保期间与已有记录重叠，请核对起止日；有误的原记录由本部门报送的先作废，其他的请联系医保局更正",
            field="starts_on",
        )
    if same is None:
        if book.struck_out.get(told.place):
            raise _anothers("已由医保局作废")
        spells.append(_new(told, book.teller))
        book.show(told)
        return SpellResult.RECORDED
    changes = {
        name: told.cover.values[name] for name in TOLD if getattr(same, name) != told.cover.values[name]
    }
    if not changes:
        return SpellResult.UNCHANGED
    _refuse_anothers(same, book.teller)
    for name, value in changes.items():
        setattr(same, name, value)
    if told.document:
        same.source = book.teller.source(told.document)
    book.show(told)
    if not same._state.adding:
        book.changed[same.pk] = same
    return SpellResult.CHANGED


def _new(told: Told, teller: Teller) -> InsuredSpell:
    return InsuredSpell(
        resident_id=told.resident.pk,
        source=teller.source(told.document),
        reported_by=teller.code,
        **told.cover.values,
    )


def _refuse_anothers(spell: InsuredSpell, teller: Teller) -> None:
    if spell.reported_by == teller.code:
        return
    raise _anothers("由医保局登记或更正" if spell.reported_by == BUREAU else "由其他部门报送")


def _anothers(what: str) -> ToldByAnother:
    said = f"这一段{what}，本部门不能更改；确有出入的，请持凭证联系医保局"
    return ToldByAnother(said, field="starts_on")


def _same(told: Told, spells: Sequence[InsuredSpell]) -> InsuredSpell | None:
    return next((spell for spell in spells if spell.starts_on == told.cover.starts_on), None)


def _overlaps(spell: InsuredSpell, cover: Cover) -> bool:
    return (cover.ends_on is None or spell.starts_on < cover.ends_on) and (
        spell.ends_on is None or cover.starts_on < spell.ends_on
    )
