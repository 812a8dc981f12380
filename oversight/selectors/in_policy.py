"""The share of in-policy inpatient expense the basic fund pays (政策范围内基金支付比例), by month, place and grade."""

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from benefits.models import Claim, ClaimKind, ClaimState
from oversight.rules.in_policy_ratio import InPolicyRatio, in_policy_ratio
from oversight.selectors.moments import midnight_after
from policy.dates import last_day_of_month
from policy.errors import PolicyNotFound, RuleNotPublished
from policy.money import ZERO
from policy.schema.oversight import Oversight
from policy.selectors import policy_for
from policy.trace import Traced
from registry.batch.places import Stay, living_areas_of
from registry.models import Area, Resident
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

    People count where they lived on the day of the settlement, stays by the grade their facility had then.

    :param first, last: days of months of the same year
    :param known_on: by the records as they stood at the end of that day; null = as they stand now
    """
    moment = None if known_on is None else midnight_after(known_on)
    groups = list(_groups(area, _stays(area, first, last, moment), moment))
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
    area: Area, first: datetime.date, last: datetime.date, moment: datetime.datetime | None
) -> QuerySet[Claim]:
    claims = Claim.objects.all() if moment is None else Claim.history.as_of(moment)
    return claims.filter(
        pooling_area__in=pools_of(area),
        settled_on__range=(first.replace(day=1), last_day_of_month(last)),
        kind=ClaimKind.INPATIENT,
        state=ClaimState.SETTLED,
    )


def _groups(area: Area, stays: QuerySet[Claim], moment: datetime.datetime | None) -> Iterator[_Group]:
    """Yield the stays of people of an area by month, place next below it and grade."""
    paths = dict(Area.objects.filter(path__startswith=area.path).values_list("pk", "path"))
    for lived_in, month, grade, sums in [*_settled_ones(stays, moment), *_moved_ones(stays, moment)]:
        if lived_in in paths:
            yield _Group(month, _next_below(area, paths[lived_in]), grade, sums)


_Part = tuple[int, datetime.date, str, Sums]


def _settled_ones(stays: QuerySet[Claim], moment: datetime.datetime | None) -> Iterator[_Part]:
    """Yield the sums of those who live where they lived when their stay was settled, by where that is."""
    rows = (
        stays.exclude(_may_live_elsewhere(moment))
        .annotate(month=TruncMonth("settled_on"))
        .order_by("resident__living_area", "month", "grade")
        .values("resident__living_area", "month", "grade")
        .annotate(stays=Count("pk"), in_policy=Sum("eligible"), fund_paid=Sum("basic_paid"))
    )
    for row in rows:
        sums = Sums(row["stays"], row["in_policy"], row["fund_paid"])
        yield row["resident__living_area"], row["month"], row["grade"], sums


def _moved_ones(stays: QuerySet[Claim], moment: datetime.datetime | None) -> Iterator[_Part]:
    """Yield the stays of the few others one by one, by where they lived when it was settled."""
    rows = list(
        stays.filter(_may_live_elsewhere(moment)).values_list(
            "resident", "pooling_area", "settled_on", "grade", "eligible", "basic_paid"
        )
    )
    lived = living_areas_of({Stay(*row[:3]) for row in rows}, until=moment)
    for resident, pool, day, grade, in_policy, fund_paid in rows:
        where = lived[Stay(resident, pool, day)]
        yield where, day.replace(day=1), grade, Sums(1, in_policy, fund_paid)


def _may_live_elsewhere(moment: datetime.datetime | None) -> Q:
    """Return the condition that a person moved after the settlement, or was recorded anew after `moment`."""
    moved = Q(resident__living_since__isnull=False, resident__living_since__gt=F("settled_on"))
    moved |= ~Q(resident__pooling_area=F("pooling_area"))
    if moment is not None:
        changed = Resident.history.filter(history_date__gte=moment)
        moved |= Q(resident__in=changed.values("id"))
    return moved


def _next_below(area: Area, path: str) -> str:
    """Return the code of the place next below `area` on a path; the area's own where there is none."""
    below = path.removeprefix(area.path).strip("/")
    return below.split("/")[0] or area.code


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
