"""Django's entry in the list of apps."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """exchange: see the package docstring."""

    name = "exchange"
    verbose_name = "数据交换"
    default_auto_field = "django.db.models.BigAutoField"
