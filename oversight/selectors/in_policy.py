"""The share of in-policy inpatient expense the basic fund pays (政策范围内基金支付比例), by month, place and grade."""

import datetime
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, CharField, Count, F, Func, IntegerField, QuerySet, Sum, Value, When
from django.db.models.functions import TruncMonth
from django.utils import timezone

from benefits.models import Claim, ClaimKind, ClaimState
from oversight.rules.in_policy_ratio import InPolicyRatio, in_policy_ratio
from policy.dates import days_after, last_day_of_month
from policy.errors import PolicyNotFound, RuleNotPublished
from policy.money import ZERO
from policy.schema.oversight import Oversight
from policy.selectors import policy_for
from policy.trace import Traced
from registry.models import Area
from registry.selectors import area_chain, pools_of


@dataclass(frozen=True, slots=True)
class Sums:
    """What inpatient stays add up to, yuan."""

    stays: int = 0
    in_policy: Decimal = ZERO
    fund_paid: Decimal = ZERO

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.stays + other.stays, self.in_policy + other.in_policy, self.fund_paid + other.fund_paid
        )


@dataclass(frozen=True, slots=True)
class RatioLine:
    """A line of the sheet.

    :ivar traced: the share with its working; null = the documents set no band for the year
    """

    name: str
    sums: Sums
    traced: Traced[InPolicyRatio] | None

    @property
    def share(self) -> Decimal | None:
        """The share paid, to four places; null = no expense."""
        if self.traced is not None:
            return self.traced.value.ratio
        return (
            (self.sums.fund_paid / self.sums.in_policy).quantize(Decimal("0.0001"))
            if self.sums.in_policy
            else None
        )

    @property
    def is_outside(self) -> bool:
        """Whether the share lies outside the band."""
        return self.traced is not None and not self.traced.value.inside


@dataclass(frozen=True, slots=True)
class RatioSheet:
    """The share of some months of one year: by month, by place, by facility grade, and of all together.

    :ivar silence: why there is no band; "" = there is one
    """

    months: Sequence[RatioLine]
    places: Sequence[RatioLine]
    grades: Sequence[RatioLine]
    total: RatioLine
    silence: str = ""


@dataclass(frozen=True, slots=True)
class _Group:
    month: datetime.date
    place: str
    grade: str
    sums: Sums


def in_policy_sheet(
    *, area: Area, first: datetime.date, last: datetime.date, known_on: datetime.date | None = None
) -> RatioSheet:
    """Return the share for stays settled in the months from `first` to `last`, of one year; a few queries.

    People count where they live, stays by the grade their facility had when they were settled.

    :param first, last: days of months of the same year
    :param known_on: by the records as they stood at the end of that day; null = as they stand now
    """
    groups = _groups(area, _stays(area, first, last, known_on))
    law, silence = _law(area, first.year)
    names = dict(Area.objects.filter(parent=area).order_by("path").values_list("code", "name"))
    places = [*names, *sorted({each.place for each in groups} - names.keys())]
    return RatioSheet(
        months=_lines(groups, lambda each: f"{each.month:%Y-%m}", law),
        places=_lines(
            groups, lambda each: each.place, law, order=places, names=names | {area.code: area.name}
        ),
        grades=_lines(groups, lambda each: each.grade, law),
        total=_line("合计", sum((each.sums for each in groups), Sums()), law),
        silence=silence,
    )


def _stays(
    area: Area, first: datetime.date, last: datetime.date, known_on: datetime.date | None
) -> QuerySet[Claim]:
    claims = Claim.objects.all()
    if known_on is not None:
        midnight = datetime.datetime.combine(days_after(known_on, 1), datetime.time())
        claims = Claim.history.as_of(timezone.make_aware(midnight))
    return claims.filter(
        pooling_area__in=pools_of(area),
        settled_on__range=(first.replace(day=1), last_day_of_month(last)),
        kind=ClaimKind.INPATIENT,
        state=ClaimState.SETTLED,
        resident__living_area__path__startswith=area.path,
    )


def _groups(area: Area, stays: QuerySet[Claim]) -> list[_Group]:
    rows = (
        stays.annotate(month=TruncMonth("settled_on"), place=_next_below(area))
        .order_by("month", "place", "grade")
        .values("month", "place", "grade")
        .annotate(stays=Count("pk"), in_policy=Sum("eligible"), fund_paid=Sum("basic_paid"))
    )
    return [
        _Group(
            row["month"], row["place"], row["grade"], Sums(row["stays"], row["in_policy"], row["fund_paid"])
        )
        for row in rows
    ]


def _next_below(area: Area) -> Case:
    """Return the code of the place next below `area` in which a person lives; the area's own where there is none."""
    depth = len(area.path.strip("/").split("/"))
    path = F("resident__living_area__path")
    code = Func(
        path, Value("/"), Value(depth + 1, IntegerField()), function="split_part", output_field=CharField()
    )
    own = When(resident__living_area=area, then=Value(area.code))
    return Case(own, default=code, output_field=CharField())


def _law(area: Area, year: int) -> tuple[Oversight | None, str]:
    """Return the targets of the year, or why there are none."""
    try:
        law = policy_for(areas=area_chain(area), year=year).oversight
        law.published(law.in_policy_ratio, "in_policy_ratio")
    except (PolicyNotFound, RuleNotPublished) as silence:
        return None, silence.message
    return law, ""


def _lines(
    groups: Sequence[_Group],
    key: Callable[[_Group], str],
    law: Oversight | None,
    *,
    order: Sequence[str] = (),
    names: Mapping[str, str] | None = None,
) -> list[RatioLine]:
    """Return a line of every key that occurs, in the order given, else by itself."""
    sums: defaultdict[str, Sums] = defaultdict(Sums)
    for each in groups:
        sums[key(each)] += each.sums
    keys = [each for each in order if each in sums] if order else sorted(sums)
    return [_line((names or {}).get(each, each), sums[each], law) for each in keys]


def _line(name: str, sums: Sums, law: Oversight | None) -> RatioLine:
    traced = None if law is None else in_policy_ratio(law, fund_paid=sums.fund_paid, in_policy=sums.in_policy)
    return RatioLine(name, sums, traced)
