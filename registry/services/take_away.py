"""Take away what administrators and bureaus typed in: scopes of staff, fiscal classes; the history keeps why."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction

from policy.errors import DomainError
from registry.models import AreaFiscalClass, StaffScope


class TakenAwayAlready(DomainError):
    """Somebody else was quicker."""

    code = "taken_away_already"


class TakingAwayUnexplained(DomainError):
    """Nothing is taken away without a reason."""

    code = "reason_missing"


def take_scope_away(*, scope: StaffScope, reason: str, user: AbstractBaseUser) -> None:
    """Let somebody no longer act where and as what the scope says.

    :raises TakingAwayUnexplained: without a reason
    :raises TakenAwayAlready: if it is gone
    """
    _take_away(scope, reason=reason, user=user)


def take_fiscal_class_away(*, fiscal_class: AreaFiscalClass, reason: str, user: AbstractBaseUser) -> None:
    """Strike out the class an area was given for a year; without one its subsidy is not split.

    :raises TakingAwayUnexplained: without a reason
    :raises TakenAwayAlready: if it is gone
    """
    _take_away(fiscal_class, reason=reason, user=user)


@transaction.atomic
def _take_away(row: models.Model, *, reason: str, user: AbstractBaseUser) -> None:
    if not reason.strip():
        raise TakingAwayUnexplained("请填写事由", field="reason")
    locked = type(row)._default_manager.select_for_update(of=("self",)).filter(pk=row.pk).first()
    if locked is None:
        raise TakenAwayAlready("这条记录已被他人删除，请刷新后查看")
    locked._history_user, locked._change_reason = user, reason.strip()  # type: ignore[attr-defined]
    locked.delete()
