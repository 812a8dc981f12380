"""Django's entry in the list of apps."""

from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    """enrollment: see the package docstring."""

    name = "enrollment"
    verbose_name = "参保缴费"
    default_auto_field = "django.db.models.BigAutoField"
