"""`manage.py load_areas [FILE]`: load the shipped areas, or a file of the same form."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from registry.services.load_areas import SHIPPED, load_areas


class Command(BaseCommand):
    """Load areas and print how many were new."""

    help = "载入行政区划（默认：随系统提供的黑龙江、河北两省至县级）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take an optional file."""
        parser.add_argument("file", nargs="?", type=Path, default=SHIPPED)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load and report."""
        counts = load_areas(path=options["file"])
        self.stdout.write(f"地区：新增 {counts.added}，更正 {counts.changed}，未变 {counts.unchanged}")
