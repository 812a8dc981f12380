#!/usr/bin/env python
"""Django's command line, with the embedded servers started where none are named."""

import os
import sys


def main() -> None:
    """Run a management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")

    from django.core.management import execute_from_command_line

    from config.embedded.services import start_missing

    start_missing()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
