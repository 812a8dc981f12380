"""Run the measurements in a database of their own beside the embedded one; it is dropped afterwards.

Each module here with a `measure()` that yields `Measurement`s takes part; `python -m benchmarks year_end` runs those
whose name begins with `year_end`.
"""

import importlib
import os
import pkgutil
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
os.environ.setdefault("DEMO", "1")

import django

import benchmarks
from config.embedded.services import start_missing

NOT_MEASUREMENTS = {
    "__main__", "closing", "floors", "in_a_process", "listed_people", "measurement", "openfisca_country", "population",
}  # fmt: skip


def main(prefix: str) -> int:
    """Print a line per measurement; return 1 if one does not hold."""
    start_missing()
    django.setup()
    from django.db import connection

    names = [module.name for module in pkgutil.iter_modules(benchmarks.__path__)]
    chosen = [name for name in sorted(names) if name not in NOT_MEASUREMENTS and name.startswith(prefix)]
    usual = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    held = True
    try:
        for name in chosen:
            for measurement in importlib.import_module(f"benchmarks.{name}").measure():
                line = measurement.line()
                print(line, flush=True)
                held = held and '"holds": true' in line
    finally:
        connection.creation.destroy_test_db(usual, verbosity=0)
    return 0 if held and chosen else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
