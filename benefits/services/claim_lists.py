"""Settlement files: read, show what would become of every row, and settle the rows shown as new."""

import datetime
import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from benefits.models import Claim
from benefits.parsers.claims import BillError, ListedBill, read_claims
from benefits.selectors.claim_scope import people_in_reach
from benefits.services.bills import ClaimRefused, NewClaim
from benefits.services.claim_corrections import in_turns
from benefits.services.settle import ClaimOutcome, ClaimResult, expected_outcomes, settle_claims
from exchange.models import BatchMode, BatchStatus, InboundBatch, InboundRow, RowOutcome
from exchange.services.batches import (
    BatchSource,
    RowResult,
    lock_planned_batch,
    mark_applied,
    open_batch,
    record_rows,
    revise_rows,
)
from hardship.rules.person_names import is_same_name
from registry.models import Area, Resident
from registry.models.history import caused_by
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import masked, normalized
from registry.selectors import resident_ids_by_index

KIND = "claims"
CHUNK = 2000
OUTCOMES = {
    ClaimResult.SETTLED: RowOutcome.NEW,
    ClaimResult.UNCHANGED: RowOutcome.UNCHANGED,
    ClaimResult.REFUSED: RowOutcome.REFUSED,
}
CLAIM_FIELDS = tuple(each.name for each in fields(NewClaim) if each.name not in ("lines", "row_number"))
DAYS = ("admitted_on", "discharged_on", "settled_on")
AMOUNTS = ("total", "eligible", "class_b_copay", "basic_paid")


@transaction.atomic
def plan_claims(
    *,
    content: bytes,
    file_name: str,
    area: Area,
    as_of: datetime.date,
    user: AbstractBaseUser | None = None,
) -> InboundBatch:
    """Return the planned batch of a settlement file with every row's expected outcome; no claim is settled.

    The same file again is the batch it was before, planned anew unless it is in force.

    :raises ListUnreadable: if the file is no such list; no batch is opened then
    """
    bills, errors = read_claims(content, file_name)
    digest = hashlib.sha256(content).hexdigest()
    standing = (BatchStatus.PLANNED, BatchStatus.APPLIED)
    batch = InboundBatch.objects.filter(kind=KIND, area=area, sha256=digest, status__in=standing).first()
    if batch is not None and batch.status == BatchStatus.APPLIED:
        return batch
    if batch is None:
        source = BatchSource(
            file_name=file_name, sha256=digest, area=area, as_of=as_of, mode=BatchMode.SUPPLEMENTARY
        )
        batch = open_batch(kind=KIND, source=source, user=user)
    InboundRow.objects.filter(batch=batch).delete()
    record_rows(batch=batch, rows=[_unreadable(error) for error in errors])
    foreseen = _Foreseen(area, {bill.replaces for bill in bills})
    for turn in in_turns(bills):
        for first in range(0, len(turn), CHUNK):
            part = [bills[at] for at in turn[first : first + CHUNK]]
            record_rows(batch=batch, rows=_planned(part, foreseen))
    return batch


@transaction.atomic
def apply_claims(*, batch: InboundBatch, user: AbstractBaseUser | None = None) -> InboundBatch:
    """Settle the rows shown as new, all in one transaction; a row refused meanwhile keeps its reason.

    :raises BatchNotPlanned: if the batch is in force already, or was refused
    """
    locked = lock_planned_batch(batch_id=batch.pk)
    rows = InboundRow.objects.filter(batch=locked, outcome=RowOutcome.NEW).order_by("number")
    claims = [_claim(row) for row in rows.iterator(chunk_size=CHUNK)]
    with caused_by(locked.pk):
        outcomes = settle_claims(
            claims=claims, user=user, batch=locked, within=locked.area, until=timezone.localdate()
        )
    otherwise = {
        claim.row_number or 0: outcome
        for claim, outcome in zip(claims, outcomes, strict=True)
        if outcome.result != ClaimResult.SETTLED
    }
    if otherwise:
        revise_rows(batch=locked, rows=_revised(rows.filter(number__in=list(otherwise)), otherwise))
    return mark_applied(batch=locked, user=user)


@dataclass
class _Foreseen:
    """What is planned of a file so far.

    :ivar area: whose list it is
    :ivar corrected: numbers that some bill of the file corrects
    :ivar bills: by number; :ivar originals: the claims that those corrected will be settled as, unsaved
    """

    area: Area
    corrected: Collection[str]
    bills: dict[str, ListedBill] = field(default_factory=dict)
    originals: dict[str, Claim] = field(default_factory=dict)

    def outcomes(self, claims: Sequence[NewClaim]) -> list[ClaimOutcome]:
        """Return what would become of the claims after what is planned so far."""
        found = expected_outcomes(
            claims, within=self.area, until=timezone.localdate(), foretold=self.originals
        )
        for outcome in found:
            is_corrected = outcome.number in self.corrected and outcome.result == ClaimResult.SETTLED
            if is_corrected and outcome.claim is not None:
                self.originals[outcome.number] = outcome.claim
        return found


