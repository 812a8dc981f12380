"""What agencies answer: step by step, by call, list and page, in time or late; findings become planned identities."""

import datetime
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benefits.models import Alert, AlertAnswer, AlertState
from benefits.rules.alert_answers import Words
from benefits.services.alert_answers import (
    AlertNotForAgency,
    AlertWithdrawn,
    AnswerIncomplete,
    Said,
    acknowledge_alert,
    answer_alert,
    take_answers,
)
from benefits.services.alert_cases import mind_overdue
from benefits.services.alert_receipts import note_receipts
from benefits.services.retroactive.follow import follow_changes
from benefits.services.void import void_claim
from benefits.tasks import mind_alerts
from casework.models import Case, CaseState
from exchange.models import Acknowledgement, BatchStatus, OutboundEvent
from exchange.services.deliver import acknowledge_event
from hardship.models import Recognition
from hardship.services.load_categories import load_categories
from hardship.services.recognitions import void_recognitions
from hardship.tasks import confirm_list
from tests.benefits.factories import hospital, insured, law, somebody
from tests.benefits.test_alert_scan import change_policy, from_poverty, scan, spent
from tests.exchange.factories import AgencyFactory
from tests.registry.factories import daoli, shangzhi

pytestmark = pytest.mark.django_db
serials = count(1)
TODAY = datetime.date(2026, 1, 2)  # of the scans
CHECKED = datetime.date(2025, 4, 8)


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    load_categories()
    hospital()


@pytest.fixture
def alert():
    return warned()


def warned(**fields) -> Alert:
    """Return a new alert of somebody who exited poverty."""
    person = from_poverty(insured(somebody(next(serials), **fields)))
    spent(person, "11000", f"W{person.pk}")
    (raised,) = scan().alerts
    return raised


def words(**changes) -> Words:
    given = {
        "outcome": "not_eligible",
        "reason": "家庭收入超过标准",
        "checked_by": "李四",
        "checked_on": CHECKED,
    }
    return Words(**(given | changes))


def answered(alert, agency, **changes):
    return answer_alert(alert=alert, agency=agency, words=words(**changes))


def test_an_alert_goes_on_step_by_step(alert):
    agency = AgencyFactory()

    acknowledge_alert(alert=alert, agency=agency)
    alert.refresh_from_db()
    assert (alert.state, alert.visited_on) == (AlertState.ACKNOWLEDGED, None)
    assert alert.acknowledged_on is not None

    answered(alert, agency, step="visited", outcome="", reason="")
    alert.refresh_from_db()
    assert (alert.state, alert.visited_on, alert.outcome) == (AlertState.VISITED, CHECKED, "")

    answered(alert, agency)
    alert.refresh_from_db()
    assert (alert.state, alert.outcome) == (AlertState.ANSWERED, "not_eligible")
    assert AlertAnswer.objects.get(step="answered").reason_code == "other"
    assert list(Alert.history.order_by("pk").values_list("state", flat=True)) == [
        "sent", "acknowledged", "visited", "answered",
    ]  # fmt: skip


def test_who_answers_at_once_has_acknowledged_and_visited(alert):
    agency = AgencyFactory()

    answered(alert, agency, outcome="assisted")

    alert.refresh_from_db()
    assert (alert.state, alert.outcome, alert.visited_on) == (AlertState.ANSWERED, "assisted", CHECKED)
    assert alert.acknowledged_on == alert.answered_on
    assert Acknowledgement.objects.get().agency == agency


def test_later_words_are_new_rows_and_the_same_words_none(alert):
    agency = AgencyFactory()

    answered(alert, agency)
    assert answered(alert, agency) is None
    answered(alert, agency, outcome="assisted")

    alert.refresh_from_db()
    assert alert.outcome == "assisted"
    assert AlertAnswer.objects.count() == 2


def test_one_agency_that_helps_is_enough(alert):
    civil, rural = AgencyFactory(), AgencyFactory(kind="rural_affairs")

    answered(alert, civil, outcome="assisted")
    answered(alert, rural)
    alert.refresh_from_db()
    assert alert.outcome == "assisted"

    answered(alert, civil)
    alert.refresh_from_db()
    assert alert.outcome == "not_eligible"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"outcome": "recognized"}, "category"),
        ({"outcome": "recognized", "category": "nobility"}, "category"),
        (
            {"outcome": "recognized", "category": "special_family_planning"},
            "category",
        ),  # another office's to recognise
        ({"reason": " "}, "reason"),
        ({"reason": "", "reason_code": "other"}, "reason"),
        ({"checked_by": ""}, "checked_by"),
        ({"checked_on": None}, "checked_on"),
        ({"checked_on": datetime.date(2099, 1, 1)}, "checked_on"),
        ({"outcome": "maybe"}, "outcome"),
        ({"step": "visited", "outcome": "", "checked_by": ""}, "checked_by"),
    ],
)
def test_refuse_an_incomplete_answer(alert, changes, field):
    with pytest.raises(AnswerIncomplete) as refused:
        answered(alert, AgencyFactory(), **changes)

    assert refused.value.details["field"] == field
    assert AlertAnswer.objects.count() == 0


