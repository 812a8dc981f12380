"""The worked cases that live beside the tests: tests/**/cases/*.toml."""

from pathlib import Path

import pytest

from oversight.services.worked_cases.format import Entry, read
from oversight.services.worked_cases.run import RUNNERS

TESTS = Path(__file__).parent


def case_files() -> list[Path]:
    """Return every case file beside the tests."""
    return sorted(TESTS.glob("**/cases/*.toml"))


def entries(kind: str) -> list:
    """Return every entry of a kind as a pytest parameter named after file and case."""
    return [
        pytest.param(entry, id=f"{_place(entry)}: {entry.name}")
        for file in case_files()
        for entry in read(file, RUNNERS)
        if entry.kind == kind
    ]


def _place(entry: Entry) -> str:
    return str(entry.file.relative_to(TESTS).with_suffix("")).replace("/cases/", "/")
