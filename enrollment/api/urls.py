"""Routes of enrollment under /api/v1/."""

from django.urls import path

from enrollment.api.views import EntitlementView, PaymentsView, QuoteView

urlpatterns = [
    path("quotes/", QuoteView.as_view(), name="quote"),
    path("entitlements/check/", EntitlementView.as_view(), name="check-entitlement"),
    path("payments/", PaymentsView.as_view(), name="payments"),
]
