"""Load the shipped policies; running it again changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand

from policy.services.versions import load_shipped_policies


class Command(BaseCommand):
    """See the module docstring."""

    help = "载入随程序发布的政策文件（黑龙江、哈尔滨、河北、唐山 2025 年度）；重复执行不产生变化。"

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Load and say what was new."""
        loaded, unchanged = load_shipped_policies()
        self.stdout.write(f"政策文件：新载入 {len(loaded)} 份{_named(loaded)}，未变 {len(unchanged)} 份")


def _named(keys: list[str]) -> str:
    return f"（{'、'.join(keys)}）" if keys else ""
