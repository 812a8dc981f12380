"""What is told of a line beside its changes: where the list and the records part, and who answers for it."""

from collections.abc import Iterator, Sequence
from typing import NotRequired, TypeAlias, TypedDict

from django.utils.timezone import localtime

from exchange.models import AgencyKind, BatchMode, Decision
from exchange.rules.places import row_place
from hardship.rules.attribute_words import attributes_told
from hardship.rules.listed_identities import Change, Held, Said
from hardship.rules.other_issuers import unheeded
from hardship.rules.unstated import is_of_a_part, kinds_of_spell, other_starts, unstated
from hardship.selectors.decided_before import STARTS_DIFFER, DecidedBefore, Statement
from hardship.services.lists.lines import Line
from hardship.services.lists.views import View

FOR_SENDER = (
    "for_sender"  # what a row keeps: words that speak of nothing but what its sender says and answers for
)
ISSUERS = dict(AgencyKind.choices)
Decided: TypeAlias = tuple[str, DecidedBefore]  # category and what was decided of it


class Start(TypedDict):
    """A first day the list states, and the first record of what stands, as a row keeps them; days in ISO form.

    `kinds`: it lies within a spell of several kinds; since which day it was of which, in words, the earliest first.
    """

    category: str
    recognition: int
    recorded: str
    stated: str
    kinds: NotRequired[list[tuple[str, str]]]


def not_heeded(said: Sequence[Said], held: Sequence[Held], view: View) -> Iterator[str]:
    """Yield in words what stays as the agency that answers for it said, though the list says otherwise."""
    for each in unheeded(said, held, as_of=view.batch.as_of, own=view.own):
        category = view.categories[each.category]
        listed = attributes_told(each.said, category.attributes)
        recorded = attributes_told(each.recorded, category.attributes)
        yield (
            f"清单称{category.label}（{listed}），登记{f'为“{recorded}”' if recorded else '没有注明'}，"
            f"以{ISSUERS.get(category.issuer, category.issuer)}的认定为准，不作改动"
        )


def heard(line: Line, held: Sequence[Held], view: View) -> Iterator[str]:
    """Yield in words what the list has heard of identities that the records do not have."""
    day = view.batch.as_of
    standing = {each.category for each in held if each.covers(day)}
    told_by_others = [view.meaning(name) for name in line.hearsay]
    differing = [each.category for each in told_by_others if each and each.category not in standing]
    if differing:
        labels = "、".join(view.categories[category].label for category in dict.fromkeys(differing))
        yield f"清单称享受{labels}，登记簿中没有，以认定部门的名单为准"


def started_otherwise(
    said: Sequence[Said], held: Sequence[Held], changes: Sequence[Change], view: View, *, resident_id: int
) -> tuple[list[Start], list[Decided]]:
    """Return which first days the agency states now that are not those on record, and what was decided of such."""
    starts: list[Start] = []
    decided: list[Decided] = []
    for each, record in other_starts(said, held, as_of=view.batch.as_of, own=view.own):
        before = view.decided.get(Statement(resident_id, STARTS_DIFFER, each.category, str(each.since)))
        if before is None:
            start = Start(
                category=each.category,
                recognition=record.key,
                recorded=str(record.valid_from),
                stated=str(each.since),
            )
            if each.since and is_of_a_part(each.since, record, changes, as_of=view.batch.as_of):
                start["kinds"] = _kinds(record, held, changes, view)
            starts.append(start)
        else:
            decided.append((each.category, before))
    return starts, decided


def told_start(start: Start, label: str) -> str:
    """Return in words that the list and the record part over the first day of a category with a label."""
    parted = f"清单称{label}自 {start['stated']} 起，登记自 {start['recorded']} 起"
    if kinds := start.get("kinds"):
        first, *later = (f"（{words}）" if words else "" for _, words in kinds)
        since = "".join(
            f"，{day} 起变更为另一段{words}" for (day, _), words in zip(kinds[1:], later, strict=True)
        )
        return f"{parted}{first}{since}；不作改动，名单生效后可在本行决定哪一段自名单的起始日期起，或保留登记"
    return f"{parted}，不作改动；名单生效后可在本行采用名单的起始日期，或保留登记"


def _kinds(first: Held, held: Sequence[Held], changes: Sequence[Change], view: View) -> list[tuple[str, str]]:
    labels = view.categories[first.category].attributes
    same = [each for each in held if each.category == first.category]
    kinds = kinds_of_spell(first, same, changes)
    return [(str(day), attributes_told(attributes, labels)) for day, attributes in kinds]


def told_settled(start: Start, label: str, *, decision: str, last: str = "") -> str:
    """Return in words which first day it is, by decision, and the last day where it moved."""
    if decision == Decision.ADOPT_PART and start.get("kinds"):
        return f"采用名单的起始日期：{label}现在这一段自 {start['stated']} 起，上一段到前一日止"
    if decision != Decision.KEEP:
        moved = f"，期限随之至 {last}" if last else ""
        return f"采用名单的起始日期：{label}（{start['recorded']} → {start['stated']}{moved}）"
    return f"保留登记的起始日期：{label}（登记自 {start['recorded']} 起，名单称自 {start['stated']} 起）"


def told_decided(category: str, before: DecidedBefore, view: View) -> str:
    """Return in words that the register stays, by whichever decision."""
    return f"清单所写{view.categories[category].label}与登记不一致，{_decision(before)}"


def told_end_kept(category: str, before: DecidedBefore, view: View) -> str:
    """Return in words that a recorded end stays, by whichever decision."""
    return f"清单所列{view.categories[category].label}的有效期晚于登记的终止日期，{_decision(before)}"


def _decision(before: DecidedBefore) -> str:
    place = row_place(before.number, before.sheet)
    return f"已于 {localtime(before.at):%Y-%m-%d} 决定保留登记（批次{before.batch_id}{place}）"


def left_unsaid(
    said: Sequence[Said], held: Sequence[Held], changes: Sequence[Change], view: View
) -> Iterator[str]:
    """Yield in words what stands and is not named by a list that ends nobody."""
    if view.batch.mode != BatchMode.SUPPLEMENTARY:
        return
    untouched = unstated(said, held, changes, as_of=view.batch.as_of, own=view.own)
    labels = "、".join(view.categories[each.category].label for each in untouched)
    if labels:
        yield f"登记的{labels}清单没有写到，补充名单不作改动"


def told_not_begun(said: Said, view: View) -> str:
    """Return in words that the sender of a list does not recognise an identity."""
    category = view.categories[said.category]
    return (
        f"{category.label}由{ISSUERS.get(category.issuer, category.issuer)}认定，本名单的报送部门不认定，"
        "登记簿中没有，请凭认定文书决定"
    )


def told_no_longer(standing: Sequence[Held], view: View) -> str:
    """Return in words what the line says the person does not hold, and the record that they do."""
    texts = []
    for each in standing:
        category = view.categories[each.category]
        recorded = attributes_told(each.attributes, category.attributes)
        texts.append(
            f"清单写明不是{category.label}，登记自 {each.valid_from} 起为{category.label}（{recorded}）"
        )
    return f"{'；'.join(texts)}，本名单不自动取消，请核对后决定"
