"""What clerks write about people while a run goes on, and what follows it up, by kind of run."""

import datetime
from decimal import Decimal

from django.utils import timezone

from benefits.models import Facility
from benefits.services.bills import NewClaim
from benefits.services.settle import ClaimResult, settle_claims
from enrollment.services.follow_identities import follow_identities
from hardship.services.recognitions import NewRecognition, recognize
from registry.models import Area
from tests.faults.runs import BILLED_ON, YEAR

HOSPITAL = "H23010000001"
LATE = datetime.date(YEAR, 12, 20)


def open_hospital(area: Area) -> None:
    Facility.objects.create(code=HOSPITAL, name="市医院", grade="grade_3", area=area)


def recognise(resident_id: int) -> None:
    """Record an identity that changes what somebody owes."""
    since = datetime.date(YEAR, 9, 1)
    row = NewRecognition(resident_id=resident_id, category="subsistence_allowance", valid_from=since)
    recognize(rows=[row], reason="窗口登记")


def settle(resident_id: int) -> None:
    """Settle a bill of the old year that comes late, so that the year is none without claims."""
    claim = NewClaim(
        number=f"L{resident_id}", resident_id=resident_id, facility_code=HOSPITAL, kind="inpatient",
        admitted_on=LATE, discharged_on=LATE, settled_on=LATE, total=Decimal(4500), eligible=Decimal(3800),
    )  # fmt: skip
    (outcome,) = settle_claims(claims=[claim], user=None)
    assert outcome.result == ClaimResult.SETTLED, outcome


def follow_billing() -> None:
    """Do what the schedule does every hour, as of the day of the bill."""
    now = timezone.now()
    follow_identities(since=now - datetime.timedelta(days=1), until=now, day=BILLED_ON)


def follow_nothing() -> None:
    """A late claim corrects the states by itself, and a run those that changed while it was computed."""


WRITES = {"billing": recognise, "year_end": settle}
FOLLOWS = {"billing": follow_billing, "year_end": follow_nothing}
