"""Django's entry in the list of apps."""

from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    """casework: see the package docstring."""

    name = "casework"
    verbose_name = "业务办理"
    default_auto_field = "django.db.models.BigAutoField"
