"""Routes of benefits under /api/v1/."""

from django.urls import path

from benefits.api.adjustments import AdjustmentList
from benefits.api.alerts import AlertAnswersView, AlertAnswerView, AlertList
from benefits.api.caps import CapView
from benefits.api.claims import ClaimsView, ClaimView, ClaimVoid
from benefits.api.notices import ClaimNoticeView

urlpatterns = [
    path("alerts/", AlertList.as_view(), name="alerts"),
    path("alerts/<int:alert_id>/answer/", AlertAnswerView.as_view(), name="answer-alert"),
    path("alerts/answers/", AlertAnswersView.as_view(), name="answer-alerts"),
    path("caps/check/", CapView.as_view(), name="check-cap"),
    path("claims/", ClaimsView.as_view(), name="claims"),
    path("claims/adjustments/", AdjustmentList.as_view(), name="claim-adjustments"),
    path("claims/<str:number>/", ClaimView.as_view(), name="claim"),
    path("claims/<str:number>/notice/", ClaimNoticeView.as_view(), name="claim-notice"),
    path("claims/<str:number>/void/", ClaimVoid.as_view(), name="void-claim"),
]
