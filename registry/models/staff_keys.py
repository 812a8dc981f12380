"""Who did something, as a record names them."""

from typing import Any

from django.conf import settings
from django.db import models


def staff_key(label: str, *, in_bulk: bool = False) -> Any:
    """Return the key of the account that acted; null = nobody yet, or a program. Such an account is never deleted.

    :param in_bulk: its rows come in files of hundreds of thousands that one account applies: Django refuses to delete
        it all the same, and the database does not look it up for each of them
    """
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=label,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=not in_bulk,
        db_index=not in_bulk,
    )
