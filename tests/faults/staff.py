"""Whoever presses the buttons: a process of the product's own beside the workers, with one database."""

import json
import os
import subprocess
import sys
from typing import Any

from tests.faults.rig import Rig, until

DRIVER = "import django; django.setup(); from tests.faults.driver import main; main()"


class Staff:
    """Ask again where the database was struck in the midst of it; every command may be given twice."""

    def __init__(self, rig: Rig, database: str):
        with (rig.folder / f"staff-{database}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", DRIVER],
                env=os.environ | rig.environment(database),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def ask(self, do: str, **given: Any) -> Any:
        """Return the answer to a command of `tests/faults/driver.py`."""
        answers: list[Any] = []

        def answered() -> bool:
            self._process.stdin.write(json.dumps({"do": do} | given) + "\n")
            self._process.stdin.flush()
            said = json.loads(self._process.stdout.readline())
            answers.append(said.get("answer"))
            return "answer" in said

        until(answered)
        return answers[-1]

    def leave(self) -> None:
        self._process.communicate()
