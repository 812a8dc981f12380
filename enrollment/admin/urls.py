"""Addresses of the work list of outreach, below /admin/."""

from django.contrib import admin
from django.urls import path

from enrollment.admin.outreach_list import export, outreach
from enrollment.admin.outreach_work import outreach_work

urlpatterns = [
    path("outreach/", admin.site.admin_view(outreach), name="outreach"),
    path("outreach/export/", admin.site.admin_view(export), name="outreach-export"),
    path("outreach/<slug:step>/", admin.site.admin_view(outreach_work), name="outreach-work"),
]
