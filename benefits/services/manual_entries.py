"""Entering manual claims (录入零星报销): from paper, after a return, or to correct a settled claim."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from benefits.models import Claim, ClaimState, ManualClaim, ManualLine, ManualState
from benefits.models.manual import EDITABLE, LET_GO
from benefits.services.bills import ClaimRefused, NewClaim, NewLine, check_bill
from benefits.services.claim_drafts import Source
from benefits.services.manual_stages import Why, accepted_copay, accepted_eligible, add_stage
from policy.errors import DomainError
from policy.money import ZERO
from registry.batch.history import delete_with_history, rewrite_with_history, write_with_history

LONGEST_NUMBER = 40
FIELDS = (
    "number", "resident", "facility", "kind", "admitted_on", "discharged_on", "referral", "track", "total",
    "basic_paid", "state", "claim", "entered_by", "entered_at", "checked_by",
)  # fmt: skip


SAME_PAPER = ("resident_id", "facility_id", "kind", "admitted_on", "discharged_on", "total")


class ManualNotOpen(DomainError):
    """The claim is past that step."""

    code = "manual_claim_not_open"


class NotAmendable(DomainError):
    """The claim is reversed, or a correction of it is on its way."""

    code = "claim_not_amendable"


def check_paper(manual: ManualClaim, lines: Sequence[ManualLine]) -> None:
    """Refuse what is wrong in the paper itself; whether it is payable is for its check.

    :raises ClaimRefused: naming the field, and the line where it is one
    """
    if not lines:
        raise ClaimRefused(
            "lines_do_not_add_up", field="总费用", label="金额", lines=ZERO, whole=manual.total
        )
    bill = new_claim_of(manual, lines)
    Source(until=timezone.localdate()).check_days(bill)
    check_bill(bill)
    _check_not_settled(manual)
    living = ManualClaim.objects.filter(number=manual.number).exclude(state__in=LET_GO)
    if living.exclude(pk=manual.pk).exists():
        raise ClaimRefused("number_entered", field="票据号码")


def _check_not_settled(manual: ManualClaim) -> None:
    """Refuse the number of a settled claim, whether the paper says the same as it or something else."""
    settled = Claim.objects.filter(number=manual.number).first()
    if settled is None:
        return
    if any(getattr(settled, name) != getattr(manual, name) for name in SAME_PAPER):
        cure = "请核对票据号码；结算有误的在结算单上点“更正”"
        raise ClaimRefused("duplicate_number_other_amounts", field="票据号码", cure=cure)
    raise ClaimRefused("number_settled", field="票据号码")


@transaction.atomic
def enter_manual(*, manual: ManualClaim, lines: Sequence[ManualLine], user: User) -> ManualClaim:
    """Enter a claim with its lines, or enter it anew until it is checked; it waits for its check then.

    :param manual: as typed, saved or not; :param lines: all of them, unsaved, in the order of the paper
    :raises ClaimRefused: if the paper is wrong in itself
    :raises ManualNotOpen: if it was checked or let go meanwhile
    """
    for number, line in enumerate(lines, start=1):
        line.number = number
    check_paper(manual, lines)
    if manual.pk is not None:
        before, _ = locked(manual, EDITABLE)
        manual.amends, manual.amends_reason = before.amends, before.amends_reason
        delete_with_history(ManualLine.objects.filter(claim=manual), reason="重新录入零星报销明细", user=user)
    manual.state, manual.entered_by, manual.entered_at = ManualState.ENTERED, user, timezone.now()
    manual.checked_by = None
    store(manual, reason="录入零星报销", user=user)
    for line in lines:
        line.claim = manual
    write_with_history(lines, reason="录入零星报销明细", user=user)
    add_stage(manual, lines, user=user)
    return manual


@transaction.atomic
def begin_amendment(*, claim: Claim, reason: str, user: User) -> ManualClaim:
    """Return a manual claim that says what a settled claim said, to be put right, checked and settled in its place.

    :raises NotAmendable: if the claim does not stand, or is being corrected already
    """
    standing = Claim.objects.select_for_update(of=("self",)).get(pk=claim.pk)
    if standing.state != ClaimState.SETTLED:
        raise NotAmendable("该结算单已冲正，不能更正")
    before = standing.amendments.order_by("pk")
    if before.filter(state__in=[*EDITABLE, ManualState.CHECKED, ManualState.ADJUDICATED]).exists():
        raise NotAmendable("该结算单的更正正在办理，请在“零星报销”中查看")
    if not reason.strip():
        raise ClaimRefused("correction_unexplained", field="更正原因")
    ending = f"-G{before.count() + 1}"
    manual = ManualClaim(
        number=standing.number[: LONGEST_NUMBER - len(ending)] + ending,
        resident_id=standing.resident_id,
        facility_id=standing.facility_id,
        kind=standing.kind,
        admitted_on=standing.admitted_on,
        discharged_on=standing.discharged_on,
        referral=standing.referral,
        track=standing.track,
        total=standing.total,
        basic_paid=standing.basic_paid_given,
        state=ManualState.RETURNED,
        amends=standing,
        amends_reason=reason.strip(),
        entered_by=user,
        entered_at=timezone.now(),
    )
    store(manual, reason=f"更正 {standing.number}", user=user)
    lines = write_with_history(_lines_of(standing, manual), reason=f"更正 {standing.number}", user=user)
    add_stage(manual, lines, user=user, why=Why(words=f"更正 {standing.number}：{reason.strip()}"))
    return manual


def locked(manual: ManualClaim, states: Sequence[str]) -> tuple[ManualClaim, list[ManualLine]]:
    """Return the claim and its lines, locked until the transaction ends.

    :raises ManualNotOpen: if it is in none of the states
    """
    found = ManualClaim.objects.select_for_update(of=("self",)).get(pk=manual.pk)
    if found.state not in states:
        raise ManualNotOpen(f"该笔{found.get_state_display()}，不能这样办理", state=found.state)
    return found, list(found.lines.order_by("number"))


def store(manual: ManualClaim, *, reason: str, user: User) -> None:
    """Store the claim with its history."""
    if manual.pk is None:
        write_with_history([manual], reason=reason, user=user)
    else:
        rewrite_with_history([manual], fields=FIELDS, reason=reason, user=user)


def new_claim_of(manual: ManualClaim, lines: Sequence[ManualLine]) -> NewClaim:
    """Return the claim as settlement takes it, with the amounts as they stand.

    It is settled today; one that corrects another on the day that one was, so that its person is looked at then.
    """
    original = manual.amends
    settled_on = timezone.localdate()
    if original is not None:
        settled_on = max(original.settled_on, manual.discharged_on)
    return NewClaim(
        number=manual.number,
        resident_id=manual.resident_id,
        facility_code=manual.facility.code,
        kind=manual.kind,
        admitted_on=manual.admitted_on,
        discharged_on=manual.discharged_on,
        settled_on=settled_on,
        total=manual.total,
        eligible=sum(map(accepted_eligible, lines), ZERO),
        class_b_copay=sum(map(accepted_copay, lines), ZERO),
        basic_paid=manual.basic_paid,
        referral=manual.referral,
        track=manual.track,
        lines=tuple(
            NewLine(
                name=line.name,
                item_class=line.item_class,
                amount=line.amount,
                eligible=accepted_eligible(line),
                class_b_copay=accepted_copay(line),
            )
            for line in lines
        ),
        replaces="" if original is None else original.number,
        reason=manual.amends_reason,
    )


def _lines_of(claim: Claim, manual: ManualClaim) -> list[ManualLine]:
    """Return the lines of a settled claim, or a single one where it came without."""
    names = ("number", "name", "item_class", "amount", "eligible", "class_b_copay")
    found = [
        ManualLine(claim=manual, **{name: getattr(line, name) for name in names})
        for line in claim.lines.order_by("number")
    ]
    whole = ManualLine(
        claim=manual,
        number=1,
        name="原结算单合计",
        item_class="b" if claim.class_b_copay else "a",
        amount=claim.total,
        eligible=claim.eligible,
        class_b_copay=claim.class_b_copay,
    )
    return found or [whole]
