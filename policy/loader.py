"""From TOML to a `Policy`: the chain of documents laid one over the other, computed leaves, checked names."""

import hashlib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_DOWN, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeGuard

from pydantic import ValidationError

from policy.bound_paths import check_bound_paths
from policy.complaints import in_chinese
from policy.counties import check_county, check_county_tiers, is_county_of
from policy.errors import PolicyInvalid, PolicyNotFound
from policy.layer_order import check_layer_order
from policy.lint import check_bounds, check_categories, check_periods, check_splits
from policy.money import yuan
from policy.policy import Policy
from policy.schema.document import CategoryRule, PolicyDocument

LIBRARY = Path(__file__).parent / "library"
CATEGORIES = "categories"
AS_SET = {"unit": "as_set", "clause": "测算时设定", "status": "assumed"}
PLAIN_KEYS = ("label", "severity")  # of a table: text as it stands, never a leaf
OWN_KEYS = ("area", "year", "title", "inherits", "checked")

Tree = dict[str, Any]
Reader = Callable[[str], str]


def read_shipped(key: str) -> str:
    """Return the text of the shipped file "<area>/<year>" or the register of categories.

    :raises PolicyNotFound: if nothing is shipped under that key
    """
    path = LIBRARY / f"{key}.toml"
    if not path.is_file():
        raise PolicyNotFound(f"没有“{key}”的政策文件，请先录入该地区该年度的文件。", key=key)
    return path.read_text(encoding="utf-8")


def shipped_keys() -> list[str]:
    """Return every "<area>/<year>" in the library, parents before children."""
    keys = [f"{path.parent.name}/{path.stem}" for path in LIBRARY.glob("*/*.toml")]
    return sorted(keys, key=lambda key: (len(_chain(key, read_shipped)), key))


def shipped_categories() -> dict[str, CategoryRule]:
    """Return the register of categories that every policy builds on."""
    raw = _toml(CATEGORIES, read_shipped)["category"]
    return {code: CategoryRule.model_validate(rule) for code, rule in raw.items()}


@lru_cache(maxsize=64)
def load_shipped(key: str) -> Policy:
    """Return the shipped policy "<area>/<year>"."""
    return build(key, read_shipped)


def load_file(path: Path, overrides: Mapping[str, Any] | None = None) -> Policy:
    """Return the policy in a file anywhere; its parents are shipped ones or files beside it.

    :param overrides: dotted path → leaf or bare value
    """
    if not path.is_file():
        raise PolicyNotFound(f"找不到政策文件 {path}。", key=str(path))
    return build(str(path), file_reader(path), overrides)


def file_reader(path: Path) -> Reader:
    """Return what reads the policy file `path` by its path, and its parents from beside it or from the library."""

    def read(key: str) -> str:
        if key == str(path):
            return path.read_text(encoding="utf-8")
        beside = path.parent / (key if key.endswith(".toml") else f"{key}.toml")
        return beside.read_text(encoding="utf-8") if beside.is_file() else read_shipped(key)

    return read


def build(key: str, read: Reader, overrides: Mapping[str, Any] | None = None) -> Policy:
    """Return the policy under `key`, its parents read by `read`.

    :raises PolicyNotFound: if a document of the chain is missing
    :raises PolicyInvalid: if the text is not TOML, breaks the schema, or names an unknown category
    :raises OutOfBounds: if a value breaks a bound set by a level above
    """
    links, tree = resolved(key, read, overrides)
    unresolved = _compute_leaves(tree)
    digest = hashlib.sha256(repr(_plain(tree)).encode()).hexdigest()[:16]
    data = _validated(key, tree, unresolved)
    data.place(area=data.area, year=data.year, path="")
    check_categories(key, data)
    check_bound_paths(data)
    check_county_tiers(data)
    check_splits(data)
    check_periods(data)
    check_layer_order(data)
    if len(links) > 1 and not overrides:
        _check_against_city(data, links[-2], read)
    check_bounds(data)
    return Policy(key=key, data=data, digest=digest, chain=links, unresolved=unresolved)


def _check_against_city(data: PolicyDocument, parent: str, read: Reader) -> None:
    """Refuse a county's policy that does more than add to its city's."""
    city = PolicyDocument.model_validate(_computed(parent, read))
    if is_county_of(data.area, city.area):
        check_county(data, city=city)


def _computed(key: str, read: Reader) -> Tree:
    _, tree = resolved(key, read)
    _compute_leaves(tree)
    return tree


def resolved(
    key: str, read: Reader, overrides: Mapping[str, Any] | None = None
) -> tuple[tuple[str, ...], Tree]:
    """Return the keys of the chain of documents and their one tree, nothing computed or checked yet.

    :raises PolicyNotFound: if a document of the chain is missing
    :raises PolicyInvalid: if one is not TOML or the chain turns in a circle
    """
    chain = _chain(key, read)
    tree: Tree = {"category": _toml(CATEGORIES, read_shipped)["category"]}
    for link, layer in chain:
        header = {name: layer[name] for name in OWN_KEYS if name in layer}
        tree = _laid_over(tree, layer, link) | header
    for path, value in (overrides or {}).items():
        _set(tree, path, value)
    return tuple(link for link, _ in chain), tree


