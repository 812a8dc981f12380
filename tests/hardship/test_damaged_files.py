"""Damaged files end in a clear Chinese message that names the place, in bounded memory, with nothing half written."""

import datetime
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import transaction

from casework.models import Case
from exchange.models import BatchStatus, InboundBatch, InboundRow, RowOutcome
from exchange.parsers import archives
from exchange.parsers.tables import ListUnreadable
from hardship.models import Recognition
from hardship.services.deaths import plan_deaths
from hardship.services.lists import plan_list
from hardship.services.load_categories import load_categories
from registry.models import Resident
from tests.hardship import damaged, damaged_archives
from tests.hardship.factories import RecognitionFactory
from tests.registry.factories import ResidentFactory, harbin, identity_number

DAY = datetime.date(2025, 3, 31)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
OURS_ALONE = re.compile(
    r"Traceback|Error|Exception|codec|None|<class|object at|line \d|index|NoneType|calamine", re.IGNORECASE
)
FULL_NUMBER = re.compile(r"\d{17}[\dXx]")
PROBLEMS = (RowOutcome.REFUSED, RowOutcome.CONFLICT, RowOutcome.HELD)
LEAST_FILES = 200
ROOT = Path(__file__).parents[2]
MOST_MEMORY = 600 * 1024**2
READ_ALONE = """
import datetime, json, re, sys
from exchange.parsers import archives
from exchange.parsers.tables import ListUnreadable
from hardship.parsers.civil_affairs import read_civil_affairs

archives.LARGEST_UNPACKED = 256 * 1024**2  # as a bomb is streamed, its size costs time and no memory
content = open(sys.argv[1], "rb").read()
try:
    read = read_civil_affairs(content, "x.xlsx", on=datetime.date(2025, 3, 31))
    told = [len(read.people), len(read.errors)]
except ListUnreadable as refused:
    told = refused.message
peak = re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())
print(json.dumps([told, int(peak[1]) * 1024]))
"""


@pytest.fixture
def people():
    load_categories()
    listed = [ResidentFactory(number=identity_number(n), name=f"人{n}") for n in range(damaged.PEOPLE)]
    RecognitionFactory(resident=ResidentFactory(number=identity_number(400), name="在册"))
    return listed


def plan(each):
    values = {"content": each.content, "file_name": each.file_name, "area": harbin(), "as_of": DAY}
    return plan_deaths(**values) if each.kind == "deaths" else plan_list(kind=each.kind, **values)


def state():
    return (
        list(Recognition.objects.order_by("pk").values()),
        list(Resident.objects.order_by("pk").values("pk", "name", "died_on", "living_area")),
    )


def told_clearly(message):
    """Return whether a message is Chinese, and nothing of ours or a person's number."""
    return (
        bool(CHINESE.search(message)) and not OURS_ALONE.search(message) and not FULL_NUMBER.search(message)
    )


def read_and_check(each):
    """Plan a file in a transaction that is taken back, and check how it ends; return "file" or "rows"."""
    before = state()
    with transaction.atomic():
        refusal = ""
        try:
            batch = plan(each)
        except ListUnreadable as refused:
            refusal = refused.message
        assert state() == before
        if refusal:
            check_refusal(refusal, each)
            return "file"
        check_rows(batch, each)
        transaction.set_rollback(True)
    return "rows"


def check_refusal(message, each):
    assert each.file_name in message
    assert told_clearly(message.replace(each.file_name, "")), message
    for model in (InboundBatch, InboundRow, Case):
        assert not model.objects.exists()


def check_rows(batch, each):
    rows = list(InboundRow.objects.filter(batch=batch, outcome__in=[*PROBLEMS, RowOutcome.DUPLICATE]))
    for row in rows:
        assert told_clearly(row.message), (each, row.message)
        assert not FULL_NUMBER.search(json.dumps(row.payload, ensure_ascii=False)), (each.damage, row.payload)
        assert row.number >= 1 or row.code == "possibly_listed", each.damage
        assert row.field or row.outcome != RowOutcome.REFUSED, (each.damage, row.message)
        assert row.sheet == ("" if each.file_name.endswith("csv") else row.sheet)
        assert row.sheet or each.file_name.endswith("csv") or row.code == "possibly_listed"
    if batch.status == BatchStatus.REFUSED:
        assert told_clearly(batch.error)
        assert "行" in batch.error
    if each.ends == "rows":
        assert rows, each.damage


@pytest.mark.parametrize("kind", damaged.FORMS)
@pytest.mark.django_db
def test_damaged_lists_end_in_named_problems_and_nothing_is_written(kind, people):
    for each in damaged.of_a_kind(kind):
        ended = read_and_check(each)

        assert each.ends in (ended, "any"), (each.damage, each.file_name)


@pytest.mark.django_db
def test_files_that_are_no_lists_are_refused_whole(people, monkeypatch):
    monkeypatch.setattr(archives, "LARGEST_UNPACKED", damaged_archives.SMALL_UNPACKED)
    monkeypatch.setattr(archives, "LARGEST_STRINGS", damaged_archives.SMALL_STRINGS)

    for each in damaged_archives.of_any_kind():
        assert read_and_check(each) == "file", each.damage


def test_there_are_enough_of_them():
    files = [each.content for kind in damaged.FORMS for each in damaged.of_a_kind(kind)]
    files += [each.content for each in damaged_archives.of_any_kind()]

    assert len(set(files)) >= LEAST_FILES


def test_a_sound_list_of_every_kind_has_nothing_of_the_kind():
    for kind in damaged.FORMS:
        headings, rows = damaged.table(kind)
        assert len(rows) == damaged.PEOPLE
        assert len(set(headings)) == len(headings)


def test_heavy_files_are_read_or_refused_in_bounded_memory(tmp_path):
    for name, content, can_be_read in damaged_archives.heavy():
        path = tmp_path / "heavy"
        path.write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-c", READ_ALONE, path], capture_output=True, cwd=ROOT, check=True, text=True
        )

        told, peak = json.loads(done.stdout)

        assert (told == [1, 0]) if can_be_read else isinstance(told, str), (name, told)
        assert peak < MOST_MEMORY, (name, peak)