def test_a_coded_reason_needs_no_words(alert):
    answered(alert, AgencyFactory(), reason="", reason_code="income")

    assert AlertAnswer.objects.get().reason_code == "income"


@pytest.mark.parametrize("changes", [{"kind": "hospital"}, {"area": shangzhi}])
def test_refuse_the_answer_of_another_agency(alert, changes):
    agency = AgencyFactory(**{name: value() if callable(value) else value for name, value in changes.items()})

    with pytest.raises(AlertNotForAgency):
        answered(alert, agency)

    assert AlertAnswer.objects.count() == 0


def test_refuse_the_answer_to_a_withdrawn_alert():
    person = from_poverty(insured())
    claim = spent(person, "11000", "A1")
    (alert,) = scan().alerts
    void_claim(claim=claim, user=None, reason="误报")

    with pytest.raises(AlertWithdrawn):
        answered(alert, AgencyFactory())


def test_what_was_found_outlives_its_ground():
    person = from_poverty(insured())
    claim = spent(person, "11000", "A1")
    (alert,) = scan().alerts
    answered(alert, AgencyFactory(), outcome="assisted")

    void_claim(claim=claim, user=None, reason="误报")

    alert.refresh_from_db()
    assert (alert.state, alert.outcome) == (AlertState.ANSWERED, "assisted")


def test_a_receipt_is_a_receipt_of_the_alert_at_once(alert):
    acknowledge_event(event_id=alert.event_id, agency=AgencyFactory())

    alert.refresh_from_db()
    assert alert.state == AlertState.ACKNOWLEDGED
    assert alert.acknowledged_on is not None
    assert note_receipts() == 0


def test_receipts_kept_before_are_caught_up(alert):
    event = OutboundEvent.objects.get(kind="alert.raised")
    at = datetime.datetime(2025, 4, 2, 20, tzinfo=datetime.UTC)
    Acknowledgement.objects.create(event=event, agency=AgencyFactory(), at=at)

    assert (note_receipts(), note_receipts()) == (1, 0)
    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_on) == (AlertState.ACKNOWLEDGED, datetime.date(2025, 4, 3))


def test_a_finding_becomes_a_recognition_once_its_plan_is_confirmed(alert, django_user_model):
    agency = AgencyFactory(area=daoli(), name="道里区民政局")
    since = datetime.date(2025, 4, 1)

    answer = answered(
        alert,
        agency,
        outcome="recognized",
        category="subsistence_allowance",
        since=since,
        document="民低保1号",
        reason="",
    )

    plan = answer.plan
    assert (plan.status, plan.kind, plan.counts) == (
        BatchStatus.PLANNED,
        "identities.civil_affairs",
        {"new": 1},
    )
    assert f"预警 #{alert.pk} 核查反馈" in plan.file_name
    assert not Recognition.objects.filter(category="subsistence_allowance").exists()

    clerk = django_user_model.objects.create(username="clerk")
    confirm_list(batch=plan, user=clerk)

    made = Recognition.objects.get(category="subsistence_allowance")
    assert (made.resident_id, made.valid_from, made.document) == (alert.resident_id, since, "民低保1号")
    assert (made.authority, made.agency, made.recorded_by, made.batch) == (
        "civil_affairs",
        agency,
        clerk,
        plan,
    )
    assert made.history.get().history_batch == plan.pk


def test_somebody_monitored_has_not_overcome_the_risk(alert, django_user_model):
    agency = AgencyFactory(kind="rural_affairs")

    answer = answered(alert, agency, outcome="recognized", category="sudden_hardship", reason="")
    confirm_list(batch=answer.plan, user=django_user_model.objects.create(username="clerk"))

    made = Recognition.objects.get(category="sudden_hardship")
    assert (made.valid_from, made.attributes) == (CHECKED, {"risk_eliminated": False})


