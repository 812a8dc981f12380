"""Changes as staff read them: labels for fields, names for keys, masked numbers, the list and the policy behind."""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin
from django.db import models
from django.urls import NoReverseMatch
from django.utils import timezone

from benefits.admin.claims import GRADES
from casework.admin.parts import DETAILS, KINDS
from enrollment.admin.labels import CHANNELS, POPULATIONS, WINDOWS
from exchange.models import InboundBatch
from hardship.models import Category
from hardship.rules.attribute_words import WORDS
from oversight.selectors.changes import Change
from policy.admin.columns import KEY
from policy.admin.display import NOTHING, change_url
from policy.admin.history import value_text
from policy.admin.reasons import reason_text
from policy.loader import shipped_categories
from policy.models import PolicyVersion
from policy.selectors import fiscal_class_labels
from policy.words import said
from registry.models import Resident
from registry.models.sealing import open_sealed
from registry.rules.identity_numbers import masked

OPERATIONS = {"+": ("登记", "green"), "~": ("变更", "blue"), "-": ("删除", "red")}
UNTOLD = frozenset(
    {"id_index", "recorded_at", "created_at", "digest", "policy_digest", "tier", "dedupe_key", "subject_ref"}
)
LONG = ("trace", "text", "totals_before")
SHOWN_AT_ONCE = 6
PARTS = {
    "due": "应缴", "assisted": "资助", "supported": "扶持", "payable": "个人应缴", "label": "名称", "total": "合计",
    "payers": "出资方",
}  # fmt: skip
CATEGORIES = {code: rule.label for code, rule in shipped_categories().items()}
DECISIONS = {"correct": "更正"}
CODES = {
    **PARTS, **KINDS, **DETAILS, **WORDS, **GRADES, **WINDOWS, **CHANNELS, **POPULATIONS, **CATEGORIES, **DECISIONS,
}  # fmt: skip
HAVE_LABELS = ("code", "tier")  # a label stands beside them

