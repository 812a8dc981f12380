"""Hold lines of a list against the records, a chunk at a time, and say of each what would become of it."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import TypeVar

from exchange.models import BatchStatus, RowOutcome
from exchange.services.batches import RowResult
from hardship.rules.later_lists import Later
from hardship.rules.list_comparison import Comparison, compared, ending
from hardship.rules.listed_identities import Disputed, Held, Said
from hardship.rules.person_names import is_same_name
from hardship.rules.unstated import denied_yet_standing
from hardship.selectors.decided_before import (
    DECIDED_BEFORE,
    STARTS_DIFFER,
)
from hardship.selectors.listed import OnRecord, held_by_people, people_by_key
from hardship.selectors.resting import RESTED_ON, deaths_behind, lists_behind
from hardship.services.lists.elsewhere import unless_elsewhere
from hardship.services.lists.later_word import agreed_later, contradicted
from hardship.services.lists.lines import Line, change_as_json, resting_on
from hardship.services.lists.other_senders import Theirs, begun_by_others
from hardship.services.lists.recorded_ends import EndsKept, unless_ended, without_terms_kept
from hardship.services.lists.remarks import (
    FOR_SENDER,
    heard,
    left_unsaid,
    not_heeded,
    started_otherwise,
    told_decided,
    told_end_kept,
    told_no_longer,
    told_start,
)
from hardship.services.lists.replaced import remaining, told_replaced
from hardship.services.lists.saying import SetAside, place_of, said_by_line, said_in_life
from hardship.services.lists.telling import terms_told, told
from hardship.services.lists.views import View

T = TypeVar("T", Said, Held)

DIFFERS = "differs_from_issuer"  # of a row that changes nothing it does not answer for
NO_LONGER = "no_longer_held"
REFUSALS = {
    "later_recognition": "已登记有数据日期之后才开始的同类认定，请核对",
    "term_over": "证件有效期已过",
    "turn_differs": "登记的风险消除情况与名单所列消除时间不一致，请先更正登记再重新比对，或保留登记",
    "ended_by_issuer": "名单所列身份归其他部门认定，登记簿中已终止，与该部门不一致，请核对",
}


def results_of(lines: Sequence[Line], view: View) -> list[RowResult]:
    """Return each line's result, in order; four queries however many lines, more where any ends or alters one.

    One more where any is set aside, or the list is in force: what others did to the records may be why.
    """
    people = people_by_key({line.key for line in lines})
    held = held_by_people([person.resident_id for person in people.values()], same_day=view.same_day)
    later = view.later.about({person.resident_id: person.paths for person in people.values()})
    results = []
    for line in lines:
        person = people.get(line.key)
        on_record = held.get(person.resident_id, []) if person else []
        of_later_days = later.get(person.resident_id, []) if person else []
        results.append(_result(line, person, on_record, of_later_days, view=view))
    results = unless_ended(unless_elsewhere(results, lines, view), lines, view)
    return _resting_on_records(results, [people.get(line.key) for line in lines], view)


def _resting_on_records(
    results: Sequence[RowResult], people: Sequence[OnRecord | None], view: View
) -> list[RowResult]:
    """Return the results with the lists that brought about the records because of which rows may be set aside.

    Of a list in force all rows: others may have come before it to what it waited with. Of the dead also the lists by
    which they died.
    """
    in_force = view.batch.status == BatchStatus.APPLIED
    concerned = [
        person if person and (in_force or result.outcome == RowOutcome.CONFLICT) else None
        for result, person in zip(results, people, strict=True)
    ]
    known = [person for person in concerned if person is not None]
    behind = lists_behind({person.resident_id for person in known}, besides=view.batch)
    dead = {person.resident_id for person in known if person.died_on is not None}
    deaths = deaths_behind(dead, besides=view.batch)
    rested = []
    for result, person in zip(results, concerned, strict=True):
        pk = person.resident_id if person else 0
        lists = {*result.payload.get(RESTED_ON, ()), *behind.get(pk, ()), *deaths.get(pk, ())}
        rested.append(replace(result, payload={**result.payload, **resting_on(lists)}) if lists else result)
    return rested


def _result(
    line: Line, person: OnRecord | None, held: Sequence[Held], later: Sequence[Later], *, view: View
) -> RowResult:
    key = person.key if person else line.key
    lists: set[int] = set()
    try:
        rest = remaining(said_by_line(line, meaning=view.meaning), held, person, view)
        lists |= {*rest.rested_on}
        said, held = _not_done(rest.said, line), _not_done(rest.held, line)
        known = _checked(line, person, view)
        as_of, born_on = view.batch.as_of, known.born_on
        said = said_in_life(said, held, born_on=born_on, as_of=as_of, settled=line.settled)
        ends = without_terms_kept(said, held, line, view, resident_id=known.resident_id)
        said = [_limited(each, known, view) for each in ends.said]
        theirs = begun_by_others(line, said, held, view, resident_id=known.resident_id)
        heeded = [each for each in said if each not in theirs.left]
        found = _denied(line, _compared(heeded, held, view, settled=line.settled), held, view)
        against = contradicted(found, held, later)
        lists |= {newer.batch for _, newer in against}
        found = agreed_later(found, against, view=view, settled=line.settled)
    except SetAside as aside:
        return RowResult(
            number=line.number,
            key=key,
            payload=line.payload(**resting_on(lists | {*aside.rested_on})),
            outcome=aside.outcome,
            code=aside.code,
            message=aside.message,
            field=aside.column,
            sheet=line.sheet,
        )
    changes = [
        change_as_json(change, held) | place_of(line, change.category, view.meaning)
        for change in found.changes
    ]
    terms = [*told_replaced(rest.replaced, view), *terms_told(found.changes, known, view)]
    person_id = known.resident_id
    remarked = _remarked(
        line, said, held, found, view=view, resident_id=person_id, theirs=theirs, ends=ends, terms=terms
    )
    message = "清单未给出困难身份" if ends.is_silent and not changes else told(found.changes, held, view)
    return RowResult(
        number=line.number,
        key=key,
        payload=line.payload(
            resident=person_id,
            changes=changes,
            **remarked.kept,
            **resting_on(lists | remarked.rested_on),
        ),
        outcome=RowOutcome.KEPT if theirs.left and not heeded and not changes else _outcome(found),
        code=remarked.code,
        message="；".join(filter(None, [message, *remarked.words])),
        sheet=line.sheet,
    )


def _not_done(found: Sequence[T], line: Line) -> list[T]:
    """Return what is of categories that the line has not changed already: what was corrected since stays."""
    done = {change["category"] for change in line.in_force}
    return [each for each in found if each.category not in done]


@dataclass(frozen=True, slots=True)
class _Remarked:
    """What of a row is worth a word beside what it changes: the foremost as a code, all of it in words.

    :param kept: what the row keeps of it, for whoever decides and for the pages, which show the changes in a table
    :param rested_on: the lists about which it was decided what the row follows
    """

    code: str
    words: Sequence[str]
    kept: Mapping[str, object]
    rested_on: AbstractSet[int]


def _remarked(  # noqa: PLR0913 - a row and what it was held against
    line: Line,
    said: Sequence[Said],
    held: Sequence[Held],
    found: Comparison,
    *,
    view: View,
    resident_id: int,
    theirs: Theirs,
    ends: EndsKept,
    terms: Sequence[str],
) -> _Remarked:
    otherwise_said = list(not_heeded(said, held, view))
    starts, settled = started_otherwise(said, held, found.changes, view, resident_id=resident_id)
    before = [*theirs.decided, *ends.decided, *settled]
    codes = (
        _code(ends, found),
        STARTS_DIFFER if starts else "",
        DIFFERS if otherwise_said else "",
        DECIDED_BEFORE if before else "",
    )
    kept = theirs.kept() | ends.payload() | ({"starts": starts} if starts else {})
    if before:
        kept["decided_rows"] = sorted({each.row_id for _, each in before})
    own = [
        *terms,
        *(told_decided(category, each, view) for category, each in (*theirs.decided, *settled)),
        *(told_end_kept(category, each, view) for category, each in ends.decided),
        *(told_start(each, view.categories[each["category"]].label) for each in starts),
        *left_unsaid(said, held, found.changes, view),
    ]
    words = [*own, *otherwise_said, *heard(line, held, view)]
    if own:
        kept[FOR_SENDER] = own
    if words and found.changes:
        kept["remarks"] = words
    lists = frozenset[int]().union(*(each.rested_on for _, each in before))
    return _Remarked(next(filter(None, codes), ""), words, kept, lists)


def _outcome(found: Comparison) -> str:
    if not found.changes:
        return RowOutcome.UNCHANGED
    return RowOutcome.NEW if found.is_new else RowOutcome.CHANGED


def _code(ends: EndsKept, found: Comparison) -> str:
    """Return why an unremarkable row is worth a word: no identity given, or one given again after it had ended."""
    if ends.is_silent:
        return "no_identity"
    return "reappeared" if found.has_returned else ""


def _limited(said: Said, person: OnRecord, view: View) -> Said:
    """Return what is said with how long it holds, whether it begins on its own day or on the list's."""
    months = {}
    for day in (said.since, view.batch.as_of):
        number = view.validity.months(said.category, path=person.living_path, start=day) if day else None
        if day and number is not None:
            months[day.year] = number
    return replace(said, months=months) if months else said


