"""`make serve`: the web server, the worker and the schedule as children of one process.

The first of them to end, or Ctrl-C, ends them all. Production runs the same three commands under its own supervisor.
"""

import os
import signal
import subprocess
import sys
import time
from types import FrameType

from config.demo_accounts import DEMO_ACCOUNTS
from config.embedded.presence import announced
from config.embedded.services import is_demo, start_missing

GRACE_SECONDS = 20
QUIET = {"PYTHONWARNINGS": "ignore::UserWarning"}  # no collected static files, worker as root: a demo may


def commands(host: str, port: str) -> dict[str, list[str]]:
    """Return the three programs to run."""
    celery = [sys.executable, "-m", "celery", "-A", "config", "-q"]
    return {
        "web": [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", port),
            *("--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "warning"),
            "config.wsgi:application",
        ],
        "worker": [
            *celery,
            *("worker", "--queues", "default,batch,delivery", "--concurrency", "2", "--loglevel", "WARNING"),
            *("--hostname", "worker@%h"),
        ],
        "beat": [*celery, "beat", "--loglevel", "WARNING", "--pidfile", ""],
    }


def greeting(address: str) -> str:
    """Return what the person at the terminal reads."""
    lines = ["", f"openYibao 已启动：{address}/admin/   接口文档：{address}/api/v1/docs/", ""]
    if is_demo():
        lines += ["演示账号（密码均为 " + DEMO_ACCOUNTS[0].password + "）："]
        lines += [f"  {account.username:<16} {account.title}" for account in DEMO_ACCOUNTS]
    return "\n".join([*lines, "", "Ctrl-C 停止。", ""])


def main() -> int:
    """Run the three until one ends or we are told to stop; return the exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
    start_missing()
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands(host, port).items():
            environment = os.environ | QUIET | ({"DATABASE_POOL": "1"} if name == "web" else {})
            # a session of its own: Ctrl-C reaches us alone, and we stop the children once
            running[name] = subprocess.Popen(command, env=environment, start_new_session=True)  # noqa: S603
        sys.stdout.write(greeting(f"http://{host}:{port}"))
        sys.stdout.flush()
        while all(process.poll() is None for process in running.values()):
            time.sleep(0.5)
    except KeyboardInterrupt:
        return 0
    else:
        ended = [
            f"{name} ({process.returncode})"
            for name, process in running.items()
            if process.poll() is not None
        ]
        sys.stderr.write(f"ended: {', '.join(ended)}\n")
        return 1
    finally:
        _stop(list(running.values()))


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()


if __name__ == "__main__":
    with announced():
        code = main()
    sys.exit(code)
