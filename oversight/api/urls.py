"""Routes of oversight under /api/v1/."""

from django.urls import path

from oversight.api.tax_totals import TaxTotalDifferences, TaxTotalsView

urlpatterns = [
    path("tax-totals/", TaxTotalsView.as_view(), name="tax-totals"),
    path("tax-totals/differences/", TaxTotalDifferences.as_view(), name="tax-total-differences"),
]
