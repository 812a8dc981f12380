"""What agencies say to an alert: that they have it (签收), and what they found (核查反馈)."""

import datetime

from django.db import transaction

from benefits.models import Alert, AlertAnswer, AlertState, Outcome
from exchange.models import Acknowledgement, Agency
from exchange.services.deliver import acknowledge_event
from hardship.models import Category
from policy.errors import DomainError
from registry.batch.history import rewrite_with_history, update_with_history


class AlertWithdrawn(DomainError):
    """The alert was taken back; there is nothing to answer."""

    code = "alert_withdrawn"


class AnswerIncomplete(DomainError):
    """An answer lacks what its outcome needs."""

    code = "alert_answer_incomplete"


@transaction.atomic
def acknowledge_alert(*, alert: Alert, agency: Agency) -> Acknowledgement:
    """Record that an agency has the alert; said again it keeps the first time.

    :raises EventNotForAgency: if the alert does not concern the agency
    """
    receipt = acknowledge_event(event_id=alert.event_id, agency=agency)
    if alert.state == AlertState.SENT:
        _set_state(alert, AlertState.ACKNOWLEDGED, reason=f"签收 {agency.name}")
    return receipt


@transaction.atomic
def answer_alert(  # noqa: PLR0913 - the columns of the reply list
    *,
    alert: Alert,
    agency: Agency,
    outcome: str,
    category: str = "",
    reason: str = "",
    checked_by: str,
    checked_on: datetime.date,
) -> AlertAnswer:
    """Record what an agency found; answering acknowledges, and a later answer is a new row.

    :param category: code of the identity given; needed when the outcome is that the person was recognized
    :param reason: needed when the person is not eligible
    :raises EventNotForAgency: if the alert does not concern the agency
    :raises AlertWithdrawn: if it was taken back
    :raises AnswerIncomplete: if the answer lacks something
    """
    alert.refresh_from_db(from_queryset=Alert.objects.select_for_update(of=("self",)))
    if alert.state == AlertState.WITHDRAWN:
        raise AlertWithdrawn("该预警已撤回，无需反馈", alert=alert.pk)
    _check_answer(outcome=outcome, category=category, reason=reason, checked_by=checked_by)
    acknowledge_event(event_id=alert.event_id, agency=agency)
    answer = AlertAnswer.objects.create(
        alert=alert,
        agency=agency,
        outcome=outcome,
        category=category,
        reason=reason,
        checked_by=checked_by,
        checked_on=checked_on,
    )
    _set_state(alert, AlertState.ANSWERED, reason=f"反馈 {agency.name}")
    return answer


@transaction.atomic
def note_receipts() -> int:
    """Mark alerts acknowledged whose event an agency acknowledged by webhook or API; return how many."""
    received = Acknowledgement.objects.values("event_id")
    sent = Alert.objects.filter(state=AlertState.SENT, event__in=received)
    return len(update_with_history(sent, {"state": AlertState.ACKNOWLEDGED}, reason="签收"))


def _check_answer(*, outcome: str, category: str, reason: str, checked_by: str) -> None:
    if outcome not in Outcome.values:
        raise AnswerIncomplete(f"核查结果“{outcome}”不在范围内：{'、'.join(Outcome.labels)}", field="outcome")
    if not checked_by.strip():
        raise AnswerIncomplete("请填写核查人", field="checked_by")
    if outcome == Outcome.RECOGNIZED and not category:
        raise AnswerIncomplete("纳入困难身份的，请填写纳入类别", field="category")
    if category and not Category.objects.filter(pk=category).exists():
        raise AnswerIncomplete(f"没有代码为“{category}”的困难身份类别", field="category")
    if outcome == Outcome.NOT_ELIGIBLE and not reason.strip():
        raise AnswerIncomplete("不符合条件的，请说明原因", field="reason")


def _set_state(alert: Alert, state: AlertState, *, reason: str) -> None:
    alert.state = state
    rewrite_with_history([alert], fields=["state"], reason=reason[:100])
