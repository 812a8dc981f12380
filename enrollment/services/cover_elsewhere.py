"""Cover elsewhere as a clerk reports it (他处参保): written, then followed as after a list.

What stands beside it becomes a question, and what is not paid yet is quoted anew: years under another basic insurance
are no lapse, and whoever leaves employee insurance may have terms of their own.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from enrollment.services.doubles import ask_about_doubles
from enrollment.services.follow_changes import requote_open
from registry.models import InsuredSpell, Resident
from registry.services.insured_spells import (
    Cover,
    Evidence,
    correct_insured_spell,
    record_insured_spell,
    strike_out_insured_spell,
)


@dataclass(frozen=True, slots=True)
class Followed:
    """What a change of cover elsewhere led to.

    :param opened: questions about double enrolment opened
    :param closed: such questions that answered themselves
    :param requoted: contributions quoted anew, as nothing or not all of them is paid
    :param under_refund: such contributions left alone, as a decided refund ends them
    """

    opened: int
    closed: int
    requoted: int
    under_refund: int

    @property
    def said(self) -> str:
        """The same in words; empty = nothing followed."""
        opened = f"与本地登记重复，已立工单 {self.opened} 件，请到“工单”办理。" if self.opened else ""
        closed = f"重复情形已消失，原工单 {self.closed} 件自动办结。" if self.closed else ""
        requoted = f"未缴清的 {self.requoted} 个年度已重新核定。" if self.requoted else ""
        ending = f"{self.under_refund} 个年度退费在办，未重新核定。" if self.under_refund else ""
        return opened + closed + requoted + ending


@transaction.atomic
def record_cover(
    *, resident: Resident, cover: Cover, evidence: Evidence, user: AbstractBaseUser
) -> tuple[InsuredSpell, Followed]:
    """Record cover elsewhere, and ask about the registrations it stands beside.

    :raises ImpossibleSpell: if it cannot be
    :raises SpellOverlaps: if another spell of the scheme covers some of the days
    """
    spell = record_insured_spell(resident=resident, cover=cover, evidence=evidence, user=user)
    return spell, follow_cover([resident.pk], user=user)


@transaction.atomic
def correct_cover(
    *, spell: InsuredSpell, cover: Cover, evidence: Evidence, user: AbstractBaseUser
) -> Followed:
    """Put a spell right or let it end; questions that rest on it as it was are asked anew, or closed.

    :raises DomainError: as `correct_insured_spell` does
    """
    correct_insured_spell(spell=spell, cover=cover, evidence=evidence, user=user)
    return follow_cover([spell.resident_id], user=user)


@transaction.atomic
def strike_out_cover(*, spell: InsuredSpell, evidence: Evidence, user: AbstractBaseUser) -> Followed:
    """Take away a spell that never was; questions that rest on it are closed.

    :raises SpellNotFound: if it was struck out already
    """
    strike_out_insured_spell(spell=spell, evidence=evidence, user=user)
    return follow_cover([spell.resident_id], user=user)


def follow_cover(resident_ids: Collection[int], *, user: AbstractBaseUser | None) -> Followed:
    """Ask about the registrations that cover elsewhere stands beside, and quote anew what is not paid.

    :param resident_ids: people held by the caller, whose cover elsewhere is on record as it is now
    """
    today = timezone.localdate()
    found = ask_about_doubles(day=today, resident_ids=resident_ids, user=user)
    requoted = requote_open(resident_ids=resident_ids, day=today, user=user)
    return Followed(found["opened"], found["closed"], requoted.anew, requoted.under_refund)
