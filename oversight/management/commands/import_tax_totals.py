"""`manage.py import_tax_totals FILE --area … [--wet-run]`: 税务缴费汇总."""

from enrollment.management.import_command import ImportCommand
from oversight.services.tax_totals import TAX_TOTALS


class Command(ImportCommand):
    """See the module docstring."""

    help = "导入税务缴费汇总：先核对，加 --wet-run 生效；重复导入不产生变化"
    kind = TAX_TOTALS
