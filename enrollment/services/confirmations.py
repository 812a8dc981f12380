"""What people confirm in writing about a registration that stands: that no benefit day is left in the year."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from enrollment.models import ContributionPeriod, ContributionState
from enrollment.services.contributions import save_contributions, standing_contributions
from enrollment.services.enroll import ContributionFrozen, NoBenefitDay, NotEnrolled, ask_of
from enrollment.services.quote import load_facts
from policy.errors import DomainError
from registry.services import lock_residents

CONFIRMED = ("no_benefit_confirmed", "confirmation")


class ConfirmationMissing(DomainError):
    """Nothing is said to have been confirmed."""

    code = "confirmation_missing"


@transaction.atomic
def confirm_no_benefit(
    *, contribution: ContributionPeriod, words: str, user: AbstractBaseUser | None
) -> ContributionPeriod:
    """Note what somebody registered confirmed in writing, so that a payment without any benefit day can be booked.

    Money that waits for it is booked when it is tried again. The same words twice are one.

    :raises ConfirmationMissing: without words
    :raises NotEnrolled: if the registration does not stand
    :raises ContributionFrozen: if the year is paid
    :raises NoBenefitDay: if the policy takes no money without a benefit day, confirmed or not
    """
    said = words.strip()
    if not said:
        raise ConfirmationMissing("请填写本人书面确认的内容", field="confirmation")
    lock_residents([contribution.resident_id])
    found = _standing(contribution)
    if found.no_benefit_confirmed and found.confirmation == said:
        return found
    found.no_benefit_confirmed, found.confirmation = True, said
    save_contributions([found], reason="confirm no benefit", user=user, fields=CONFIRMED)
    return found


def _standing(contribution: ContributionPeriod) -> ContributionPeriod:
    standing = standing_contributions(resident_ids=[contribution.resident_id])
    found = standing.filter(pk=contribution.pk).first()
    if found is None:
        raise NotEnrolled("参保登记已撤销，不用书面确认")
    if found.state == ContributionState.PAID:
        raise ContributionFrozen("已缴清，不用书面确认")
    ask = ask_of(found, found.quoted_on)
    rules = load_facts([ask]).policy(ask).data.enrollment
    rule = rules.no_benefit_day if rules is not None else None
    if rule is not None and rule.value == "refuse":
        raise NoBenefitDay(f"年度内没有待遇日的不收费（{rule.clause}），书面确认也不能缴费")
    return found