Key = tuple[type[models.Model], Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field, before and after."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Target:
    """Something a line leads to; no address = it is gone or has no page."""

    text: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A change in words."""

    at: datetime.datetime
    operation: str
    tone: str
    who: str
    kind: str
    record: Target
    person: Target | None
    number: str
    reason: str
    batch: Target | None
    row_number: int | None
    policy: Target | None
    differences: list[Difference] = field(default_factory=list)

    @property
    def first(self) -> list[Difference]:
        """What is shown at once."""
        return self.differences[:SHOWN_AT_ONCE]

    @property
    def rest(self) -> list[Difference]:
        """What is folded away: a new record tells all its fields."""
        return self.differences[SHOWN_AT_ONCE:]


def lines_of(changes: Sequence[Change]) -> list[Line]:
    """Return the changes in words; a constant number of queries for any number of changes."""
    named = _Named(changes)
    return [_line(change, named) for change in changes]


class _Named:
    """What the keys in some changes stand for, read once a model."""

    def __init__(self, changes: Sequence[Change]) -> None:
        wanted: dict[type[models.Model], set[Any]] = {}
        for model, key in _keys(changes):
            wanted.setdefault(model, set()).add(key)
        self._found = {
            model: model._default_manager.in_bulk(keys)
            for model, keys in sorted(wanted.items(), key=lambda each: each[0]._meta.label)
        }
        keys = {change.row.policy_key for change in changes if getattr(change.row, "policy_key", "")}
        versions = PolicyVersion.objects.filter(
            area__in={key.partition("/")[0] for key in keys}, approved_at__isnull=False
        ).order_by("approved_at")
        self._versions: dict[str, list[PolicyVersion]] = {}
        for version in versions.defer("text") if keys else ():
            self._versions.setdefault(version.key, []).append(version)

    def get(self, model: type[models.Model], key: Any) -> Any:
        """Return the row of a key; null = it is gone."""
        return self._found.get(model, {}).get(key)

    def version(self, key: str, at: datetime.datetime) -> Target | None:
        """Return the version of a policy that was in force at a moment."""
        if not key:
            return None
        before = [each for each in self._versions.get(key, []) if each.approved_at and each.approved_at <= at]
        return Target(f"{key} 第{before[-1].number}版", _address(before[-1])) if before else Target(key)


def _keys(changes: Iterable[Change]) -> Iterator[Key]:
    for change in changes:
        if getattr(change.row, "history_batch", None):
            yield InboundBatch, change.row.history_batch
        if change.kind.resident:
            yield Resident, getattr(change.row, change.kind.resident)
        yield change.kind.model, _key(change)
        for column in _told(change):
            if isinstance(column, models.ForeignKey):
                for row in (change.before, change.row):
                    value = getattr(row, column.attname, None)
                    if value is not None:
                        yield column.related_model, value


def _line(change: Change, named: _Named) -> Line:
    row = change.row
    operation, tone = OPERATIONS[row.history_type]
    resident = named.get(Resident, getattr(row, change.kind.resident)) if change.kind.resident else None
    batch = named.get(InboundBatch, getattr(row, "history_batch", None))
    standing = named.get(change.kind.model, _key(change))
    return Line(
        at=timezone.localtime(row.history_date),
        operation=operation,
        tone=tone,
        who=_who(row),
        kind=str(change.kind.model._meta.verbose_name),
        record=Target(_plain(str(row.instance)), _address(standing) if standing else ""),
        person=Target(resident.name, _address(resident)) if resident else None,
        number=resident.masked_id_number if resident else "",
        reason=reason_text(row.history_change_reason) or NOTHING,
        batch=Target(f"批次{batch.pk} {batch.file_name}", _address(batch)) if batch else None,
        row_number=getattr(row, "row_number", None)
        if batch and getattr(row, "batch_id", None) == batch.pk
        else None,
        policy=named.version(getattr(row, "policy_key", ""), row.history_date),
        differences=[each for column in _told(change) for each in _differences(column, change, named)],
    )


def _who(row: Any) -> str:
    user = row.history_user
    if user is None:
        return "系统"
    name = f"{user.last_name}{user.first_name}"
    return f"{name}（{user.get_username()}）" if name else str(user.get_username())


def _told(change: Change) -> Iterator["models.Field[Any, Any]"]:
    """Yield the fields worth telling: those that differ, or all that say something where there is no other row."""
    alone = change.before is None or change.row.history_type != "~"
    for column in change.kind.model._meta.concrete_fields:
        if column.name in UNTOLD or column.primary_key:
            continue
        new, old = (getattr(row, column.attname, None) for row in (change.row, change.before))
        if (new not in (None, "", [], {})) if alone else (old != new):
            yield column


def _differences(column: "models.Field[Any, Any]", change: Change, named: _Named) -> Iterator[Difference]:
    new = getattr(change.row, column.attname)
    old = getattr(change.before, column.attname) if change.row.history_type == "~" and change.before else None
    if change.row.history_type == "-":
        old, new = new, None
    label = str(column.verbose_name)
    if column.name in LONG:
        yield Difference(
            label, "" if old in (None, "", []) else "原内容", "" if new in (None, "", []) else "已更新"
        )
    elif isinstance(old or new, dict | list):
        category = named.get(Category, getattr(change.row, "category_id", None))
        yield from _parts(
            label, old or {}, new or {}, names={**CODES, **(category.attributes if category else {})}
        )
    else:
        offered = {each["code"]: each["label"] for each in getattr(change.row, "options", ())}
        yield Difference(label, *(offered.get(value) or _text(column, value, named) for value in (old, new)))


def _text(column: "models.Field[Any, Any]", value: Any, named: _Named) -> str:
    if value is None or value == "":
        return ""
    if column.name == "sealed_id_number":
        return masked(open_sealed(value))
    if isinstance(column, models.ForeignKey):
        target = named.get(column.related_model, value)
        return _plain(str(target)) if target is not None else f"已删除（{value}）"
    if isinstance(value, datetime.datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if column.name == "fiscal_class":
        return fiscal_class_labels().get(str(value), str(value))
    text = value_text(column, value)
    return _word(text, CODES) if isinstance(column, models.CharField) else text


def _parts(label: str, old: Any, new: Any, *, names: Mapping[str, str]) -> Iterator[Difference]:
    """Yield what differs inside a structured value, each leaf by its path in words."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    for path in dict.fromkeys((*before, *after)):
        if before.get(path) != after.get(path):
            name = "·".join((label, *(_word(part, names) for part in path)))
            yield Difference(name, _word(before.get(path, ""), names), _word(after.get(path, ""), names))


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict):
        for name, part in value.items():
            if name in HAVE_LABELS and "label" in value:
                continue
            yield from _leaves(part, (*path, str(name)))
    elif isinstance(value, list):
        for number, part in enumerate(value, start=1):
            yield from _leaves(part, path if len(value) == 1 else (*path, f"{number}"))
    elif isinstance(value, bool):
        yield path, "是" if value else "否"
    else:
        yield path, "" if value is None else str(value)


def _word(code: str, names: Mapping[str, str]) -> str:
    return names.get(code) or said(code)


def _key(change: Change) -> Any:
    pk = change.kind.model._meta.pk
    assert pk is not None
    return getattr(change.row, pk.attname)


def _plain(text: str) -> str:
    return KEY.sub("", text, count=1)


def _address(row: models.Model) -> str:
    if not admin.site.is_registered(type(row)):
        return ""
    try:
        return change_url(row)
    except NoReverseMatch:
        return ""
