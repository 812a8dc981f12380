"""What the funds paid for somebody in a coverage year, for whoever decides whether its premium goes back."""

from django.db.models import Count, F, Max, Sum

from benefits.models import Claim, ClaimState
from enrollment.models import ContributionPeriod
from enrollment.services.used_years import tells_use_of_year


@tells_use_of_year
def claims_of_year(paid: ContributionPeriod) -> str:
    """Return how many claims of the year stand settled, what was paid for them, and when the last ended."""
    standing = Claim.objects.filter(
        resident=paid.resident_id, coverage_year=paid.coverage_year, state=ClaimState.SETTLED
    )
    found = standing.aggregate(
        count=Count("pk"),
        paid=Sum(F("basic_paid") + F("critical_illness_paid") + F("supplement_paid") + F("assistance_paid")),
        last=Max("discharged_on"),
    )
    if not found["count"]:
        return ""
    return (
        f"该年度已结算费用 {found['count']} 单、三重制度共支付 {found['paid']} 元（最近一单 {found['last']}），"
        "请据此决定是否退费"
    )
