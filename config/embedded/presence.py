"""Who serves from this checkout, so that `make stop` and `make clean` end it before its servers go."""

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from config.embedded.folders import data_folder


@contextmanager
def announced() -> Iterator[None]:
    """Hold a file named after this process; the lock on it says that the process still lives."""
    path = data_folder() / f"serve.{os.getpid()}"
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def dismiss() -> None:
    """End all who are announced, and wait for them; forget those who died."""
    for path in data_folder().glob("serve.*"):
        with suppress(FileNotFoundError), path.open() as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.kill(int(path.suffix[1:]), signal.SIGTERM)
                fcntl.flock(handle, fcntl.LOCK_EX)
            path.unlink(missing_ok=True)
