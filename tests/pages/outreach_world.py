"""Outreach about the woman of `world.py`."""

import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from enrollment.models import Contact, OutreachAssignment, UninsuredReason
from oversight.models import ParticipationCount
from registry.models import Resident


def outreach(resident: Resident, user: User) -> None:
    """Somebody was lost, was spoken to, and is looked after; her town's figures were kept."""
    UninsuredReason.objects.create(
        resident=resident,
        coverage_year=2025,
        reason="lost",
        stated_on=datetime.date(2024, 9, 20),
        ended_on=datetime.date(2024, 9, 28),
        source="visit",
        recorded_by=user,
    )
    Contact.objects.create(
        resident=resident,
        coverage_year=2025,
        contacted_on=datetime.date(2024, 9, 28),
        way="phone",
        outcome="promised",
        contacted_by=user,
    )
    OutreachAssignment.objects.create(resident=resident, coverage_year=2025, assignee=user)
    ParticipationCount.objects.get_or_create(
        area=resident.living_area,
        coverage_year=2025,
        day=datetime.date(2024, 9, 30),
        group="all",
        defaults={"insured_here": 3, "waiting": 1, "counted_at": timezone.now()},
    )
