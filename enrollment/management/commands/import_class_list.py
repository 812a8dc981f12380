"""`manage.py import_class_list FILE --area … [--wet-run]`: 学校班级名单."""

from enrollment.management.import_command import ImportCommand
from enrollment.services.lists import CLASSES


class Command(ImportCommand):
    """See the module docstring."""

    help = "导入学校班级名单：先核对，加 --wet-run 生效；重复导入不产生变化"
    kind = CLASSES
