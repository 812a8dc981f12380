"""The whole system in processes of its own: PostgreSQL, broker, two workers and the schedule, to be struck."""

import json
import os
import queue
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
import psycopg

from config.embedded import broker, postgres
from config.embedded.folders import service_folder

DISK_MEGABYTES = 512
STRUCK, CALM = "struck", "calm"
WAIT = 90
SMALL = {"shared_buffers": "64MB", "max_wal_size": "96MB", "min_wal_size": "32MB", "autovacuum": "off"}
TWO = {"worker1": 1, "worker2": 1}  # workers and how many processes each has
CELERY = [sys.executable, "-m", "celery", "-A", "config", "-q"]


class Rig:
    """Start it, strike it, close it; `everything_runs` waits until whoever was struck is back."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="oyb-faults-", dir="/tmp"))
        self.folder.chmod(0o711)
        self.pids: dict[str, int | None] = {}
        self._said: queue.Queue[dict[str, Any]] = queue.Queue()
        command = [sys.executable, "-m", "tests.faults.guard", str(self.folder), str(DISK_MEGABYTES)]
        self._guard = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.disk = self._said.get(timeout=WAIT)["disk"]
        self._keys = {
            "SECRET_KEY": secrets.token_hex(48),
            "IDENTITY_NUMBER_KEY": secrets.token_hex(16),
            "IDENTITY_NUMBER_INDEX_KEY": secrets.token_hex(32),
        }

    def environment(self, database: str) -> dict[str, str]:
        """Return what a production server's programs are told."""
        return self._keys | {
            "DEMO": "0",
            "DJANGO_SETTINGS_MODULE": "config.settings.base",
            "DATABASE_URL": f"postgres://{postgres.ROLE}@/{self._sockets}/{database}",
            "CELERY_BROKER_URL": f"redis+socket://{self.folder / 'broker.sock'}",
            "CELERY_SKIP_CHECKS": "1",
            "MEDIA_ROOT": str(self.folder / "media"),
            "PYTHONWARNINGS": "ignore",
        }

    def start_servers(self, *, template: str) -> None:
        """Make the cluster and its database; nobody works yet.

        :param template: the migrated database of the test cluster to copy; empty = migrate
        """
        service_folder(self._sockets)
        data, programs = self.folder / "disk" / "pg", postgres.binaries()
        ran = self._tell(
            do="run", command=[str(programs / "initdb"), "-D", str(data), *postgres.INITDB], as_service=True
        )
        assert ran["ran"] == 0, ran["said"]
        settings = postgres.CLUSTERS["main"] | SMALL | {"unix_socket_directories": self._sockets}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._start("postgres", [str(programs / "postgres"), "-D", str(data), *options], as_service=True)
        socket = ["--unixsocket", str(self.folder / "broker.sock"), "--port", "0", "--save", ""]
        self._start("broker", [broker.binary(), *socket, "--dir", str(self.folder)])
        until(self._database_answers)
        self.sql(f"CREATE DATABASE {STRUCK}", database="postgres")
        if template:
            self._copy(template)
        else:
            self.manage("migrate", "-v", "0")
        self.manage("load_schedules")

    def start_schedule(self) -> None:
        self._start("beat", [*CELERY, "beat", "--loglevel", "WARNING", "--pidfile", ""])

    def work_with(self, workers: Mapping[str, int]) -> None:
        """Have just these workers, each with so many processes, and wait until everything runs."""
        standing = {name for name in self.pids if name.startswith("worker")}
        for name in standing - workers.keys():
            self._tell(do="end", name=name)
            del self.pids[name]
        for name in workers.keys() - standing:
            options = f"--concurrency {workers[name]} --hostname {name}@%h --queues default,batch,delivery"
            self._start(name, [*CELERY, "worker", "--loglevel", "WARNING", *options.split()])
        self.everything_runs()

    def manage(self, *command: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *command],
            env=os.environ | self.environment(STRUCK),
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def close(self) -> None:
        """End everything and remove it."""
        self._guard.stdin.close()
        self._listener.join(WAIT)
        self._guard.stdout.close()
        self._guard.wait(WAIT)
        shutil.rmtree(self.folder)

    def sql(self, statement: str, *, database: str = STRUCK) -> list[tuple[Any, ...]]:
        with psycopg.connect(
            host=str(self._sockets), user=postgres.ROLE, dbname=database, autocommit=True
        ) as server:
            cursor = server.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def everything_runs(self) -> None:
        """Wait until whoever was struck works again."""
        until(lambda: all(map(_is_up, self.pids.values())))
        until(lambda: all(_children(self.pids[name]) for name in self.pids if name.startswith("worker")))
        until(self._database_answers)

    def kill(self, name: str) -> None:
        _kill(self._process(name))

    def kill_child(self, name: str, chance: random.Random) -> None:
        """Kill one of the processes a program forked: of a worker who does the work, of PostgreSQL one who serves."""
        serving = [
            each for each in _children(self.pids[name]) if name != "postgres" or STRUCK in _title(each)
        ]
        if serving:
            _kill(chance.choice(serving))

    def kill_whole(self, name: str) -> None:
        """Kill a program and what it forked at once, as the kernel does when memory is out."""
        for each in [self._process(name), *_children(self.pids[name])]:
            _kill(each)

    def fill_disk(self) -> None:
        self._tell(do="fill")

    def free_disk(self) -> None:
        self._tell(do="free")

    def _process(self, name: str) -> psutil.Process:
        until(lambda: _is_up(self.pids[name]))
        return psutil.Process(self.pids[name])

    @property
    def _sockets(self) -> Path:
        return self.folder / "s"

    def _start(self, name: str, command: list[str], *, as_service: bool = False) -> None:
        self.pids[name] = None
        given = {"as_service": as_service, "environment": self.environment(STRUCK)}
        self._guard.stdin.write(json.dumps({"do": "start", "name": name, "command": command} | given) + "\n")
        self._guard.stdin.flush()

    def _copy(self, template: str) -> None:
        programs, role = postgres.binaries(), ["-U", postgres.ROLE]
        dump = [programs / "pg_dump", "-h", postgres.host("test"), *role, template]
        load = [programs / "psql", "-h", self._sockets, *role, "-q", "-v", "ON_ERROR_STOP=1", "-d", STRUCK]
        with subprocess.Popen(dump, stdout=subprocess.PIPE) as dumping:
            subprocess.run(load, stdin=dumping.stdout, stdout=subprocess.DEVNULL, check=True)

    def _tell(self, **command: Any) -> dict[str, Any]:
        self._guard.stdin.write(json.dumps(command) + "\n")
        self._guard.stdin.flush()
        return self._said.get(timeout=WAIT)

    def _listen(self) -> None:
        for line in self._guard.stdout:
            said = json.loads(line)
            if said.get("name") in self.pids:  # not one that was told to end
                self.pids[said["name"]] = said["pid"]
            elif "name" not in said:
                self._said.put(said)

    def _database_answers(self) -> bool:
        try:
            return self.sql("SELECT true", database="postgres") == [(True,)]
        except psycopg.OperationalError:
            return False


def until(holds: Callable[[], object], *, seconds: float = WAIT) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} seconds"
        time.sleep(0.05)


def _is_up(pid: int | None) -> bool:
    return pid is not None and psutil.pid_exists(pid)


def _children(pid: int | None) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children() if pid else []
    except psutil.NoSuchProcess:
        return []


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
