"""`manage.py import_payments FILE --area … [--wet-run]`: 税务缴费明细."""

from enrollment.management.import_command import ImportCommand
from enrollment.services.lists import PAYMENTS


class Command(ImportCommand):
    """See the module docstring."""

    help = "导入税务缴费明细：先核对，加 --wet-run 生效；重复导入不产生变化"
    kind = PAYMENTS
