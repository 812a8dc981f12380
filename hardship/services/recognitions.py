"""Record, end, correct and strike out recognitions, one or thousands, always with who and why."""

import datetime
import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction

from exchange.models import InboundBatch
from hardship.models import Category, Recognition
from hardship.selectors.validity import Validity, living_paths, validity
from policy.dates import months_after
from policy.errors import DomainError
from registry.batch.history import (
    delete_with_history,
    rewrite_with_history,
    update_with_history,
    write_with_history,
)
from registry.services import lock_residents

CORRECTABLE = ("valid_from", "valid_to", "attributes", "document", "authority")


class UnknownCategory(DomainError):
    """A category is not in the register."""

    code = "unknown_category"


class RecognitionOverlaps(DomainError):
    """The resident holds the category already on some of the days; `resident_ids` are those concerned."""

    code = "recognition_overlaps"


class RecognitionPeriodEmpty(DomainError):
    """The end is not after the beginning."""

    code = "recognition_period_empty"


class RecognitionNotFound(DomainError):
    """A recognition does not exist (any more)."""

    code = "recognition_not_found"


class ReasonMissing(DomainError):
    """Identities move money: nothing is written without a reason."""

    code = "reason_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecognition:
    """An identity a resident holds on `[valid_from, valid_to)`.

    :param valid_to: null = still, or as long as the area's documents, or the register, let the category's last
    :param authority: kind of agency that recognised it; empty = the one that answers for the category
    :param row_number: line of the list it came from
    """

    resident_id: int
    category: str
    valid_from: datetime.date
    valid_to: datetime.date | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    authority: str = ""
    agency_id: int | None = None
    document: str = ""
    row_number: int | None = None


@transaction.atomic
def recognize(
    *,
    rows: Sequence[NewRecognition],
    reason: str,
    user: AbstractBaseUser | None = None,
    batch: InboundBatch | None = None,
) -> list[Recognition]:
    """Record recognitions and return them in the order given; all or none.

    :param batch: the list they came from
    :raises UnknownCategory: if a category is not in the register
    :raises RecognitionPeriodEmpty: if an end is not after its beginning
    :raises RecognitionOverlaps: if someone holds the category on some of the days, or twice among `rows`
    """
    _require(reason)
    categories = {category.code: category for category in Category.objects.all()}
    ends = _ends(rows, categories)
    records = [
        _record(row, categories, until=until, batch=batch, user=user)
        for row, until in zip(rows, ends, strict=True)
    ]
    lock_residents({record.resident_id for record in records})
    _refuse_overlaps(records)
    return _written(records, reason=reason, user=user)


@transaction.atomic
def end_recognitions(
    *,
    recognition_ids: Collection[int],
    on: datetime.date,
    reason: str,
    user: AbstractBaseUser | None = None,
) -> list[int]:
    """End recognitions so that `on` is the first day without them; return the keys of those that changed.

    One that has ended by then already stays as it is.

    :raises RecognitionNotFound: if one of them does not exist; nothing is ended then
    :raises RecognitionPeriodEmpty: if one begins on `on` or later: correct it or strike it out instead
    """
    _require(reason)
    records = _locked(recognition_ids)
    late = [record.resident_id for record in records if record.valid_from >= on]
    if late:
        raise RecognitionPeriodEmpty(
            f"{len(late)} 条身份认定的起始日期不早于 {on}，不能按终止办理；属误登的请作废", resident_ids=late
        )
    open_ids = [record.pk for record in records if record.valid_to is None or record.valid_to > on]
    return update_with_history(
        Recognition.objects.filter(pk__in=open_ids), {"valid_to": on}, reason=reason, user=user
    )


@transaction.atomic
def correct_recognitions(
    *,
    corrections: Mapping[int, Mapping[str, Any]],
    reason: str,
    user: AbstractBaseUser | None = None,
) -> list[int]:
    """Correct what was recorded wrongly, by key; return the keys of those that changed.

    Unlike a change of circumstance, a correction says that it was never so; what we used to know stays in history.

    :param corrections: key → field → value, of `CORRECTABLE`
    :raises RecognitionNotFound: if one of them does not exist
    :raises RecognitionPeriodEmpty: if an end is not after its beginning
    :raises RecognitionOverlaps: if the new days overlap another recognition of the category
    """
    _require(reason)
    records = _locked(corrections)
    for record in records:
        for name, value in corrections[record.pk].items():
            if name not in CORRECTABLE:
                raise ValueError(f"{name} cannot be corrected")
            setattr(record, name, value)
        _refuse_empty(record.valid_from, record.valid_to)
    _refuse_overlaps(records)
    try:
        with transaction.atomic():
            return rewrite_with_history(records, fields=CORRECTABLE, reason=reason, user=user)
    except IntegrityError:
        raise RecognitionOverlaps("更正后的期间与同类身份认定重叠") from None


