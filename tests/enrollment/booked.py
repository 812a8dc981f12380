"""All that a booking leaves, told without keys and moments, so that two ways of booking can be compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models, transaction

from casework.models import Case
from enrollment.models import (
    Balance,
    ContributionPeriod,
    Enrollment,
    FamilyPayer,
    Payment,
    SubsidyShare,
    Working,
)
from hardship.models import AssistanceGrant

LEFT = (Payment, FamilyPayer, Enrollment, ContributionPeriod, AssistanceGrant, Balance, Case)
NAMES: dict[type[models.Model], tuple[str, ...]] = {
    Payment: ("serial",),
    Enrollment: ("resident_id", "coverage_year", "status"),
    ContributionPeriod: ("resident_id", "coverage_year"),
    AssistanceGrant: ("resident_id", "coverage_year", "tier", "total", "aid"),
    Working: ("digest", "steps"),
    Case: ("dedupe_key",),
}
Told = dict[str, list[str]]


def left_by(work: Callable[[], list[Any]]) -> tuple[list[str], Told]:
    """Return the outcomes of a booking and every row and history row there is after it; nothing stays."""
    with transaction.atomic():
        outcomes = [repr((each.serial, each.outcome, each.code, each.message)) for each in work()]
        told = _told()
        transaction.set_rollback(True)
    return outcomes, told


def _told() -> Told:
    known = {model: _known(model, names) for model, names in NAMES.items()}
    tables = [*LEFT, *(model.history.model for model in LEFT), SubsidyShare]
    return {
        table._meta.label: sorted(
            repr({field.name: _shown(field, row, known) for field in _kept(table)})
            for row in table._default_manager.all()
        )
        for table in tables
    }


def _known(model: type[models.Model], names: tuple[str, ...]) -> dict[Any, Any]:
    return {
        row["pk"]: tuple(map(_plain, (row[name] for name in names)))
        for row in model.objects.values("pk", *names)
    }


def _kept(table: type[models.Model]) -> list[models.Field[Any, Any]]:
    left_out = {"id", "history_id", "history_date"}
    return [field for field in table._meta.concrete_fields if field.name not in left_out]


def _shown(field: models.Field[Any, Any], row: models.Model, known: dict[type[models.Model], Any]) -> Any:
    value = getattr(row, field.attname)
    if isinstance(field, models.DateTimeField):
        return value is not None
    if field.related_model in known and value is not None:
        return known[field.related_model].get(value, "gone")
    return _plain(value)


def _plain(value: Any) -> Any:
    return bytes(value).hex() if isinstance(value, memoryview | bytes) else value
