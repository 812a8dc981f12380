"""Payments as the tax authority's programs report them, for people of its area and years that were paid in it."""

from collections.abc import Sequence

from django.db import transaction

from enrollment.models import PaymentKind
from enrollment.services.booking.clashes import CLASH, ask_about_clashes
from enrollment.services.booking.family import payer_payload
from enrollment.services.lists.payments import ABOUT, HEADINGS
from enrollment.services.partner_people import people_of_years
from enrollment.services.payments import PaymentOutcome, PaymentRow, record_payments
from exchange.models import Agency, RowOutcome
from exchange.services.batches import RowResult
from exchange.services.bulk_calls import close_call, open_call
from registry.models.history import caused_by
from registry.rules.identity_numbers import masked, normalized

STRANGER = "resident_not_found"
# column of the list somebody has to look at → field of the call, where they are called otherwise
FIELDS = {
    "payer_number": "payer.id_number",
    "payer_area": "payer.area",
    "payer_relation": "payer.relation",
}
KEPT = {
    "booked": RowOutcome.NEW,
    "returned": RowOutcome.NEW,
    "held": RowOutcome.HELD,
    "unchanged": RowOutcome.UNCHANGED,
    "refused": RowOutcome.REFUSED,
}


@transaction.atomic
def record_payments_of_agency(
    *, agency: Agency, key: str, rows: Sequence[PaymentRow]
) -> list[PaymentOutcome]:
    """Record payments and return what became of each, in order; the call and its rows are kept as a batch.

    Money of nobody we know is held and becomes a question. Refused are rows for people who live outside the agency's
    area, unless the year counts there, and reversals or refunds that name nobody it may know: a serial number alone
    must not reach a stranger.

    :param key: the call's idempotency key
    """
    years = {(row.id_number, row.coverage_year) for row in rows}
    people = people_of_years(agency=agency, years=years, purpose="接口报送缴费")
    batch = open_call(kind="payments", agency=agency, key=key)
    outcomes: dict[int, PaymentOutcome] = {}
    taken = []
    for number, row in enumerate(rows, start=1):
        year = row.id_number, row.coverage_year
        is_unknown = people.meant(*year) is None
        if people.is_strangers(*year) or (is_unknown and row.kind != PaymentKind.PAYMENT):
            outcomes[number] = PaymentOutcome(
                row.serial, "refused", STRANGER, "本部门地区范围内没有该证件号码的参保人"
            )
        else:
            taken.append(row._replace(number=number))
    with caused_by(batch.pk):
        booked = record_payments(rows=taken, batch=batch, area=agency.area)
        clashing = [row for row, outcome in zip(taken, booked, strict=True) if outcome.code == CLASH]
        ask_about_clashes(clashing, area_id=agency.area_id, user=None)
    outcomes |= {row.number or 0: outcome for row, outcome in zip(taken, booked, strict=True)}
    in_order = [outcomes[number] for number in range(1, len(rows) + 1)]
    close_call(
        batch=batch,
        rows=[_kept(n, *pair) for n, pair in enumerate(zip(rows, in_order, strict=True), start=1)],
    )
    return in_order


def field_about(code: str) -> str:
    """Return the field of the call that a row's code is about; empty = none."""
    column = _column(code)
    return FIELDS.get(column, column)


def _column(code: str) -> str:
    return "id_number" if code == STRANGER else ABOUT.get(code, "")


def _kept(number: int, row: PaymentRow, outcome: PaymentOutcome) -> RowResult:
    return RowResult(
        number=number,
        outcome=KEPT[outcome.outcome],
        payload={
            "serial": row.serial,
            "id_number": masked(normalized(row.id_number)),
            "coverage_year": row.coverage_year,
            "amount": str(row.amount),
            "paid_on": row.paid_on.isoformat(),
            "kind": row.kind,
            **({"payer": payer_payload(row.payer)} if row.payer else {}),
        },
        code=outcome.code,
        message=outcome.message,
        field=HEADINGS.get(_column(outcome.code), ""),
    )
