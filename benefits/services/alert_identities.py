"""A finding that somebody belongs to a category becomes a row of a supplementary list, planned as the agency's own."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from benefits.models import AlertAnswer, Outcome
from hardship.services.lists import StatedIdentity, plan_stated


def plan_identities(answers: Iterable[AlertAnswer], *, user: AbstractBaseUser | None) -> None:
    """Plan a list of each agency and county for the unsaved answers that give an identity, and name it in them.

    Somebody found to belong to two categories stands in two lists, in each once.
    """
    groups: defaultdict[tuple[int, int, int], list[AlertAnswer]] = defaultdict(list)
    times: Counter[tuple[int, int]] = Counter()
    for answer in answers:
        if answer.outcome == Outcome.RECOGNIZED:
            person = (answer.agency_id, answer.alert.resident_id)
            times[person] += 1
            groups[answer.agency_id, answer.alert.area_id, times[person]].append(answer)
    for group in sorted(groups):
        _plan(groups[group], user=user)


def _plan(answers: Sequence[AlertAnswer], *, user: AbstractBaseUser | None) -> None:
    first, today = answers[0], timezone.localdate()
    many = f"等 {len(answers)} 件" if len(answers) > 1 else ""
    plan = plan_stated(
        kind=first.agency.kind,
        stated=[
            StatedIdentity(
                number=number,
                resident_id=answer.alert.resident_id,
                category=answer.category,
                since=answer.since or answer.checked_on,
                document=answer.document,
            )
            for number, answer in enumerate(answers, start=1)
        ],
        name=f"预警 #{first.alert_id} {many}核查反馈（{first.agency.name}）",
        area=first.alert.area,
        as_of=today,
        agency=first.agency,
        user=user,
    )
    for answer in answers:
        answer.plan = plan
