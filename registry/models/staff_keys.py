"""Who did something, as a record names them."""

from typing import Any

from django.conf import settings
from django.db import models


def staff_key(label: str) -> Any:
    """Return the key of the account that acted; null = nobody yet, or a program. Such an account is never deleted."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=label,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
