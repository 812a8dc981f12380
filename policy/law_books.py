"""The law as it stood at any moment: versions that were replaced since keep computing what was decided under them."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from policy.errors import DomainError, PolicyNotFound
from policy.loader import CATEGORIES, build, read_shipped
from policy.models import PolicyStatus, PolicyVersion
from policy.policy import Policy

State = tuple[int, ...]  # keys of the versions in force, in order
ONCE_IN_FORCE = (PolicyStatus.APPROVED, PolicyStatus.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Adoption:
    """A version came into force, in place of the one its area and year had before."""

    version: int
    area: str
    year: int
    at: datetime.datetime


@dataclass(slots=True)
class LawBook:
    """Every version that ever was in force; texts are read, and policies built, as they are asked for."""

    adoptions: Sequence[Adoption]
    _texts: dict[int, str] = field(default_factory=dict)
    _built: dict[tuple[str, State], Policy | DomainError] = field(default_factory=dict)

    def policy(self, *, areas: Sequence[str], year: int, at: datetime.datetime, digest: str = "") -> Policy:
        """Return the policy of the nearest area that had one in force for `year` at a moment.

        :param areas: division codes, the person's own area first, then upwards
        :param digest: of the policy that is meant; where the moment fell into a change of the law, it tells which side
        :raises PolicyNotFound: if none of them had one
        """
        found = self._nearest(areas, year, self._state(at))
        if not digest or (isinstance(found, Policy) and found.digest == digest):
            return _or_raise(found)
        for state in self._around(at):
            other = self._nearest(areas, year, state)
            if isinstance(other, Policy) and other.digest == digest:
                return other
        return _or_raise(found)

    def _state(self, at: datetime.datetime) -> State:
        """Return the versions in force at a moment."""
        force = {(each.area, each.year): each.version for each in self.adoptions if each.at <= at}
        return tuple(sorted(force.values()))

    def _around(self, at: datetime.datetime) -> Iterable[State]:
        """Yield the states of the law before the last change up to a moment, and after the next one."""
        last = max((each.at for each in self.adoptions if each.at <= at), default=None)
        following = min((each.at for each in self.adoptions if each.at > at), default=None)
        if last is not None:
            yield self._state(last - datetime.timedelta(microseconds=1))
        if following is not None:
            yield self._state(following)

    def _nearest(self, areas: Sequence[str], year: int, state: State) -> Policy | DomainError:
        force = {(each.area, each.year): each.version for each in self.adoptions if each.version in state}
        area = next((area for area in areas if (area, year) in force), None)
        if area is None:
            return PolicyNotFound(
                f"{areas[0] if areas else '?'} 及其上级当时没有已生效的 {year} 年度政策。",
                areas=list(areas),
                year=year,
            )
        key = f"{area}/{year}"
        if (key, state) not in self._built:
            self._built[key, state] = self._build(key, force)
        return self._built[key, state]

    def _build(self, key: str, force: dict[tuple[str, int], int]) -> Policy | DomainError:
        try:
            return build(key, lambda link: self._text(link, force))
        except DomainError as refused:
            return refused

    def _text(self, key: str, force: dict[tuple[str, int], int]) -> str:
        if key == CATEGORIES:
            return read_shipped(key)
        area, _, year = key.partition("/")
        version = force.get((area, int(year or 0)))
        if version is None:
            raise PolicyNotFound(f"{area} 当时没有已生效的 {year} 年度政策。", area=area, year=year)
        if version not in self._texts:
            self._texts[version] = PolicyVersion.objects.values_list("text", flat=True).get(pk=version)
        return self._texts[version]


def law_book() -> LawBook:
    """Return the law of all areas and years at all moments; one query, and one for each text asked for."""
    rows = PolicyVersion.objects.filter(status__in=ONCE_IN_FORCE, approved_at__isnull=False)
    adoptions = rows.order_by("approved_at", "pk").values_list("pk", "area", "year", "approved_at")
    return LawBook([Adoption(pk, area, year, at) for pk, area, year, at in adoptions if at is not None])


def _or_raise(found: Policy | DomainError) -> Policy:
    if isinstance(found, DomainError):
        raise found
    return found
