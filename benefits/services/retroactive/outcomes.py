"""What would come of a change: the work is really done in a savepoint, looked at, and taken back.

Three times, one on top of the other: what the documents change; with what they leave to a person; with what they
freeze. What each step moves is a figure of its kind, so that a figure decided is a figure shown, to the fen.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from benefits.rules.settled_claims import Fate
from benefits.selectors.standing_figures import Key, Line, standing_figures, traces_of
from benefits.services.retroactive.work import PlannedClaim, Work, redo
from casework.models import Verdict
from casework.services import NewFigure
from policy.trace import Step

STAGES = (Fate.CHANGED, Fate.ASKS, Fate.FROZEN)
LAYER_OF_PART = {"critical_illness": "critical_illness", "assistance": "medical_assistance"}
FOLLOWS = "随所列其他费用的调整而变"


@dataclass(frozen=True, slots=True)
class _Look:
    """The figures at one moment, and the working of the claims that had moved by then."""

    lines: Mapping[Key, Line] = field(default_factory=dict)
    traces: Mapping[str, dict[str, Any]] = field(default_factory=dict)


def figures_of(work: Work) -> dict[int, list[NewFigure]]:
    """Return by resident what would move, and why or why not; nothing is kept.

    Queries grow with the policies and years touched, not with the people.
    """
    if not work.residents:
        return {}
    looks = [_look(work)]
    done: set[Fate] = set()
    for fate in STAGES:
        done.add(fate)
        looks.append(_tried(work, done, before=looks[-1]) if fate in work.fates() else looks[-1])
    found: defaultdict[int, list[NewFigure]] = defaultdict(list)
    for key in dict.fromkeys(key for look in looks for key in look.lines):
        for fate, before, after in zip(STAGES, looks, looks[1:], strict=False):
            figure = _moved(work, key, fate, before, after)
            if figure is not None:
                found[_line(key, before, after).resident_id].append(figure)
    return found


def _look(work: Work) -> _Look:
    return _Look(standing_figures(resident_ids=work.residents, first_year=work.first_year))


def _tried(work: Work, fates: set[Fate], *, before: _Look) -> _Look:
    with transaction.atomic():
        redo(work, fates=fates, reason="追溯变更测算", user=None)
        lines = _look(work).lines
        moved = {
            int(ref.removeprefix("claim:"))
            for (ref, label), line in lines.items()
            if line.part and line != before.lines.get((ref, label))
        }
        traces = traces_of(moved)
        transaction.set_rollback(True)
    return _Look(lines, {**before.traces, **traces})


def _moved(work: Work, key: Key, fate: Fate, before: _Look, after: _Look) -> NewFigure | None:
    old, new = before.lines.get(key), after.lines.get(key)
    line = _line(key, before, after)
    if old == new or (fate is Fate.FROZEN and not _is_frozen(work, line)):
        return None
    because = _because(work, line, fate)
    return NewFigure(
        label=line.label,
        old=old.amount if old else None,
        new=new.amount if new else None,
        verdict=Verdict(fate.value),
        unit=line.unit,
        subject_ref=line.ref,
        clause=because.clause,
        reading="；".join(filter(None, (because.label, because.reading))),
        trace=after.traces.get(line.ref, {}).get(line.part, ()),
    )


def _is_frozen(work: Work, line: Line) -> bool:
    """Return whether the line's own layer is frozen, not only what would follow if it were not."""
    layer = LAYER_OF_PART.get(line.part)
    return any(
        layer in each.layers([Fate.FROZEN])
        for each in work.claims.values()
        if each.claim.resident_id == line.resident_id
    )


def _line(key: Key, before: _Look, after: _Look) -> Line:
    return after.lines.get(key) or before.lines[key]


def _because(work: Work, line: Line, fate: Fate) -> Step:
    """Return the rule that says what becomes of a line: of its own claim and layer, else of what it follows."""
    own = list(_own_rules(work, line, fate))
    if own:
        return own[0]
    others = [step for each in work.claims.values() for step in _rules(each, line, fate)]
    if fate is Fate.CHANGED and line.resident_id in work.years:
        return _incentive_rule(work, line.resident_id)
    return Step(FOLLOWS, clause=others[0].clause if others else "")


def _own_rules(work: Work, line: Line, fate: Fate) -> Iterator[Step]:
    planned = work.claims.get(int(line.ref.removeprefix("claim:"))) if line.part else None
    rule = planned.fates.get(LAYER_OF_PART.get(line.part, "")) if planned else None
    if rule is not None and rule.value is fate:
        yield rule.steps[-1]


def _rules(planned: PlannedClaim, line: Line, fate: Fate) -> Iterator[Step]:
    if planned.claim.resident_id == line.resident_id:
        yield from (rule.steps[-1] for rule in planned.fates.values() if rule.value is fate)


def _incentive_rule(work: Work, resident_id: int) -> Step:
    area_id, year = work.area_of_year[resident_id], work.years[resident_id]
    excluded = work.laws.of(area_id, year).incentives.excluded
    return Step.citing(f"{year} 年末是否为救助对象有变，激励重新核算", excluded)
