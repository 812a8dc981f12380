"""The health commission's list of the dead, taken in person by person."""

from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.base_user import AbstractBaseUser

from exchange.parsers.tables import Column, parse_date, read_table
from registry.selectors import resident_by_number
from registry.services.change_residents import record_death

COLUMNS = (
    Column("id_number", ("身份证号码", "身份证号", "证件号码"), is_key=True),
    Column("died_on", ("死亡时间", "死亡日期")),
)


@dataclass(frozen=True, slots=True)
class DeathCounts:
    """What became of the lines."""

    recorded: int
    unknown: int


def record_deaths(path: Path, *, user: AbstractBaseUser) -> DeathCounts:
    """Record the deaths of a list; people nobody knows are counted only."""
    recorded = unknown = 0
    for row in read_table(path.read_bytes(), path.name, columns=COLUMNS).rows:
        resident = resident_by_number(row["id_number"])
        if resident is None:
            unknown += 1
            continue
        record_death(
            resident=resident, died_on=parse_date(row["died_on"]), reason=f"list {path.name}", user=user
        )
        recorded += 1
    return DeathCounts(recorded, unknown)
