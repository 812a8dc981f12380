"""The agencies' answers as a list: read, judged row by row, taken once somebody has confirmed."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from benefits.models import Alert, AlertState, Outcome
from benefits.parsers.alert_answers import FORM, AnswerLine, read_answers
from benefits.rules.alert_answers import Words
from benefits.services.alert_answers import Judged, Said, judge_answers, take_answers
from benefits.services.partner_answers import KIND, outcome_of_row
from enrollment.parsers.reading import Parsed
from enrollment.services.lists import FileSource, ListKind, apply_list
from exchange.models import Agency, InboundBatch, InboundRow, RowOutcome
from exchange.services.batches import RowResult
from hardship.models import Category
from hardship.rules.person_names import bare_name
from hardship.services.lists.locking import hold_meanings

SLICE = 2_000
Told = tuple[str, str, str, str]  # outcome, code, message and column of a row
DAYS = ("since", "checked_on")
COLUMNS = {
    "category": "纳入类别", "reason": "说明", "checked_by": "核查人", "checked_on": "核查日期", "outcome": "核查结果",
}  # fmt: skip


@transaction.atomic
def apply_answers(*, batch: InboundBatch, user: AbstractBaseUser | None = None) -> InboundBatch:
    """Take the answers of a planned list, all in one transaction; one that may not be taken by now keeps its reason.

    :raises BatchNotPlanned: if it is in force, or was sent back
    """
    hold_meanings()
    return apply_list(kind=ANSWERS, batch=batch, user=user)


def _read(source: FileSource) -> Parsed[AnswerLine]:
    return read_answers(source.content, source.file_name)


def _plan(batch: InboundBatch, lines: Sequence[AnswerLine]) -> Iterator[RowResult]:
    agencies = _agencies({line.agency for line in lines})
    codes = dict(Category.objects.values_list("label", "code"))
    seen: dict[tuple[int, str, str], AnswerLine] = {}
    for start in range(0, len(lines), SLICE):
        part = lines[start : start + SLICE]
        said = {line.number: each for line in part if (each := _said(line, agencies, codes)) is not None}
        judged = {each.said.row_number: each for each in judge_answers(list(said.values()))}
        for line in part:
            yield _result(line, judged.get(line.number), batch, seen)


def _agencies(names: set[str]) -> dict[str, Agency]:
    found = Agency.objects.filter(name__in=names, is_active=True).select_related("area")
    return {agency.name: agency for agency in found.order_by("-pk")}


def _said(line: AnswerLine, agencies: Mapping[str, Agency], codes: Mapping[str, str]) -> Said | None:
    agency = agencies.get(line.agency)
    if line.words is None or agency is None:
        return None
    words = replace(line.words, category=codes.get(line.category, line.category))
    return Said(alert_id=line.alert_id, agency=agency, words=words, row_number=line.number)


def _result(
    line: AnswerLine,
    judged: Judged | None,
    batch: InboundBatch,
    seen: dict[tuple[int, str, str], AnswerLine],
) -> RowResult:
    outcome, code, message, column = _against(line, judged, batch, seen)
    alert = judged.alert if judged else None
    return RowResult(
        number=line.number,
        sheet=line.sheet,
        outcome=outcome,
        key=bytes(alert.resident.id_index) if alert else None,
        payload=_payload(line, judged),
        code=code,
        message=message,
        field=column,
    )


def _against(
    line: AnswerLine,
    judged: Judged | None,
    batch: InboundBatch,
    seen: dict[tuple[int, str, str], AnswerLine],
) -> Told:
    """Return outcome, code, message and column of a row."""
    if line.words is None:
        return RowOutcome.UNCHANGED, "not_filled_in", "没有填写核查结果，不处理", ""
    if judged is None:
        return (
            RowOutcome.REFUSED,
            "agency_unknown",
            f"没有名为“{line.agency}”的部门，请写部门全称",
            "反馈部门",
        )
    return _misfit(line, judged.alert, batch) or _repeated(line, seen) or _of_judged(judged)


def _misfit(line: AnswerLine, alert: Alert | None, batch: InboundBatch) -> Told | None:
    """Return why the list may not speak of the alert; the area comes first: strangers are not named."""
    if alert is not None and not alert.area.path.startswith(batch.area.path):
        return RowOutcome.REFUSED, "outside_area", f"不是{batch.area.name}的预警", "预警号"
    if alert is not None and bare_name(alert.resident.name) != bare_name(line.name):
        return RowOutcome.CONFLICT, "name_differs", f"该预警是“{alert.resident.name}”的，与清单不符", "姓名"
    return None


def _repeated(line: AnswerLine, seen: dict[tuple[int, str, str], AnswerLine]) -> Told | None:
    assert line.words is not None
    before = seen.setdefault((line.alert_id, line.agency, line.words.step), line)
    if before is line:
        return None
    if (before.words, before.category) == (line.words, line.category):
        return RowOutcome.DUPLICATE, "repeated", "清单内重复", ""
    return RowOutcome.CONFLICT, "contradictory", f"与第{before.number}行为同一件预警，内容不同，请核对", ""


def _of_judged(judged: Judged) -> Told:
    refusal = judged.refusal
    if refusal is None:
        return outcome_of_row(judged), "", "", ""
    return (
        RowOutcome.REFUSED,
        refusal.code,
        refusal.message,
        COLUMNS.get(str(refusal.details.get("field")), ""),
    )


def _payload(line: AnswerLine, judged: Judged | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": line.name,
        "alert": line.alert_id,
        "agency": line.agency,
        "said": _shown(line),
    }
    if judged is None:
        return told
    words = {
        name: value.isoformat() if isinstance(value, datetime.date) else value
        for name, value in asdict(judged.said.words).items()
        if value
    }
    number = judged.alert.resident.masked_id_number if judged.alert else ""
    return told | {"id_number": number, "agency_id": judged.said.agency.pk, "words": words}


def _shown(line: AnswerLine) -> str:
    """Return in words what a row says."""
    if line.words is None:
        return ""
    step, outcome = AlertState(line.words.step).label, line.words.outcome
    return " ".join(
        filter(None, (Outcome(outcome).label if outcome else step, line.category, line.words.reason))
    )


def _kept(row: InboundRow, agencies: Mapping[int, Agency]) -> Said:
    words = dict(row.payload["words"])
    words |= {name: datetime.date.fromisoformat(words[name]) for name in DAYS if name in words}
    return Said(
        alert_id=row.payload["alert"],
        agency=agencies[row.payload["agency_id"]],
        words=Words(**words),
        row_number=row.number,
    )


def _apply(
    batch: InboundBatch, planned: QuerySet[InboundRow], user: AbstractBaseUser | None
) -> list[InboundRow]:
    rows = list(planned)
    agencies = Agency.objects.select_related("area").in_bulk({row.payload["agency_id"] for row in rows})
    moved = []
    for start in range(0, len(rows), SLICE):
        part = rows[start : start + SLICE]
        taken = take_answers(said=[_kept(row, agencies) for row in part], user=user, batch=batch)
        for row, judged in zip(part, taken, strict=True):
            outcome, code, message, column = _of_judged(judged)
            if outcome != row.outcome:
                row.outcome, row.code, row.message, row.field = outcome, code, message[:500], column
                moved.append(row)
    return moved


ANSWERS = ListKind(
    name=KIND,
    label="预警核查反馈表",
    about="部门在推送表上填好核查结果后交回：签收、入户、纳入困难身份、给予救助或不符合条件，一行一件。",
    form=FORM,
    read=_read,
    plan=_plan,
    apply=_apply,
)
