"""`manage.py import_history FILE --area … [--wet-run]`: 国家平台历年参保信息."""

from enrollment.management.import_command import ImportCommand
from enrollment.services.lists import HISTORY


class Command(ImportCommand):
    """See the module docstring."""

    help = "导入国家平台历年参保信息：先核对，加 --wet-run 生效；重复导入不产生变化"
    kind = HISTORY
