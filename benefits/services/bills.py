"""A bill as it arrives (结算单), and what can be wrong in the bill itself."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from benefits.models import ClaimKind, ItemClass, Referral
from benefits.rules.amounts import wrong_amount
from benefits.rules.claim_facts import ClaimFacts, check_claim
from benefits.rules.claim_reasons import REFUSALS
from policy.errors import DomainError
from policy.money import ZERO, yuan


class ClaimRefused(DomainError):
    """A claim cannot be settled; `code` says why, `cure` what to do, `clause` what it rests on.

    :param field: what the bill calls the amount, day or number that is wrong
    :param cure: if there is a better one than the register's
    """

    def __init__(self, code: str, *, field: str = "", cure: str = "", **facts: object) -> None:
        reason = REFUSALS[code]
        self.cure = cure or reason.cure.format(**facts)
        super().__init__(reason.words.format(**facts), cure=self.cure)
        self.code, self.field, self.clause = code, field, reason.clause


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """One item of the bill, yuan."""

    name: str
    item_class: str
    amount: Decimal
    eligible: Decimal
    class_b_copay: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClaim:
    """A bill as the hospital sends it, yuan.

    :param number: the hospital's settlement number (结算单号), unique for ever
    :param basic_paid: what one-stop settlement had the basic fund pay; null = work it out
    :param referral: how the patient was referred
    :param track: the separate critical illness account it belongs to, by code or label; "" = none
    :param replaces: number of the settled claim that this one corrects, `reason` says why; "" = it corrects none
    """

    number: str
    resident_id: int
    facility_code: str
    kind: str
    admitted_on: datetime.date
    discharged_on: datetime.date
    settled_on: datetime.date
    total: Decimal
    eligible: Decimal
    class_b_copay: Decimal = ZERO
    basic_paid: Decimal | None = None
    referral: str = Referral.NONE
    track: str = ""
    lines: tuple[NewLine, ...] = ()
    replaces: str = ""
    reason: str = ""
    row_number: int | None = None


def check_bill(claim: NewClaim) -> None:
    """Refuse what is wrong in the bill itself.

    :raises ClaimRefused: naming the first thing that is wrong
    """
    if not claim.number.strip():
        raise ClaimRefused("number_missing", field="结算单号")
    if claim.kind not in ClaimKind.values:
        known = "、".join(map(str, ClaimKind.labels))
        raise ClaimRefused("unknown_kind", field="就医类别", kind=claim.kind, known=known)
    if claim.referral not in Referral.values:
        known = "、".join(map(str, Referral.labels))
        raise ClaimRefused("unknown_referral", field="转诊", referral=claim.referral, known=known)
    if claim.discharged_on < claim.admitted_on or claim.settled_on < claim.discharged_on:
        field = "出院日期" if claim.discharged_on < claim.admitted_on else "结算日期"
        raise ClaimRefused("dates_out_of_order", field=field)
    if claim.replaces and not claim.reason.strip():
        raise ClaimRefused("correction_unexplained", field="更正原因")
    _check_amounts(claim)
    if claim.lines:
        _check_lines(claim)


def _check_amounts(claim: NewClaim) -> None:
    facts = ClaimFacts(
        kind=claim.kind,
        grade="any",
        total=claim.total,
        eligible=claim.eligible,
        class_b_copay=claim.class_b_copay,
        basic_paid=claim.basic_paid,
    )
    try:
        check_claim(facts)
    except DomainError as wrong:
        raise ClaimRefused(wrong.code, field=str(wrong.details["field"]), why=wrong.message) from None
    if not claim.total:
        raise ClaimRefused("claim_amounts_invalid", field="总费用", why="总费用为零，没有可结算的费用。")


def _check_lines(claim: NewClaim) -> None:
    for number, line in enumerate(claim.lines, start=1):
        if wrong := _wrong_line(line):
            raise ClaimRefused("line_amounts_invalid", field="明细", line=number, name=line.name, why=wrong)
    sums = {
        "总费用": (sum((line.amount for line in claim.lines), ZERO), claim.total),
        "政策范围内费用": (sum((line.eligible for line in claim.lines), ZERO), claim.eligible),
        "乙类先行自付": (sum((line.class_b_copay for line in claim.lines), ZERO), claim.class_b_copay),
    }
    for label, (lines, whole) in sums.items():
        if lines != whole:
            raise ClaimRefused(
                "lines_do_not_add_up", field=label, label=label, lines=yuan(lines), whole=yuan(whole)
            )


def _wrong_line(line: NewLine) -> str:
    """Return what is wrong with one line, or not allowed to its class in the catalogue; "" = nothing."""
    amounts = {"金额": line.amount, "政策范围内金额": line.eligible, "乙类先行自付": line.class_b_copay}
    for label, amount in amounts.items():
        if wrong := wrong_amount(label, amount):
            return wrong
    if line.eligible + line.class_b_copay > line.amount:
        return "政策范围内金额与乙类先行自付之和超过该项金额"
    if line.item_class not in ItemClass.values:
        return f"目录类别“{line.item_class}”不在范围内，应为甲类、乙类或丙类"
    if line.item_class == ItemClass.OUTSIDE and line.eligible:
        return "丙类（目录外）的费用不在政策范围内，政策范围内金额应为零"
    if line.item_class != ItemClass.CLASS_B and line.class_b_copay:
        return "只有乙类有乙类先行自付，此项应为零"
    return ""
