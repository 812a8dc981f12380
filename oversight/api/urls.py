"""Routes of oversight under /api/v1/."""

from django.urls import path

from oversight.api.in_policy import InPolicyRatioView
from oversight.api.tax_totals import TaxTotalDifferences, TaxTotalsView

urlpatterns = [
    path("statistics/in-policy-ratio/", InPolicyRatioView.as_view(), name="in-policy-ratio"),
    path("tax-totals/", TaxTotalsView.as_view(), name="tax-totals"),
    path("tax-totals/differences/", TaxTotalDifferences.as_view(), name="tax-total-differences"),
]
