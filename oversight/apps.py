"""Django's entry in the list of apps."""

from importlib import import_module

from django.apps import AppConfig


class OversightConfig(AppConfig):
    """oversight: see the package docstring."""

    name = "oversight"
    verbose_name = "监督与统计"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let decisions of its cases take effect."""
        import_module("oversight.services.enter_totals")
