"""Money out of family accounts: whose account it was, for how many it pays, and whether it may."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from enrollment.models import FamilyPayer, HoldReason, Payment, PaymentState
from enrollment.rules.family_account import AccountPayer, MisfitKind
from enrollment.services.booking.rows import Incoming
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import (
    InvalidIdentityNumber,
    masked,
    normalized,
    read_identity_number,
)

Members = defaultdict[tuple[bytes, int], set[int]]  # account and coverage year → residents it paid for

HOLDS = {
    MisfitKind.NO_RULE: HoldReason.RULE_NOT_PUBLISHED,
    MisfitKind.NUMBER: HoldReason.PAYER_NUMBER,
    MisfitKind.AREA: HoldReason.PAYER_AREA,
    MisfitKind.RELATION: HoldReason.PAYER_RELATION,
    MisfitKind.MEMBERS: HoldReason.PAYER_MEMBERS,
}


def account_payer(*, name: str, number: str, relation: str, area_code: str) -> AccountPayer:
    """Return the holder of an account as it is kept: without the full number, whether or not it can be anybody's."""
    plain = normalized(number)
    try:
        read_identity_number(plain, on=timezone.localdate())
    except InvalidIdentityNumber:
        fits = False
    else:
        fits = True
    return AccountPayer(
        name=" ".join(name.split())[:100],
        id_index=blind_index(plain) if plain else None,
        masked_id_number=masked(plain)[:30],
        number_fits=fits,
        relation=relation,
        area_code=area_code[:12],
    )


def payer_payload(payer: AccountPayer) -> dict[str, Any]:
    """Return a holder as the rows of lists and calls keep it; the account's blind index stands for the number."""
    return {
        "name": payer.name,
        "id_number": payer.masked_id_number,
        "number_fits": payer.number_fits,
        "relation": payer.relation,
        "area_code": payer.area_code,
        "account": payer.id_index.hex() if payer.id_index is not None else "",
    }


def payer_kept(said: Mapping[str, Any]) -> AccountPayer:
    """Return the holder a kept row names."""
    return AccountPayer(
        name=said["name"],
        id_index=bytes.fromhex(said["account"]) or None,
        masked_id_number=said["id_number"],
        number_fits=said["number_fits"],
        relation=said["relation"],
        area_code=said["area_code"],
    )


def kept_payers(payments: Collection[Payment]) -> dict[int, AccountPayer]:
    """Return payment → the holder of the account that paid, in one query."""
    return {
        each.payment_id: AccountPayer(
            name=each.name,
            id_index=None if each.id_index is None else bytes(each.id_index),
            masked_id_number=each.masked_id_number,
            number_fits=each.number_fits,
            relation=each.relation,
            area_code=each.area_code,
        )
        for each in FamilyPayer.objects.filter(payment__in=payments)
    }


def new_payers(rows: Iterable[Incoming]) -> list[FamilyPayer]:
    """Return the unsaved holders of the accounts that new payments came from."""
    return [
        FamilyPayer(
            payment_id=row.payment.pk,
            name=payer.name,
            id_index=payer.id_index,
            masked_id_number=payer.masked_id_number,
            number_fits=payer.number_fits,
            relation=payer.relation,
            area_code=payer.area_code,
        )
        for row in rows
        if row.kept is None and row.payment is not None and (payer := row.row.payer) is not None
    ]


def members_of(rows: Sequence[Incoming]) -> Members:
    """Return whom the accounts of the rows have paid for, what was taken back left out; one query if there are any."""
    found: Members = defaultdict(set)
    accounts = accounts_in(rows)
    if not accounts:
        return found
    taken_back = Payment.objects.filter(
        reverses=OuterRef("payment"), state=PaymentState.BOOKED, amount=-F("reverses__amount")
    )
    booked = FamilyPayer.objects.filter(
        ~Exists(taken_back),
        id_index__in=accounts,
        payment__coverage_year__in={row.row.coverage_year for row in rows},
        payment__state=PaymentState.BOOKED,
    )
    for index, year, resident in booked.values_list(
        "id_index", "payment__coverage_year", "payment__resident"
    ):
        assert index is not None
        found[bytes(index), year].add(resident)
    return found


def accounts_in(rows: Iterable[Incoming]) -> list[bytes]:
    """Return the accounts the rows name, in one order for everybody."""
    found = (row.row.payer.id_index for row in rows if row.row.payer is not None)
    return sorted({index for index in found if index is not None})


def lock_accounts(accounts: Sequence[bytes]) -> None:
    """Keep others from booking out of the same accounts until the transaction ends: the members are counted.

    :param accounts: in the order of `accounts_in`; before any resident is locked, so that nobody waits in a circle
    """
    if accounts:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtext('family account'), hashtext(account))"
                " FROM (SELECT unnest(%s::text[]) AS account ORDER BY 1) AS accounts",
                [[account.hex() for account in accounts]],
            )
