"""Rows that come under the serial number of other money: somebody has to ask the tax authority which is true."""

from collections.abc import Iterable, Iterator, Mapping

from django.contrib.auth.base_user import AbstractBaseUser

from casework.services import NewCase, open_cases
from enrollment.models import Payment
from enrollment.services.booking.rows import PaymentRow
from registry.rules.identity_numbers import masked, normalized

CLASH = "serial_conflict"  # code of the row, and kind of the case
WAYS = {"stands": "原记录无误，请税务部门换流水号重报这一笔", "corrected": "原记录有误，请税务部门冲正后重报"}
REASON = (
    "税务部门以同一流水号报来内容不同的两笔，后一笔没有入账。请与税务部门核对：后一笔属实的，请其换流水号重报；"
    "原记录有误的，请其冲正后重报。"
)


def ask_about_clashes(rows: Iterable[PaymentRow], *, area_id: int, user: AbstractBaseUser | None) -> None:
    """Ask about rows refused for their serial numbers, once each however often they are sent; nothing without any."""
    clashing = list(rows)
    if not clashing:
        return
    recorded = Payment.objects.filter(serial__in={row.serial for row in clashing}).in_bulk(
        field_name="serial"
    )
    open_cases(cases=_questions(clashing, recorded, area_id), user=user)


def _questions(
    rows: Iterable[PaymentRow], recorded: Mapping[str, Payment], area_id: int
) -> Iterator[NewCase]:
    for row in rows:
        number = row.masked_id_number or masked(normalized(row.id_number))
        said = f"{number} {row.coverage_year} {row.kind} {row.amount} {row.paid_on}"
        before = recorded.get(row.serial)
        yield NewCase(
            kind=CLASH,
            title=f"税务流水号 {row.serial} 报来两笔不同的缴费",
            area_id=area_id,
            subject_ref=f"payment:{row.serial}",
            reason=REASON,
            options=WAYS,
            detail={
                "serial": row.serial,
                "payer_name": row.name,
                "masked_id_number": number,
                "coverage_year": str(row.coverage_year),
                "amount": str(row.amount),
                "paid_on": row.paid_on.isoformat(),
                **(_recorded(before) if before is not None else {}),
            },
            dedupe_key=f"{CLASH}:{row.serial}:{said}"[:200],
        )


def _recorded(payment: Payment) -> dict[str, str]:
    return {
        "recorded_number": payment.masked_id_number,
        "recorded_amount": str(payment.amount),
        "recorded_on": payment.paid_on.isoformat(),
    }
