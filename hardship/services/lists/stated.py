"""Plan identities that an agency states of single persons outside its monthly lists, as a supplementary list."""

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from exchange.models import Agency, BatchMode, BatchStatus, InboundBatch
from exchange.services.batches import BatchSource, begin_plan, open_batch
from hardship.models import Category
from hardship.rules.stated_identities import ListedIdentity
from hardship.services.lists.lines import Line
from hardship.services.lists.planning import PREFIX, finish_plan, record_planned, refuse_kind_or_area
from hardship.services.lists.views import view_of
from registry.models import Area, Resident

AT_RISK = "risk_eliminated"  # who is found to need help has not overcome the risk


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedIdentity:
    """An identity an agency states of a person on record.

    :param number: of its row in the list, from 1
    """

    number: int
    resident_id: int
    category: str
    since: datetime.date
    document: str = ""


@transaction.atomic
def plan_stated(  # noqa: PLR0913 - what a list is, and what it says
    *,
    kind: str,
    stated: Sequence[StatedIdentity],
    name: str,
    area: Area,
    as_of: datetime.date,
    agency: Agency,
    user: AbstractBaseUser | None = None,
) -> InboundBatch:
    """Return the planned supplementary list of these identities; nothing is in force before somebody confirms it.

    Each is held against the records as a row of the agency's own list would be, and goes the same way afterwards.

    :param kind: one of `hardship.parsers.kinds.IDENTITY_LISTS`, such as civil_affairs
    :param name: what the list is called; each call is a list of its own
    :raises ListKindUnknown, ListAreaTooSmall, AsOfInFuture: as `receive_list`
    """
    refuse_kind_or_area(kind, area=area)
    moment = timezone.now().isoformat()
    source = BatchSource(
        file_name=name,
        sha256=hashlib.sha256(f"{agency.code}|{name}|{moment}".encode()).hexdigest(),
        area=area,
        as_of=as_of,
        mode=BatchMode.SUPPLEMENTARY,
        agency=agency,
    )
    batch = open_batch(kind=PREFIX + kind, source=source, user=user, status=BatchStatus.RECEIVED)
    begin_plan(batch=batch)
    lines = _lines(stated)
    view = view_of(batch, issuer=kind, names={each.name for line in lines for each in line.identities})
    record_planned(lines, view)
    return finish_plan(batch=batch, user=user)


def _lines(stated: Sequence[StatedIdentity]) -> list[Line]:
    people = Resident.objects.in_bulk([each.resident_id for each in stated])
    categories = Category.objects.in_bulk([each.category for each in stated])
    lines = []
    for each in stated:
        person, category = people[each.resident_id], categories[each.category]
        is_watched = AT_RISK in category.attributes
        identity = ListedIdentity(
            category.label,
            {AT_RISK: False} if is_watched else {},
            since=each.since,
            carrying=AT_RISK if is_watched else "",
        )
        lines.append(
            Line(
                number=each.number,
                key=bytes(person.id_index),
                name=person.name,
                id_number=person.masked_id_number,
                identities=(identity,),
                document=each.document,
            )
        )
    return lines
