"""Class lists of schools: whole classes enrolled at school, newcomers registered, whoever is not said in words."""

import base64
import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet
from django.utils.dateparse import parse_date

from enrollment.parsers.class_lists import FORM, ClassLine, read_class_list
from enrollment.parsers.reading import Parsed
from enrollment.parsers.residents import RESIDENT_ID
from enrollment.selectors.pupils import Pupils, pupils
from enrollment.services.enroll import enroll
from enrollment.services.lists.class_decisions import (
    ClassView,
    Decision,
    class_view,
    decide,
    judged,
)
from enrollment.services.lists.flow import FileSource, ListKind
from exchange.models import InboundBatch, InboundRow, RowOutcome
from exchange.services.batches import RowResult
from registry.batch.history import rewrite_with_history
from registry.models import Resident
from registry.models.sealing import blind_index, open_sealed, seal
from registry.rules.identity_numbers import masked
from registry.selectors import resident_ids_by_index
from registry.services import NewResident, lock_residents, register_residents

SLICE = 5_000
CHANNEL = "school"
Keyed = Sequence[tuple[ClassLine, bytes | None]]


def _read(source: FileSource) -> Parsed[ClassLine]:
    return read_class_list(source.content, source.file_name)


def _plan(batch: InboundBatch, lines: Sequence[ClassLine]) -> Iterable[RowResult]:
    view = class_view(batch, lines)
    seen: set[bytes] = set()
    for start in range(0, len(lines), SLICE):
        part = [(line, _key(line)) for line in lines[start : start + SLICE]]
        decided, known = _decided(part, view=view, seen=seen)
        for (line, key), decision in zip(part, decided, strict=True):
            yield RowResult(
                number=line.number,
                outcome=decision.outcome,
                key=key,
                payload=_payload(line, is_known=key in known.residents),
                code=decision.code,
                message=decision.message,
                field=decision.column,
            )


def _apply(
    batch: InboundBatch, planned: QuerySet[InboundRow], user: AbstractBaseUser | None
) -> list[InboundRow]:
    rows = list(planned)
    lines = [_line(row) for row in rows]
    view = class_view(batch, lines)
    moved: list[InboundRow] = []
    for start in range(0, len(rows), SLICE):
        part = rows[start : start + SLICE]
        keyed = [
            (line, None if row.key is None else bytes(row.key))
            for line, row in zip(lines[start : start + SLICE], part, strict=True)
        ]
        lock_residents(list(resident_ids_by_index({key for _, key in keyed if key}).values()))
        decided = _taken(batch, keyed, view=view, user=user)
        moved += [row for row, decision in zip(part, decided, strict=True) if _became(row, decision)]
    return moved


def _taken(
    batch: InboundBatch, part: Keyed, *, view: ClassView, user: AbstractBaseUser | None
) -> list[Decision]:
    """Make a slice true; return what became of each line."""
    decided, known = _decided(part, view=view, seen=set())
    reason = f"list {batch.pk}"
    ids = {key: resident.pk for key, resident in known.residents.items()}
    new = {
        key: _newcomer(line, view)
        for (line, key), decision in zip(part, decided, strict=True)
        if decision.enrolls and key is not None and key not in ids
    }
    registered = register_residents(rows=new.values(), reason=reason, user=user, on=batch.as_of)
    ids |= dict(zip(new, (each.pk for each in registered), strict=True))
    _keep_schools(part, decided, view=view, known=known, reason=reason, user=user)
    who = [ids.get(key) if key is not None else None for _, key in part]
    unasked = {each.pk for each in registered}
    final = _judged(part, decided, [pk if pk in unasked else None for pk in who], view=view)
    _enroll(batch, zip(who, final, (line for line, _ in part), strict=True), user=user)
    return final


def _enroll(
    batch: InboundBatch,
    taken: Iterable[tuple[int | None, Decision, ClassLine]],
    *,
    user: AbstractBaseUser | None,
) -> None:
    """Enroll the pupils, all of one place, year, class of insured and day at once."""
    together: defaultdict[tuple[int, str, str, datetime.date], list[int]] = defaultdict(list)
    for pk, decision, line in taken:
        if decision.enrolls and pk is not None:
            together[decision.year, decision.place, line.population, decision.day or batch.as_of].append(pk)
    for (year, place, population, day), ids in sorted(together.items()):
        enroll(
            resident_ids=ids,
            coverage_year=year,
            on=day,
            channel=CHANNEL,
            place=place,
            population=population,
            user=user,
            reason=f"list {batch.pk}",
        )


