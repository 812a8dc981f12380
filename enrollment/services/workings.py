"""Workings kept once: people who are alike have the very same steps, of which a contribution keeps only the key."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from enrollment.models import ContributionPeriod, Working
from registry.batch.copying import refer

Steps = list[dict[str, str]]


def share_workings(contributions: Iterable[ContributionPeriod]) -> None:
    """Let contributions that hold steps of their own share them; they are not stored yet. Two queries."""
    own = [each for each in contributions if each.trace]
    traces = {id(each.trace): each.trace for each in own}
    digests = {key: digest_of(trace) for key, trace in traces.items()}
    kept = keep_workings(traces.values())
    for each in own:
        refer(each, "working", kept[digests[id(each.trace)]])
        each.trace = []


def keep_workings(traces: Iterable[Steps]) -> Mapping[bytes, Working]:
    """Keep each working once; return digest → its row.

    Runs beside each other may keep the same one twice: nobody waits for another's transaction to end.
    """
    steps = {digest_of(trace): trace for trace in traces}
    kept = _kept(steps)
    new = [Working(digest=digest, steps=steps[digest]) for digest in sorted(steps.keys() - kept.keys())]
    Working.objects.bulk_create(new)
    return kept | {bytes(each.digest): each for each in new}


def digest_of(trace: Steps) -> bytes:
    """Return what a working is known by."""
    return hashlib.sha256(json.dumps(trace, sort_keys=True).encode()).digest()


def _kept(steps: Mapping[bytes, Steps]) -> dict[bytes, Working]:
    """Return the first row kept of each working, without asking for the steps again."""
    rows: Iterable[Any] = (
        Working.objects.filter(digest__in=list(steps)).order_by("-pk").values_list("digest", "pk")
    )
    return {
        bytes(digest): Working(pk=pk, digest=bytes(digest), steps=steps[bytes(digest)]) for digest, pk in rows
    }
