"""Django's entry in the list of apps."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """registry: see the package docstring."""

    name = "registry"
    verbose_name = "人员与地区"
    default_auto_field = "django.db.models.BigAutoField"
