"""Rows that come under the serial number of other money: somebody has to ask the tax authority which is true."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser

from casework.services import NewCase, open_cases
from enrollment.models import Payment, PaymentKind, PaymentState
from enrollment.services.booking.rows import PaymentRow, serials_of, standing
from registry.models import Area
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import masked, normalized
from registry.selectors import pools_of

CLASH = "serial_conflict"  # code of the row, and kind of the case
REPLACE = "replace"
STANDS = {"stands": "以原记录为准，后一笔不入账；属实的由税务部门换流水号重报"}
REPLACES = {REPLACE: "税务部门书面更正：冲正原记录，按后一笔入账"}
REASON = "税务部门以同一流水号报来内容不同的两笔，后一笔没有入账。请向税务部门核实，凭其书面答复决定。"
ELSEWHERE = (
    "后一笔由{sender}报来，原记录不是该地的缴费，只能由原记录所在地核对；原记录有误的，请税务部门另报冲正。"
)
WHERE = ("resident__living_area", "batch__area", "contribution__enrollment")


def ask_about_clashes(rows: Iterable[PaymentRow], *, area_id: int, user: AbstractBaseUser | None) -> None:
    """Ask about rows refused for their serial numbers, once each however often they are sent; nothing without any."""
    clashing = list(rows)
    if not clashing:
        return
    serials = {row.serial for row in clashing}
    recorded = Payment.objects.filter(serial__in=serials_of(serials)).select_related(*WHERE)
    known = recorded.in_bulk(field_name="serial")
    open_cases(cases=_questions(clashing, known, Area.objects.get(pk=area_id)), user=user)


def _questions(
    rows: Iterable[PaymentRow], recorded: Mapping[str, Payment], sender: Area
) -> Iterator[NewCase]:
    pools = pools_of(sender)
    for row in rows:
        number = row.masked_id_number or masked(normalized(row.id_number))
        said = f"{number} {row.coverage_year} {row.kind} {row.amount} {row.paid_on}"
        before = standing(row.serial, recorded)
        asked = sender if before is None else _area_asked(before, sender, pools)
        may_replace = before is not None and asked == sender and _may_replace(row, before)
        yield NewCase(
            kind=CLASH,
            title=f"税务流水号 {row.serial} 报来两笔不同的缴费",
            area_id=asked.pk,
            subject_ref=f"payment:{row.serial}",
            reason=REASON if asked == sender else f"{REASON}{ELSEWHERE.format(sender=sender.name)}",
            options={**STANDS, **(REPLACES if may_replace else {})},
            needs_second=may_replace,
            detail={
                "serial": row.serial,
                "payer_name": row.name,
                "masked_id_number": number,
                "coverage_year": str(row.coverage_year),
                "amount": str(row.amount),
                "paid_on": row.paid_on.isoformat(),
                **(recorded_facts(before) if before is not None else {}),
                **({"row": _kept(row)} if may_replace else {}),
            },
            dedupe_key=f"{CLASH}:{row.serial}:{said}"[:200],
        )


def _area_asked(recorded: Payment, sender: Area, pools: Collection[int]) -> Area:
    """Return who decides: the sender where the recorded money is of the sender's area and fund, else its own area."""
    living = recorded.resident.living_area if recorded.resident is not None else None
    places = [each for each in (living, recorded.batch.area if recorded.batch else None) if each is not None]
    year = recorded.contribution
    is_of_fund = year is None or year.enrollment.pooling_area_id in pools
    if not places or (is_of_fund and any(each.path.startswith(sender.path) for each in places)):
        return sender
    return places[0]


def _may_replace(row: PaymentRow, recorded: Payment) -> bool:
    """Return whether a row is money that may have come instead of the recorded one, once, from no other account."""
    is_first = recorded.serial == row.serial
    both = {row.kind, recorded.kind} == {PaymentKind.PAYMENT}
    return (
        is_first and both and row.payer is None and recorded.state in (PaymentState.BOOKED, PaymentState.HELD)
    )


def _kept(row: PaymentRow) -> dict[str, Any]:
    """Return a row as its case keeps it until somebody has decided; no full number."""
    number = normalized(row.id_number)
    index = blind_index(number) if number else row.id_index
    return {
        "resident": row.resident_id,
        "id_index": index.hex() if index is not None else "",
        "masked_id_number": masked(number) if number else row.masked_id_number,
        "name": row.name,
        "coverage_year": row.coverage_year,
        "amount": str(row.amount),
        "paid_on": row.paid_on.isoformat(),
        "channel": row.channel,
    }


def recorded_facts(payment: Payment) -> dict[str, str]:
    """Return what a case shows of the payment on record."""
    return {
        "recorded_number": payment.masked_id_number,
        "recorded_amount": str(payment.amount),
        "recorded_on": payment.paid_on.isoformat(),
    }
