"""Django's entry in the list of apps."""

from importlib import import_module

from django.apps import AppConfig


class BenefitsConfig(AppConfig):
    """benefits: see the package docstring."""

    name = "benefits"
    verbose_name = "待遇与结算"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what decisions and receipts do, and what stands on identities wherever a list may be undone."""
        import_module("benefits.services.alert_receipts")
        import_module("benefits.services.retroactive.decide")
        import_module("benefits.services.dependents")
        import_module("benefits.services.merging")
        import_module("benefits.services.used_years")
