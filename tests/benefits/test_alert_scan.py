"""The monthly scan: strictly over, once, to the right agencies; answers and withdrawals."""

import datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benefits.models import Alert, AlertState
from benefits.selectors.schedule import days_to_scan
from benefits.services.alerts import MonthNotOver, scan_month, scan_up_to
from benefits.services.settle import settle_claims
from benefits.services.void import void_claim
from benefits.tasks import launch_monthly_alerts, push_alerts
from exchange.models import OutboundEvent
from exchange.services.outbox import publish_many
from policy.errors import RuleNotPublished
from policy.models import PolicyVersion
from tests.benefits.factories import bill, hospital, insured, law, recognized, somebody
from tests.registry.factories import area, daoli, harbin, shangzhi, tangshan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    hospital()


def scan(month="2025-03", *, wet_run=True, today=datetime.date(2026, 1, 2), place=None):
    return scan_month(area=place or harbin(), month=month, wet_run=wet_run, today=today)


def spent(person, amount, number, day=datetime.date(2025, 3, 10), **more):
    """Let somebody bear `amount` yuan: below the deductible nobody pays anything."""
    (outcome,) = settle_claims(
        claims=[bill(person, number, amount, day=day, basic_paid=0, **more)], user=None
    )
    assert outcome.code == ""
    return outcome.claim


def from_poverty(person):
    recognized(person, "exited_poverty", datetime.date(2021, 1, 1))
    return person


def change_policy(old, new):
    version = PolicyVersion.objects.get(area="230100")
    assert old in version.text
    version.text = version.text.replace(old, new)
    version.approved_at += datetime.timedelta(seconds=1)
    version.save()


def test_warn_strictly_above_the_threshold():
    at, above = from_poverty(insured()), from_poverty(insured())
    spent(at, "10344.00", "A1")
    spent(above, "10344.01", "A2")

    found = scan()

    (alert,) = found.alerts
    assert alert.resident_id == above.pk
    assert (alert.rule, alert.amount, alert.threshold) == (
        "return_to_poverty",
        Decimal("10344.01"),
        Decimal(10344),
    )
    assert (alert.area, alert.period, alert.answer_due_on) == (daoli(), "2025", datetime.date(2026, 1, 12))
    event = OutboundEvent.objects.get()
    assert (event.area, event.agency_kinds) == (daoli(), ["civil_affairs", "rural_affairs"])
    assert event.payload["masked_id_number"] == above.masked_id_number
    assert above.id_number not in str(event.payload)
    assert (event.payload["amount"], event.payload["total"]) == ("10344.01", "10344.01")
    assert (event.payload["from"], event.payload["to"]) == ("2025-01-01", "2025-03-31")
    assert event.payload["alert"] == alert.pk
    assert Alert.history.get().history_change_reason == "预警 230100/2025 截至2025-03-31"


def test_the_first_rule_that_fits_decides():
    ordinary = insured()
    spent(ordinary, "15000", "A1")

    assert scan().alerts == []

    from_poverty(ordinary)
    assert [alert.rule for alert in scan().alerts] == ["return_to_poverty"]


def test_scan_twice_warns_once_and_months_later_neither():
    person = from_poverty(insured())
    spent(person, "11000", "A1")

    assert len(scan().alerts) == 1
    again = scan()
    later = scan("2025-04")

    assert (again.alerts, later.alerts) == ([], [])
    assert (again.warned_before, later.warned_before) == (1, 1)
    assert OutboundEvent.objects.count() == 1


def test_a_scan_broken_off_in_the_middle_has_warned_nobody(monkeypatch):
    for serial in range(3):
        spent(from_poverty(insured(somebody(serial))), "11000", f"A{serial}")
    told = []

    def breaks_off(*, events):
        told.append(len(events))
        if len(told) > 1:
            raise ConnectionError
        return publish_many(events=events)

    with monkeypatch.context() as patched:
        patched.setattr("benefits.services.alerts.CHUNK", 1)
        patched.setattr("benefits.services.alerts.publish_many", breaks_off)
        with pytest.raises(ConnectionError):
            scan()

    assert (Alert.objects.count(), OutboundEvent.objects.count()) == (0, 0)
    assert len(scan().alerts) == 3


def test_a_trial_writes_nothing():
    spent(from_poverty(insured()), "11000", "A1")

    found = scan(wet_run=False)

    assert found.raised == {"因病返贫预警": 1}
    assert (Alert.objects.count(), OutboundEvent.objects.count()) == (0, 0)


def test_count_what_was_borne_up_to_the_end_of_the_month():
    person = from_poverty(insured())
    spent(person, "6000", "A1", datetime.date(2025, 3, 31))
    spent(person, "6000", "A2", datetime.date(2025, 4, 1))

    assert scan("2025-03").alerts == []
    (alert,) = scan("2025-04").alerts

    assert (alert.amount, alert.month) == (Decimal(12000), "2025-04")


