"""Build the demo city and tell how."""

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from oversight.management.commands.make_demo_files import SEED, SIZE
from oversight.services.demo.story.tell import tell
from policy.errors import DomainError


class Command(BaseCommand):
    """demo: the main job on a made-up city, told step by step; run again it only restates."""

    help = "在虚构的演示城市上跑一遍主要业务，逐步说明数字和用时；再次运行只重述，不作改动"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take a size, a seed and a folder for the files."""
        parser.add_argument("--size", type=int, default=SIZE, help="居民人数，不少于200")
        parser.add_argument("--seed", type=int, default=SEED, help="随机种子")
        parser.add_argument(
            "--folder",
            type=Path,
            default=Path(settings.BASE_DIR) / ".run" / "demo",
            help="存放名单文件的目录",
        )

    def handle(self, *, size: int, seed: int, folder: Path, **_: Any) -> None:
        """Tell."""
        try:
            tell(self._say, size=size, seed=seed, folder=folder)
        except DomainError as refused:
            raise CommandError(refused.message) from refused

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
