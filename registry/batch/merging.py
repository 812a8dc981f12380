"""Everything recorded of one person handed to another record of the same person, with history."""

import datetime

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

from registry.batch.history import update_with_history
from registry.models import Resident
from registry.models.history import CausedChange

MERGED = "merge resident"  # how the reason of a handed-over row begins: nothing was decided by it


def hand_over(
    *, from_id: int, to_id: int, reason: str, user: AbstractBaseUser | None = None
) -> dict[str, int]:
    """Let every row that names one resident name the other; return how many, by what the model is called.

    The rows' own history stays with the record it was written for: what was decided then was decided about that one.

    :raises django.db.IntegrityError: if a row would stand twice; then nothing is written
    """
    moved: dict[str, int] = {}
    for model, name in _naming_residents():
        rows = model._default_manager.filter(**{name: from_id})
        if hasattr(model, "history"):
            count = len(update_with_history(rows, {name: to_id}, reason=reason, user=user))
        else:
            count = rows.update(**{name: to_id})
        if count:
            label = str(model._meta.verbose_name)
            moved[label] = moved.get(label, 0) + count
    return moved


def merged_since(moment: datetime.datetime) -> dict[int, int]:
    """Return of the records struck out since because they were another's: record → the one that has all of it now."""
    entries = Resident.history.filter(
        history_date__gt=moment, history_type="~", history_change_reason__startswith=f"{MERGED} "
    ).order_by("-history_id")
    kept: dict[int, int] = {}
    for reason, key in entries.values_list("history_change_reason", "id"):
        gone = int(reason.removeprefix(MERGED).partition(":")[0])
        kept[gone] = kept.get(key, key)  # latest first: who was kept may have been merged since
    return kept


def _naming_residents() -> list[tuple[type[models.Model], str]]:
    """Return every model and its column that names a resident, histories left out."""
    return [
        (model, field.attname)
        for model in apps.get_models()
        if not issubclass(model, CausedChange)
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model is Resident
    ]
