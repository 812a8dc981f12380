"""Show one full identity number to one user, and log it."""

from django.contrib.auth.models import User
from django.db import transaction

from policy.errors import DomainError
from registry.models import AccessLog, Resident
from registry.selectors import scoped_residents


class UnmaskingRefused(DomainError):
    """The user lacks the right, the resident is outside the user's areas, or no reason was given."""

    code = "unmasking_refused"


@transaction.atomic
def unmask_id_number(*, user: User, resident: Resident, reason: str) -> str:
    """Return the full number and write who saw it and why.

    :raises UnmaskingRefused: without permission, outside the user's areas, or without a reason; nothing is shown
    """
    purpose = reason.strip()
    if not purpose:
        raise UnmaskingRefused("请填写查看完整证件号码的事由", field="reason")
    if not user.has_perm("registry.view_full_id_number"):
        raise UnmaskingRefused("没有查看完整证件号码的权限")
    if not scoped_residents(user).filter(pk=resident.pk).exists():
        raise UnmaskingRefused("该参保人不在管辖范围内")
    AccessLog.objects.create(user=user, resident=resident, purpose=purpose)
    return resident.id_number
