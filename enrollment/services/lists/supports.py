"""Lists of third parties' support: planned against what is left to each, confirmed, then recorded and quoted."""

import datetime
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet

from enrollment.parsers.reading import Parsed
from enrollment.parsers.supports import FORM, SupportLine, read_supports
from enrollment.services.lists.flow import FileSource, ListKind
from enrollment.services.support_offers import ListedOffer, OfferOutcome, take_offers
from exchange.models import InboundBatch, InboundRow, RowOutcome
from exchange.services.batches import RowResult
from registry.models import Resident
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import masked, normalized
from registry.selectors import resident_ids_by_index

OUTCOMES = {
    "taken": RowOutcome.NEW,
    "unchanged": RowOutcome.UNCHANGED,
    "refused": RowOutcome.REFUSED,
}
# code of a row that is not taken → the column somebody has to look at
ABOUT = {
    "unknown_person": "id_number",
    "dead": "given_on",
    "row_invalid": "offered",
    "already_paying": "coverage_year",
    "nothing_left": "offered",
    "policy_not_found": "coverage_year",
    "rule_not_published": "given_on",
}
HEADINGS = {column.field: column.aliases[0] for column in FORM.read}
STRANGER = OfferOutcome("refused", code="unknown_person", message="本地区没有该证件号码的参保人")


def _plan(batch: InboundBatch, lines: Sequence[SupportLine]) -> Iterable[RowResult]:
    keys = [blind_index(normalized(line.id_number)) for line in lines]
    payloads = [_payload(line) for line in lines]
    outcomes = _outcomes(batch, keys, payloads, is_trial=True, user=None)
    seen: set[tuple[Any, ...]] = set()
    for line, key, payload, outcome in zip(lines, keys, payloads, outcomes, strict=True):
        said = (key, line.coverage_year, line.giver, line.offered, line.given_on, line.document)
        again = said in seen
        seen.add(said)
        yield RowResult(
            number=line.number,
            outcome=RowOutcome.DUPLICATE if again else OUTCOMES[outcome.outcome],
            key=key,
            payload=payload,
            code="repeated" if again else outcome.code,
            message="清单内重复，以首次出现的为准" if again else outcome.message,
            field=_heading(outcome.code),
        )


def _apply(
    batch: InboundBatch, planned: QuerySet[InboundRow], user: AbstractBaseUser | None
) -> list[InboundRow]:
    rows = list(planned)
    outcomes = _outcomes(
        batch,
        [bytes(row.key or b"") for row in rows],
        [row.payload for row in rows],
        is_trial=False,
        user=user,
    )
    moved = []
    for row, outcome in zip(rows, outcomes, strict=True):
        became = (OUTCOMES[outcome.outcome], outcome.code, outcome.message, _heading(outcome.code))
        if (row.outcome, row.code, row.message, row.field) != became:
            row.outcome, row.code, row.message, row.field = became
            moved.append(row)
    return moved


def _outcomes(
    batch: InboundBatch,
    keys: Sequence[bytes],
    payloads: Sequence[dict[str, Any]],
    *,
    is_trial: bool,
    user: AbstractBaseUser | None,
) -> list[OfferOutcome]:
    """Return what becomes of each row; people outside the list's area are as unknown as those nobody has."""
    found = resident_ids_by_index(set(keys))
    here = set(
        Resident.objects.filter(
            pk__among=set(found.values()), living_area__path__startswith=batch.area.path
        ).values_list("pk", flat=True)
    )
    people = [found.get(key) if found.get(key) in here else None for key in keys]
    offers = [
        _offer(resident_id, said)
        for resident_id, said in zip(people, payloads, strict=True)
        if resident_id is not None
    ]
    taken = iter(take_offers(offers=offers, batch=batch, is_trial=is_trial, user=user))
    return [STRANGER if resident_id is None else next(taken) for resident_id in people]


def _offer(resident_id: int, said: dict[str, Any]) -> ListedOffer:
    return ListedOffer(
        resident_id=resident_id,
        coverage_year=said["coverage_year"],
        giver=said["giver"],
        offered=Decimal(said["offered"]),
        given_on=datetime.date.fromisoformat(said["given_on"]),
        document=said["document"],
    )


def _payload(line: SupportLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "id_number": masked(normalized(line.id_number))[:30],
        "giver": line.giver,
        "coverage_year": line.coverage_year,
        "offered": str(line.offered),
        "given_on": line.given_on.isoformat(),
        "document": line.document,
    }


def _heading(code: str) -> str:
    return HEADINGS[ABOUT[code]] if code in ABOUT else ""


def _read(source: FileSource) -> Parsed[SupportLine]:
    return read_supports(source.content, source.file_name)


SUPPORTS = ListKind(
    name="supports",
    label="资金扶持名册",
    about="乡镇、村集体等对个人应缴余额的扶持，一人一行；按日期先后使用，超出余额的部分不用。",
    form=FORM,
    read=_read,
    plan=_plan,
    apply=_apply,
)
