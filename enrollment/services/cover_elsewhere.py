"""Cover elsewhere as a clerk reports it (他处参保): written, then asked what stands beside it, as after a list."""

from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from enrollment.services.doubles import ask_about_doubles
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
    """What a change of cover elsewhere led to: questions about double enrolment opened, and closed by themselves."""

    opened: int
    closed: int

    @property
    def said(self) -> str:
        """The same in words; empty = nothing followed."""
        opened = f"与本地登记重复，已立工单 {self.opened} 件，请到“工单”办理。" if self.opened else ""
        closed = f"重复情形已消失，原工单 {self.closed} 件自动办结。" if self.closed else ""
        return opened + closed


@transaction.atomic
def record_cover(
    *, resident: Resident, cover: Cover, evidence: Evidence, user: AbstractBaseUser
) -> tuple[InsuredSpell, Followed]:
    """Record cover elsewhere, and ask about the registrations it stands beside.

    :raises ImpossibleSpell: if it cannot be
    :raises SpellOverlaps: if another spell of the scheme covers some of the days
    """
    spell = record_insured_spell(resident=resident, cover=cover, evidence=evidence, user=user)
    return spell, _followed(resident.pk, user)


@transaction.atomic
def correct_cover(
    *, spell: InsuredSpell, cover: Cover, evidence: Evidence, user: AbstractBaseUser
) -> Followed:
    """Put a spell right or let it end; questions that rest on it as it was are asked anew, or closed.

    :raises DomainError: as `correct_insured_spell` does
    """
    correct_insured_spell(spell=spell, cover=cover, evidence=evidence, user=user)
    return _followed(spell.resident_id, user)


@transaction.atomic
def strike_out_cover(*, spell: InsuredSpell, evidence: Evidence, user: AbstractBaseUser) -> Followed:
    """Take away a spell that never was; questions that rest on it are closed.

    :raises SpellNotFound: if it was struck out already
    """
    strike_out_insured_spell(spell=spell, evidence=evidence, user=user)
    return _followed(spell.resident_id, user)


def _followed(resident_id: int, user: AbstractBaseUser) -> Followed:
    found = ask_about_doubles(day=timezone.localdate(), resident_ids=[resident_id], user=user)
    return Followed(found["opened"], found["closed"])