def test_leave_out_the_dead_and_other_areas():
    dead = from_poverty(insured(somebody(1, died_on=datetime.date(2025, 3, 20))))
    spent(dead, "11000", "A1")

    found = scan()

    assert (found.checked, found.alerts) == (1, [])


def test_send_to_the_county_somebody_lives_in():
    spent(from_poverty(insured(somebody(1, living_area=shangzhi()))), "11000", "A1")
    town = area("230183001", name="一镇", level="town", parent=shangzhi())
    village = area("230183001001", name="一村", level="village", parent=town)
    spent(from_poverty(insured(somebody(2, living_area=village))), "11000", "A2")

    scan()

    first, second = OutboundEvent.objects.order_by("pk")
    assert first.area == second.area == shangzhi()
    assert (second.payload["county"], second.payload["town"], second.payload["village"]) == (
        "尚志市",
        "一镇",
        "一村",
    )


@pytest.mark.parametrize(
    ("span", "month", "expected"),
    [
        ("rolling_12_months", "2025-12", Decimal(11000)),
        ("stay", "2025-03", None),
        ("stay", "2025-05", Decimal(10500)),
    ],
)
def test_spans_other_than_the_year(span, month, expected):
    change_policy('span = { value = "year_to_date"', f'span = {{ value = "{span}"')
    person = from_poverty(insured())
    for number, (amount, day) in enumerate(
        [
            (250, datetime.date(2025, 1, 20)),
            (250, datetime.date(2025, 3, 1)),
            (10500, datetime.date(2025, 5, 2)),
        ]
    ):
        spent(person, amount, f"A{number}", day)

    alerts = scan(month).alerts

    assert [alert.amount for alert in alerts] == ([] if expected is None else [expected])


def test_warn_every_month_where_the_policy_says_so():
    change_policy('repeat = { value = "once_per_year"', 'repeat = { value = "every_month"')
    spent(from_poverty(insured()), "11000", "A1")

    months = [scan(month).alerts[0].period for month in ("2025-03", "2025-04")]

    assert months == ["2025-03", "2025-04"]
    assert scan("2025-04").alerts == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"today": datetime.date(2025, 3, 31)}, MonthNotOver),
        ({"place": "tangshan"}, RuleNotPublished),
        ({"month": "March"}, ValueError),
    ],
)
def test_refuse_what_cannot_be_scanned(changes, error):
    if "place" in changes:
        changes = {"place": tangshan()}

    with pytest.raises(error):
        scan(**changes)


def test_a_reversal_withdraws_the_alert_and_a_new_bill_raises_it_again():
    person = from_poverty(insured())
    claim = spent(person, "11000", "A1")
    (alert,) = scan().alerts

    void_claim(claim=claim, user=None, reason="误报")

    alert.refresh_from_db()
    assert alert.state == AlertState.WITHDRAWN
    assert OutboundEvent.objects.get(kind="alert.withdrawn").payload["alert"] == alert.pk

    spent(person, "12000", "A2")
    (again,) = scan("2025-04").alerts

    assert again.pk > alert.pk
    again.refresh_from_db()
    assert (again.state, again.amount, again.month) == (AlertState.SENT, Decimal(12000), "2025-04")
    assert OutboundEvent.objects.filter(kind="alert.raised").count() == 2
    assert scan("2025-04").alerts == []


def test_a_reversal_that_leaves_enough_keeps_the_alert():
    person = from_poverty(insured())
    spent(person, "11000", "A1")
    second = spent(person, "500", "A2")
    (alert,) = scan().alerts

    void_claim(claim=second, user=None, reason="误报")

    alert.refresh_from_db()
    assert alert.state == AlertState.SENT


def test_as_many_queries_for_few_as_for_many():
    counts = []
    for month, people in (("2025-03", 3), ("2025-05", 20)):
        day = datetime.date.fromisoformat(f"{month}-02")
        for at in range(people):
            spent(from_poverty(insured(somebody(at + 100 * people))), "11000", f"{month}{at}", day)
        scan(month, wet_run=False)
        with CaptureQueriesContext(connection) as captured:
            assert len(scan(month).alerts) == people
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_the_command_tries_then_pushes():
    spent(from_poverty(insured()), "11000", "A1")
    tried, pushed, again = StringIO(), StringIO(), StringIO()

    call_command("push_alerts", area="230100", month="2025-03", stdout=tried)
    assert Alert.objects.count() == 0
    call_command("push_alerts", area="230100", month="2025-03", wet_run=True, stdout=pushed)
    call_command("push_alerts", area="230100", month="2025-03", wet_run=True, stdout=again)

    assert "试算" in tried.getvalue()
    assert "因病返贫预警：新增 1 人" in pushed.getvalue()
    assert "没有新增预警" in again.getvalue()
    for wrong in ({"area": "999999"}, {"month": "03/2025"}, {"area": tangshan().code}):
        with pytest.raises(CommandError):
            call_command("push_alerts", **({"area": "230100", "month": "2025-03"} | wrong))


