"""Run case files entry by entry, each by the runner of its kind.

A kind of entry is one line in RUNNERS: the name of its table and a function from entry to outcome.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from oversight.services.worked_cases.format import CaseInvalid, Entry, read
from oversight.services.worked_cases.journey import run_journey
from oversight.services.worked_cases.outcome import Outcome
from oversight.services.worked_cases.single import run_single

RUNNERS: Mapping[str, Callable[[Entry], Outcome]] = {"case": run_single, "journey": run_journey}


def run_entry(entry: Entry) -> Outcome:
    """Return what came of one entry."""
    return RUNNERS[entry.kind](entry)


def run_files(files: Iterable[Path]) -> Iterator[Outcome]:
    """Yield the outcome of every entry of every file; a file that cannot be read is one failure."""
    for file in files:
        try:
            entries = read(file, RUNNERS)
        except CaseInvalid as error:
            yield Outcome(file.name, file, error=error.message)
            continue
        yield from map(run_entry, entries)
