"""`python -m config.embedded start|stop|clean|psql`: the embedded servers of this checkout by hand."""

import os
import shutil
import sys

from config.embedded import postgres
from config.embedded.folders import data_folder, socket_folder
from config.embedded.services import start_missing, stop_all


def clean() -> None:
    """Stop the servers and remove their data."""
    stop_all()
    shutil.rmtree(data_folder())
    shutil.rmtree(socket_folder())


def psql() -> None:
    """Open psql on the demo's database."""
    postgres.start()
    os.execlp("psql", "psql", "-h", postgres.host(), "-U", postgres.ROLE, postgres.DATABASE, *sys.argv[2:])  # noqa: S606, S607


COMMANDS = {"start": start_missing, "stop": stop_all, "clean": clean, "psql": psql}


if __name__ == "__main__":
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    if word not in COMMANDS:
        sys.exit(f"usage: python -m config.embedded {'|'.join(COMMANDS)}")
    COMMANDS[word]()
