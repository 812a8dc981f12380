"""The embedded servers, started as a demo starts them, in a cluster of their own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.embedded import folders, postgres, presence, services
from config.embedded.serve import commands, greeting

STARTER = """
from config.embedded import postgres
postgres.CLUSTERS["scratch"] = postgres.CLUSTERS["test"]
postgres.start("scratch")
"""

SERVER = """
import pathlib, signal, sys, time
from config.embedded import presence
presence.data_folder = lambda: pathlib.Path(sys.argv[1])
def end(number, frame):
    time.sleep(0.3)
    sys.exit(7)
signal.signal(signal.SIGTERM, end)
with presence.announced():
    print("serving", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setitem(postgres.CLUSTERS, "scratch", postgres.CLUSTERS["test"])
    yield "scratch"
    postgres.stop("scratch")
    for data in folders.data_folder().glob("*-scratch*"):
        shutil.rmtree(data, ignore_errors=True)
    shutil.rmtree(postgres.host("scratch"), ignore_errors=True)


def answer(sql: str) -> object:
    with psycopg.connect(
        host=postgres.host("scratch"), user=postgres.ROLE, dbname=postgres.DATABASE
    ) as server:
        (value,) = server.execute(sql).fetchone()
    return value


@pytest.mark.slow
def test_two_starters_at_once_make_one_cluster_that_survives_being_killed(scratch: str):
    starters = [subprocess.Popen([sys.executable, "-c", STARTER], cwd=folders.CHECKOUT) for _ in range(2)]
    assert [starter.wait(60) for starter in starters] == [0, 0]
    assert (
        answer("SELECT pg_encoding_to_char(encoding) || datcollate FROM pg_database LIMIT 1") == "UTF8C.UTF-8"
    )
    (pid_file,) = folders.data_folder().glob("pg*-scratch/postmaster.pid")
    pid = int(pid_file.read_text().splitlines()[0])

    os.kill(pid, signal.SIGKILL)
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]:
        time.sleep(0.05)
    postgres.start(scratch)

    assert answer("SELECT 1") == 1


@pytest.mark.parametrize(
    ("environment", "demo"),
    [
        ({}, True),
        ({"DATABASE_URL": "postgresql://server/db"}, False),
        ({"DATABASE_URL": "postgresql://server/db", "DEMO": "1"}, True),
        ({"DEMO": "0"}, False),
    ],
)
def test_a_named_server_means_production_unless_said(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], demo: bool
):
    for name in ("DATABASE_URL", "DEMO"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert services.is_demo() is demo


@pytest.mark.parametrize(
    "missing", ["SECRET_KEY", "IDENTITY_NUMBER_KEY", "IDENTITY_NUMBER_INDEX_KEY", "DATABASE_URL"]
)
def test_production_refuses_to_start_without(missing: str):
    given = {
        "SECRET_KEY": "s" * 64,
        "IDENTITY_NUMBER_KEY": "00" * 16,
        "IDENTITY_NUMBER_INDEX_KEY": "00" * 32,
        "DATABASE_URL": "postgresql://server/db",
    }
    environment = {"DEMO": "0", "PATH": os.environ["PATH"]} | {k: v for k, v in given.items() if k != missing}

    ended = subprocess.run(
        [sys.executable, "-c", "import config.settings.base"],
        cwd=folders.CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert f"ImproperlyConfigured: {missing} must be set" in ended.stderr


def test_serve_greets_with_address_and_log_ins(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DEMO", "1")

    text = greeting("http://127.0.0.1:8000")

    assert "http://127.0.0.1:8000/admin/" in text
    assert "tangshan" in text
    assert list(commands("127.0.0.1", "8000")) == ["web", "worker", "beat"]


def test_to_stop_ends_who_serves_and_waits_for_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(presence, "data_folder", lambda: tmp_path)
    command = [sys.executable, "-c", SERVER, str(tmp_path)]
    with subprocess.Popen(command, cwd=folders.CHECKOUT, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout.readline() == "serving\n"

        presence.dismiss()

        assert list(tmp_path.iterdir()) == []
        assert serving.wait(5) == 7


def test_to_stop_leaves_a_stranger_with_the_number_of_a_dead_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(presence, "data_folder", lambda: tmp_path)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        (tmp_path / f"serve.{stranger.pid}").touch()

        presence.dismiss()

        assert list(tmp_path.iterdir()) == []
        assert stranger.poll() is None
        stranger.kill()
