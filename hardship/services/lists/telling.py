"""Changes of a list in the words its plan shows."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hardship.rules.attribute_words import attributes_told, changes_told
from hardship.rules.later_lists import Later
from hardship.rules.list_comparison import TERM
from hardship.rules.listed_identities import AMENDING, Change, Doing, Held
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
    Doing.RESTART: "改起始日期",
}

WAITS = "写到此人的行尚待处理"


def told(changes: Sequence[Change], held: Sequence[Held], view: View) -> str:
    """Return in words what changes: “取消 特困人员；更新 低保对象（城乡：没有注明 → 农村）”.

    :param held: the records it changes
    """
    records: dict[int | None, Held] = {each.key: each for each in held}
    return "；".join(_told(change, records.get(change.recognition), view) for change in changes)


def _told(change: Change, record: Held | None, view: View) -> str:
    label = view.categories[change.category].label
    verb = "恢复" if change.do is Doing.START and change.again else VERBS[change.do]
    parts = [] if change.do is Doing.AMEND else [f"自 {change.on}"]
    parts += ["同日较早的名单所列，视为误列"] if change.do is Doing.VOID else []
    parts += ["视为未曾终止"] if change.do is Doing.REOPEN else []
    parts += [_sooner(change, record)] if change.sooner else []
    parts += _amended(change, record, view) if record else []
    return f"{verb} {label}（{'，'.join(parts)}）" if parts else f"{verb} {label}"


def _sooner(change: Change, record: Held | None) -> str:
    assert change.until is not None, "cut short"
    stood = record.valid_to if record else None
    was = "" if record is None else f"，原至 {days_after(stood, -1)}" if stood else "，原为长期"
    return f"有效期提前至 {days_after(change.until, -1)}{was}"


def _amended(change: Change, record: Held, view: View) -> list[str]:
    """Return what of a record becomes otherwise, old and new, but for a term that is told as cut short."""
    if change.do not in AMENDING:
        return []
    before, after = dict(record.attributes), dict(change.attributes)
    labels = view.categories[change.category].attributes
    if record.valid_to is not None and change.until is None:
        before.pop(TERM, None)
        return [f"原至 {days_after(record.valid_to, -1)}，改为长期", *changes_told(before, after, labels)]
    if not change.sooner:
        before["valid_to"], after["valid_to"] = _day(record.valid_to), _day(change.until)
    return changes_told(before, after, labels)


def _day(day: datetime.date | None) -> str | None:
    return None if day is None else day.isoformat()


def terms_told(changes: Sequence[Change], person: OnRecord, view: View) -> Iterator[str]:
    """Yield in words by which document what begins ends by itself."""
    for change in changes:
        leaf = view.validity.limit(change.category, path=person.living_path, year=change.on.year)
        if leaf is None or change.do is not Doing.START or change.until is None:
            continue
        if change.until == months_after(change.on, leaf.value):
            yield f"{view.categories[change.category].label}至 {days_after(change.until, -1)}，{limit_text(leaf)}"


def said_later(change: Change, later: Later, view: View) -> str:
    """Return in words what a later list says instead of a change."""
    batch, label = view.later.lists[later.batch], view.categories[change.category].label
    if change.category in later.given:
        said = f"所列 {label} 与此不同"
    else:
        said = WAITS if change.category in later.may_give else f"没有认定 {label}"
    return f"{batch.area.name} {later.as_of} 的名单（批次{later.batch}）{said}"


def said_elsewhere(said: Mapping[str, Elsewhere], view: View) -> str:
    """Return in words which lists of other areas stand against ending something; by category."""
    lists = [_listed(category, each, view) for category, each in sorted(said.items())]
    return f"{'；'.join(dict.fromkeys(lists))}，暂不取消，请与该地区核对"


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
    said = WAITS if theirs.waits else f"仍列其为{view.categories[category].label}"
    return f"{batch.area.name} {batch.as_of} 的名单（批次{batch.pk}）{said}"
