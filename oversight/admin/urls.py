"""Addresses of the pages over the whole house, below /admin/."""

from django.contrib import admin
from django.urls import path

from oversight.admin.change_export import export
from oversight.admin.changes import changes
from oversight.admin.participation import participation_page

urlpatterns = [
    path("changes/", admin.site.admin_view(changes), name="changes"),
    path("participation/", admin.site.admin_view(participation_page), name="participation"),
    path("changes/export/", admin.site.admin_view(export), name="changes-export"),
]
