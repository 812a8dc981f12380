"""Load areas from a table of codes; said twice it changes nothing."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr

from policy.errors import DomainError
from registry.batch.history import update_with_history
from registry.models import Area

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "areas.csv"
SHIPPED_REASON = "import 行政区划"


class AreaTableInvalid(DomainError):
    """The table names a parent that is neither in it nor in the database, or turns in a circle."""

    code = "area_table_invalid"


@dataclass(frozen=True, slots=True)
class AreaCounts:
    """What loading changed."""

    added: int
    changed: int
    unchanged: int


@transaction.atomic
def load_areas(*, path: Path = SHIPPED) -> AreaCounts:
    """Add and correct the areas of a csv file with the columns of `registry/data/README.md`; remove none.

    :raises AreaTableInvalid: if the tree cannot be built; then nothing is changed
    """
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    known = {area.code: area for area in Area.objects.all()}
    stored = frozenset(known)
    added = changed = 0
    for row in _parents_first(rows, known=stored):
        parent = known.get(row["parent"])
        values = {
            "name": row["name"],
            "level": row["level"],
            "parent_id": parent.pk if parent else None,
            "path": f"{parent.path if parent else ''}{row['code']}/",
            "is_pooling_area": row["is_pooling_area"] == "1",
        }
        area = known.setdefault(row["code"], Area(code=row["code"]))
        is_new = area.code not in stored
        if not is_new and all(getattr(area, name) == value for name, value in values.items()):
            continue
        added, changed = added + is_new, changed + (not is_new)
        former = area.path
        for name, value in values.items():
            setattr(area, name, value)
        area._change_reason = SHIPPED_REASON  # type: ignore[attr-defined]
        area.save()
        if former not in ("", area.path):
            _carry_along(former=former, path=area.path)
    return AreaCounts(added=added, changed=changed, unchanged=len(rows) - added - changed)


def _carry_along(*, former: str, path: str) -> None:
    update_with_history(
        Area.objects.filter(path__startswith=former),
        {"path": Concat(Value(path), Substr("path", len(former) + 1))},
        reason=SHIPPED_REASON,
    )


def _parents_first(rows: list[dict[str, str]], *, known: Iterable[str]) -> Iterable[Mapping[str, str]]:
    waiting, placed = rows, {"", *known} - {row["code"] for row in rows}
    while waiting:
        ready = [row for row in waiting if row["parent"] in placed]
        if not ready:
            raise AreaTableInvalid(f"找不到上级地区：{waiting[0]['code']} 的上级 {waiting[0]['parent']}")
        yield from ready
        placed |= {row["code"] for row in ready}
        waiting = [row for row in waiting if row["code"] not in placed]
