"""Each level's share of the fiscal subsidy for people whose contribution is paid (财政补助分担)."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser

from casework.models import Case
from casework.services import NewCase, close_unasked
from casework.services.close_unasked import UNDECIDED
from enrollment.batch.subsidy_shares import Split, write_shares
from enrollment.models import ContributionPeriod, SubsidyShare
from enrollment.rules.financing import component_label, subsidies
from enrollment.rules.subsidy_split import ltc_shares, subsidy_shares
from policy.errors import DomainError
from policy.policy import Policy
from policy.schema.enrollment import Subsidy
from registry.models import Area, AreaFiscalClass

COUNTY_DEPTH = 2  # province / city / county
ANSWERED = "财政分类、分担比例已录入，补助已按各级分担，无须再决定。"
UNNEEDED = "已没有需要分担的补助，无须再决定。"
Shares = tuple[tuple[str, Decimal], ...]  # level and yuan for one person
Missing = dict[tuple[str, int, str], DomainError]  # county, fiscal year and component → why


class FiscalClassMissing(DomainError):
    """Nobody has entered how the area shares the subsidy in that fiscal year."""

    code = "fiscal_class_missing"


class Entitled(NamedTuple):
    """A paid contribution, its policy, and the path of the area its person lives in.

    :ivar is_new: the transaction that shares it out wrote it
    """

    contribution: ContributionPeriod
    policy: Policy
    path: str
    is_new: bool = False


@dataclass(slots=True)
class SubsidyLedger:
    """Shares of one run, each policy, class and component computed once."""

    classes: dict[int, dict[str, str]] = field(default_factory=dict)
    shares: dict[tuple[str, int, str, str], Shares | DomainError] = field(default_factory=dict)

    def share_out(self, paid: Iterable[Entitled]) -> list[NewCase]:
        """Write the shares of newly paid contributions; return one question for each area and component without any.

        The amounts are those of the fiscal year quoted beside the coverage year; `claim_year` says when they are asked
        for if that is later.
        """
        people: defaultdict[bool, defaultdict[Split, list[int]]] = defaultdict(lambda: defaultdict(list))
        missing: Missing = {}
        for one, contributions in _alike(paid):
            claim_year = one.contribution.claim_year
            for split in self.splits(one.policy, one.path, claim_year=claim_year, missing=missing):
                people[one.is_new][split] += contributions
        for is_new, shared in people.items():
            write_shares(shared, are_new=is_new)
        return questions(missing)

    def splits(
        self, policy: Policy, path: str, *, claim_year: int | None, missing: Missing
    ) -> Iterator[Split]:
        """Yield what each component's subsidy of one person is shared into; note in `missing` what nobody can say.

        :param path: of the area where the year counts
        """
        year = policy.financing.fiscal_year_for_coverage
        if year is None:
            return
        for component in subsidies(policy.financing, fiscal_year=year.value).value:
            shares = self._shares(policy, path, year.value, component)
            if isinstance(shares, DomainError):
                missing[county_of(path), year.value, component] = shares
            else:
                yield Split(year.value, component, claim_year, shares)

    def _shares(self, policy: Policy, path: str, fiscal_year: int, component: str) -> Shares | DomainError:
        fiscal_class = self._class(path, fiscal_year)
        key = (policy.key + policy.digest, fiscal_year, component, fiscal_class)
        if key not in self.shares:
            self.shares[key] = shares_of_one(policy, fiscal_year, component, fiscal_class)
        return self.shares[key]

    def _class(self, path: str, fiscal_year: int) -> str:
        """Return the fiscal class of the nearest area that has one, empty if none has."""
        if fiscal_year not in self.classes:
            rows = AreaFiscalClass.objects.filter(fiscal_year=fiscal_year)
            self.classes[fiscal_year] = dict(rows.values_list("area__code", "fiscal_class"))
        known = self.classes[fiscal_year]
        codes = path.strip("/").split("/")[::-1]
        return next((known[code] for code in codes if code in known), "")


def _alike(paid: Iterable[Entitled]) -> Iterator[tuple[Entitled, list[int]]]:
    """Yield the contributions with a subsidy by what tells their shares apart, with one of them."""
    alike: dict[tuple[str, str, str, int | None, bool], tuple[Entitled, list[int]]] = {}
    for one in paid:
        if one.contribution.subsidy != Subsidy.NONE:
            key = (one.policy.key, one.policy.digest, one.path, one.contribution.claim_year, one.is_new)
            alike.setdefault(key, (one, []))[1].append(one.contribution.pk)
    yield from alike.values()


def county_of(path: str) -> str:
    """Return the code of the county in a path, or of what comes nearest to one."""
    codes = path.strip("/").split("/")
    return codes[min(COUNTY_DEPTH, len(codes) - 1)]


def shares_of_one(
    policy: Policy, fiscal_year: int, component: str, fiscal_class: str
) -> Shares | DomainError:
    """Return who pays the subsidy of one person, or why nobody can say.

    :param fiscal_class: of the area, empty = not entered
    """
    try:
        if component == "ltc":
            ltc = ltc_shares(policy.financing, fiscal_year=fiscal_year, persons=1)
            return tuple(ltc.value.items())
        if not fiscal_class:
            return FiscalClassMissing(f"没有录入 {fiscal_year} 财政年度的财政分类，无法计算各级财政补助。")
        shares = subsidy_shares(
            policy.financing,
            fiscal_year=fiscal_year,
            fiscal_class=fiscal_class,
            persons=1,
            entitled_component=component,
        )
    except DomainError as refused:
        return refused
    return tuple(shares.value.items())


def questions(missing: Missing) -> list[NewCase]:
    """Return one question for each area, fiscal year and component that cannot be shared out."""
    codes = {code for code, _, _ in missing}
    areas = {area.code: area for area in Area.objects.filter(code__in=codes)} if codes else {}
    return [
        NewCase(
            kind=refused.code,
            title=f"{areas[code].name} {fiscal_year} 财政年度{component_label(component)}补助无法分担",
            area_id=areas[code].pk,
            reason=refused.message,
            detail={"fiscal_year": fiscal_year, "component": component},
            dedupe_key=_question_key(refused, code, fiscal_year, component),
        )
        for (code, fiscal_year, component), refused in missing.items()
    ]


def close_answered_questions(
    missing: Missing, *, area: Area, asked_before: datetime.datetime, user: AbstractBaseUser | None
) -> None:
    """Close the undecided questions at or below `area` that nobody has to answer any more, each with why.

    :param missing: what nobody can say of all the paid years below `area`
    :param asked_before: later questions stand: what they are about was not looked at
    """
    standing = {_question_key(refused, *place) for place, refused in missing.items()}
    waiting = Case.objects.filter(
        detail__has_keys=["fiscal_year", "component"],
        state__in=UNDECIDED,
        area__path__startswith=area.path,
        opened_at__lt=asked_before,
    ).select_related("area")
    for case in waiting.exclude(dedupe_key__in=standing).order_by("pk"):
        text = ANSWERED if _is_shared(case) else UNNEEDED
        close_unasked(cases=[case], text=text, may_return=True, user=user)


def _is_shared(case: Case) -> bool:
    shares = SubsidyShare.objects.filter(
        fiscal_year=case.detail["fiscal_year"],
        component=case.detail["component"],
        contribution__resident__living_area__path__startswith=case.area.path,
    )
    return shares.exists()


def _question_key(refused: DomainError, county: str, fiscal_year: int, component: str) -> str:
    return f"{refused.code}:{county}:{fiscal_year}:{component}"
