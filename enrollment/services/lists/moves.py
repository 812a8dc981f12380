"""Whether a register may speak of the people it names, and since when they live where it says."""

import datetime
from collections.abc import Mapping
from dataclasses import replace

from enrollment.parsers.residents import RegisteredLine
from enrollment.services.lists.misfits import OnRecord, misfit
from enrollment.services.lists.places import Problem
from registry.models import Area, Resident

PLACES = ("hukou", "living")
DAYS = {"hukou_since": "户籍起始日", "living_since": "居住起始日"}


def with_days(line: RegisteredLine, known: Resident | None, *, on: datetime.date) -> RegisteredLine:
    """Return the line with the days of the moves it tells without saying since when: that of the register."""
    if known is None:
        return line
    hukou_moved = known.hukou_area.code != line.hukou_area
    living_moved = known.living_area.code != line.living_area
    return replace(
        line,
        hukou_since=line.hukou_since or (on if hukou_moved else None),
        living_since=line.living_since or (on if living_moved else None),
    )


def days_told(line: RegisteredLine) -> dict[str, datetime.date | None]:
    """Return since when the line says the person lives and is registered where it says; null = it does not say."""
    return {place: getattr(line, f"{place}_since") for place in PLACES}


def contradiction(
    known: Resident, days: Mapping[str, datetime.date | None], *, said: str, area: Area
) -> Problem | None:
    """Return why a register may not be followed for somebody on record; null = it may.

    :param said: the name in the register; empty = it may call them otherwise, as with their first identity number
    :param area: whose register it is
    """
    objection = misfit(OnRecord(known.name, known.living_area.path), said=said, area=area)
    if objection is None:
        return outdated(known, days)
    if objection.code == "name_differs":
        cure = "；确已改名的，先在一人一档“更改姓名”"
        return objection.code, objection.message + cure, "姓名"
    lives = f"登记居住在{known.pooling_area.name}“{known.living_area.name}”，不在{area.name}"
    cure = "；确已迁来的，请管辖两地的上级在一人一档办理“迁移”后再导入"
    return objection.code, lives + cure, "居住地区划"


def outdated(known: Resident, days: Mapping[str, datetime.date | None]) -> Problem | None:
    """Return code, message and column where a line tells of a move before the last one on record."""
    for place in PLACES:
        last, since = getattr(known, f"{place}_since"), days[place]
        if last is not None and since is not None and since < last:
            name = getattr(known, f"{place}_area").name
            said = f"已登记自 {last} 起在“{name}”，名册所写 {since} 更早；原登记有误的，请在一人一档更正"
            return "older_than_last_move", said, DAYS[f"{place}_since"]
    return None
