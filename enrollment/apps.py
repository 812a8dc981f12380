"""Django's entry in the list of apps."""

from importlib import import_module

from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    """enrollment: see the package docstring."""

    name = "enrollment"
    verbose_name = "参保缴费"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let decisions of its cases take effect, and say what of it stands on identities a list may take back."""
        import_module("enrollment.services.allocations")
        import_module("enrollment.services.clash_effects")
        import_module("enrollment.services.effects")
        import_module("enrollment.services.split_originals")
        import_module("enrollment.services.grant_corrections")
        import_module("enrollment.services.double_effects")
        import_module("enrollment.services.refunds")
        import_module("enrollment.services.dependents")
        import_module("enrollment.services.follow_residents")
        import_module("enrollment.services.merging")
