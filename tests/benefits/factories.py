"""Insured people, hospitals and bills for the tests of benefits services."""

import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User

from benefits.batch.run_tables import figures_of
from benefits.models import Facility, IncentiveRun, RunState
from benefits.services.bills import NewClaim
from benefits.services.year_end import propose_year_end, run_year_end_chunks
from benefits.services.year_end_decisions import approve_year_end
from enrollment.models import ContributionPeriod, ContributionState, Enrollment
from hardship.models import Category, Recognition
from policy.services.versions import load_shipped_policies
from registry.models import Area, Resident
from tests.registry.factories import ResidentFactory, harbin, identity_number


def law() -> None:
    """Approve the shipped policies."""
    load_shipped_policies()


def reviewer(name: str = "year-end-reviewer") -> User:
    """Return the second person of year ends."""
    return User.objects.get_or_create(username=name)[0]


def closed_year(*, area: Area, year: int, today: datetime.date) -> IncentiveRun:
    """Return the year end proposed, approved by a second person, and followed."""
    run = propose_year_end(area=area, year=year, today=today)
    return approved(run) if run.state == RunState.PROPOSED else run


def approved(run: IncentiveRun) -> IncentiveRun:
    """Return a proposal in force, with what follows done."""
    approve_year_end(run_id=run.pk, user=reviewer(), reason="抽查无误")
    return run_year_end_chunks(run_id=run.pk)


def hospital(code: str = "H23010000001", grade: str = "grade_3", **fields: Any) -> Facility:
    """Return a hospital of Harbin."""
    facility, _ = Facility.objects.get_or_create(
        code=code, defaults={"name": f"医院{code}", "grade": grade, "area": harbin()} | fields
    )
    return facility


def enrollment(resident_id: int, year: int, area: Area | None = None) -> Enrollment:
    """Return an unsaved enrollment."""
    return Enrollment(
        resident_id=resident_id,
        coverage_year=year,
        pooling_area=area or harbin(),
        registered_on=datetime.date(year - 1, 11, 1),
    )


def paid_period(enrolled: Enrollment, start: datetime.date | None = None) -> ContributionPeriod:
    """Return an unsaved contribution, paid in time."""
    year = enrolled.coverage_year
    return ContributionPeriod(
        enrollment=enrolled,
        resident_id=enrolled.resident_id,
        coverage_year=year,
        due=400,
        payable=400,
        paid=400,
        state=ContributionState.PAID,
        benefit_start=start or datetime.date(year, 1, 1),
        benefit_end=datetime.date(year, 12, 31),
        quoted_on=enrolled.registered_on,
        paid_on=enrolled.registered_on,
    )


def insured(resident: Resident | None = None, *years: int, start: datetime.date | None = None) -> Resident:
    """Return somebody with paid cover of these coverage years, or of 2025."""
    resident = resident or ResidentFactory()
    for year in years or (2025,):
        enrolled = enrollment(resident.pk, year, resident.pooling_area)
        enrolled.save()
        paid_period(enrolled, start).save()
    return resident


def somebody(serial: int, **fields: Any) -> Resident:
    """Return a person with a number of their own beyond the factory's five hundred."""
    born_on = datetime.date(1960, 1, 1) + datetime.timedelta(days=serial // 500)
    return ResidentFactory(number=identity_number(serial % 500, born_on=born_on), born_on=born_on, **fields)


def recognition(
    resident_id: int,
    category: str,
    since: datetime.date,
    until: datetime.date | None = None,
    **attributes: Any,
) -> Recognition:
    """Return an unsaved identity."""
    return Recognition(
        resident_id=resident_id,
        category_id=category,
        valid_from=since,
        valid_to=until,
        attributes=attributes,
        authority="民政",
    )


def recognized(resident: Resident, category: str, since: datetime.date, **more: Any) -> Recognition:
    """Give somebody an identity."""
    Category.objects.get_or_create(code=category, defaults={"label": f"类别{category}", "issuer": "民政"})
    made = recognition(resident.pk, category, since, **more)
    made.save()
    return made


def bill(resident: Resident, number: str, eligible: int | str, **fields: Any) -> NewClaim:
    """Return an inpatient bill of ten days ending on `day`, all of it eligible unless told otherwise."""
    day = fields.pop("day", datetime.date(2025, 3, 10))
    money = ("total", "class_b_copay", "basic_paid")
    fields |= {name: Decimal(fields[name]) for name in money if fields.get(name) is not None}
    amount = Decimal(eligible)
    given: dict[str, Any] = {
        "facility_code": "H23010000001",
        "kind": "inpatient",
        "admitted_on": max(day - datetime.timedelta(days=10), datetime.date(day.year, 1, 1)),
        "discharged_on": day,
        "settled_on": day,
        "total": amount,
        "eligible": amount,
    }
    return NewClaim(number=number, resident_id=resident.pk, **(given | fields))


def places(run_id, *, size):
    """Return where a random sample of a run's rows lies."""
    found = figures_of(
        run_id, "state.ctid::text AS place", "ORDER BY random() LIMIT %(size)s", {"size": size}
    )
    return [row["place"] for row in found]
