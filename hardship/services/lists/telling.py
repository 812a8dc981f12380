"""Changes of a list in the words its plan shows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hardship.rules.attribute_words import attributes_told
from hardship.rules.later_lists import Later
from hardship.rules.listed_identities import Change, Doing
from hardship.selectors.listed import OnRecord
from hardship.selectors.listed_elsewhere import Elsewhere
from hardship.selectors.validity import limit_text
from hardship.services.lists.views import View
from policy.dates import days_after, months_after

VERBS = {
    Doing.START: "新增",
    Doing.SPLIT: "变更",
    Doing.TURN: "其后变更",
    Doing.AMEND: "更新",
    Doing.END: "取消",
    Doing.VOID: "撤回",
    Doing.REOPEN: "恢复",
}


def told(changes: Sequence[Change], view: View) -> str:
    """Return in words what changes: “取消 特困人员；新增 低保对象（自 2025-03-01）”."""
    return "；".join(_told(change, view) for change in changes)


def _told(change: Change, view: View) -> str:
    label = view.categories[change.category].label
    verb = "恢复" if change.do is Doing.START and change.again else VERBS[change.do]
    days = [] if change.do is Doing.AMEND else [f"自 {change.on}"]
    days += ["同日较早的名单所列，视为误列"] if change.do is Doing.VOID else []
    days += ["视为未曾终止"] if change.do is Doing.REOPEN else []
    days += [f"提前到 {change.until} 终止"] if change.sooner else []
    return f"{verb} {label}（{'，'.join(days)}）" if days else f"{verb} {label}"


def terms_told(changes: Sequence[Change], person: OnRecord, view: View) -> Iterator[str]:
    """Yield in words by which document what begins ends by itself."""
    for change in changes:
        leaf = view.validity.limit(change.category, path=person.living_path, year=change.on.year)
        if leaf is None or change.do is not Doing.START or change.until is None:
            continue
        if change.until == months_after(change.on, leaf.value):
            yield f"{view.categories[change.category].label}至 {days_after(change.until, -1)}，{limit_text(leaf)}"


def said_later(change: Change, later: Later, view: View) -> str:
    """Return in words what a list of a later day says instead of a change."""
    batch, label = view.later.lists[later.batch], view.categories[change.category].label
    said = f"所列 {label} 与此不同" if change.category in later.given else f"没有认定 {label}"
    return f"{batch.area.name} {later.as_of} 的名单（批次{later.batch}）{said}"


def said_elsewhere(said: Mapping[str, Elsewhere], view: View) -> str:
    """Return in words which lists of other areas stand against ending something; by category."""
    lists = [_listed(category, each, view) for category, each in sorted(said.items())]
    return f"{'；'.join(lists)}，暂不取消，请与该地区核对"


def described_elsewhere(
    said: Mapping[str, Elsewhere], attributes: Mapping[str, Mapping[str, Any]], view: View
) -> str:
    """Return in words which lists of other areas describe otherwise what a list would change; by category.

    :param attributes: category → as it would be by the list at hand
    """
    lists = []
    for category, theirs in sorted(said.items()):
        labels = view.categories[category].attributes
        here = attributes[category]
        there = {name: theirs.attributes[name] for name in here if name in theirs.attributes}
        listed = f"{_listed(category, theirs, view)}（{attributes_told(there, labels)}）"
        lists.append(f"{listed}，本清单列为（{attributes_told(here, labels)}）")
    return f"{'；'.join(lists)}，暂不更改，请与该地区核对"


def _listed(category: str, theirs: Elsewhere, view: View) -> str:
    batch = theirs.batch
    return (
        f"{batch.area.name} {batch.as_of} 的名单（批次{batch.pk}）仍列其为{view.categories[category].label}"
    )
