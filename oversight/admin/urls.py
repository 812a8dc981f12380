"""Addresses of the pages over the whole house, below /admin/."""

from django.contrib import admin
from django.urls import path

from oversight.admin.change_export import export
from oversight.admin.changes import changes

urlpatterns = [
    path("changes/", admin.site.admin_view(changes), name="changes"),
    path("changes/export/", admin.site.admin_view(export), name="changes-export"),
]
