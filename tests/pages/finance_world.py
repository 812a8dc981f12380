"""Documents of finance about one resident, so that their pages have something to show."""

import datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.utils import timezone

from enrollment.models import (
    ApplicationLine,
    ApplicationRow,
    AssistanceSettlement,
    SettlementPayment,
    SettlementRow,
    SubsidyApplication,
)
from registry.models import Resident

SPRING = datetime.date(2025, 3, 1)


def finance_papers(resident: Resident, user: User) -> None:
    """An application for the subsidy on finance's desk, and a settlement of which half is paid."""
    second, _ = User.objects.get_or_create(username="李复核")
    area, contribution = resident.living_area, resident.contributions.get(coverage_year=2025)
    asked = SubsidyApplication.objects.create(
        area=area,
        year=2025,
        component="basic",
        level="central",
        state="submitted",
        people=1,
        amount=Decimal(402),
        made_by=user,
        made_at=timezone.now(),
        submitted_by=user,
        submitted_at=timezone.now(),
    )
    line = ApplicationLine.objects.create(
        application=asked, county=area, fiscal_year=2025, standard=402, people=1, amount=402
    )
    ApplicationRow.objects.create(
        line=line,
        contribution=contribution,
        area=area,
        fiscal_year=2025,
        component="basic",
        level="central",
        amount=402,
    )
    settled = AssistanceSettlement.objects.create(
        area=area,
        month=SPRING.replace(day=1, year=2025 + resident.pk % 5000),
        state="approved",
        amount=Decimal(240),
        made_by=user,
        made_at=timezone.now(),
        approved_by=second,
        approved_at=timezone.now(),
    )
    part = {"component": "basic", "payers": "medical_assistance_fund+county"}
    SettlementRow.objects.create(
        **part,
        settlement=settled,
        grant=resident.assistance_grants.get(coverage_year=2025),
        area=area,
        amount=Decimal(240),
        owed_on=SPRING,
    )
    SettlementPayment.objects.create(
        **part,
        settlement=settled,
        payer="county",
        amount=Decimal(120),
        paid_on=SPRING,
        document="哈财社〔2025〕9号",
        recorded_by=user,
    )
