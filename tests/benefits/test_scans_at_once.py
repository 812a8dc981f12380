"""Two scans of one area at once, and a scan that is killed: everybody is warned of once, nobody is lost."""

import datetime

import pytest
from django.db import OperationalError, connection

from benefits.models import Alert, AlertState, Claim
from benefits.services import alerts
from benefits.services.alerts import Scan, scan_up_to
from benefits.services.settle import settle_claims
from benefits.services.void import void_claim
from exchange.models import OutboundEvent
from tests.benefits.factories import bill, hospital, insured, law, recognized, somebody
from tests.registry.factories import harbin
from tests.together import alone, at_once, meanwhile

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 12
MARCH, APRIL = datetime.date(2025, 3, 31), datetime.date(2025, 4, 30)


@pytest.fixture(autouse=True)
def _over_the_line(monkeypatch):
    """Let a dozen people bear more than the threshold, and scans take five at a time."""
    monkeypatch.setattr(alerts, "CHUNK", 5)
    law()
    hospital()
    for serial in range(PEOPLE):
        person = insured(somebody(serial))
        recognized(person, "exited_poverty", datetime.date(2021, 1, 1))
        settle_claims(claims=[bill(person, f"A{serial}", 11_000, basic_paid=0)], user=None)


def scan(until=MARCH) -> Scan:
    return scan_up_to(area=harbin(), until=until, wet_run=True, today=datetime.date(2026, 1, 2))


def warned():
    return Alert.objects.count(), Alert.history.count(), OutboundEvent.objects.count()


def test_of_two_scans_at_once_one_warns():
    both = at_once(scan, scan)

    assert sorted(len(each.alerts) for each in both) == [0, PEOPLE]
    assert sorted(each.warned_before for each in both) == [0, PEOPLE]
    assert warned() == (PEOPLE, PEOPLE, PEOPLE)


def test_two_months_at_once_warn_once_a_year():
    both = at_once(scan, lambda: scan(APRIL))

    assert sorted(len(each.alerts) for each in both) == [0, PEOPLE]
    assert warned() == (PEOPLE, PEOPLE, PEOPLE)


def test_a_scan_begun_while_another_is_under_way_waits_for_it():
    second = meanwhile(scan, scan)

    assert (len(second.alerts), second.warned_before) == (0, PEOPLE)
    assert warned() == (PEOPLE, PEOPLE, PEOPLE)


def test_a_scan_whose_connection_is_killed_half_way_is_done_by_the_next(monkeypatch):
    told, publish_many = [], alerts.publish_many

    def killed(*, events):
        told.append(events)
        if len(told) == 2:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return publish_many(events=events)

    with monkeypatch.context() as patched:
        patched.setattr(alerts, "publish_many", killed)
        broken = alone(scan)

    assert isinstance(broken, OperationalError)
    assert len(told) == 2
    assert warned() == (0, 0, 0)
    assert len(scan().alerts) == PEOPLE
    assert warned() == (PEOPLE, PEOPLE, PEOPLE)


def take_back():
    void_claim(claim=Claim.objects.get(number="A0"), user=None, reason="误报")


def test_a_claim_taken_back_while_a_scan_decides_warns_of_nobody(monkeypatch):
    hold = alerts.lock_residents

    def taken_back_before(people):
        if not Claim.objects.filter(number="A0", state="reversed").exists():
            at_once(take_back)
        hold(people)

    monkeypatch.setattr(alerts, "lock_residents", taken_back_before)

    found = scan()

    assert (len(found.alerts), found.raised.total(), Alert.objects.count()) == (
        PEOPLE - 1,
        PEOPLE - 1,
        PEOPLE - 1,
    )


def test_a_claim_taken_back_while_a_scan_writes_takes_the_warning_back():
    meanwhile(scan, take_back)

    (withdrawn,) = Alert.objects.filter(state=AlertState.WITHDRAWN)
    assert withdrawn.resident.claims.get().number == "A0"
    assert Alert.objects.count() == PEOPLE
