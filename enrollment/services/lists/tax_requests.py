"""The tax authority's answer to a request list: each person's sum against the settlement; what differs is work."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet

from casework.services import NewCase, open_cases
from enrollment.parsers.reading import Parsed
from enrollment.parsers.tax_requests import FORM, RequestLine, read_requests
from enrollment.rules.tax_requests import Compared, Finding, compared
from enrollment.services.lists.flow import FileSource, ListKind
from enrollment.services.tax_requests import Owed, owed_by_request
from exchange.models import BatchStatus, InboundBatch, InboundRow, RowOutcome
from exchange.services.batches import RowResult
from policy.money import ZERO
from registry.models import Resident
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import masked, normalized
from registry.selectors import resident_ids_by_index

NAME = "tax_requests"
KIND = "tax_request_difference"
UNKNOWN = "unknown_person"
SLICE = 5_000
MESSAGES = {
    Finding.MATCHED: "",
    Finding.AMOUNT_DIFFERS: "清单合计 {asked} 元，结算应付 {owed} 元",
    Finding.DOUBLED: "同样的金额列了 {times} 行，合计 {asked} 元，结算应付 {owed} 元",
    Finding.NOT_OWED: "该批次结算没有此人，清单请款 {asked} 元",
    Finding.MISSING: "结算应付 {owed} 元，清单没有此人",
    Finding.ASKED_BEFORE: "此人该批次已在以前的清单中请款，本次又请 {asked} 元",
}
OPTIONS = {"return": "以结算为准，退税务更正", "mend": "我方有误，另行更正资助", "known": "已核实，无须处理"}
Key = tuple[str, int | bytes]  # label of the batch; resident, or index of an unknown number


@dataclass(slots=True)
class _Answer:
    """A list beside the settlements it names.

    :ivar labels: its batches that are settlements
    :ivar people: index of a number → resident
    :ivar before: batches and indexes of numbers that lists in force asked for
    """

    labels: set[str]
    owed: Owed
    people: dict[bytes, int]
    before: set[tuple[str, bytes]]
    groups: defaultdict[Key, list[RequestLine]]

    def key(self, line: RequestLine, index: bytes) -> Key:
        """Return whose line it is, and of which batch."""
        return line.request, self.people.get(index, index)


def _plan(batch: InboundBatch, lines: Sequence[RequestLine]) -> Iterator[RowResult]:
    indexed = [(line, blind_index(normalized(line.id_number))) for line in lines]
    answer = _answer(batch, indexed)
    for line, index in indexed:
        answer.groups[answer.key(line, index)].append(line)
    for line, index in indexed:
        yield _planned(answer, line, index)
    last = max((line.number for line in lines), default=0)
    named = {line.request for line in lines} & answer.labels
    left_out = [
        key for key, amount in answer.owed.items() if key[0] in named and amount and key not in answer.groups
    ]
    yield from _missing(answer, left_out, after=last)


def _answer(batch: InboundBatch, indexed: Sequence[tuple[RequestLine, bytes]]) -> _Answer:
    labels, owed = owed_by_request(area=batch.area, labels={line.request for line, _ in indexed})
    indexes = list(dict.fromkeys(index for _, index in indexed))
    people: dict[bytes, int] = {}
    for start in range(0, len(indexes), SLICE):
        people |= resident_ids_by_index(indexes[start : start + SLICE])
    earlier = InboundRow.objects.filter(
        batch__kind=NAME,
        batch__status=BatchStatus.APPLIED,
        payload__request__in=sorted(labels),
        outcome__in=(RowOutcome.UNCHANGED, RowOutcome.HELD),
    ).exclude(code=Finding.MISSING)
    before = {
        (label, bytes(index)) for label, index in earlier.values_list("payload__request", "key") if index
    }
    return _Answer(labels, owed, people, before, defaultdict(list))


def _planned(answer: _Answer, line: RequestLine, index: bytes) -> RowResult:
    resident = answer.people.get(index)
    group = answer.groups[answer.key(line, index)]
    payload = _payload(line) | ({"resident": resident} if resident is not None else {})
    if line.request not in answer.labels:
        message = f"没有“{line.request}”这一批次的已复核结算"
        return _result(line.number, RowOutcome.REFUSED, "request_unknown", message, index, payload)
    if line is not group[0]:
        message = f"与第{group[0].number}行是同一人同一批次，合计后比对"
        return _result(line.number, RowOutcome.DUPLICATE, "summed", message, index, payload)
    if resident is None:
        asked = sum((each.amount for each in group), ZERO)
        payload |= {"asked": str(asked)}
        return _result(
            line.number, RowOutcome.HELD, UNKNOWN, f"查无此人，清单请款 {asked} 元", index, payload
        )
    found = compared(
        [each.amount for each in group],
        owed=answer.owed.get((line.request, resident)),
        was_asked=(line.request, index) in answer.before,
    )
    outcome = RowOutcome.UNCHANGED if found.finding == Finding.MATCHED else RowOutcome.HELD
    return _result(
        line.number, outcome, found.finding, _message(found, len(group)), index, payload | _sums(found)
    )


def _missing(answer: _Answer, keys: Sequence[tuple[str, int]], *, after: int) -> Iterator[RowResult]:
    people = Resident.objects.in_bulk([resident for _, resident in keys])
    for number, (label, resident) in enumerate(keys, start=after + 1):
        person, found = people[resident], compared([], owed=answer.owed[label, resident])
        payload = {
            "name": person.name,
            "id_number": person.masked_id_number,
            "request": label,
            "resident": resident,
        } | _sums(found)
        index = bytes(person.id_index)
        yield _result(number, RowOutcome.HELD, found.finding, _message(found, 0), index, payload)


def _result(
    number: int, outcome: RowOutcome, code: str, message: str, key: bytes, payload: dict[str, Any]
) -> RowResult:
    return RowResult(number=number, outcome=outcome, code=code, message=message, key=key, payload=payload)


def _message(found: Compared, times: int) -> str:
    return MESSAGES[found.finding].format(asked=found.asked, owed=found.owed, times=times)


def _sums(found: Compared) -> dict[str, str]:
    return {"asked": str(found.asked), "owed": str(found.owed)}


def _payload(line: RequestLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "id_number": masked(normalized(line.id_number))[:30],
        "tier": line.tier,
        "amount": str(line.amount),
        "request": line.request,
    }


def _apply(
    batch: InboundBatch, planned: QuerySet[InboundRow], user: AbstractBaseUser | None
) -> list[InboundRow]:
    """Open a case for each difference; the rows stay as they were found."""
    open_cases(cases=[_case(batch, row) for row in planned], user=user)
    return []


def _case(batch: InboundBatch, row: InboundRow) -> NewCase:
    said = row.payload
    whose = said.get("resident") or bytes(row.key or b"").hex()
    return NewCase(
        kind=KIND,
        title=f"税务请款不符：{said['name'] or said['id_number']}",
        area_id=batch.area_id,
        resident_id=said.get("resident"),
        subject_ref=f"inbound_row:{row.pk}",
        reason=row.message,
        options=OPTIONS,
        detail={
            "masked_id_number": said["id_number"],
            "request": said["request"],
            "asked": said.get("asked", ""),
            "owed": said.get("owed", ""),
        },
        dedupe_key=f"{KIND}:{said['request']}:{whose}:{row.code}:{said.get('asked', '')}",
    )


def _read(source: FileSource) -> Parsed[RequestLine]:
    return read_requests(source.content, source.file_name)


TAX_REQUESTS = ListKind(
    name=NAME,
    label="税务请款明细",
    about="税务返回的代缴请款，与已复核的资助参保结算逐人比对；不符的确认后逐人开工单，结算和资助不改动。",
    form=FORM,
    read=_read,
    plan=_plan,
    apply=_apply,
)
