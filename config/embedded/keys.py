"""Secrets of a demo, made once and kept beside its data; production brings its own."""

import json
import os
import secrets

from config.embedded.folders import data_folder, locked

LENGTHS = {
    "SECRET_KEY": 48,
    "IDENTITY_NUMBER_KEY": 16,
    "IDENTITY_NUMBER_INDEX_KEY": 32,
}  # bytes, written in hex


def demo_key(name: str) -> str:
    """Return the demo's secret of that name in hex, made at first use."""
    file = data_folder() / "keys.json"
    with locked("keys"):
        if not file.exists():
            keys = {key: secrets.token_hex(length) for key, length in LENGTHS.items()}
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as out:
                json.dump(keys, out)
        return str(json.loads(file.read_text())[name])
