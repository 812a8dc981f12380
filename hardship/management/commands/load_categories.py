"""`manage.py load_categories`: load the categories of hardship identities and their names."""

from typing import Any

from django.core.management.base import BaseCommand

from hardship.services.load_categories import load_categories


class Command(BaseCommand):
    """Load categories and print how many were new."""

    help = "载入困难身份类别及各部门清单中的写法；重复执行不产生变化。"

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Load and report."""
        counts = load_categories()
        self.stdout.write(
            f"困难身份类别：新增 {counts.added}，更正 {counts.changed}，未变 {counts.unchanged}；"
            f"新增写法 {counts.names_added} 个"
        )
