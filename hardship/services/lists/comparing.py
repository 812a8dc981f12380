"""Hold lines of a list against the records, a chunk at a time, and say of each what would become of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from exchange.models import AgencyKind, RowOutcome
from exchange.services.batches import RowResult
from hardship.rules.attribute_words import attributes_told
from hardship.rules.later_lists import Later
from hardship.rules.list_comparison import Comparison, compared
from hardship.rules.listed_identities import Change, Disputed, Held, Said
from hardship.rules.other_issuers import unheeded
from hardship.rules.person_names import bare_name
from hardship.selectors.listed import OnRecord, held_by_people, people_by_key
from hardship.services.lists.elsewhere import unless_elsewhere
from hardship.services.lists.lines import Line, change_as_json
from hardship.services.lists.saying import SetAside, said_by_line, said_in_life
from hardship.services.lists.telling import said_later, terms_told, told
from hardship.services.lists.views import View

ISSUERS = dict(AgencyKind.choices)
DIFFERS = "differs_from_issuer"  # of a row that changes nothing it does not answer for
NEWER = "newer_list_says_otherwise"
REFUSALS = {
    "later_recognition": "已登记有数据日期之后才开始的同类认定，请核对",
    "term_over": "证件有效期已过",
    "turn_differs": "登记的风险消除情况与名单所列消除时间不一致，请先更正登记再重新比对，或保留登记",
    "ended_by_issuer": "名单所列身份归其他部门认定，登记簿中已终止，与该部门不一致，请核对",
}


def results_of(lines: Sequence[Line], view: View) -> list[RowResult]:
    """Return each line's result, in order; four queries however many lines, two more where any of them ends one."""
    people = people_by_key({line.key for line in lines})
    held = held_by_people([person.resident_id for person in people.values()], same_day=view.same_day)
    later = view.later.about({person.resident_id: person.paths for person in people.values()})
    results = []
    for line in lines:
        person = people.get(line.key)
        on_record = held.get(person.resident_id, []) if person else []
        of_later_days = later.get(person.resident_id, []) if person else []
        results.append(_result(line, person, on_record, of_later_days, view=view))
    return unless_elsewhere(results, lines, view)


def _result(
    line: Line, person: OnRecord | None, held: Sequence[Held], later: Sequence[Later], *, view: View
) -> RowResult:
    key = person.key if person else line.key
    try:
        said = said_by_line(line, meaning=view.meaning)
        known = _checked(line, person, view)
        as_of, born_on = view.batch.as_of, known.born_on
        said = said_in_life(said, held, born_on=born_on, as_of=as_of, settled=line.settled)
        said = [_limited(each, known, view) for each in said]
        found = _compared(said, held, view, settled=line.settled)
        found = _agreed_later(found, held, later, view=view, settled=line.settled)
    except SetAside as aside:
        return RowResult(
            number=line.number,
            key=key,
            payload=line.payload(),
            outcome=aside.outcome,
            code=aside.code,
            message=aside.message,
            field=aside.column,
            sheet=line.sheet,
        )
    changes = [change_as_json(change, held) for change in found.changes]
    terms = terms_told(found.changes, known, view)
    remarks = list(_unheeded(said, held, view))
    message = told(found.changes, view) if said or changes else "清单未给出困难身份"
    return RowResult(
        number=line.number,
        key=key,
        payload=line.payload(resident=known.resident_id, changes=changes),
        outcome=_outcome(found),
        code=_code(said, found) or (DIFFERS if remarks else ""),
        message="；".join(filter(None, [message, *terms, *remarks, *_hearsay(line, held, view)])),
        sheet=line.sheet,
    )


def _unheeded(said: Sequence[Said], held: Sequence[Held], view: View) -> Iterator[str]:
    """Yield in words what stays as the agency that answers for it said, though the list says otherwise."""
    for each in unheeded(said, held, as_of=view.batch.as_of, own=view.own):
        category = view.categories[each.category]
        listed = attributes_told(each.said, category.attributes)
        recorded = attributes_told(each.recorded, category.attributes)
        yield (
            f"清单称{category.label}（{listed}），登记{f'为“{recorded}”' if recorded else '没有注明'}，"
            f"以{ISSUERS.get(category.issuer, category.issuer)}的认定为准，不作改动"
        )


def _hearsay(line: Line, held: Sequence[Held], view: View) -> Iterator[str]:
    """Yield in words what the list has heard of identities that the records do not have."""
    day = view.batch.as_of
    standing = {each.category for each in held if each.covers(day)}
    told_by_others = [view.meaning(name) for name in line.hearsay]
    differing = [each.category for each in told_by_others if each and each.category not in standing]
    if differing:
        labels = "、".join(view.categories[category].label for category in dict.fromkeys(differing))
        yield f"清单称享受{labels}，登记簿中没有，以认定部门的名单为准"


def _outcome(found: Comparison) -> str:
    if not found.changes:
        return RowOutcome.UNCHANGED
    return RowOutcome.NEW if found.is_new else RowOutcome.CHANGED


def _code(said: Sequence[Said], found: Comparison) -> str:
    """Return why an unremarkable row is worth a word: no identity given, or one given again after it had ended."""
    if not said:
        return "no_identity"
    return "reappeared" if found.has_returned else ""


def _limited(said: Said, person: OnRecord, view: View) -> Said:
    """Return what is said with how long it holds, whether it begins on its own day or on the list's."""
    days = {each for each in (said.since, view.batch.as_of) if each is not None}
    months = {
        day.year: view.validity.months(said.category, path=person.living_path, start=day) for day in days
    }
    return replace(said, months={year: number for year, number in months.items() if number is not None})


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
    if bare_name(person.name) != bare_name(line.name):
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


def _agreed_later(
    found: Comparison,
    held: Sequence[Held],
    later: Sequence[Later],
    *,
    view: View,
    settled: Mapping[str, str],
) -> Comparison:
    """Return the changes without those that a list of a later day contradicts, if it was decided that they go."""
    decision = settled.get(NEWER)
    against = [(change, otherwise(change, held, later)) for change in found.changes]
    if decision == Disputed.ADOPT or not any(newer for _, newer in against):
        return found
    if decision == Disputed.KEEP:
        return replace(found, changes=tuple(change for change, newer in against if not newer))
    texts = [said_later(change, newer, view) for change, newer in against if newer]
    raise SetAside(RowOutcome.CONFLICT, NEWER, f"{'；'.join(texts)}，不按较早的名单办理，请核对", "身份")


def otherwise(change: Change, held: Sequence[Held], later: Sequence[Later]) -> Later | None:
    """Return the latest list that says otherwise than a change; null = none."""
    return next((each for each in later if each.says_otherwise(change, held)), None)
