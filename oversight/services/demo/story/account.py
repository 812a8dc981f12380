"""The account a person reads at the terminal: numbered steps, figures, seconds."""

import io
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal

from django.core.management import call_command

INDENT = "    "
MOST_LINES = 14


class Account:
    """Tells what happens; `write` prints one line."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._number = 0

    def line(self, text: str = "") -> None:
        """Tell one line of the step."""
        self._write(f"{INDENT}{text}" if text else "")

    def lines(self, texts: Iterable[str], *, most: int = MOST_LINES) -> None:
        """Tell many lines, the first ones of too many."""
        kept = [text for text in texts if text.strip()]
        for text in kept[:most]:
            self.line(text)
        if len(kept) > most > 1:
            self.line(f"……另有 {len(kept) - most} 行")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Tell a step: its number and title, then what happens inside, then its seconds."""
        self._number += 1
        self._write(f"{self._number:>2}  {title}")
        started = time.monotonic()
        yield
        self.line(f"用时 {time.monotonic() - started:.1f} 秒")

    def command(self, name: str, *arguments: object, most: int = MOST_LINES) -> None:
        """Run a command as a clerk would type it, and tell it with what it printed."""
        typed = [str(each) for each in arguments]
        self.line(f"$ manage.py {name} {' '.join(_short(each) for each in typed)}")
        said = io.StringIO()
        call_command(name, *typed, stdout=said)
        self.lines((f"  {text}" for text in said.getvalue().splitlines()), most=most)


def money(amount: Decimal | None) -> str:
    """Return yuan with thousands apart, as reports print them."""
    return f"{amount or 0:,.2f} 元"


def _short(argument: str) -> str:
    """Return a file's name without its folder."""
    return argument.rsplit("/", 1)[-1]
