"""What agencies say to an alert: that they have it (签收), visited (入户), and what they found (核查反馈).

One answer or thousands go the same way: `judge_answers` says what would become of each, `take_answers` takes those
that may be taken. Answers are never changed; a finding that gives an identity becomes a row of a planned list.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from benefits.models import Alert, AlertAnswer, AlertState, Outcome
from benefits.rules.alert_answers import Words, fault_of
from benefits.rules.alert_states import further, outcome_of, steps_reached
from benefits.services.alert_cases import close_overdue
from benefits.services.alert_identities import plan_identities
from exchange.models import Acknowledgement, Agency, InboundBatch
from exchange.selectors import agency_covers
from exchange.services.deliver import EventNotForAgency
from exchange.services.receipts import record_receipts
from hardship.models import Category
from hardship.selectors.listed import categories_begun_by
from hardship.services.lists import READERS
from policy.errors import DomainError
from registry.batch.copying import copy_rows
from registry.batch.history import rewrite_with_history

SAME = (
    "step", "outcome", "category", "since", "document", "reason_code", "reason", "checked_by", "checked_on",
)  # fmt: skip
DONE_ON = {"acknowledged": "acknowledged_on", "visited": "visited_on", "answered": "answered_on"}


class AlertWithdrawn(DomainError):
    """The alert was taken back; there is nothing to answer."""

    code = "alert_withdrawn"


class AlertNotForAgency(EventNotForAgency):
    """There is no such alert, or it does not concern the agency."""

    code = "alert_not_found"


class AnswerIncomplete(DomainError):
    """An answer lacks what its outcome needs."""

    code = "alert_answer_incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An agency's words about an alert; `row_number` of the list they came in."""

    alert_id: int
    agency: Agency
    words: Words
    row_number: int | None = None


@dataclass(slots=True)
class Judged:
    """What becomes of an answer.

    :ivar alert: null = there is none, or it does not concern the agency
    :ivar refusal: null = it may be taken
    :ivar is_known: the agency said just that before: nothing to do
    """

    said: Said
    alert: Alert | None
    refusal: DomainError | None = None
    is_known: bool = False
    answer: AlertAnswer | None = None

    @property
    def is_taken(self) -> bool:
        """Whether it changes something."""
        return self.refusal is None and not self.is_known


@dataclass(frozen=True, slots=True)
class _Known:
    """What answers are held against; three queries."""

    alerts: Mapping[int, Alert]
    answers: Mapping[int, list[AlertAnswer]]
    received: frozenset[tuple[object, int]]
    categories: Sequence[Category]
    begun: dict[str, frozenset[str]] = field(default_factory=dict)

    def recognized_by(self, agency: Agency) -> frozenset[str]:
        """Return the categories an agency may say somebody belongs to."""
        if agency.kind not in self.begun:
            begun = (
                categories_begun_by(agency.kind, self.categories) if agency.kind in READERS else frozenset()
            )
            self.begun[agency.kind] = begun
        return self.begun[agency.kind]


def judge_answers(said: Sequence[Said]) -> list[Judged]:
    """Return what would become of each answer, in order; nothing is written. A few queries however many."""
    return _judged(said, is_locked=False)


@transaction.atomic
def take_answers(
    *, said: Sequence[Said], user: AbstractBaseUser | None = None, batch: InboundBatch | None = None
) -> list[Judged]:
    """Take answers and return what became of each, in order; a refused one stops no other.

    Answering acknowledges. Who is found to belong to a category is planned as a row of the agency's supplementary
    list, which staff confirm. Of several answers to one alert in the same call each is kept, the last one counts.

    :param batch: the list they came in
    """
    found = _judged(said, is_locked=True)
    taken = [each for each in found if each.is_taken]
    _receive(taken)
    answers = []
    for each in taken:
        if each.said.words.step != AlertState.ACKNOWLEDGED:
            each.answer = _answer(each.said, _alert(each), batch=batch, user=user)
            answers.append(each.answer)
    plan_identities(answers, user=user)
    copy_rows(answers)
    _advance(taken, user=user)
    return found


def acknowledge_alert(*, alert: Alert, agency: Agency) -> None:
    """Record that an agency has the alert; said again it keeps the first time.

    :raises AlertNotForAgency: if the alert does not concern the agency
    """
    _one(Said(alert_id=alert.pk, agency=agency, words=Words(step=AlertState.ACKNOWLEDGED.value)))


def answer_alert(
    *, alert: Alert, agency: Agency, user: AbstractBaseUser | None = None, words: Words
) -> AlertAnswer | None:
    """Record what an agency says of an alert; null = it had said just that before.

    :raises AlertNotForAgency: if the alert does not concern the agency
    :raises AlertWithdrawn: if it was taken back
    :raises AnswerIncomplete: if the answer lacks something
    """
    return _one(Said(alert_id=alert.pk, agency=agency, words=words), user=user).answer


def _one(said: Said, *, user: AbstractBaseUser | None = None) -> Judged:
    (judged,) = take_answers(said=[said], user=user)
    if judged.refusal is not None:
        raise judged.refusal
    return judged


