"""Cover elsewhere as the national platform knows it (参保核实): spells begun and ended, doubles asked about."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet

from enrollment.parsers.insured_elsewhere import FORM, Verified, read_insured_elsewhere
from enrollment.parsers.reading import Parsed
from enrollment.services.cover_elsewhere import follow_cover
from enrollment.services.lists.flow import FileSource, ListKind
from enrollment.services.lists.misfits import OnRecord, misfit
from exchange.models import InboundBatch, InboundRow, RowOutcome
from exchange.services.batches import RowResult
from registry.batch.history import rewrite_with_history, write_with_history
from registry.models import InsuredSpell, Resident, Scheme
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import masked
from registry.selectors import resident_ids_by_index
from registry.services import lock_residents
from registry.services.insured_spells import BUREAU, WHERE_POOLED

SLICE = 5_000
UNFIT = {"outside_area": (RowOutcome.CONFLICT, "证件号码"), "name_differs": (RowOutcome.REFUSED, "姓名")}
SOURCE = "国家平台参保核实"
CHANGED_SINCE = "预览以后他处参保或居住地有变动，请重新导入核对"
Unfit = tuple[RowOutcome, str, str, str]  # outcome, code, message, column


@dataclass(frozen=True, slots=True)
class _Known:
    """A person on record: code of the pooling area, spells by scheme."""

    resident_id: int
    person: OnRecord
    pooled_in: str
    spells: dict[str, list[InsuredSpell]]


def _read(source: FileSource) -> Parsed[Verified]:
    return read_insured_elsewhere(source.content, source.file_name, on=source.as_of)


def _plan(batch: InboundBatch, lines: Sequence[Verified]) -> Iterable[RowResult]:
    seen: set[bytes] = set()
    for start in range(0, len(lines), SLICE):
        part = [(line, blind_index(line.id_number)) for line in lines[start : start + SLICE]]
        known = _known({key for _, key in part})
        for line, key in part:
            yield _planned(line, key, known=known.get(key), batch=batch, again=key in seen)
            seen.add(key)


def _known(keys: Collection[bytes]) -> dict[bytes, _Known]:
    ids = resident_ids_by_index(keys)
    people = {
        pk: (OnRecord(name, path), code)
        for pk, name, path, code in Resident.objects.filter(pk__among=set(ids.values())).values_list(
            "pk", "name", "living_area__path", "pooling_area__code"
        )
    }
    spells: defaultdict[int, defaultdict[str, list[InsuredSpell]]] = defaultdict(lambda: defaultdict(list))
    for spell in InsuredSpell.objects.filter(resident_id__among=people).order_by("starts_on"):
        spells[spell.resident_id][spell.scheme].append(spell)
    return {key: _Known(pk, *people[pk], spells[pk]) for key, pk in ids.items()}


def _planned(
    line: Verified, key: bytes, *, known: _Known | None, batch: InboundBatch, again: bool
) -> RowResult:
    outcome, code, message, column = RowOutcome.UNCHANGED, "", "", ""
    payload: dict[str, Any] = {"id_number": masked(line.id_number)[:30], "name": line.name}
    if (unfit := _unfit(known, said=line.name, batch=batch)) is not None:
        outcome, code, message, column = unfit
    elif again:
        outcome, code, message = RowOutcome.DUPLICATE, "repeated", "清单内重复，以首次出现的为准"
    else:
        assert known is not None
        begun, ended = _changes(line, known, batch.as_of)
        payload |= {"resident": known.resident_id, "begun": begun, "ended": ended}
        outcome = RowOutcome.NEW if begun else RowOutcome.CHANGED if ended else RowOutcome.UNCHANGED
        message = "；".join([*map(_begun_text, begun), *(each["text"] for each in ended)])
    return RowResult(
        number=line.number,
        outcome=outcome,
        key=key,
        payload=payload,
        code=code,
        message=message,
        field=column,
    )


def _unfit(known: _Known | None, *, said: str, batch: InboundBatch) -> Unfit | None:
    """Return outcome, code, message and column where the list may not speak of somebody; null = it may."""
    if known is None:
        return RowOutcome.REFUSED, "unknown_person", "查无此人，请先登记", "证件号码"
    if (objection := misfit(known.person, said=said, area=batch.area)) is not None:
        outcome, column = UNFIT[objection.code]
        return outcome, objection.code, objection.message, column
    return None


def _changes(
    line: Verified, known: _Known, day: datetime.date
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the spells a line begins, and those it ends."""
    begun: list[dict[str, Any]] = []
    ended: list[dict[str, Any]] = []
    employed = known.spells[Scheme.EMPLOYEE]
    if line.employed and _covering(employed, day) is None:
        begun.append(_spell(Scheme.EMPLOYEE, line.employee_area, employed, line.employee_year, day))
    elif line.employed is False:
        ended += _ended(employed, day)
    elsewhere = known.spells[Scheme.RESIDENT_ELSEWHERE]
    is_here = line.resident_area[:WHERE_POOLED] == known.pooled_in[:WHERE_POOLED]
    if line.resident and not is_here:
        begun += _year_elsewhere(line, elsewhere)
    elif line.resident is not None:
        ended += _ended(elsewhere, day)
    return begun, ended


