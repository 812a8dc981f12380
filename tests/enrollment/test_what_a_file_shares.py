"""What all rows of a file share is not looked up in the database for each of them, and stays all the same."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.db.models import ProtectedError

from enrollment.models import ContributionPeriod, Enrollment, Payment, SubsidyShare
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments
from exchange.models import InboundBatch
from tests.enrollment.factories import InsuredFactory, classed, row
from tests.registry.factories import ResidentFactory, harbin

pytestmark = pytest.mark.usefixtures("law")
OCTOBER = datetime.date(2024, 10, 5)
LEVELS = ["central", "local", "province"]


def booked_by(clerk):
    """Book a file of somebody who renews by paying and of somebody who was registered before; return their keys."""
    classed(harbin(), "equalised")
    renewing, registered = InsuredFactory().resident, ResidentFactory()
    enroll(resident_ids=[registered.pk], coverage_year=2025, on=OCTOBER)
    batch = InboundBatch.objects.create(
        kind="payments", area=harbin(), file_name="缴费.xlsx", sha256="0" * 64, as_of=OCTOBER
    )
    rows = [row(renewing, OCTOBER), row(registered, OCTOBER)]
    assert {each.outcome for each in record_payments(rows=rows, batch=batch, user=clerk)} == {"booked"}
    return renewing.pk, registered.pk


def test_list_clerk_and_working_are_not_looked_up_by_row_and_cannot_be_deleted():
    clerk = User.objects.create_user("经办")
    renewing, _ = booked_by(clerk)
    registration = Enrollment.objects.get(resident=renewing, coverage_year=2025)
    year = ContributionPeriod.objects.get(enrollment=registration)
    payment = Payment.objects.get(contribution=year)
    shared = [(registration, "registered_by"), (year, "working"), (payment, "batch")]

    assert registration.registered_by == clerk
    for of_file, name in shared:
        assert not type(of_file)._meta.get_field(name).db_constraint
        with pytest.raises(ProtectedError):
            getattr(of_file, name).delete()


def test_who_renews_and_who_was_registered_share_their_subsidy_out_alike():
    shares = [
        list(
            SubsidyShare.objects.filter(contribution__resident=each, contribution__coverage_year=2025)
            .order_by("level")
            .values_list("level", "amount")
        )
        for each in booked_by(None)
    ]

    assert shares[0] == shares[1]
    assert [level for level, _ in shares[0]] == LEVELS