def _planned(bills: Sequence[ListedBill], foreseen: _Foreseen) -> Iterator[RowResult]:
    """Yield what would become of each bill; a few queries however many."""
    keys = [blind_index(normalized(bill.id_number)) for bill in bills]
    ids = resident_ids_by_index(keys)
    names = dict(Resident.objects.filter(pk__in=ids.values()).values_list("pk", "name"))
    reached = people_in_reach(foreseen.area, ids.values())
    wrong: dict[int, _Shown] = {}
    claims: list[NewClaim] = []
    for bill, key in zip(bills, keys, strict=True):
        pk = ids.get(key, 0)
        found = _wrong_person(bill, name=names.get(pk), is_ours=pk in reached)
        found = found or _wrong_number(bill, foreseen.bills)
        if found is None:
            claims.append(new_claim(bill, resident_id=ids[key]))
        else:
            wrong[bill.line] = found
    told = {
        claim.row_number: (claim, outcome)
        for claim, outcome in zip(claims, foreseen.outcomes(claims), strict=True)
    }
    for bill, key in zip(bills, keys, strict=True):
        if bill.line in wrong:
            yield _row(bill, key, wrong[bill.line])
        else:
            claim, outcome = told[bill.line]
            row = _Shown(OUTCOMES[outcome.result], outcome.code, _sentence(outcome), outcome.field)
            yield _row(bill, key, row, payload=_payload(claim))


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a row shows: outcome, code, message, and the column it is about."""

    outcome: RowOutcome
    code: str
    message: str
    field: str = ""


def _wrong_person(bill: ListedBill, *, name: str | None, is_ours: bool) -> _Shown | None:
    """Return what is wrong with the person of a row; the area comes first, so that a list learns no stranger's name.

    :param name: of whom the number means; null = of nobody
    :param is_ours: whether the list's area has to do with them
    """
    if name is None:
        message = "证件号码查无此人，请核对号码或先办理人员登记"
        return _Shown(RowOutcome.REFUSED, "unknown_person", message, "证件号码")
    if not is_ours:
        refused = ClaimRefused("outside_area", field="证件号码")
        return _Shown(RowOutcome.REFUSED, refused.code, f"{refused.message}；{refused.cure}", refused.field)
    if not is_same_name(bill.name, name):
        message = f"姓名“{bill.name}”与登记的不符，请核对姓名和证件号码"
        return _Shown(RowOutcome.REFUSED, "name_differs", message, "姓名")
    return None


def _wrong_number(bill: ListedBill, seen: dict[str, ListedBill]) -> _Shown | None:
    """Return what is wrong with a row whose number came before in this file."""
    first = seen.setdefault(bill.number, bill)
    if first is bill:
        return None
    if replace(first, line=bill.line) == bill:
        return _Shown(RowOutcome.DUPLICATE, "duplicate_in_file", f"与第{first.line}行重复", "结算单号")
    message = f"与第{first.line}行的结算单号相同而内容不同，请医疗机构核对后重新报送"
    return _Shown(RowOutcome.REFUSED, "duplicate_number_other_amounts", message, "结算单号")


def new_claim(bill: ListedBill, *, resident_id: int) -> NewClaim:
    """Return the bill as a claim of the person its number belongs to."""
    values = {name: value for name, value in asdict(bill).items() if name in CLAIM_FIELDS}
    return NewClaim(**values, resident_id=resident_id, row_number=bill.line)


def _payload(claim: NewClaim) -> dict[str, Any]:
    """Return the claim as a row keeps it, money as text."""
    values = {name: getattr(claim, name) for name in CLAIM_FIELDS}
    return {name: value if isinstance(value, int | None) else str(value) for name, value in values.items()}


def _claim(row: InboundRow) -> NewClaim:
    values = {name: row.payload[name] for name in CLAIM_FIELDS if name in row.payload}
    values |= {name: datetime.date.fromisoformat(values[name]) for name in DAYS}
    values |= {name: Decimal(values[name]) for name in AMOUNTS if values[name] is not None}
    return NewClaim(**values, row_number=row.number)


def _row(bill: ListedBill, key: bytes, shown: _Shown, *, payload: dict[str, Any] | None = None) -> RowResult:
    who = {"number": bill.number, "name": bill.name, "masked_id_number": masked(bill.id_number)}
    return RowResult(
        number=bill.line,
        outcome=shown.outcome,
        key=key,
        payload=who | (payload or {}),
        code=shown.code,
        message=shown.message,
        field=shown.field,
    )


def _unreadable(error: BillError) -> RowResult:
    return RowResult(
        number=error.line,
        outcome=RowOutcome.REFUSED,
        payload={"number": error.number, "name": error.name},
        code=error.code,
        message=error.reason,
        field=error.column,
    )


def _revised(rows: Iterable[InboundRow], outcomes: dict[int, ClaimOutcome]) -> Iterator[InboundRow]:
    for row in rows:
        outcome = outcomes[row.number]
        row.outcome, row.code, row.field = OUTCOMES[outcome.result], outcome.code, outcome.field
        row.message = _sentence(outcome)[:500]
        yield row


def _sentence(outcome: ClaimOutcome) -> str:
    ground = f"（{outcome.clause}）" if outcome.clause else ""
    return "；".join(filter(None, (outcome.message + ground, outcome.cure)))
