"""What became of the alerts: counted by place and month, withdrawn ones apart, the median of days."""

import datetime
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benefits.models import Alert
from exchange.models import OutboundEvent
from oversight.selectors.alert_statistics import alert_statistics, months_with_alerts
from tests.benefits.factories import somebody
from tests.registry.factories import daoli, harbin, shangzhi

pytestmark = pytest.mark.django_db
DAY = datetime.date
TODAY = DAY(2025, 5, 20)
serials = count(1)


def alert(place=None, month="2025-03", *, days=None, **fields):
    """Make an alert pushed on the first of April; `days` later it was answered."""
    place, number = place or daoli(), next(serials)
    event = OutboundEvent.objects.create(
        kind="alert.raised",
        area=place,
        agency_kinds=["civil_affairs"],
        subject="",
        payload={},
        dedupe_key=f"s{number}",
    )
    pushed = DAY(2025, 4, 1)
    if days is not None:
        done = pushed + datetime.timedelta(days=days)
        fields |= {"state": "answered", "acknowledged_on": done, "visited_on": done, "answered_on": done}
    return Alert.objects.create(
        resident=somebody(number),
        area=place,
        event=event,
        coverage_year=2025,
        month=month,
        measured_on=DAY(2025, 3, 31),
        period=month,
        rule="fall_into_poverty",
        rule_label="因病致贫预警",
        amount=30000,
        threshold=20688,
        pushed_on=pushed,
        policy_key="230100/2025",
        **({"answer_due_on": DAY(2025, 4, 11)} | fields),
    )


def test_every_alert_is_counted_once_where_it_lies():
    alert(days=4, outcome="recognized")
    alert(days=10, outcome="assisted")
    alert(days=20, outcome="not_eligible")  # after its last day
    alert(state="acknowledged", acknowledged_on=DAY(2025, 4, 2))  # late by now
    alert(state="withdrawn")
    alert(shangzhi(), days=2, outcome="recognized")
    alert(harbin(), month="2025-04", answer_due_on=None)
    alert(month="2024-12")

    found = alert_statistics(area=harbin(), first="2025-03", last="2025-04", today=TODAY)

    places = dict(found.places)
    here = places[daoli().name]
    assert (here.pushed, here.acknowledged, here.visited) == (4, 4, 3)
    assert (here.recognized, here.assisted, here.not_eligible, here.waiting) == (1, 1, 1, 1)
    assert (here.overdue, here.withdrawn, here.median_days) == (2, 1, 10.0)
    assert places[shangzhi().name].median_days == 2.0
    assert (places[harbin().name].pushed, places[harbin().name].overdue) == (1, 0)
    assert [(month, each.pushed) for month, each in found.months] == [("2025-03", 5), ("2025-04", 1)]
    assert (found.total.pushed, found.total.median_days) == (6, 7.0)
    assert months_with_alerts(harbin()) == ["2025-04", "2025-03", "2024-12"]


def test_a_county_has_only_its_own():
    alert(days=4, outcome="recognized")
    alert(shangzhi(), days=2, outcome="recognized")

    found = alert_statistics(area=daoli(), first="2025-03", last="2025-03", today=TODAY)

    assert [(name, each.pushed) for name, each in found.places] == [(daoli().name, 1)]
    assert found.total.pushed == 1


def test_as_many_queries_for_few_as_for_many():
    def cost(more: int) -> int:
        place = harbin()
        for _ in range(more):
            alert()
        with CaptureQueriesContext(connection) as queries:
            alert_statistics(area=place, first="2025-01", last="2025-12", today=TODAY)
        return len(queries)

    assert cost(2) == cost(9) == 4


def test_without_alerts_there_are_no_figures():
    found = alert_statistics(area=harbin(), first="2025-01", last="2025-12", today=TODAY)

    assert (found.places, found.months, found.total.pushed, found.total.median_days) == ([], [], 0, None)