def _year_elsewhere(line: Verified, elsewhere: Sequence[InsuredSpell]) -> list[dict[str, Any]]:
    """Return the coverage year elsewhere, unless some of it is on record."""
    first, end = datetime.date(line.resident_year, 1, 1), datetime.date(line.resident_year + 1, 1, 1)
    if any(spell.starts_on < end and (spell.ends_on is None or spell.ends_on > first) for spell in elsewhere):
        return []
    return [
        {
            "scheme": Scheme.RESIDENT_ELSEWHERE.value,
            "area": line.resident_area,
            "starts_on": first.isoformat(),
            "ends_on": end.isoformat(),
            "student": line.student,
        }
    ]


def _spell(
    scheme: Scheme, area: str, spells: Sequence[InsuredSpell], year: int, day: datetime.date
) -> dict[str, Any]:
    """Return an open spell since the beginning of the year, as far as no other one is on record."""
    since = min(datetime.date(year, 1, 1), day)
    for spell in spells:
        if spell.starts_on <= day and spell.ends_on is not None:
            since = max(since, spell.ends_on)
    later = min((spell.starts_on for spell in spells if spell.starts_on > day), default=None)
    return {
        "scheme": scheme.value,
        "area": area,
        "starts_on": since.isoformat(),
        "ends_on": later.isoformat() if later else None,
        "student": False,
    }


def _ended(spells: Sequence[InsuredSpell], day: datetime.date) -> list[dict[str, Any]]:
    """Return the spell that goes on beyond the day though the platform knows of none."""
    spell = _covering(spells, day)
    if spell is None or spell.starts_on == day:
        return []
    text = f"{Scheme(spell.scheme).label}至 {day - datetime.timedelta(days=1)} 止"
    return [{"spell": spell.pk, "on": day.isoformat(), "text": text}]


def _covering(spells: Sequence[InsuredSpell], day: datetime.date) -> InsuredSpell | None:
    covering = [
        each for each in spells if each.starts_on <= day and (each.ends_on is None or each.ends_on > day)
    ]
    return covering[0] if covering else None


def _begun_text(said: dict[str, Any]) -> str:
    place = f"（{said['area']}）" if said["area"] else ""
    student = "，学生" if said["student"] else ""
    return f"{Scheme(said['scheme']).label}{place}{student}自 {said['starts_on']} 起"