def _decided(part: Keyed, *, view: ClassView, seen: set[bytes]) -> tuple[list[Decision], Pupils]:
    """Return what becomes of the lines of a slice; who cannot be enrolled is held with the reason."""
    ids = resident_ids_by_index({key for _, key in part if key})
    years = {view.year(line, school) for line, _ in part if (school := view.schools.get(line.school))}
    known = pupils(ids, years=years - {0})
    decided = []
    for line, key in part:
        again = key is not None and key in seen
        decided.append(_AGAIN if again else decide(line, key, view=view, known=known))
        if key is not None:
            seen.add(key)
    return _judged(part, decided, [ids.get(key) if key else None for _, key in part], view=view), known


def _judged(
    part: Keyed, decided: Sequence[Decision], who: Sequence[int | None], *, view: ClassView
) -> list[Decision]:
    """Return the decisions, those that would enroll somebody of `who` judged by law, day and cover elsewhere."""
    asked = {
        pk: (decision, line.population)
        for pk, decision, (line, _) in zip(who, decided, part, strict=True)
        if decision.enrolls and pk is not None
    }
    found = judged(asked, day=view.day)
    return [
        found[pk] if decision.enrolls and pk in found else decision
        for pk, decision in zip(who, decided, strict=True)
    ]


_AGAIN = Decision(RowOutcome.DUPLICATE, "repeated", "清单内重复，以首次出现的为准")


def _keep_schools(
    part: Keyed,
    decided: Sequence[Decision],
    *,
    view: ClassView,
    known: Pupils,
    reason: str,
    user: AbstractBaseUser | None,
) -> None:
    """Note the school of pupils on record from the day of the list; one older than what is known changes nothing."""
    changed: list[Resident] = []
    for (line, key), decision in zip(part, decided, strict=True):
        resident = known.residents.get(key) if key is not None else None
        if resident is None or not (decision.enrolls or decision.outcome == RowOutcome.CHANGED):
            continue
        school = view.schools[line.school]
        is_older = resident.school_since is not None and resident.school_since > view.day
        if resident.school_id != school.pk and not is_older:
            resident.school, resident.school_since = school, view.day
        resident.phone = resident.phone or line.phone
        changed.append(resident)
    rewrite_with_history(changed, fields=["school", "school_since", "phone"], reason=reason, user=user)


def _newcomer(line: ClassLine, view: ClassView) -> NewResident:
    """Return a pupil to be registered: living at home where that is in the school's pooling area, else at school."""
    school, hukou = view.schools[line.school], view.areas[line.hukou_area]
    lives_at_home = view.places.pooling.get(hukou.code) == view.pool(school)
    return NewResident(
        name=line.name,
        id_number=line.id_number,
        id_kind=line.id_kind,
        sex=line.sex if line.id_kind != RESIDENT_ID else None,
        born_on=line.born_on if line.id_kind != RESIDENT_ID else None,
        living_area_id=hukou.pk if lives_at_home else school.area_id,
        hukou_area_id=hukou.pk,
        phone=line.phone,
        school_id=school.pk,
        school_since=view.day,
    )


def _key(line: ClassLine) -> bytes | None:
    return blind_index(line.id_number) if line.id_number else None


def _payload(line: ClassLine, *, is_known: bool) -> dict[str, Any]:
    said = asdict(line) | {"id_number": masked(line.id_number)[:30] if line.id_number else ""}
    said["born_on"] = line.born_on.isoformat() if line.born_on else None
    del said["number"]  # the row has it
    if line.id_number and not is_known:
        said["sealed"] = base64.b64encode(seal(line.id_number)).decode()
    return said


def _line(row: InboundRow) -> ClassLine:
    said: Mapping[str, Any] = {name: value for name, value in row.payload.items() if name != "sealed"}
    sealed = row.payload.get("sealed")
    born_on: datetime.date | None = parse_date(said["born_on"]) if said["born_on"] else None
    number = open_sealed(base64.b64decode(sealed)) if sealed else said["id_number"]
    return ClassLine(**{**said, "number": row.number, "born_on": born_on, "id_number": number})


def _became(row: InboundRow, decision: Decision) -> bool:
    """Put what became of a row on it; return whether it was planned otherwise."""
    was = (row.outcome, row.code, row.message)
    row.outcome, row.code, row.message, row.field = (
        decision.outcome,
        decision.code,
        decision.message,
        decision.column,
    )
    return was != (row.outcome, row.code, row.message)


CLASSES = ListKind(
    name="class_list",
    label="学校班级名单",
    about="学校按班报的学生名单，一人一行：整班在学校参保，首次登记的学生一并登记；困难学生按规定登记在户籍地。",
    form=FORM,
    read=_read,
    plan=_plan,
    apply=_apply,
)
