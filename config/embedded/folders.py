"""Where the embedded servers of this checkout live, and which OS user runs them."""

import fcntl
import hashlib
import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
KEY = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]


@cache
def service_user() -> pwd.struct_passwd | None:
    """Return the OS user that runs PostgreSQL when we are root, which it refuses to be; else None."""
    if os.geteuid() != 0:
        return None
    users = {user.pw_name: user for user in pwd.getpwall()}
    return users.get("postgres") or users["nobody"]


@cache
def data_folder() -> Path:
    """Return the folder for data, logs and keys; for root outside the checkout, which may be closed to others."""
    folder = Path(f"/var/lib/openyibao-{KEY}") if os.geteuid() == 0 else CHECKOUT / ".run"
    return _own(folder)


@cache
def socket_folder() -> Path:
    """Return a folder with a short path: a unix socket's must stay under 108 bytes."""
    return _own(Path(f"/tmp/openyibao-{os.geteuid()}-{KEY}"))  # noqa: S108 - owner and mode are checked


def _own(folder: Path) -> Path:
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    folder.chmod(0o711)
    return folder


def service_folder(path: Path) -> Path:
    """Make `path`, closed to all but the user who runs the servers."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if user := service_user():
        os.chown(path, user.pw_uid, user.pw_gid)
    return path


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold a lock on disk, so that two starters wait for each other."""
    with (data_folder() / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
