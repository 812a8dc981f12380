"""Addresses of the pages over the whole house, below /admin/."""

from django.contrib import admin
from django.urls import path

from oversight.admin.alert_statistics import alert_statistics_page
from oversight.admin.change_export import export
from oversight.admin.changes import changes
from oversight.admin.in_policy import in_policy_page
from oversight.admin.participation import participation_page

urlpatterns = [
    path("changes/", admin.site.admin_view(changes), name="changes"),
    path("participation/", admin.site.admin_view(participation_page), name="participation"),
    path("alert-statistics/", admin.site.admin_view(alert_statistics_page), name="alert-statistics"),
    path("in-policy/", admin.site.admin_view(in_policy_page), name="in-policy"),
    path("changes/export/", admin.site.admin_view(export), name="changes-export"),
]
