"""The test database: a copy of a template migrated once per state of the migrations."""

import hashlib
import os
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import connections

from config.embedded import postgres
from config.embedded.folders import CHECKOUT, locked


def use_template() -> None:
    """Let Django create the test databases from the template; on a given server, let it migrate itself."""
    if os.environ.get("DATABASE_URL"):
        return
    postgres.start("test")
    template = f"template_{_state()}"
    with locked("test-template"):
        if not _exists(template):
            _make(template)
    connections["default"].settings_dict["TEST"]["TEMPLATE"] = template


def _state() -> str:
    files = [CHECKOUT / "requirements.txt", CHECKOUT / "config/settings/base.py"]
    files += sorted(path for path in CHECKOUT.glob("*/migrations/*.py") if path.parts[-3] != ".venv")
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file.relative_to(CHECKOUT)).encode() + Path(file).read_bytes())
    return digest.hexdigest()[:12]


def _exists(name: str) -> bool:
    with _server() as server:
        return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _make(name: str) -> None:
    draft = "template_draft"
    with _server() as server:
        for (old,) in server.execute(
            r"SELECT datname FROM pg_database WHERE datname LIKE 'template\_%'"
        ).fetchall():
            server.execute(f'DROP DATABASE "{old}"')
        server.execute(f"CREATE DATABASE {draft}")
    connection = connections["default"]
    usual = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = draft
    call_command("migrate", verbosity=0)
    connection.close()
    connection.settings_dict["NAME"] = usual
    with _server() as server:
        server.execute(f"ALTER DATABASE {draft} RENAME TO {name}")


def _server() -> psycopg.Connection:
    return psycopg.connect(
        host=postgres.host("test"), user=postgres.ROLE, dbname=postgres.DATABASE, autocommit=True
    )