@pytest.mark.parametrize(
    ("today", "days"),
    [
        (datetime.date(2026, 1, 1), ["2025-12-31"]),
        (datetime.date(2026, 2, 1), ["2025-12-31"]),
        (datetime.date(2025, 4, 1), ["2025-03-31"]),
        (datetime.date(2025, 3, 11), []),
        (datetime.date(2025, 2, 1), ["2025-01-31"]),
    ],
)
def test_december_is_scanned_again_while_its_claims_come_in(today, days):
    assert days_to_scan(harbin(), today) == [datetime.date.fromisoformat(day) for day in days]


def test_nothing_is_scanned_where_nothing_is_published():
    assert days_to_scan(tangshan(), datetime.date(2025, 4, 1)) == []
    assert days_to_scan(harbin(), datetime.date(2031, 4, 1)) == []


def test_a_rule_may_be_scanned_every_ten_days():
    change_policy(
        "[alerts.rule.return_to_poverty]",
        '[alerts.rule.return_to_poverty]\nscan_days = { value = [10, 20], unit = "day", clause = "甲" }',
    )
    poor, ordinary = from_poverty(insured()), insured()
    spent(poor, "11000", "A1", datetime.date(2025, 3, 9))
    spent(ordinary, "60000", "A2", datetime.date(2025, 3, 9))
    day = datetime.date(2025, 3, 10)

    assert days_to_scan(harbin(), datetime.date(2025, 3, 11)) == [day]
    (early,) = scan_up_to(area=harbin(), until=day, wet_run=True, today=day + datetime.timedelta(1)).alerts
    (late,) = scan().alerts

    assert (early.resident_id, early.measured_on, early.month) == (poor.pk, day, "2025-03")
    assert late.resident_id == ordinary.pk


def test_a_stay_that_became_known_late_is_found_by_a_later_scan():
    change_policy('span = { value = "year_to_date"', 'span = { value = "stay"')
    person = from_poverty(insured())
    assert scan("2025-03").alerts == []

    spent(person, "10500", "A1", datetime.date(2025, 3, 5))

    assert [alert.amount for alert in scan("2025-05").alerts] == [Decimal(10500)]


INCOME = '{ share_of = "series.rural_income", year_offset = -1, share = 0.5 }'


def test_a_share_of_income_is_the_line():
    change_policy("threshold = { value = 10344", f"threshold = {{ value = {INCOME}")
    series = (
        '[series.rural_income]\n2024 = { value = 20688, unit = "yuan/year", clause = "公报" }\n\n[alerts]'
    )
    change_policy("[alerts]", series)
    at, above = from_poverty(insured()), from_poverty(insured())
    spent(at, "10344.00", "A1")
    spent(above, "10344.01", "A2")

    found = scan()

    assert [(alert.resident_id, alert.threshold) for alert in found.alerts] == [(above.pk, Decimal(10344))]
    assert found.unpublished == {}


def test_without_the_series_nobody_is_warned_by_a_guess():
    change_policy("threshold = { value = 10344", f"threshold = {{ value = {INCOME}")
    poor, ordinary = from_poverty(insured()), insured()
    spent(poor, "60000", "A1")
    spent(ordinary, "60000", "A2")
    told = StringIO()

    found = scan(wet_run=False)
    call_command("push_alerts", area="230100", month="2025-03", stdout=told)

    assert found.raised == {"因病致贫预警": 1}
    assert "series.rural_income.2024" in found.unpublished["因病返贫预警"]
    assert "因病返贫预警：没有扫描" in told.getvalue()


def test_a_scan_of_nothing_but_unknown_lines_is_refused():
    change_policy("threshold = { value = 10344", f"threshold = {{ value = {INCOME}")
    change_policy("threshold = { value = 20688", f"threshold = {{ value = {INCOME}")

    with pytest.raises(RuleNotPublished, match=r"series\.rural_income\.2024"):
        scan()


def test_the_tasks_push_and_say_what_they_refuse():
    spent(from_poverty(insured()), "11000", "A1")

    assert push_alerts(area="230100", until="2025-03-31", today="2025-04-01") == {"因病返贫预警": 1}
    assert push_alerts(area="230100", until="2025-03-31", today="2025-03-01") == "month_not_over"


def test_the_schedule_queues_what_ended_yesterday(monkeypatch):
    insured()
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: datetime.date(2025, 4, 1))

    assert launch_monthly_alerts() == 1
