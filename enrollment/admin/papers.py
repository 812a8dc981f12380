"""Documents of finance as pages of A4: what they are about, their lines, and room for names and seals."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from policy.admin.display import name_of

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document to be printed.

    :param about: what it is about, in pairs above the lines
    :param signatures: office → who has signed and when, "" = room to sign by hand
    :param is_wide: A4 across
    """

    title: str
    about: Pairs
    table: SafeString
    signatures: Pairs
    is_wide: bool = False

    def answer(self, request: HttpRequest) -> TemplateResponse:
        """Return the page."""
        return TemplateResponse(request, "admin/openyibao/paper.html", {"paper": self})


def signed(user: AbstractBaseUser | None, at: datetime.datetime | None) -> str:
    """Return who did something and when; "" = nobody has."""
    if user is None or at is None:
        return ""
    return f"{name_of(user)} {timezone.localtime(at):%Y-%m-%d %H:%M}"
