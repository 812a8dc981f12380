"""Which policy holds for an area and a year, read from the approved versions."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import connection

from policy.errors import DomainError, PolicyNotFound
from policy.loader import CATEGORIES, build, read_shipped
from policy.models import PolicyStatus, PolicyVersion
from policy.policy import Policy

STATE = """
SELECT count(*), max(id), max(approved_at),
    array_agg(area) FILTER (WHERE area = ANY(%(areas)s::text[]) AND year = %(year)s)
FROM {table} WHERE status = %(approved)s
"""
State = tuple[Any, ...]


def read_approved(key: str) -> str:
    """Return the text of the approved version under "<area>/<year>".

    :raises PolicyNotFound: if none is approved
    """
    if key == CATEGORIES:
        return read_shipped(key)
    area, _, year = key.partition("/")
    text = (
        PolicyVersion.objects.filter(area=area, year=int(year or 0), status=PolicyStatus.APPROVED)
        .values_list("text", flat=True)
        .first()
    )
    if text is None:
        raise PolicyNotFound(
            f"{area} 没有已生效的 {year} 年度政策，请先录入并复核该年度文件。", area=area, year=year
        )
    return text


def policy_for(*, areas: Sequence[str], year: int) -> Policy:
    """Return the policy of the nearest area that has an approved one for `year`, in one query once built.

    :param areas: division codes, the person's own area first, then upwards
    :raises PolicyNotFound: if none of them has one
    """
    state, approved = _state_and_places(areas, year)
    for area in areas:
        if area in approved:
            return _built(f"{area}/{year}", state)
    raise PolicyNotFound(
        f"{areas[0] if areas else '?'} 及其上级没有已生效的 {year} 年度政策，请先录入并复核该年度文件。",
        areas=list(areas),
        year=year,
    )


def approved_policy(key: str) -> Policy:
    """Return the approved policy under "<area>/<year>", built once per state of the approved versions."""
    return _built(key, _state())


def approved_policies() -> list[tuple[PolicyVersion, Policy | None]]:
    """Return every approved version with its policy, by area and the latest year first; two queries once built.

    :returns: without the policy where it no longer loads over its parents
    """
    state = _state()
    versions = PolicyVersion.objects.filter(status=PolicyStatus.APPROVED).order_by("area", "-year")
    return [(version, _built_or_none(version.key, state)) for version in versions]


def fiscal_class_labels() -> dict[str, str]:
    """Return the classes of areas that approved policies split the fiscal subsidy by: code → label."""
    return {
        code: split.label or code
        for _, policy in approved_policies()
        if policy is not None and policy.data.financing is not None
        for year in policy.data.financing.fiscal.values()
        for code, split in year.split.items()
    }


def policies_by_place() -> dict[tuple[str, int], Policy]:
    """Return (area code, coverage year) → approved policy, what no longer loads left out; two queries once built."""
    state = _state()
    places = PolicyVersion.objects.filter(status=PolicyStatus.APPROVED).values_list("area", "year")
    found = {(area, year): _built_or_none(f"{area}/{year}", state) for area, year in places}
    return {place: policy for place, policy in found.items() if policy is not None}


def _built_or_none(key: str, state: State) -> Policy | None:
    try:
        return _built(key, state)
    except DomainError:
        return None


def _state() -> State:
    """Return what changes whenever an approved version comes or goes, in one query."""
    return _state_and_places((), 0)[0]


def _state_and_places(areas: Sequence[str], year: int) -> tuple[State, list[str]]:
    """Return the state of the approved versions, and which of the areas have one for `year`; one query.

    Every claim asks: the statement is written by hand, since writing it takes Django longer than asking it.
    """
    statement = STATE.format(table=PolicyVersion._meta.db_table)
    said: dict[str, Any] = {"areas": list(areas), "year": year, "approved": PolicyStatus.APPROVED.value}
    with connection.cursor() as cursor:
        cursor.execute(statement, said)
        *state, approved = cursor.fetchone()
    return tuple(state), approved or []


@lru_cache(maxsize=256)
def _built(key: str, _state: State) -> Policy:
    return build(key, read_approved)
