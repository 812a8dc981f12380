"""Registers of residents: new people registered with their households, known ones brought up to date."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet
from django.utils.dateparse import parse_date

from enrollment.parsers.reading import Parsed
from enrollment.parsers.residents import FORM, RegisteredLine, read_residents
from enrollment.services.lists.flow import FileSource, ListKind
from enrollment.services.lists.misfits import GARBLED
from enrollment.services.lists.moves import DAYS, PLACES, contradiction, days_told, with_days
from enrollment.services.lists.newborns import (
    DOCUMENT,
    Certified,
    certificate_index,
    certified,
    give_number,
    joined,
)
from enrollment.services.lists.places import Places, Problem, place_problem, places_of
from exchange.models import InboundBatch, InboundRow, RowOutcome
from exchange.services.batches import RowResult
from hardship.rules.person_names import clearest, has_lost_signs
from registry.batch.history import rewrite_with_history, write_missing_with_history
from registry.models import Area, Household, Resident
from registry.models.sealing import blind_index, open_sealed, seal
from registry.rules.identity_numbers import masked
from registry.selectors import resident_ids_by_index
from registry.services import lock_residents
from registry.services.register_residents import NewResident, register_residents

SLICE = 5_000
LABELS = {
    "name": "姓名",
    "household": "户编号",
    "relation": "与户主关系",
    "hukou_area": "户籍地区划",
    "living_area": "居住地区划",
    "phone": "联系电话",
    "discharged_on": "退出现役日期",
    **DAYS,
}
NOWHERE = frozenset({"area_unknown", "no_pooling_area"})
TAKEN = (RowOutcome.CHANGED, RowOutcome.UNCHANGED)
KEPT_FIELDS = (
    "name", "household", "relation_to_head", "hukou_area", "living_area", "pooling_area", "phone", "discharged_on",
    "hukou_since", "living_since",
)  # fmt: skip


def _read(source: FileSource) -> Parsed[RegisteredLine]:
    return read_residents(source.content, source.file_name, on=source.as_of)


def _plan(batch: InboundBatch, lines: Sequence[RegisteredLine]) -> Iterable[RowResult]:
    places = places_of(code for line in lines for code in (line.hukou_area, line.living_area))
    seen: set[bytes] = set()
    for start in range(0, len(lines), SLICE):
        part = [(line, blind_index(line.id_number)) for line in lines[start : start + SLICE]]
        known = _known([key for _, key in part])
        holders = certified(certificate_index(line) for line, _ in part)
        for line, key in part:
            yield _placed(line, key, known.get(key), holders, batch=batch, places=places, again=key in seen)
            seen.add(key)


def _placed(  # noqa: PLR0913 - a line, whom it may mean, and what the list is about
    line: RegisteredLine,
    key: bytes,
    known: Resident | None,
    holders: Certified,
    *,
    batch: InboundBatch,
    places: Places,
    again: bool,
) -> RowResult:
    """Return what a line becomes; a number that comes after a birth certificate is its holder's."""
    problem = holders.problem(line, known, on=batch.as_of)
    if problem is not None and not again:
        code, message, column = problem
        return RowResult(
            number=line.number,
            outcome=RowOutcome.CONFLICT,
            key=key,
            payload=_payload(line),
            code=code,
            message=message,
            field=column,
        )
    person = known or holders.holder(line)
    dated = with_days(line, person, on=batch.as_of)
    problem = place_problem(dated, places, batch.area)
    if problem is None and person is not None and not again:
        said = line.name if known is not None else ""
        problem = contradiction(person, days_told(dated), said=said, area=batch.area)
    planned = _planned(dated, key, known=person, problem=problem, again=again)
    is_joined = known is None and person is not None and planned.outcome in TAKEN
    return joined(planned, line) if is_joined else planned


def _planned(
    line: RegisteredLine, key: bytes, *, known: Resident | None, problem: Problem | None, again: bool
) -> RowResult:
    payload = _payload(line)
    outcome, code, message, column = RowOutcome.NEW, "", "", ""
    if problem is not None:
        code, message, column = problem
        outcome = RowOutcome.REFUSED if code in NOWHERE else RowOutcome.CONFLICT
    elif again:
        outcome, code, message = RowOutcome.DUPLICATE, "repeated", "清单内重复，以首次出现的为准"
    elif known is None and has_lost_signs(line.name):
        outcome, column, (code, message) = RowOutcome.CONFLICT, "姓名", GARBLED
    elif known is not None:
        changes = _changes(known, replace(line, name=clearest((line.name, known.name))))
        outcome = RowOutcome.CHANGED if changes else RowOutcome.UNCHANGED
        message = "、".join(LABELS[name] for name in changes)
    else:
        payload["sealed"] = base64.b64encode(seal(line.id_number)).decode()
    return RowResult(
        number=line.number,
        outcome=outcome,
        key=key,
        payload=payload,
        code=code,
        message=message,
        field=column,
    )


