"""Whether a dotted path can lead to a leaf at all: a bound on a mistyped path would check nothing."""

import types
import typing
from typing import Any

from policy.cited import Cited, Section
from policy.errors import PolicyInvalid
from policy.schema.document import PolicyDocument


def leads_to_leaf(path: str) -> bool:
    """Return whether a policy may have a leaf at `path`; names of one's own, as of tiers, may be any."""
    found: list[Any] = [PolicyDocument]
    for part in path.split("."):
        found = [below for each in found for below in _below(each, part)]
    return any(isinstance(each, type) and issubclass(each, Cited) for each in found)


def check_bound_paths(data: PolicyDocument) -> None:
    """Refuse bounds whose path, or the path of their base, leads nowhere.

    :raises PolicyInvalid: naming every such bound and path
    """
    faults = [
        f"bound.{name}（{bound.label}）的 {key}“{path}”不是任何一项"
        for name, bound in data.bound.items()
        for key in ("path", "share_of")
        if (path := getattr(bound.rule.value, key, "")) and not leads_to_leaf(path)
    ]
    if faults:
        raise PolicyInvalid(f"{data.area} {data.year} 年度的约束有误：" + "；".join(faults))


def _below(kind: Any, part: str) -> list[Any]:
    """Return the types that may stand under the name `part` of a type."""
    if typing.get_origin(kind) is dict:
        return _each(typing.get_args(kind)[1])
    if isinstance(kind, type) and issubclass(kind, Section) and part in kind.model_fields:
        return _each(kind.model_fields[part].annotation)
    return []


def _each(kind: Any) -> list[Any]:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return [one for each in typing.get_args(kind) for one in _each(each)]
    if typing.get_origin(kind) is typing.Annotated:
        return _each(typing.get_args(kind)[0])
    return [kind]
