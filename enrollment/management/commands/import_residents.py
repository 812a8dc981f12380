"""`manage.py import_residents FILE --area … [--wet-run]`: 参保人员登记名册."""

from enrollment.management.import_command import ImportCommand
from enrollment.services.lists import RESIDENTS


class Command(ImportCommand):
    """See the module docstring."""

    help = "导入参保人员登记名册：先核对，加 --wet-run 生效；重复导入不产生变化"
    kind = RESIDENTS
