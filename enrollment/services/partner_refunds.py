"""Refunds as partners ask for them: the case two people decide, and nothing else."""

from casework.models import Case
from enrollment.models import ContributionPeriod, EnrollmentStatus
from enrollment.services.refunds import NewRefund, request_refund
from enrollment.services.regrants import NotPaid
from exchange.models import Agency


def request_refund_of_agency(
    *, agency: Agency, resident_id: int, coverage_year: int, refund: NewRefund
) -> Case:
    """Open the case of a refund; no money moves until one person has decided it and another confirmed.

    :raises NotPaid: if nothing of the year is paid
    :raises DomainError: as `propose_refund` does; then no case is opened
    """
    contribution = ContributionPeriod.objects.filter(
        resident=resident_id, coverage_year=coverage_year, enrollment__status=EnrollmentStatus.ACTIVE
    ).first()
    if contribution is None:
        raise NotPaid(f"没有 {coverage_year} 年度的参保登记，无须退费", field="coverage_year")
    return request_refund(contribution=contribution, refund=refund, asked_by=agency.name)
