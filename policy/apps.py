"""Django's entry in the list of apps."""

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    """policy: see the package docstring."""

    name = "policy"
    verbose_name = "政策参数"
    default_auto_field = "django.db.models.BigAutoField"