def test_a_plan_says_what_contradicts_the_records(alert, django_user_model):
    agency, clerk = AgencyFactory(), django_user_model.objects.create(username="clerk")
    first = answered(alert, agency, outcome="recognized", category="subsistence_allowance", reason="")
    confirm_list(batch=first.plan, user=clerk)

    again = answered(alert, agency, outcome="recognized", category="subsistence_allowance", reason="再核")

    assert again.plan.counts == {"unchanged": 1}


def test_many_answers_cost_as_few_queries_as_few(django_user_model):
    agency = AgencyFactory()

    def cost(people: int) -> int:
        alerts = [warned() for _ in range(people)]
        said = [
            Said(
                alert_id=each.pk,
                agency=agency,
                words=words(outcome="recognized", category="orphan", reason=""),
            )
            for each in alerts
        ]
        with CaptureQueriesContext(connection) as queries:
            taken = take_answers(said=said)
        assert all(each.answer is not None for each in taken)
        assert len({each.answer.plan_id for each in taken}) == 1
        return len(queries)

    assert cost(2) == cost(12)


def test_what_is_late_is_asked_after_once_until_it_is_done(alert):
    due = alert.answer_due_on
    day = datetime.timedelta(days=1)

    assert mind_overdue(today=due) == {}
    assert mind_overdue(today=due + day) == {"answered": 1}
    assert mind_overdue(today=due + 9 * day) == {}

    case = Case.objects.get(kind="alert_overdue")
    assert (case.resident_id, case.area) == (alert.resident_id, daoli())
    assert str(due) in case.reason
    event = OutboundEvent.objects.get(kind="alert.overdue")
    assert (event.payload["step"], event.payload["due_on"]) == ("answered", due.isoformat())
    assert event.agency_kinds == ["civil_affairs", "rural_affairs"]

    answered(alert, AgencyFactory())

    case.refresh_from_db()
    assert case.state == CaseState.CLOSED


def test_each_step_has_its_own_limit():
    change_policy(
        "[alerts]",
        '[alerts]\nacknowledge_days = { value = 2, unit = "day", clause = "甲" }\n'
        'visit_days = { value = 5, unit = "day", clause = "甲" }',
    )
    alert = warned()
    after = [TODAY + datetime.timedelta(days=days) for days in (2, 3, 6, 11)]

    assert [dict(mind_overdue(today=day)) for day in after] == [
        {},
        {"acknowledged": 1},
        {"visited": 1},
        {"answered": 1},
    ]
    assert Case.objects.filter(kind="alert_overdue").count() == 3

    answered(alert, AgencyFactory(), step="visited", outcome="", reason="")

    open_cases = Case.objects.filter(kind="alert_overdue").exclude(state=CaseState.CLOSED)
    assert ["反馈结果" in case.title for case in open_cases] == [True]


def test_asking_after_costs_as_few_queries_for_many_as_for_few():
    def cost(people: int) -> int:
        for _ in range(people):
            warned()
        with CaptureQueriesContext(connection) as queries:
            assert mind_overdue(today=datetime.date(2026, 3, 1)) == {"answered": people}
        return len(queries)

    assert cost(2) == cost(9)


def test_the_task_asks_after_what_is_late(alert):
    assert mind_alerts() == {"answered": 1}
    assert mind_alerts() == {}


def test_an_identity_that_never_was_takes_the_ground_away():
    alert, other = warned(), warned()
    spent(other.resident, "60000", "more")
    began = timezone.now()
    void_recognitions(recognition_ids=list(Recognition.objects.values_list("pk", flat=True)), reason="误登")

    follow_changes(since=began, until=timezone.now(), day=timezone.localdate())

    alert.refresh_from_db()
    other.refresh_from_db()
    assert alert.state == AlertState.WITHDRAWN
    assert other.state == AlertState.SENT  # over the line of everybody else too
    assert OutboundEvent.objects.get(kind="alert.withdrawn").payload["alert"] == alert.pk


def test_an_identity_found_by_the_visit_withdraws_nothing(alert, django_user_model):
    began = timezone.now()
    answer = answered(
        alert, AgencyFactory(), outcome="recognized", category="subsistence_allowance", reason=""
    )
    confirm_list(batch=answer.plan, user=django_user_model.objects.create(username="clerk"))

    follow_changes(since=began, until=timezone.now(), day=timezone.localdate())

    alert.refresh_from_db()
    assert (alert.state, alert.outcome) == (AlertState.ANSWERED, "recognized")
