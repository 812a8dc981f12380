"""What rows of a list change, in words: the recognition as it is on record beside what it would be."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from exchange.admin.list_kinds import Difference
from exchange.models import InboundRow
from hardship.admin.wording import values_text
from hardship.models import Category
from hardship.rules.attribute_words import value_label, value_told
from hardship.rules.list_comparison import Doing
from hardship.services.lists.lines import amended_values
from hardship.services.lists.telling import VERBS

NEVER = "没有登记"
ENDED_BEFORE = "曾登记，已终止"


def differences(rows: Sequence[InboundRow], /) -> dict[int, list[Difference]]:
    """Return what each row changes, by row; one query for all of them."""
    categories = Category.objects.in_bulk()
    return {
        row.pk: [_difference(change, categories[change["category"]]) for change in changes]
        for row in rows
        if (changes := row.payload.get("changes"))
    }


def _difference(change: Mapping[str, Any], category: Category) -> Difference:
    doing = Doing(change["do"])
    if doing is Doing.AMEND:
        return _amendment(change, category)
    begins_again = doing is Doing.START and change.get("again", False)
    return Difference(
        subject=category.label,
        verb="重新纳入" if begins_again else VERBS[doing],
        before=_before(change, category, begins_again=begins_again),
        after=_after(doing, change, category),
    )


def _amendment(change: Mapping[str, Any], category: Category) -> Difference:
    """Return what of the record becomes otherwise, and nothing of what stays."""
    differing = amended_values(change)
    old, new = (
        "；".join(
            f"{value_label(name, category.attributes)}：{value_told(name, values[at])}"
            for name, values in differing.items()
        )
        for at in (0, 1)
    )
    return Difference(category.label, VERBS[Doing.AMEND], old, new)


def _before(change: Mapping[str, Any], category: Category, *, begins_again: bool) -> str:
    if change["seen"] is None:
        return ENDED_BEFORE if begins_again else NEVER
    since, until, attributes = change["seen"]
    return state_text(since, until, attributes, category)


def _after(doing: Doing, change: Mapping[str, Any], category: Category) -> str:
    if doing is Doing.END:
        return f"{change['on']} 起不再享有"
    if doing is Doing.VOID:
        return "视为误列，从未享有"
    since = change["seen"][0] if doing is Doing.REOPEN else change["on"]
    return state_text(since, change["until"], change["attributes"], category)


def state_text(since: str, until: str | None, attributes: Mapping[str, object], category: Category) -> str:
    """Return a recognition as "等级：二级；自 2024-01-01 起，至 2025-03-30": attributes first, both days included."""
    said = values_text(attributes, category)
    term = f"自 {since} 起" + (f"，至 {_last_day(until)}" if until else "")
    return f"{said}；{term}" if said else term


def _last_day(until: str) -> datetime.date:
    return datetime.date.fromisoformat(until) - datetime.timedelta(days=1)
