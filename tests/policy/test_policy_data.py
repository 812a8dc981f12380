"""The shipped law: every leaf has a unit and a clause, every file loads, and doubt is counted."""

import tomllib
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from policy.loader import LIBRARY, is_leaf, load_shipped, shipped_keys
from policy.policy import leaves

FILES = sorted(LIBRARY.glob("*/*.toml"))
# What is not stated, file by file. It should only go down: each one is for the bureau to confirm.
DOUBTS = {
    "130000/2025": {"inferred": 8, "assumed": 2},
    "130200/2025": {"inferred": 4, "assumed": 1},
    "230000/2025": {"inferred": 25, "carried": 1, "assumed": 7},
    "230100/2025": {"inferred": 4, "assumed": 43},
    "CN/2025": {"inferred": 4, "carried": 8, "assumed": 1},
}


def key(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


def written_leaves(node: dict, path: str = ""):
    for name, part in node.items():
        if is_leaf(part):
            yield f"{path}{name}", part
        elif isinstance(part, dict):
            yield from written_leaves(part, f"{path}{name}.")


@pytest.mark.parametrize("file", FILES, ids=key)
def test_file_says_what_it_is_called(file: Path):
    written = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)

    assert f"{written['area']}/{written['year']}" == key(file)
    assert written["checked"].year >= 2026


@pytest.mark.parametrize("file", FILES, ids=key)
def test_every_leaf_has_a_unit_and_a_clause(file: Path):
    written = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)

    lacking = [
        path for path, leaf in written_leaves(written) if not (leaf.get("unit") and leaf.get("clause"))
    ]

    assert lacking == []


@pytest.mark.parametrize("file", FILES, ids=key)
def test_what_is_not_stated_says_why(file: Path):
    written = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    doubtful = [
        (path, leaf) for path, leaf in written_leaves(written) if leaf.get("status", "stated") != "stated"
    ]

    assert [path for path, leaf in doubtful if not leaf.get("reading")] == []
    assert Counter(leaf["status"] for _, leaf in doubtful) == DOUBTS[key(file)]


@pytest.mark.parametrize("name", shipped_keys())
def test_every_shipped_policy_loads_and_all_of_it_is_cited(name: str):
    policy = load_shipped(name)

    assert policy.unresolved == {}
    assert all(leaf.clause and leaf.unit != "as_set" for _, leaf in leaves(policy.data))


def test_no_two_categories_claim_the_same_name():
    names: Counter[str] = Counter()
    for category in load_shipped("CN/2025").data.category.values():
        aliases = {alias if isinstance(alias, str) else alias.name for alias in category.aliases}
        names.update({category.label, *aliases})

    assert [name for name, count in names.items() if count > 1] == []
