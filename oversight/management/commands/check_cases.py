"""Run worked cases and say which do not hold."""

import argparse
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from oversight.services.worked_cases.journey_report import with_journeys
from oversight.services.worked_cases.report import closing, failure, rules_in_markdown, with_rules
from oversight.services.worked_cases.run import run_files
from oversight.services.worked_cases.single import ADAPTERS


class Command(BaseCommand):
    """check_cases FILE…: print each failure with expected, got and the working; exit 1 if there is any."""

    help = "运行用例文件（docs/worked-cases.md），列出不符的用例及其计算过程；有不符时以 1 退出"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take any number of files, anywhere on disk."""
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
        parser.add_argument(
            "--rules", action="store_true", help="列出全部规则（Markdown）；给了文件的，更新其中的两节"
        )

    def handle(self, *, files: list[Path], rules: bool, **_: Any) -> None:
        """Run the files."""
        if rules:
            self._list_rules(files)
            return
        outcomes = []
        for outcome in run_files(files):
            outcomes.append(outcome)
            if not outcome.passed:
                self.stdout.write(failure(outcome) + "\n")
        self.stdout.write(closing(outcomes))
        if not files or not all(outcome.passed for outcome in outcomes):
            sys.exit(1)

    def _list_rules(self, files: list[Path]) -> None:
        """Bring the section of the given files up to date, or print it."""
        if not files:
            self.stdout.write(rules_in_markdown(ADAPTERS.values()), ending="")
        for file in files:
            text = with_rules(file.read_text(encoding="utf-8"), ADAPTERS.values())
            file.write_text(with_journeys(text), encoding="utf-8")
