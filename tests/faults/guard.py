"""Keep programs alive on a small disk of their own, as a service manager does: whoever dies is started again.

`python -m tests.faults.guard FOLDER MEGABYTES` reads one JSON command a line and answers with JSON lines. The disk is
a tmpfs that only these programs see; where the machine allows none, `disk` says why and is a plain folder.
With its stdin the guard ends, and so do the programs.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from config.embedded.folders import service_folder, service_user

CLONE_NEWNS, CLONE_NEWUSER, MS_REC_PRIVATE = 0x00020000, 0x10000000, 0x4000 | 0x40000
BREATH = 0.2  # before a program is started again
BLOCK = bytes(1 << 20)


class Guard:
    """The programs by name, and the disk they live on."""

    def __init__(self, folder: Path, megabytes: int):
        self.folder = folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.wanted: dict[str, bool] = {}
        self.disk = folder / "disk"
        self.disk.mkdir()
        said = mount_small(self.disk, megabytes)
        service_folder(self.disk)
        say(disk="own" if said is None else said)

    def serve(self) -> None:
        """Do what stdin says until it ends."""
        for line in sys.stdin:
            command = json.loads(line)
            getattr(self, "do_" + command.pop("do"))(**command)
        self.wanted = dict.fromkeys(self.wanted, False)
        for process in self.running.values():
            kill_group(process)

    def do_run(self, *, command: list[str], as_service: bool) -> None:
        done = subprocess.run(command, **given(as_service=as_service), check=False, capture_output=True)
        say(ran=done.returncode, said=(done.stdout + done.stderr).decode()[-2000:])

    def do_start(
        self, *, name: str, command: list[str], as_service: bool, environment: dict[str, str]
    ) -> None:
        self.wanted[name] = True
        log = (self.folder / f"{name}.log").open("ab")
        options = given(as_service=as_service, environment=environment) | {"stdout": log, "stderr": log}
        threading.Thread(target=self._keep, args=(name, command, options), daemon=True).start()

    def do_end(self, *, name: str) -> None:
        self.wanted[name] = False
        if process := self.running.get(name):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        say(ended=name)

    def do_fill(self) -> None:
        """Take every free byte of the disk."""
        with (self.disk / "ballast").open("ab", buffering=0) as ballast:
            for block in (BLOCK, BLOCK[:4096]):
                try:
                    while True:
                        ballast.write(block)
                except OSError:
                    continue
        say(filled=True)

    def do_free(self) -> None:
        (self.disk / "ballast").unlink(missing_ok=True)
        say(filled=False)

    def _keep(self, name: str, command: list[str], options: dict[str, object]) -> None:
        while self.wanted[name]:
            process = self.running[name] = subprocess.Popen(command, **options)
            say(name=name, pid=process.pid)
            process.wait()
            say(name=name, pid=None, code=process.returncode)
            time.sleep(BREATH)
            kill_group(process)


def mount_small(disk: Path, megabytes: int) -> str | None:
    """Mount a tmpfs that nobody else sees; return why not, or null."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()
    try:
        checked(libc.unshare(CLONE_NEWNS | (CLONE_NEWUSER if user else 0)))
        if user:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
        checked(libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None))
        checked(libc.mount(b"tmpfs", bytes(disk), b"tmpfs", 0, f"size={megabytes}m,mode=0700".encode()))
    except OSError as refused:
        return str(refused)
    return None


def checked(code: int) -> None:
    if code:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def given(*, as_service: bool, environment: dict[str, str] | None = None) -> dict[str, object]:
    """Return how to run a program: PostgreSQL as the user who may, the others as we are."""
    user = service_user() if as_service else None
    who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    plain = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
    return {
        "cwd": "/" if as_service else None,
        "env": plain if as_service else os.environ | (environment or {}),
        "stdin": subprocess.DEVNULL,
        "start_new_session": True,
        **who,
    }


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End what a program left behind: a worker's processes do not notice that it is gone."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def say(**what: object) -> None:
    os.write(1, f"{json.dumps(what)}\n".encode())  # one call, so that threads do not write into each other


if __name__ == "__main__":
    Guard(Path(sys.argv[1]), int(sys.argv[2])).serve()
