"""Django's entry in the list of apps."""

from django.apps import AppConfig


class BenefitsConfig(AppConfig):
    """benefits: see the package docstring."""

    name = "benefits"
    verbose_name = "待遇与结算"
    default_auto_field = "django.db.models.BigAutoField"
