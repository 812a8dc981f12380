"""Which rows of an inbound batch a page shows: by outcome, reason, remark, person or area, a page at a time."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict

from exchange.models import InboundBatch, InboundRow, RowOutcome
from exchange.selectors import rows_of_people_in
from registry.models import Area
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import normalized
from registry.selectors import numbers_of_holder

PAGE = 50
ORDER = ("sheet", "number", "pk")  # as the lines stand in the file
PROBLEMS = (RowOutcome.REFUSED, RowOutcome.CONFLICT, RowOutcome.HELD)
REMARKED = Q(outcome=RowOutcome.UNCHANGED) & ~Q(
    message=""
)  # changes nothing, and something is to be said of it
TOLD_APART = (RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.UNCHANGED, RowOutcome.KEPT)
SHORTEST_NUMBER = 8  # shorter search words are names


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows of a batch somebody wants to see.

    :param outcome: one of them; empty = those that need somebody, "all" = whatever it is
    :param code: with this reason code; empty = whatever it is
    :param remarked: only those of which something is to be said though nothing comes of them
    :param term: a whole number of a document, or the beginning of a name
    :param area: code of the area people live in
    :param after: key of the row before the page's first
    """

    outcome: str = ""
    term: str = ""
    area: str = ""
    code: str = ""
    remarked: bool = False
    after: int | None = None

    @classmethod
    def of(cls, query: QueryDict) -> "Asked":
        """Read an address; what is no sensible question is left out."""
        names = ("q", "area", "code", "after")  # without NUL, which the database cannot hold
        term, area, code, place = (query.get(name, "").replace("\0", "").strip() for name in names)
        outcome = query.get("outcome", "all" if term else "")
        return cls(
            outcome=outcome if outcome in (*RowOutcome.values, "all") else "",
            term=term,
            area=area,
            code=code,
            remarked="remarked" in query,
            after=int(place) if re.fullmatch(r"[0-9]{1,18}", place) else None,
        )

    def address(self) -> str:
        """Return the address of these rows on the page of their batch."""
        said = {
            "outcome": self.outcome,
            "q": self.term,
            "area": self.area,
            "code": self.code,
            "remarked": int(self.remarked),
            "after": self.after,
        }
        return "?" + urlencode({name: value for name, value in said.items() if value})

    def rows(self, batch: InboundBatch) -> QuerySet[InboundRow]:
        """Return all the rows asked for, from the first page on."""
        rows = InboundRow.objects.filter(batch=batch).order_by(*ORDER)
        if self.outcome != "all":
            rows = rows.filter(outcome__in=[self.outcome] if self.outcome else PROBLEMS)
        if self.code:
            rows = rows.filter(code=self.code)
        if self.remarked:
            rows = rows.filter(REMARKED)
        if self.term:
            rows = rows.filter(_about(self.term))
        if self.area:
            found = Area.objects.filter(code=self.area, path__startswith=batch.area.path).first()
            rows = rows_of_people_in(rows, found) if found else rows.none()
        return rows

    def page(self, batch: InboundBatch) -> tuple[list[InboundRow], "Asked | None"]:
        """Return a page of rows, and what to ask for the next one; nothing = this is the last."""
        rows = self.rows(batch)
        before = InboundRow.objects.filter(batch=batch, pk=self.after).first() if self.after else None
        if before is not None:
            rows = rows.filter(_behind(before))
        found = list(rows[: PAGE + 1])
        if len(found) <= PAGE:
            return found, None
        return found[:PAGE], replace(self, after=found[PAGE - 1].pk)


def _behind(row: InboundRow) -> Q:
    same_sheet = Q(sheet=row.sheet)
    return (
        Q(sheet__gt=row.sheet)
        | same_sheet & Q(number__gt=row.number)
        | same_sheet & Q(number=row.number, pk__gt=row.pk)
    )


def _about(term: str) -> Q:
    number = normalized(term)
    if len(number) >= SHORTEST_NUMBER and number.isascii() and any(sign.isdigit() for sign in number):
        return Q(key__in=numbers_of_holder(blind_index(number)))
    return Q(payload__name__startswith=term)


def among_outcomes(
    batch: InboundBatch, *, labels: Mapping[str, str]
) -> Mapping[str, Sequence[tuple[str, int, str]]]:
    """Return by outcome the rows to be told apart: what they are, how many, and where.

    Those with a reason code of the kind, and the unchanged of which something is to be said.

    :param labels: reason code → what such rows are
    """
    rows = InboundRow.objects.filter(Q(outcome__in=TOLD_APART, code__in=labels) | REMARKED, batch=batch)
    counted = rows.order_by("outcome", "code").values_list("outcome", "code").annotate(rows=Count("pk"))
    found: defaultdict[str, list[tuple[str, int, str]]] = defaultdict(list)
    remarked = 0
    for outcome, code, count in counted:
        remarked += count if outcome == RowOutcome.UNCHANGED else 0
        if code in labels:
            found[outcome].append((labels[code], count, Asked(outcome=outcome, code=code).address()))
    if remarked:
        everywhere = Asked(outcome=RowOutcome.UNCHANGED, remarked=True).address()
        found[RowOutcome.UNCHANGED].insert(0, ("有说明", remarked, everywhere))
    return found
