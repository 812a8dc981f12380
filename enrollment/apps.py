"""Django's entry in the list of apps."""

from importlib import import_module

from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    """enrollment: see the package docstring."""

    name = "enrollment"
    verbose_name = "参保缴费"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what of this app stands on identities, wherever a list may be undone."""
        import_module("enrollment.services.dependents")
