"""Read case files: TOML with [defaults] and any number of entries, each a table of one kind."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from policy.errors import DomainError

DEFAULTS = "defaults"
SHARED = ("policy", "set")  # defaults every kind of entry understands
MERGED = {"set": "policy", "input": "rule"}  # laid over the default's, key by key, where this key is the same


class CaseInvalid(DomainError):
    """A case file or one case cannot be understood; the message says where and what would be right."""

    code = "case_invalid"


@dataclass(frozen=True, slots=True)
class Entry:
    """One case as written, the file's defaults laid under it.

    :param kind: the name of its table: "case" for a single rule
    :param body: everything but the name
    """

    kind: str
    name: str
    body: Mapping[str, Any]
    file: Path


def read(file: Path, kinds: Collection[str]) -> list[Entry]:
    """Return the entries of a file, kind by kind in the order written.

    :param kinds: the tables known; "case" takes all defaults, other kinds `policy` and `set`
    :raises CaseInvalid: if the file cannot be read, is not TOML, or has tables of another kind
    """
    tables = _toml(file)
    if unknown := sorted(set(tables) - {*kinds, DEFAULTS}):
        raise CaseInvalid(f"{file}：不认识 {'、'.join(unknown)}；可写 [defaults] 和 {_arrays(kinds)}")
    defaults = tables.get(DEFAULTS, {})
    if not isinstance(defaults, dict):
        raise CaseInvalid(f"{file}：[defaults] 应是一张表")
    entries = [entry for kind in kinds for entry in _of_kind(kind, tables.get(kind, []), defaults, file)]
    if not entries:
        raise CaseInvalid(f"{file}：没有一个用例；请写 {_arrays(kinds)}")
    return entries


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise CaseInvalid(f"{file}：读不到文件（{error.strerror}）") from error
    except UnicodeDecodeError as error:
        raise CaseInvalid(f"{file}：不是 UTF-8 编码的文本") from error
    except tomllib.TOMLDecodeError as error:
        raise CaseInvalid(f"{file}：不是有效的 TOML（{error}）") from error


def _arrays(kinds: Collection[str]) -> str:
    return "、".join(f"[[{kind}]]" for kind in kinds)


def _of_kind(kind: str, tables: object, defaults: dict[str, Any], file: Path) -> list[Entry]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise CaseInvalid(f"{file}：{kind} 要写成 [[{kind}]]")
    under = defaults if kind == "case" else {key: defaults[key] for key in SHARED if key in defaults}
    entries = []
    for number, table in enumerate(tables, start=1):
        body = _laid_over(under, table)
        entries.append(Entry(kind, str(body.pop("name", f"{kind} {number}")), body, file))
    return entries


def _laid_over(under: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry with the defaults under it; one of another policy or rule leaves that one's tables alone."""
    body = {**under, **table}
    for key, same in MERGED.items():
        if body.get(same) != under.get(same, body.get(same)):
            body = {name: part for name, part in body.items() if name != key or key in table}
        elif isinstance(under.get(key), dict) and isinstance(table.get(key), dict):
            body[key] = {**under[key], **table[key]}
    return body
