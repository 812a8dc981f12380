"""Enrollments and payments for tests."""

import datetime
import itertools
from decimal import Decimal
from typing import Any

import factory

from enrollment.models import ContributionPeriod, ContributionState, Enrollment
from enrollment.services.payments import PaymentRow
from registry.models import AreaFiscalClass
from tests.registry.factories import ResidentFactory, harbin

serials = itertools.count(1)
DAY = datetime.date


def row(resident: Any, paid_on: datetime.date, **said: Any) -> PaymentRow:
    """Return a payment of 400 yuan for 2025 by somebody."""
    facts: dict[str, Any] = {
        "serial": f"TX{next(serials):08d}",
        "resident_id": resident.pk,
        "coverage_year": 2025,
        "amount": Decimal(400),
        "paid_on": paid_on,
    }
    return PaymentRow(**(facts | said))


def classed(area: Any, fiscal_class: str, *, year: int = 2024) -> AreaFiscalClass:
    """Enter how an area shares the subsidy."""
    return AreaFiscalClass.objects.create(area=area, fiscal_year=year, fiscal_class=fiscal_class)


class EnrollmentFactory(factory.django.DjangoModelFactory[Enrollment]):
    class Meta:
        model = Enrollment

    resident = factory.SubFactory(ResidentFactory)
    coverage_year = 2024
    pooling_area = factory.LazyFunction(harbin)
    registered_on = DAY(2023, 10, 1)


class InsuredFactory(factory.django.DjangoModelFactory[ContributionPeriod]):
    """A year paid for, 2024 unless said."""

    class Meta:
        model = ContributionPeriod

    class Params:
        year = 2024

    enrollment = factory.SubFactory(
        EnrollmentFactory,
        resident=factory.SelfAttribute("..resident"),
        coverage_year=factory.SelfAttribute("..year"),
    )
    resident = factory.SubFactory(ResidentFactory)
    coverage_year = factory.SelfAttribute("year")
    due = payable = paid = Decimal(380)
    state = ContributionState.PAID
    benefit_start = factory.LazyAttribute(lambda made: DAY(made.year, 1, 1))
    benefit_end = factory.LazyAttribute(lambda made: DAY(made.year, 12, 31))
    quoted_on = paid_on = DAY(2023, 10, 1)