def _checked(line: Line, person: OnRecord | None, view: View) -> OnRecord:
    if person is None:
        raise SetAside(
            RowOutcome.HELD, "unknown_person", "登记簿中没有此证件号码，登记后可再次处理", "证件号码"
        )
    for aside in _contradictions(line, person, view):
        if line.settled.get(aside.code) != Disputed.ADOPT:
            raise aside
    return person


def _contradictions(line: Line, person: OnRecord, view: View) -> Iterator[SetAside]:
    """Yield what of the line contradicts the register."""
    if not is_same_name(line.name, person.name):
        yield SetAside(RowOutcome.CONFLICT, "name_differs", f"登记姓名为“{person.name}”，与清单不符", "姓名")
    if not any(path.startswith(view.batch.area.path) for path in person.paths):
        yield SetAside(
            RowOutcome.CONFLICT, "outside_area", f"户籍地和居住地都不在{view.batch.area.name}", "地区"
        )
    if person.died_on is not None and person.died_on <= view.batch.as_of:
        yield SetAside(RowOutcome.CONFLICT, "dead", f"登记已于 {person.died_on} 死亡，请核对", "证件号码")


def _compared(
    said: Sequence[Said], held: Sequence[Held], view: View, *, settled: Mapping[str, str]
) -> Comparison:
    disputed = Disputed(settled.get("ended_by_issuer", ""))
    found = compared(said, held, as_of=view.batch.as_of, own=view.own, scope=view.scope, disputed=disputed)
    if found.refusal:
        raise SetAside(RowOutcome.CONFLICT, found.refusal, REFUSALS[found.refusal])
    return found


def _denied(line: Line, found: Comparison, held: Sequence[Held], view: View) -> Comparison:
    """Return the changes, with the end of what the line says the person does not hold, if that was decided.

    A full list ends it by itself where it speaks of it.
    """
    denied = {meaning.category for name in line.not_held if (meaning := view.meaning(name))}
    standing = denied_yet_standing(denied & view.own, held, found.changes, as_of=view.batch.as_of)
    decision = line.settled.get(NO_LONGER)
    if not standing or decision == Disputed.KEEP:
        return found
    ends = [end for each in standing if (end := ending(each, as_of=view.batch.as_of))]
    if decision == Disputed.ADOPT and len(ends) == len(standing):
        return replace(found, changes=(*ends, *found.changes))
    raise SetAside(RowOutcome.CONFLICT, NO_LONGER, told_no_longer(standing, view))