@transaction.atomic
def void_recognitions(
    *, recognition_ids: Collection[int], reason: str, user: AbstractBaseUser | None = None
) -> int:
    """Strike out recognitions that never were; history keeps them, with who and why. Return how many.

    :raises RecognitionNotFound: if one of them does not exist; nothing is struck out then
    """
    _require(reason)
    keys = [record.pk for record in _locked(recognition_ids)]
    return len(delete_with_history(Recognition.objects.filter(pk__in=keys), reason=reason, user=user))


def _record(
    row: NewRecognition,
    categories: Mapping[str, Category],
    *,
    until: datetime.date | None,
    batch: InboundBatch | None,
    user: AbstractBaseUser | None,
) -> Recognition:
    category = categories.get(row.category)
    if category is None:
        raise UnknownCategory(f"没有登记的身份类别“{row.category}”", category=row.category)
    _refuse_empty(row.valid_from, until)
    return Recognition(
        resident_id=row.resident_id,
        category=category,
        valid_from=row.valid_from,
        valid_to=until,
        attributes=dict(row.attributes),
        authority=row.authority or category.issuer,
        agency_id=row.agency_id,
        document=row.document,
        batch=batch,
        row_number=row.row_number,
        recorded_by_id=user.pk if user else None,
    )


def _ends(rows: Sequence[NewRecognition], categories: Mapping[str, Category]) -> list[datetime.date | None]:
    """Return the end of each recognition: its own, else by the documents of where the person lives, else none."""
    known = validity({code: category.months for code, category in categories.items()})
    unsaid = [row for row in rows if row.valid_to is None]
    paths: Mapping[int, str] = {}
    if known.concerns({row.category for row in unsaid}):
        paths = living_paths({row.resident_id for row in unsaid})
    return [row.valid_to or _end(row, known, paths.get(row.resident_id, "")) for row in rows]


def _end(row: NewRecognition, known: Validity, path: str) -> datetime.date | None:
    months = known.months(row.category, path=path, start=row.valid_from)
    return None if months is None else months_after(row.valid_from, months)


def _written(
    records: Iterable[Recognition], *, reason: str, user: AbstractBaseUser | None
) -> list[Recognition]:
    try:
        return write_with_history(records, reason=reason, user=user)
    except IntegrityError as error:
        if "recognitions_of_a_category_do_not_overlap" not in str(error):
            raise
        raise RecognitionOverlaps("与他人同时登记的同类身份认定重叠，请刷新后重试") from None


def _locked(keys: Collection[int]) -> list[Recognition]:
    """Return the records, held with the people they are about, so that no decision is taken on them meanwhile."""
    lock_residents(Recognition.objects.filter(pk__in=keys).values_list("resident_id", flat=True))
    records = list(Recognition.objects.filter(pk__in=keys).order_by("pk").select_for_update(of=("self",)))
    missing = sorted(set(keys) - {record.pk for record in records})
    if missing:
        raise RecognitionNotFound("身份认定不存在或已作废", recognition_ids=missing)
    return records


def _refuse_empty(valid_from: datetime.date, valid_to: datetime.date | None) -> None:
    if valid_to is not None and valid_to <= valid_from:
        raise RecognitionPeriodEmpty(f"终止日期 {valid_to} 应晚于起始日期 {valid_from}")


def _refuse_overlaps(records: Sequence[Recognition]) -> None:
    own = {record.pk for record in records}
    others = Recognition.objects.filter(
        resident__in={record.resident_id for record in records},
        category__in={record.category_id for record in records},
    ).exclude(pk__in=own - {None})
    by_pair: defaultdict[tuple[int, str], list[Recognition]] = defaultdict(list)
    for record in (*others.order_by("pk"), *records):
        by_pair[record.resident_id, record.category_id].append(record)
    twice = sorted({pair for pair, same in by_pair.items() if _overlapping(same)})
    if twice:
        labels = dict(
            Category.objects.filter(code__in={code for _, code in twice}).values_list("code", "label")
        )
        shown = "、".join(sorted(set(labels.values())))
        raise RecognitionOverlaps(
            f"{len(twice)} 条认定与已有的“{shown}”在日期上重叠，请先终止或更正原认定",
            resident_ids=[resident_id for resident_id, _ in twice],
            categories=sorted(labels),
        )


def _overlapping(records: Sequence[Recognition]) -> bool:
    ordered = sorted(records, key=lambda record: record.valid_from)
    return any(
        one.valid_to is None or one.valid_to > other.valid_from for one, other in itertools.pairwise(ordered)
    )


def _require(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing("请填写事由", field="reason")
