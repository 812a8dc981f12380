"""Load the categories of the register and of approved policies, with the names lists call them by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from hardship.models import Category, CategoryAlias
from hardship.rules.identity_names import made_alike
from policy.errors import PolicyInvalid
from policy.loader import shipped_categories
from policy.models import PolicyStatus, PolicyVersion
from policy.schema.document import CategoryRule, NameRule
from policy.selectors import approved_policy
from registry.batch.history import write_with_history

REASON = "import 类别登记簿"


@dataclass(frozen=True, slots=True)
class CategoryCounts:
    """What loading changed: categories, and names."""

    added: int
    changed: int
    unchanged: int
    names_added: int


@transaction.atomic
def load_categories(*, user: AbstractBaseUser | None = None) -> CategoryCounts:
    """Add and correct categories and names; remove none, and leave names alone that staff gave a meaning.

    :raises PolicyInvalid: if one name is given to two categories; then nothing is changed
    """
    said = _rules()
    rules = dict(reversed(said))
    stored = {category.code: category for category in Category.objects.all()}
    added = changed = 0
    for code, rule in rules.items():
        values = {
            "label": rule.label,
            "issuer": rule.issuer,
            "relayed_by": list(rule.relayed_by),
            "clause": rule.clause,
            "attributes": rule.attributes,
            "months": rule.months,
        }
        category = stored.get(code) or Category(code=code)
        is_new = code not in stored
        if not is_new and all(getattr(category, name) == value for name, value in values.items()):
            continue
        added, changed = added + is_new, changed + (not is_new)
        for name, value in values.items():
            setattr(category, name, value)
        category._change_reason, category._history_user = REASON, user  # type: ignore[attr-defined]
        category.save()
    return CategoryCounts(
        added=added,
        changed=changed,
        unchanged=len(rules) - added - changed,
        names_added=_load_names(said, user),
    )


def _rules() -> list[tuple[str, CategoryRule]]:
    """Return the register's categories, then those that regions add to it or know by other names."""
    rules = list(shipped_categories().items())
    approved = PolicyVersion.objects.filter(status=PolicyStatus.APPROVED).order_by("area", "year")
    for area, year in approved.values_list("area", "year"):
        rules += approved_policy(f"{area}/{year}").data.category.items()
    return rules


def _load_names(rules: Sequence[tuple[str, CategoryRule]], user: AbstractBaseUser | None) -> int:
    wanted: dict[str, CategoryAlias] = {}
    for row in _names(rules):
        other = wanted.setdefault(row.name, row)
        if other.category_id != row.category_id:
            raise PolicyInvalid(f"身份名称“{row.name}”同时属于 {other.category_id} 和 {row.category_id}")
    stored = {row.name: row for row in CategoryAlias.objects.all()}
    for name, row in wanted.items():
        kept = stored.get(name)
        if kept is not None and kept.added_by_id is None and not _same(kept, row):
            kept.category_id, kept.attributes, kept.also = row.category_id, row.attributes, row.also
            kept._change_reason, kept._history_user = REASON, user  # type: ignore[attr-defined]
            kept.save()
    new = [row for name, row in wanted.items() if name not in stored]
    write_with_history(new, reason=REASON, user=user)
    return len(new)


def _names(rules: Sequence[tuple[str, CategoryRule]]) -> Iterator[CategoryAlias]:
    for code, rule in rules:
        for alias in (*rule.aliases, rule.label):
            said = alias if isinstance(alias, NameRule) else NameRule(name=alias)
            yield CategoryAlias(
                name=made_alike(said.name),
                category_id=code,
                attributes=dict(said.attributes),
                also=list(said.also),
            )


def _same(kept: CategoryAlias, row: CategoryAlias) -> bool:
    return (kept.category_id, kept.attributes, kept.also) == (row.category_id, row.attributes, row.also)