def _judged(said: Sequence[Said], *, is_locked: bool) -> list[Judged]:
    known = _known(said, is_locked=is_locked)
    return [_judgement(each, known) for each in said]


def _known(said: Sequence[Said], *, is_locked: bool) -> _Known:
    ids = {each.alert_id for each in said}
    rows = Alert.objects.filter(pk__in=ids).select_related("resident", "area", "event").order_by("pk")
    alerts = {alert.pk: alert for alert in (rows.select_for_update(of=("self",)) if is_locked else rows)}
    answers: defaultdict[int, list[AlertAnswer]] = defaultdict(list)
    for answer in AlertAnswer.objects.filter(alert__in=ids).order_by("pk"):
        answers[answer.alert_id].append(answer)
    receipts = Acknowledgement.objects.filter(event__in=[alert.event_id for alert in alerts.values()])
    return _Known(
        alerts,
        answers,
        frozenset(receipts.values_list("event_id", "agency_id")),
        list(Category.objects.order_by("pk")),
    )


def _judgement(said: Said, known: _Known) -> Judged:
    alert, words = known.alerts.get(said.alert_id), said.words
    if alert is None or not _concerns(alert, said.agency):
        return Judged(
            said, None, AlertNotForAgency("没有该预警，或不属于该部门、该地区", alert=said.alert_id)
        )
    if alert.state == AlertState.WITHDRAWN:
        return Judged(said, alert, AlertWithdrawn("该预警已撤回，无需反馈", alert=alert.pk))
    fault = fault_of(
        words,
        outcomes=Outcome.values,
        recognized=known.recognized_by(said.agency),
        today=timezone.localdate(),
    )
    if fault is not None:
        return Judged(said, alert, AnswerIncomplete(fault.message, field=fault.field))
    return Judged(said, alert, is_known=_is_known(said, alert, known))


def _concerns(alert: Alert, agency: Agency) -> bool:
    return agency.kind in alert.event.agency_kinds and agency_covers(agency, alert.area)


def _is_known(said: Said, alert: Alert, known: _Known) -> bool:
    if said.words.step == AlertState.ACKNOWLEDGED:
        return alert.state != AlertState.SENT and (alert.event_id, said.agency.pk) in known.received
    theirs = [each for each in known.answers[alert.pk] if each.agency_id == said.agency.pk]
    new = _answer(said, alert, batch=None, user=None)
    return bool(theirs) and all(getattr(theirs[-1], name) == getattr(new, name) for name in SAME)


def _alert(judged: Judged) -> Alert:
    assert judged.alert is not None
    return judged.alert


def _receive(taken: Iterable[Judged]) -> None:
    now, receipts = timezone.now(), {}
    for each in taken:
        event, agency = _alert(each).event, each.said.agency
        receipts[event.pk, agency.pk] = Acknowledgement(event=event, agency=agency, at=now)
    record_receipts(list(receipts.values()))


def _answer(
    said: Said, alert: Alert, *, batch: InboundBatch | None, user: AbstractBaseUser | None
) -> AlertAnswer:
    words = said.words
    gives = words.outcome == Outcome.RECOGNIZED
    return AlertAnswer(
        alert=alert,
        agency=said.agency,
        step=words.step,
        outcome=words.outcome,
        category=words.category,
        since=(words.since or words.checked_on) if gives else None,
        document=words.document,
        reason_code=words.why_not,
        reason=words.reason,
        checked_by=words.checked_by,
        checked_on=words.checked_on or timezone.localdate(),
        recorded_by_id=user.pk if user else None,
        batch=batch,
        row_number=said.row_number,
    )


def _advance(taken: Sequence[Judged], *, user: AbstractBaseUser | None) -> None:
    """Let alerts go on by what was said of them, and close the cases that asked after it."""
    alerts = {_alert(each).pk: _alert(each) for each in taken}
    today = timezone.localdate()
    for each in taken:
        alert, words = _alert(each), each.said.words
        for step in steps_reached(alert.state, words.step):
            is_visit = step == AlertState.VISITED
            setattr(alert, DONE_ON[step], (words.checked_on if is_visit else None) or today)
        alert.state = further(alert.state, words.step)
    latest = _latest_outcomes(alerts)
    for alert in alerts.values():
        alert.outcome = outcome_of(latest[alert.pk])
    names = "、".join(sorted({each.said.agency.name for each in taken}))
    rewrite_with_history(
        list(alerts.values()),
        fields=["state", "outcome", *DONE_ON.values()],
        reason=f"反馈 {names}"[:100],
        user=user,
    )
    close_overdue(list(alerts.values()), text=f"{names}已办理", user=user)


def _latest_outcomes(alert_ids: Iterable[int]) -> dict[int, set[str]]:
    """Return what each agency found last, by alert; one query."""
    rows = AlertAnswer.objects.filter(alert__in=list(alert_ids)).exclude(outcome="").order_by("pk")
    latest: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for alert_id, agency_id, outcome in rows.values_list("alert_id", "agency_id", "outcome"):
        latest[alert_id][agency_id] = outcome
    return defaultdict(set, {pk: set(by_agency.values()) for pk, by_agency in latest.items()})
