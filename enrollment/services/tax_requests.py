"""The request list for assistance paid through the tax authority (税务请款明细): one line a grant of a settlement."""

import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import OuterRef, Q, Subquery, Sum

from enrollment.models import AssistanceSettlement, ContributionPeriod, SettlementRow, SettlementState
from policy.errors import DomainError
from policy.money import ZERO
from registry.batch.copying import copy_rows
from registry.models import AccessLog, Area, AreaLevel, Resident
from registry.selectors import areas_under

READ_AT_ONCE = 2_000
Owed = dict[tuple[str, int], Decimal]  # label of the batch, resident


class RequestRefused(DomainError):
    """The list cannot be made: the settlement is a draft, the user may not see full numbers, or no reason is given."""

    code = "request_refused"


@dataclass(frozen=True, slots=True)
class RequestRow:
    """What is asked for of one grant in yuan: `aid`, negative where taken back, and what the person pays besides."""

    town: str
    resident: Resident
    tier: str
    population: str
    aid: Decimal
    personal: Decimal
    request: str


def request_label(settlement: AssistanceSettlement) -> str:
    """Return what a settlement is called on the list (请款批次)."""
    return f"{settlement.area.code}-{settlement.month:%Y%m}"


@transaction.atomic
def request_rows(*, settlement: AssistanceSettlement, reason: str, user: User) -> list[RequestRow]:
    """Return the lines of an approved settlement, and write down who was given the numbers of its people, and why.

    One query for the lines, however many.

    :raises RequestRefused: as the class says; then nothing is given out
    """
    purpose = reason.strip()
    if settlement.state != SettlementState.APPROVED:
        raise RequestRefused("结算复核后才能请款")
    if not purpose:
        raise RequestRefused("请填写导出完整证件号码的事由", field="reason")
    if not user.has_perm("registry.view_full_id_number"):
        raise RequestRefused("没有查看完整证件号码的权限")
    made = list(_rows(settlement))
    people = dict.fromkeys(row.resident.pk for row in made)
    copy_rows(
        AccessLog(
            user=user, resident_id=pk, purpose=f"税务请款明细 {request_label(settlement)}：{purpose}"[:200]
        )
        for pk in people
    )
    return made


def owed_by_request(*, area: Area, labels: Collection[str]) -> tuple[set[str], Owed]:
    """Return which labels are approved settlements at or below `area`, and what each person is owed in them."""
    wanted = Q(pk__in=[])
    for label in labels:
        code, _, month = label.rpartition("-")
        if first := _month(month):
            wanted |= Q(area__code=code, month=first)
    known = AssistanceSettlement.objects.filter(
        wanted, area__in=areas_under(area), state=SettlementState.APPROVED
    )
    named = {each.pk: request_label(each) for each in known.select_related("area")}
    rows = SettlementRow.objects.filter(settlement__in=named).order_by()
    sums = rows.values_list("settlement", "grant__resident").annotate(sum=Sum("amount"))
    return set(named.values()), {(named[pk], resident): amount for pk, resident, amount in sums}


def _month(text: str) -> datetime.date | None:
    try:
        return datetime.datetime.strptime(text, "%Y%m").date()  # noqa: DTZ007 - a month is in no zone
    except ValueError:
        return None


def _rows(settlement: AssistanceSettlement) -> Iterator[RequestRow]:
    towns = dict(areas_under(settlement.area).filter(level=AreaLevel.TOWN).values_list("code", "name"))
    paid = ContributionPeriod.objects.filter(grant=OuterRef("grant")).order_by("-pk")
    rows = SettlementRow.objects.filter(settlement=settlement).annotate(
        payable=Subquery(paid.values("payable")[:1]),
        population=Subquery(paid.values("enrollment__population")[:1]),
    )
    ordered = rows.select_related("grant__resident", "area").order_by("area__path", "grant", "reverses", "pk")
    ordered = ordered.defer("grant__trace", "grant__losing", "grant__payers")
    label = request_label(settlement)
    streamed = ordered.iterator(chunk_size=READ_AT_ONCE)
    for (_, is_back), group in groupby(streamed, key=lambda row: (row.grant_id, row.reverses_id is not None)):
        parts = list(group)
        first = parts[0]
        codes = first.area.path.strip("/").split("/")
        yield RequestRow(
            town=next((towns[code] for code in codes if code in towns), first.area.name),
            resident=first.grant.resident,
            tier=first.grant.tier_label,
            population=first.population or "",
            aid=sum((part.amount for part in parts), ZERO),
            personal=ZERO if is_back else first.payable or ZERO,
            request=label,
        )
