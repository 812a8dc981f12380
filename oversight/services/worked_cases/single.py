"""Run a single-rule case: load the law, read the inputs, call the rule, compare what is named. No database."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oversight.services.worked_cases import (
    adapters_benefits,
    adapters_enrollment,
    adapters_hardship,
    adapters_incentives,
    adapters_oversight,
    adapters_policy,
    adapters_refunds,
)
from oversight.services.worked_cases.adapter import ALWAYS, Adapter, Answer
from oversight.services.worked_cases.format import CaseInvalid, Entry
from oversight.services.worked_cases.inputs import read_inputs
from oversight.services.worked_cases.outcome import Difference, Outcome, differences
from policy.errors import DomainError
from policy.loader import build, load_file, load_shipped, read_shipped
from policy.policy import Policy

AREAS = (
    adapters_policy,
    adapters_enrollment,
    adapters_hardship,
    adapters_refunds,
    adapters_benefits,
    adapters_incentives,
    adapters_oversight,
)
ADAPTERS: dict[str, Adapter] = {adapter.rule: adapter for area in AREAS for adapter in area.ADAPTERS}
KEYS = ("rule", "policy", "set", "input", "expect", "refused", "says")
IMPOSSIBLE = "impossible_input"


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a rule or a policy refused."""

    code: str
    message: str


def run_single(entry: Entry) -> Outcome:
    """Return what came of the case; a case that cannot be understood fails and says why."""
    try:
        adapter, inputs = _understood(entry.body)
        got = _answered(entry, adapter, inputs)
    except CaseInvalid as error:
        return Outcome(entry.name, entry.file, error=error.message)
    if isinstance(got, Refusal):
        return Outcome(entry.name, entry.file, tuple(_refused_otherwise(entry.body, got)))
    if "refused" in entry.body:
        found = [Difference("refused", entry.body["refused"], dict(got.values))]
    else:
        found = list(differences(entry.body["expect"], _values(got)))
    return Outcome(entry.name, entry.file, tuple(found), steps=got.steps)


def _understood(body: Mapping[str, Any]) -> tuple[Adapter, dict[str, Any]]:
    """Return the adapter and the inputs of a well-formed case."""
    if unknown := sorted(set(body) - set(KEYS)):
        raise CaseInvalid(f"不认识的键 {'、'.join(unknown)}；可写 name、{'、'.join(KEYS)}")
    adapter = ADAPTERS.get(body.get("rule", ""))
    if adapter is None:
        raise CaseInvalid(f"不认识的规则 {body.get('rule', '（未写 rule）')}；可写 {'、'.join(ADAPTERS)}")
    for key, kind in (("policy", str), ("set", dict), ("input", dict), ("expect", dict), ("refused", str)):
        if key in body and not isinstance(body[key], kind):
            raise CaseInvalid(f"{key} 应是{'文字' if kind is str else '一张表'}，写的是 {body[key]!r}")
    if ("expect" in body) == ("refused" in body) or "policy" not in body:
        raise CaseInvalid("要写 policy，并在 expect 与 refused 中写一个")
    known = {**adapter.gives, **ALWAYS}
    if unknown := sorted(set(body.get("expect", {})) - set(known)):
        raise CaseInvalid(f"{adapter.rule} 没有结果 {'、'.join(unknown)}；可写 {'、'.join(known)}")
    return adapter, read_inputs(adapter.takes, body.get("input", {}))


def _answered(entry: Entry, adapter: Adapter, inputs: dict[str, Any]) -> Answer | Refusal:
    """Return the rule's answer, or the refusal of the rule or of the policy itself."""
    try:
        return adapter.call(load(entry), inputs)
    except CaseInvalid:
        raise
    except DomainError as refusal:
        return Refusal(refusal.code, refusal.message)
    except (ValueError, ArithmeticError) as impossible:
        return Refusal(IMPOSSIBLE, str(impossible))


def load(entry: Entry) -> Policy:
    """Return the policy an entry names, its overrides set: a shipped key, or a file beside the case file.

    :raises DomainError: as the loader does
    """
    named, overrides = str(entry.body["policy"]), entry.body.get("set", {})
    if named.endswith(".toml"):
        return load_file(entry.file.parent / Path(named), overrides)
    return build(named, read_shipped, overrides) if overrides else load_shipped(named)


def _values(got: Answer) -> dict[str, object]:
    return {
        **got.values,
        "cites": frozenset(step.clause for step in got.steps if step.clause),
        "doubts": frozenset(step.status for step in got.steps if step.status != "stated"),
    }


def _refused_otherwise(body: Mapping[str, Any], got: Refusal) -> list[Difference]:
    """Return what is not as expected of a refusal."""
    said = f"{got.code}：{got.message}"
    if "refused" not in body:
        return [Difference("expect", body["expect"], said)]
    if body["refused"] != got.code:
        return [Difference("refused", body["refused"], said)]
    if body.get("says", "") not in got.message:
        return [Difference("says", body["says"], got.message)]
    return []
