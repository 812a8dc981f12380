"""Sealed text and blind indexes: SM4-GCM at rest, HMAC-SM3 for exact search, with keys kept outside the database.

A sealed value is one version byte, a nonce of 12 bytes, the cipher text and a tag of 16 bytes; the same text sealed
twice differs. Settings: `IDENTITY_NUMBER_KEY` of 16 bytes and `IDENTITY_NUMBER_INDEX_KEY` of 32.
"""

import functools
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VERSION = b"\x01"
NONCE_BYTES = 12
TAG_BYTES = 16
KEY_BYTES = 16
INDEX_KEY_BYTES = 32


class UnreadableSeal(Exception):
    """The stored bytes were not sealed with this key, or were altered."""


def seal(text: str) -> bytes:
    """Return `text` encrypted, ready to be stored or copied in bulk."""
    return seal_bytes(text.encode())


def seal_bytes(content: bytes) -> bytes:
    """Return bytes, such as a whole file, encrypted."""
    nonce = os.urandom(NONCE_BYTES)
    encryptor = Cipher(_algorithm(settings.IDENTITY_NUMBER_KEY), modes.GCM(nonce)).encryptor()
    body = encryptor.update(content) + encryptor.finalize()
    return VERSION + nonce + body + encryptor.tag


def open_sealed(sealed: bytes | memoryview) -> str:
    """Return the text that was sealed.

    :raises UnreadableSeal: if the key is another or a single bit was altered
    """
    return open_sealed_bytes(sealed).decode()


def open_sealed_bytes(sealed: bytes | memoryview) -> bytes:
    """Return the bytes that were sealed.

    :raises UnreadableSeal: if the key is another or a single bit was altered
    """
    raw = bytes(sealed)
    if raw[:1] != VERSION or len(raw) < 1 + NONCE_BYTES + TAG_BYTES:
        raise UnreadableSeal("not a sealed value")
    nonce, body, tag = raw[1 : 1 + NONCE_BYTES], raw[1 + NONCE_BYTES : -TAG_BYTES], raw[-TAG_BYTES:]
    decryptor = Cipher(_algorithm(settings.IDENTITY_NUMBER_KEY), modes.GCM(nonce, tag)).decryptor()
    try:
        return decryptor.update(body) + decryptor.finalize()
    except InvalidTag:
        raise UnreadableSeal("wrong key or altered value") from None


def blind_index(text: str) -> bytes:
    """Return the 32 bytes by which `text` is found again; pass it normalized."""
    mac = _keyed_mac(settings.IDENTITY_NUMBER_INDEX_KEY).copy()
    mac.update(text.encode())
    return mac.finalize()


@functools.lru_cache(maxsize=4)
def _algorithm(key: bytes) -> algorithms.SM4:
    return algorithms.SM4(_checked("IDENTITY_NUMBER_KEY", key, size=KEY_BYTES))


@functools.lru_cache(maxsize=4)
def _keyed_mac(key: bytes) -> HMAC:
    return HMAC(_checked("IDENTITY_NUMBER_INDEX_KEY", key, size=INDEX_KEY_BYTES), SM3())


def _checked(name: str, key: bytes, *, size: int) -> bytes:
    if len(key) != size:
        raise ImproperlyConfigured(f"{name} must be {size} bytes, has {len(key)}")
    return key
