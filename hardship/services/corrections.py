"""Proposals to correct a recognition that was recorded wrongly (差错更正): two people, old and new side by side.

A correction says that it was never so; a change of circumstance comes by a list and is no correction.
"""

import datetime
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from casework.models import Case, CaseState
from casework.services import CaseOutdated, NewCase, effect, propose_case
from hardship.models import Category, Recognition
from hardship.services.followers import have_followed
from hardship.services.recognitions import (
    CORRECTABLE,
    ReasonMissing,
    RecognitionNotFound,
    correct_recognitions,
    void_recognitions,
)
from policy.errors import DomainError
from policy.words import said

KIND = "recognition_correction"
CORRECT = "correct"
VOID = "void"
KEEP = "keep"
OPTIONS = {CORRECT: "按更正后的内容更正", VOID: "作废该条认定", KEEP: "不予更正"}
FOLLOWS = "受影响的参保缴费和费用结算由系统另行核定并提出工单"
DATES = ("valid_from", "valid_to")


class CorrectionPending(DomainError):
    """A correction of the record waits for its confirmation already."""

    code = "correction_pending"


class NothingToCorrect(DomainError):
    """What is proposed is what stands on record."""

    code = "nothing_to_correct"


class CorrectionEvidenceMissing(DomainError):
    """A correction rests on a document."""

    code = "evidence_missing"


@transaction.atomic
def propose_correction(
    *,
    recognition: Recognition,
    changes: Mapping[str, Any],
    evidence: str,
    reason: str,
    user: AbstractBaseUser,
) -> Case:
    """Propose other values of a recognition; nothing of it changes until a second person has confirmed the case.

    :param changes: field → value, of `CORRECTABLE`
    :param evidence: number of the document it rests on
    :raises NothingToCorrect: if every value is the one on record
    :raises CorrectionPending: if another proposal about the record waits
    """
    record = _locked(recognition.pk)
    before = values_of(record)
    after = before | {name: _as_text(value) for name, value in changes.items()}
    if after == before:
        raise NothingToCorrect("更正后的内容与原记录相同")
    return _proposed(record, CORRECT, after, evidence=evidence, reason=reason, user=user)


@transaction.atomic
def propose_voiding(*, recognition: Recognition, evidence: str, reason: str, user: AbstractBaseUser) -> Case:
    """Propose to strike out a recognition that never was; it stands until a second person has confirmed the case.

    :raises CorrectionPending: if another proposal about the record waits
    """
    return _proposed(_locked(recognition.pk), VOID, None, evidence=evidence, reason=reason, user=user)


def values_of(recognition: Recognition) -> dict[str, Any]:
    """Return what a correction may change, as a case keeps it."""
    return {name: _as_text(getattr(recognition, name)) for name in CORRECTABLE}


@effect(KIND, CORRECT)
def correct(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Correct the record as the case says; history keeps what we used to know."""
    record = _as_shown(case)
    after = case.detail["new"]
    changes = {name: _from_text(name, after[name]) for name in CORRECTABLE}
    correct_recognitions(
        corrections={record.pk: changes}, reason=f"correct case {case.pk}", user=second_user or user
    )
    have_followed()
    return f"已更正身份认定 #{record.pk}。{FOLLOWS}。"


@effect(KIND, VOID)
def strike_out(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Strike the record out; history keeps it."""
    record = _as_shown(case)
    void_recognitions(
        recognition_ids=[record.pk], reason=f"strike out case {case.pk}", user=second_user or user
    )
    have_followed()
    return f"已作废身份认定 #{case.detail['recognition']}。{FOLLOWS}。"


def _proposed(
    record: Recognition,
    decision: str,
    after: Mapping[str, Any] | None,
    *,
    evidence: str,
    reason: str,
    user: AbstractBaseUser,
) -> Case:
    if not evidence.strip():
        raise CorrectionEvidenceMissing("请填写佐证材料的文号或档案号", field="evidence")
    if not reason.strip():
        raise ReasonMissing("请填写事由", field="reason")
    subject = f"recognition:{record.pk}"
    waiting = Case.objects.filter(kind=KIND, subject_ref=subject, second_by=None)
    if other := waiting.exclude(state=CaseState.CLOSED).first():
        raise CorrectionPending(f"该条认定已有待复核的更正（工单 #{other.pk}），请先办结", case=other.pk)
    verb = "更正" if decision == CORRECT else "作废"
    label, resident = record.category.label, record.resident
    question = NewCase(
        kind=KIND,
        title=f"{verb}身份认定：{label}（{record.valid_from} 起）",
        area_id=resident.living_area_id,
        resident_id=resident.pk,
        subject_ref=subject,
        reason=reason.strip(),
        options={code: text for code, text in OPTIONS.items() if code in (decision, KEEP)},
        detail={
            "recognition": record.pk,
            "identity": label,
            "category": record.category_id,
            "old": values_of(record),
            "new": after,
            "was": _told(values_of(record), record.category),
            "becomes": _told(after, record.category) if after else "作废",
            "evidence": evidence.strip(),
        },
    )
    return propose_case(case=question, decision=decision, reason=reason, user=user)


def _locked(key: int) -> Recognition:
    rows = Recognition.objects.filter(pk=key).select_related("category", "resident")
    found = rows.select_for_update(of=("self",)).first()
    if found is None:
        raise RecognitionNotFound("身份认定不存在或已作废", recognition_ids=[key])
    return found


def _as_shown(case: Case) -> Recognition:
    record = _locked(case.detail["recognition"])
    if values_of(record) != case.detail["old"]:
        raise CaseOutdated("该条认定在提出更正后已有变动，请退回后重新提出更正")
    return record


def _told(values: Mapping[str, Any], category: Category) -> str:
    """Return a record's values in Chinese."""
    attributes = "、".join(
        f"{category.attributes.get(name, name)}：{_word(value)}"
        for name, value in sorted(values["attributes"].items())
    )
    until = f"至 {values['valid_to']}（不含）" if values["valid_to"] else "至今"
    parts = (f"{values['valid_from']} {until}", attributes, values["document"], said(values["authority"]))
    return "；".join(part for part in parts if part)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return said(str(value))


def _as_text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value


def _from_text(name: str, value: Any) -> Any:
    return datetime.date.fromisoformat(value) if name in DATES and value else value
