"""Django's entry in the list of apps."""

from importlib import import_module

from django.apps import AppConfig


class HardshipConfig(AppConfig):
    """hardship: see the package docstring."""

    name = "hardship"
    verbose_name = "困难身份与资助参保"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let decisions of its cases take effect."""
        import_module("hardship.services.corrections")