def _apply(
    batch: InboundBatch, planned: QuerySet[InboundRow], user: AbstractBaseUser | None
) -> list[InboundRow]:
    rows = list(planned)
    places = places_of(row.payload[name] for row in rows for name in ("hukou_area", "living_area"))
    reason = f"list {batch.pk}"
    households = _households(rows, places, reason=reason, user=user)
    otherwise: list[InboundRow] = []
    for start in range(0, len(rows), SLICE):
        part = rows[start : start + SLICE]
        keys = [bytes(row.key or b"") for row in part]
        named = [_certificate(row) for row in part]
        lock_residents(list(resident_ids_by_index({*keys, *filter(None, named)}).values()))
        known, holders = _known(keys), certified(named).residents
        new: list[NewResident] = []
        changed: list[Resident] = []
        for row in part:
            holds_number = known.get(bytes(row.key or b""))
            resident = holds_number or _numbered(row, holders)
            if resident is not None and (problem := _moved_on(row, resident, holds_number, batch.area)):
                row.outcome, (row.code, row.message, row.field) = RowOutcome.CONFLICT, problem
                otherwise.append(row)
            elif resident is not None:
                changed.append(_updated(resident, row.payload, places, households))
            elif row.outcome == RowOutcome.NEW:
                new.append(_new(row.payload, places, households))
        register_residents(rows=new, reason=reason, user=user, on=batch.as_of)
        rewrite_with_history(changed, fields=(*KEPT_FIELDS, *DOCUMENT), reason=reason, user=user)
    return otherwise


def _moved_on(
    row: InboundRow, resident: Resident, holds_number: Resident | None, area: Area
) -> Problem | None:
    """Return why a row may not be followed any more, as the person stands on record by now."""
    days = {place: _day(row.payload.get(f"{place}_since")) for place in PLACES}
    said = row.payload["name"] if holds_number is not None else ""
    return contradiction(resident, days, said=said, area=area)


def _certificate(row: InboundRow) -> bytes | None:
    said = row.payload.get("certificate")
    return bytes.fromhex(said) if said else None


def _numbered(row: InboundRow, holders: Mapping[bytes, Resident]) -> Resident | None:
    """Return the holder of the certificate a row names, with the number it gives them; null = it names none."""
    holder = holders.get(_certificate(row) or b"")
    return holder and give_number(holder, open_sealed(base64.b64decode(row.payload["sealed"])))


def _known(keys: Sequence[bytes]) -> dict[bytes, Resident]:
    ids = resident_ids_by_index(set(keys))
    related = ("household", "hukou_area", "living_area", "pooling_area")
    people = Resident.objects.select_related(*related).in_bulk(ids.values())
    return {key: people[pk] for key, pk in ids.items()}


def _changes(known: Resident, line: RegisteredLine) -> list[str]:
    """Return what the line says otherwise; what it leaves blank stays."""
    kept = {
        "name": known.name,
        "household": known.household.number if known.household else "",
        "relation": known.relation_to_head,
        "hukou_area": known.hukou_area.code,
        "living_area": known.living_area.code,
        "phone": known.phone,
        "discharged_on": known.discharged_on,
        "hukou_since": known.hukou_since,
        "living_since": known.living_since,
    }
    return [name for name, value in kept.items() if getattr(line, name) and getattr(line, name) != value]


def _payload(line: RegisteredLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "id_kind": line.id_kind,
        "id_number": masked(line.id_number),
        "sex": line.sex,
        "born_on": line.born_on.isoformat() if line.born_on else None,
        "household": line.household,
        "head_name": line.head_name,
        "relation": line.relation,
        "hukou_area": line.hukou_area,
        "living_area": line.living_area,
        "phone": line.phone,
        "discharged_on": line.discharged_on.isoformat() if line.discharged_on else None,
        "hukou_since": line.hukou_since.isoformat() if line.hukou_since else None,
        "living_since": line.living_since.isoformat() if line.living_since else None,
    }


def _households(
    rows: Sequence[InboundRow], places: Places, *, reason: str, user: AbstractBaseUser | None
) -> dict[str, int]:
    """Return household number → key, missing households written; the first line of one says where it lives."""
    wanted: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        if row.payload["household"]:
            wanted.setdefault(row.payload["household"], row.payload)
    write_missing_with_history(
        (
            Household(number=number, area_id=places.areas[said["living_area"]], head_name=said["head_name"])
            for number, said in wanted.items()
        ),
        key="number",
        reason=reason,
        user=user,
    )
    return dict(Household.objects.filter(number__in=wanted).values_list("number", "pk"))


def _new(said: Mapping[str, Any], places: Places, households: Mapping[str, int]) -> NewResident:
    return NewResident(
        name=said["name"],
        id_number=open_sealed(base64.b64decode(said["sealed"])),
        id_kind=said["id_kind"],
        sex=said["sex"],
        born_on=_day(said["born_on"]),
        living_area_id=places.areas[said["living_area"]],
        hukou_area_id=places.areas[said["hukou_area"]],
        household_id=households.get(said["household"]),
        relation_to_head=said["relation"],
        phone=said["phone"],
        discharged_on=_day(said["discharged_on"]),
        hukou_since=_day(said.get("hukou_since")),
        living_since=_day(said.get("living_since")),
    )


def _updated(
    resident: Resident, said: Mapping[str, Any], places: Places, households: Mapping[str, int]
) -> Resident:
    resident.name = clearest((said["name"], resident.name))
    resident.hukou_area_id = places.areas[said["hukou_area"]]
    resident.living_area_id = places.areas[said["living_area"]]
    resident.pooling_area_id = places.pooling[said["living_area"]]
    resident.household_id = households.get(said["household"], resident.household_id)
    resident.relation_to_head = said["relation"] or resident.relation_to_head
    resident.phone = said["phone"] or resident.phone
    resident.discharged_on = _day(said["discharged_on"]) or resident.discharged_on
    resident.hukou_since = _day(said.get("hukou_since")) or resident.hukou_since
    resident.living_since = _day(said.get("living_since")) or resident.living_since
    return resident


def _day(text: str | None) -> Any:
    return parse_date(text) if text else None


RESIDENTS = ListKind(
    name="residents",
    label="参保人员登记名册",
    about="乡镇、学校的登记名册，一人一行；名册以外的人不受影响。",
    form=FORM,
    read=_read,
    plan=_plan,
    apply=_apply,
)
