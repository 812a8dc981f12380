"""What was decided since some identities were recorded and would lose its ground if they were taken back.

The apps above hang their checks in, as they do with sections of a resident's file; nothing here looks up.
"""

import datetime
from collections.abc import Callable, Collection

from hardship.models import AssistanceGrant

Check = Callable[[Collection[int], datetime.datetime], set[int]]
_checks: dict[str, Check] = {}


def depends_on_identities(words: str) -> Callable[[Check], Check]:
    """Hang in a check: of these residents, for whom something was decided at or after a moment.

    :param words: what was decided, as it completes “12 人…”: “缴费已入账”
    """

    def hang(check: Check) -> Check:
        _checks[words] = check
        return check

    return hang


def decided_since(*, resident_ids: Collection[int], since: datetime.datetime) -> dict[str, set[int]]:
    """Return in words what was decided at or after `since`, and for which of the residents."""
    found = {words: check(resident_ids, since) for words, check in _checks.items()}
    return {words: residents for words, residents in found.items() if residents}


@depends_on_identities("参保资助已锁定")
def _frozen_grants(resident_ids: Collection[int], since: datetime.datetime) -> set[int]:
    grants = AssistanceGrant.objects.filter(
        resident__among=resident_ids, reversed_at=None, frozen_at__gte=since
    )
    return set(grants.values_list("resident_id", flat=True))
