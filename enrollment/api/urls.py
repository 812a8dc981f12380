"""Routes of enrollment under /api/v1/."""

from django.urls import path

from enrollment.api.cover_elsewhere import CoverElsewhereView
from enrollment.api.refunds import RefundsView
from enrollment.api.registrations import EnrollmentsView, MovesView, NewbornNumberView
from enrollment.api.views import EntitlementsView, EntitlementView, PaymentsView, QuoteView

urlpatterns = [
    path("quotes/", QuoteView.as_view(), name="quote"),
    path("entitlements/check/", EntitlementView.as_view(), name="check-entitlement"),
    path("entitlements/checks/", EntitlementsView.as_view(), name="check-entitlements"),
    path("payments/", PaymentsView.as_view(), name="payments"),
    path("enrollments/", EnrollmentsView.as_view(), name="enrollments"),
    path("newborns/number/", NewbornNumberView.as_view(), name="newborn-number"),
    path("residents/moves/", MovesView.as_view(), name="moves"),
    path("insured-elsewhere/", CoverElsewhereView.as_view(), name="insured-elsewhere"),
    path("refunds/", RefundsView.as_view(), name="refunds"),
]
