"""Processes of the demo: a partner's receiver and a real worker on the real broker; both end with their step."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from celery import current_app
from django.conf import settings

from config.embedded.serve import QUIET
from policy.errors import DomainError

READY_SECONDS = 60
QUEUES = "default,batch,delivery"
WORKER = "demo@localhost"


class ProcessSilent(DomainError):
    """A process of the demo did not come up in time."""

    code = "process_silent"


@contextmanager
def receiver(*, secret: str, log: Path) -> Iterator[str]:
    """Run the receiver of `manage.py demo_receiver` and yield its address."""
    command = [sys.executable, "manage.py", "demo_receiver", "--secret", secret, "--log", str(log)]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            if not url:
                raise ProcessSilent("接收程序没有启动")
            yield url
        finally:
            process.terminate()


@contextmanager
def worker(*, environment: dict[str, str], log: Path) -> Iterator[None]:
    """Run a Celery worker until the step is over; it takes work of every queue and writes to `log`."""
    command = [
        *(sys.executable, "-m", "celery", "-A", "config", "-q", "worker", "--queues", QUEUES),
        *(
            "--concurrency",
            "2",
            "--loglevel",
            "WARNING",
            "--hostname",
            WORKER,
            "--without-gossip",
            "--without-mingle",
        ),
    ]
    with (
        log.open("wb") as lines,
        subprocess.Popen(  # noqa: S603 - our own program
            command, cwd=settings.BASE_DIR, env=environment | QUIET, stdout=lines, stderr=lines
        ) as process,
    ):
        try:
            _await_worker(process)
            yield
        finally:
            process.terminate()


def _await_worker(process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if current_app.control.ping(destination=[WORKER], timeout=1):
            return
    raise ProcessSilent("Celery 进程没有启动，演示不代它推送；请看 worker.log")
