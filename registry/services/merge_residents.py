"""Make one of two records of the same person: a newborn's birth certificate and the identity number that came later.

The apps above hang in what keeps two of their records from becoming one (`bars_merging`); nothing here looks up.
"""

from collections.abc import Callable, Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from policy.errors import DomainError
from registry.batch.history import delete_with_history, update_with_history
from registry.batch.merging import MERGED, hand_over
from registry.models import IdKind, InsuredSpell, Resident
from registry.services.lock_residents import lock_residents

Bar = Callable[[Resident, Resident], Sequence[str]]
_bars: list[Bar] = []


class MergeBarred(DomainError):
    """The two records contradict each other; `why` says where, in words."""

    code = "merge_barred"


def bars_merging(bar: Bar) -> Bar:
    """Hang in what keeps two records from becoming one: it returns sentences, none = nothing does."""
    _bars.append(bar)
    return bar


def why_not_merge(first: Resident, second: Resident) -> list[str]:
    """Return what keeps two records from becoming one."""
    return [sentence for bar in _bars for sentence in bar(first, second)]


@transaction.atomic
def merge_residents(
    *, kept: Resident, gone: Resident, reason: str, user: AbstractBaseUser | None = None
) -> dict[str, int]:
    """Hand all of `gone` to `kept` and strike `gone` out; both numbers find `kept`, who holds the identity number.

    :returns: what was handed over: name of the record → how many
    :raises MergeBarred: if the records contradict each other; nothing is changed
    """
    lock_residents([kept.pk, gone.pk])
    kept.refresh_from_db()
    gone.refresh_from_db()
    if why := why_not_merge(kept, gone):
        raise MergeBarred("；".join(why), why=why)
    said = f"{MERGED} {gone.pk}: {reason}"[:100]
    documents = sorted(
        (_document(kept), _document(gone)), key=lambda each: each["id_kind"] == IdKind.RESIDENT_ID
    )
    named = gone.name if gone.id_kind == IdKind.RESIDENT_ID else kept.name
    moved = hand_over(from_id=gone.pk, to_id=kept.pk, reason=said, user=user)
    delete_with_history(Resident.objects.filter(pk=gone.pk), reason=said, user=user)
    own = Resident.objects.filter(pk=kept.pk)
    for (
        document
    ) in documents:  # the certificate first, so that its number stands in the history and finds the person
        update_with_history(own, document | {"name": named}, reason=said, user=user)
    kept.refresh_from_db()
    return moved


def _document(resident: Resident) -> dict[str, object]:
    return {
        "id_kind": resident.id_kind,
        "sealed_id_number": resident.sealed_id_number,
        "id_index": resident.id_index,
    }


@bars_merging
def _other_person(first: Resident, second: Resident) -> list[str]:
    """One of them is registered by birth certificate, and what both documents say agrees."""
    kinds = sorted([first.id_kind, second.id_kind])
    if kinds != sorted([IdKind.BIRTH_CERTIFICATE, IdKind.RESIDENT_ID]):
        return ["只合并一份出生医学证明登记和一份居民身份证登记的档案"]
    if (first.born_on, first.sex) != (second.born_on, second.sex):
        return ["出生日期或性别不同，不是同一人"]
    if first.pooling_area_id != second.pooling_area_id:
        return ["登记在两个统筹区，请先办理迁移"]
    if first.died_on != second.died_on:
        return ["一份登记了死亡日期，请先核对"]
    return []


@bars_merging
def _covered_twice(first: Resident, second: Resident) -> list[str]:
    spells = [list(InsuredSpell.objects.filter(resident=each)) for each in (first, second)]
    overlaps = any(
        one.scheme == other.scheme
        and (one.ends_on is None or other.starts_on < one.ends_on)
        and (other.ends_on is None or one.starts_on < other.ends_on)
        for one in spells[0]
        for other in spells[1]
    )
    return ["他处参保的期间重叠，请先更正其中一份"] if overlaps else []
