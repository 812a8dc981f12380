"""A claim as billed, and what amounts it may have."""

from dataclasses import dataclass
from decimal import Decimal

from benefits.rules.amounts import wrong_amount
from policy.errors import DomainError
from policy.money import ZERO


class ClaimAmountsInvalid(DomainError):
    """A claim's amounts are negative, finer than the fen, or do not fit into one another."""

    code = "claim_amounts_invalid"


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """A visit as the hospital bills it, yuan.

    :param kind: "inpatient", "outpatient", "outpatient_chronic", "prenatal", "delivery" …
    :param grade: of the facility, e.g. "grade_3"
    :param total: the whole bill
    :param eligible: in-policy expense, without the class-B first self-pay (乙类先行自付)
    :param class_b_copay: that self-pay
    :param basic_paid: what the hospital's one-stop settlement already had basic insurance pay; None = work it out
    :param facility: its code
    :param referral: how the patient was referred: "in_province", "out_of_province"; empty = not at all
    :param track: the separate critical illness account the expense belongs to; empty = none
    """

    kind: str
    grade: str
    total: Decimal
    eligible: Decimal
    class_b_copay: Decimal = ZERO
    basic_paid: Decimal | None = None
    facility: str = ""
    referral: str = ""
    track: str = ""


def check_claim(claim: ClaimFacts) -> None:
    """Refuse impossible amounts.

    :raises ClaimAmountsInvalid: naming what is wrong
    """
    amounts = {
        "总费用": claim.total,
        "政策范围内费用": claim.eligible,
        "乙类先行自付": claim.class_b_copay,
        "基本医保已支付": ZERO if claim.basic_paid is None else claim.basic_paid,
    }
    for label, amount in amounts.items():
        if wrong := wrong_amount(label, amount):
            raise ClaimAmountsInvalid(wrong, field=label, amount=str(amount))
    if claim.eligible + claim.class_b_copay > claim.total:
        raise ClaimAmountsInvalid(
            "政策范围内费用与乙类先行自付之和超过总费用，请核对。", field="总费用", total=str(claim.total)
        )
    if claim.basic_paid is not None and claim.basic_paid > claim.eligible:
        raise ClaimAmountsInvalid(
            "基本医保已支付超过政策范围内费用，请核对。", field="基本医保已支付", eligible=str(claim.eligible)
        )