def _apply(
    batch: InboundBatch, planned: QuerySet[InboundRow], user: AbstractBaseUser | None
) -> list[InboundRow]:
    reason, rows = f"list {batch.pk}", list(planned)
    lock_residents({row.payload["resident"] for row in rows})
    fit, moved = _held_again(rows, batch)
    ends = {each["spell"]: each["on"] for row in fit for each in row.payload["ended"]}
    ended = list(InsuredSpell.objects.filter(pk__among=list(ends)).order_by("pk"))
    for spell in ended:
        spell.ends_on, spell.reported_by = datetime.date.fromisoformat(ends[spell.pk]), BUREAU
    rewrite_with_history(ended, fields=("ends_on", "reported_by"), reason=reason, user=user)
    write_with_history(
        (_new(row.payload["resident"], each) for row in fit for each in row.payload["begun"]),
        reason=reason,
        user=user,
    )
    follow_cover({row.payload["resident"] for row in fit}, user=user)
    return moved


def _held_again(rows: Sequence[InboundRow], batch: InboundBatch) -> tuple[list[InboundRow], list[InboundRow]]:
    """Return the rows that still hold, and those that do not: renamed, moved, or of other cover since the plan."""
    fit, moved = [], []
    for start in range(0, len(rows), SLICE):
        part = [(row, bytes(row.key or b"")) for row in rows[start : start + SLICE]]
        people = _known({key for _, key in part})
        for row, key in part:
            known = people.get(key)
            unfit = _unfit(known, said=row.payload["name"], batch=batch) or _outdated(row.payload, known)
            if unfit is None:
                fit.append(row)
                continue
            row.outcome, row.code, row.message, row.field = unfit
            moved.append(row)
    return fit, moved


def _outdated(said: dict[str, Any], known: _Known | None) -> Unfit | None:
    """Return outcome, code, message and column where the person's cover is not what the plan knew; null = it is."""
    assert known is not None
    spells = {spell.pk: spell for each in known.spells.values() for spell in each}
    stands = (
        said["resident"] == known.resident_id
        and not any(_overlaps(each, known) for each in said["begun"])
        and all(_goes_beyond(spells.get(each["spell"]), each["on"]) for each in said["ended"])
    )
    return None if stands else (RowOutcome.CONFLICT, "changed_since", CHANGED_SINCE, "证件号码")


def _overlaps(begun: dict[str, Any], known: _Known) -> bool:
    """Return whether a spell to begin stands beside one of its scheme, or is the person's own pooling area by now."""
    first = datetime.date.fromisoformat(begun["starts_on"])
    end = datetime.date.fromisoformat(begun["ends_on"]) if begun["ends_on"] else datetime.date.max
    is_here = begun["area"][:WHERE_POOLED] == known.pooled_in[:WHERE_POOLED]
    if begun["scheme"] == Scheme.RESIDENT_ELSEWHERE and is_here:
        return True
    return any(
        spell.starts_on < end and (spell.ends_on is None or spell.ends_on > first)
        for spell in known.spells[begun["scheme"]]
    )


def _goes_beyond(spell: InsuredSpell | None, day: str) -> bool:
    """Return whether a spell to end stands and covers the day."""
    on = datetime.date.fromisoformat(day)
    return spell is not None and spell.starts_on < on and (spell.ends_on is None or spell.ends_on > on)


def _new(resident_id: int, said: dict[str, Any]) -> InsuredSpell:
    return InsuredSpell(
        resident_id=resident_id,
        scheme=said["scheme"],
        area_code=said["area"],
        starts_on=datetime.date.fromisoformat(said["starts_on"]),
        ends_on=datetime.date.fromisoformat(said["ends_on"]) if said["ends_on"] else None,
        as_student=said["student"],
        source=SOURCE,
    )


INSURED_ELSEWHERE = ListKind(
    name="insured_elsewhere",
    label="困难人员参保核实",
    about="国家平台核实结果：职工医保、外地居民医保记入“他处参保”，与本地登记重复的自动立工单。",
    form=FORM,
    read=_read,
    plan=_plan,
    apply=_apply,
)
