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
    """A version came into force, in place of the one its area and year had before.

    :param corrects: it puts errors of that one's text right; it is no new law
    """

    version: int
    area: str
    year: int
    at: datetime.datetime
    corrects: bool = False


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
        return self._meant(areas, year, (self._state(each) for each in self._moments(at)), digest)

    def policy_put_right(
        self,
        *,
        booked: Policy,
        at: datetime.datetime,
        known_at: datetime.datetime | None = None,
        digest: str = "",
    ) -> Policy:
        """Return a policy that held at a moment with the errors put right that later versions corrected in its text.

        A version that is new law ends the line: it says nothing of what was decided before it, nor does what corrects
        it (docs/decisions/0011).

        :param known_at: what came into force later is not known yet; null = all is
        :param digest: of the policy that is meant, where `known_at` fell into a change of the law
        """
        areas, year = [booked.area], booked.year
        states = (self._state(each) for each in self._moments(at))
        then = next((each for each in states if self._is(areas, year, each, booked)), self._state(at))
        moments = [None] if known_at is None else self._moments(known_at)
        return self._meant(areas, year, (self._put_right(then, until=each) for each in moments), digest)

    def _put_right(self, state: State, *, until: datetime.datetime | None) -> State:
        """Return the versions with each followed by those that correct it, one after the other."""
        line: dict[tuple[str, int], int] = {}
        ended: set[tuple[str, int]] = set()
        for each in self.adoptions:
            place = (each.area, each.year)
            if each.version in state:
                line[place] = each.version
            elif place in line and place not in ended and (until is None or each.at <= until):
                if each.corrects:
                    line[place] = each.version
                else:
                    ended.add(place)
        return tuple(sorted(line.values()))

    def _meant(self, areas: Sequence[str], year: int, states: Iterable[State], digest: str) -> Policy:
        """Return the first policy, or rather the one of this digest.

        :raises PolicyNotFound: if there is none in the first state
        """
        found: list[Policy | DomainError] = []
        for state in states:
            found.append(self._nearest(areas, year, state))
            if not digest:
                break
            if _has_digest(found[-1], digest):
                return _or_raise(found[-1])
        return _or_raise(found[0])

    def _is(self, areas: Sequence[str], year: int, state: State, policy: Policy) -> bool:
        return _has_digest(self._nearest(areas, year, state), policy.digest)

    def _state(self, at: datetime.datetime) -> State:
        """Return the versions in force at a moment."""
        force = {(each.area, each.year): each.version for each in self.adoptions if each.at <= at}
        return tuple(sorted(force.values()))

    def _moments(self, at: datetime.datetime) -> Iterable[datetime.datetime]:
        """Yield the moment, one before the last change of the law up to it, and the next change."""
        yield at
        last = max((each.at for each in self.adoptions if each.at <= at), default=None)
        following = min((each.at for each in self.adoptions if each.at > at), default=None)
        if last is not None:
            yield last - datetime.timedelta(microseconds=1)
        if following is not None:
            yield following

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
    adoptions = rows.order_by("approved_at", "pk").values_list(
        "pk", "area", "year", "approved_at", "corrects"
    )
    return LawBook(
        [
            Adoption(pk, area, year, at, corrects)
            for pk, area, year, at, corrects in adoptions
            if at is not None
        ]
    )


def _has_digest(found: Policy | DomainError, digest: str) -> bool:
    return isinstance(found, Policy) and found.digest == digest


def _or_raise(found: Policy | DomainError) -> Policy:
    if isinstance(found, DomainError):
        raise found
    return found