def _toml(key: str, read: Reader) -> Tree:
    try:
        return tomllib.loads(read(key), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise PolicyInvalid(f"政策文件 {key} 不是有效的 TOML：{error}", key=key) from error


def _chain(key: str, read: Reader) -> list[tuple[str, Tree]]:
    """Return (key, tree) from the topmost document down to `key`."""
    chain: list[tuple[str, Tree]] = []
    seen: set[str] = set()
    while key:
        if key in seen:
            raise PolicyInvalid(f"政策文件 {key} 的上级文件绕回了自己。", key=key)
        seen.add(key)
        chain.insert(0, (key, _toml(key, read)))
        key = chain[0][1].get("inherits", "")
    return chain


def is_leaf(node: object) -> TypeGuard[Tree]:
    """Return whether a TOML node is a cited leaf."""
    return isinstance(node, dict) and "value" in node


def _laid_over(parent: Tree, child: Tree, link: str) -> Tree:
    """Return `child` laid over `parent`; a leaf is replaced whole, so its clause always belongs to its value.

    A table with `inherit = false` stands alone; one with `withdrawn = true` is taken out.
    """
    if child.get("inherit") is False:
        return {name: part for name, part in child.items() if name != "inherit"}
    merged = dict(parent)
    for name, part in child.items():
        if isinstance(part, dict) and part.get("withdrawn") is True:
            merged.pop(name, None)
        elif isinstance(part, dict) and not is_leaf(part):
            under = parent.get(name)
            merged[name] = _laid_over(
                under if isinstance(under, dict) and not is_leaf(under) else {}, part, link
            )
        else:
            merged[name] = part
    return merged


def _set(tree: Tree, path: str, value: Any) -> None:
    """Put an override in the tree: a leaf, a table, or a bare value under the clause that stands there.

    A leaf may leave out unit and clause, and in a table given whole the bare values may stand for leaves; a table with
    `withdrawn = true` takes out what stands there.
    """
    *above, last = path.split(".")
    node = tree
    for name in above:
        node[name] = dict(node.get(name) or {})
        node = node[name]
    before = node.get(last)
    if isinstance(value, dict) and value.get("withdrawn") is True:
        node.pop(last, None)
    elif is_leaf(before) and not is_leaf(value):
        node[last] = {**before, "value": value, "status": "assumed", "reading": "测算时改动的数值"}
    elif path.startswith(("category.", "document.")):
        node[last] = value
    else:
        node[last] = _as_leaves(value, is_table=isinstance(before, dict))


def _as_leaves(value: Any, *, is_table: bool = False) -> Any:
    """Return an override with every bare value in it made a leaf.

    :param is_table: a table stands where it goes, so it is one as well
    """
    if is_leaf(value):
        return {**AS_SET, **value}
    if not isinstance(value, dict) or not (is_table or _looks_like_table(value)):
        return {**AS_SET, "value": value}
    return {name: part if name in PLAIN_KEYS else _as_leaves(part) for name, part in value.items()}


def _looks_like_table(value: Tree) -> bool:
    """Return whether a table of the file is meant, not a value written as one: it has a label or leaves inside."""
    return "label" in value or any(
        isinstance(part, dict) and (is_leaf(part) or _looks_like_table(part)) for part in value.values()
    )


def _walk(node: Tree, path: str = "") -> Iterator[tuple[Tree, str, Tree, str]]:
    """Yield (holder, name, leaf, dotted path) of every leaf."""
    for name, part in list(node.items()):
        here = f"{path}.{name}" if path else name
        if is_leaf(part):
            yield node, name, part, here
        elif isinstance(part, dict):
            yield from _walk(part, here)


def _is_expression(value: object) -> bool:
    return isinstance(value, dict) and "share_of" in value and "kind" not in value


def _compute_leaves(tree: Tree) -> dict[str, str]:
    """Replace every `{ share_of, share, year_offset, round }` by its figure; take out those that lack their base.

    :returns: path → what is missing
    """
    unresolved: dict[str, str] = {}
    for holder, name, leaf, path in _walk(tree):
        expression = leaf["value"]
        if not _is_expression(expression):
            continue
        base_path = expression["share_of"]
        if "year_offset" in expression:
            base_path = f"{base_path}.{tree['year'] + expression['year_offset']}"
        base = _found(tree, base_path)
        if base is None or not isinstance(base["value"], Decimal | int):
            unresolved[path] = base_path
            del holder[name]
            continue
        share = expression.get("share", Decimal(1))
        amount = Decimal(base["value"]) * share
        exact = (
            yuan(amount)
            if expression.get("round", "fen") == "fen"
            else amount.quantize(Decimal(1), ROUND_DOWN)
        )
        worked = f"{base_path}（{base['clause']}）{base['value']} × {share}"
        holder[name] = {
            **leaf,
            "value": exact,
            "reading": "；".join(filter(None, (leaf.get("reading", ""), worked))),
        }
    return unresolved


def _found(tree: Tree, path: str) -> Tree | None:
    node: Any = tree
    for name in path.split("."):
        if not isinstance(node, dict) or name not in node:
            return None
        node = node[name]
    return node if is_leaf(node) else None


def _plain(node: object) -> object:
    """Return the tree in an order that does not depend on the file's."""
    if isinstance(node, dict):
        return sorted((name, _plain(part)) for name, part in node.items())
    return str(node)


def _validated(key: str, tree: Tree, unresolved: Mapping[str, str]) -> PolicyDocument:
    try:
        return PolicyDocument.model_validate(tree)
    except ValidationError as error:
        places = []
        for one in error.errors():
            path = ".".join(map(str, one["loc"]))
            lacks = f"算不出，没有 {unresolved[path]}" if path in unresolved else ""
            places.append(f"{path}：{lacks or in_chinese(one['type'], one.get('ctx', {}), one['msg'])}")
        raise PolicyInvalid(f"政策文件 {key} 不合格式：{'；'.join(places)}", key=key) from error
