"""`manage.py load_facilities FILE`: the list of designated hospitals and clinics; again changes nothing."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from benefits.parsers.facilities import FORM
from benefits.services.facilities import load_facilities
from exchange.parsers.templates import sample_of
from policy.errors import DomainError


class Command(BaseCommand):
    """See the module docstring."""

    help = "载入定点医药机构名录；重复执行不产生变化。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--sample", action="store_true", help="把填好的样表写到 FILE，不载入")

    def handle(self, *_args: Any, file: Path, sample: bool = False, **_options: Any) -> None:
        """Load and say what was new."""
        if sample:
            file.write_bytes(sample_of(FORM))
            self.stdout.write(f"样表已写到 {file}")
            return
        if not file.is_file():
            raise CommandError(f"找不到文件 {file}")
        try:
            counts = load_facilities(content=file.read_bytes(), file_name=file.name)
        except DomainError as refused:
            raise CommandError(f"{refused.message}（{refused.code}）") from None
        self.stdout.write(
            f"定点机构：新增 {counts['new']}，变更 {counts['changed']}，未变 {counts['unchanged']}"
        )
