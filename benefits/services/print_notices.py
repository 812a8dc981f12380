"""Print notices of settlements (结算告知书) as PDF, and log who took them out."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from pathlib import Path

import typst
from django.conf import settings
from django.contrib.auth.models import User

from benefits.rules.claim_notice import ClaimNotice
from benefits.selectors.claim_notices import claim_notices
from policy.errors import DomainError
from registry.services.log_access import log_export

MOST_NOTICES = 200
PAGE = Path(settings.BASE_DIR) / "templates" / "print" / "claim_notice.typ"
PURPOSE = "打印结算告知书（证件号码已脱敏）"


class TooManyNotices(DomainError):
    """One file holds a limited number of notices."""

    code = "too_many_notices"


def notices_for_staff(*, claims: Sequence[tuple[int, int]], user: User) -> list[ClaimNotice]:
    """Return the notices of claims, given as (claim, resident), and log that `user` took them out.

    :raises TooManyNotices: if there are more than one file holds; nothing is logged then
    """
    if len(claims) > MOST_NOTICES:
        raise TooManyNotices(f"一次最多打印 {MOST_NOTICES} 份告知书，请分几次勾选。")
    log_export(user=user, resident_ids=[resident for _, resident in claims], purpose=PURPOSE)
    return claim_notices([claim for claim, _ in claims])


def notices_pdf(notices: Sequence[ClaimNotice]) -> bytes:
    """Return the notices as one PDF, each beginning a page of its own.

    The words reach the page as data: what somebody's name contains is printed, never read as markup.
    """
    words = json.dumps([asdict(notice) for notice in notices], ensure_ascii=False)
    compiler = typst.Compiler(
        input=str(PAGE), root=str(PAGE.parent), font_paths=_fonts(), ignore_system_fonts=True
    )
    pdf = compiler.compile(format="pdf", sys_inputs={"notices": words})
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _fonts() -> typst.Fonts:
    """Return the one font, read once; no font of the machine is looked at."""
    folder = str(files("noto_cjk_sans_otc"))
    return typst.Fonts(font_paths=[folder], include_system_fonts=False)
