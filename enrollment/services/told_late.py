"""Days said afterwards (补报): where nothing is left to pay, cover counts from the day the bureau knew of it.

Money dates a year by its arrival (缴费到账). Where none is due, the day of the registration or of the quote does
(`enrollment/services/settle_assisted.py`), and a day said afterwards would open cover for days gone by. So it is
today, whatever day was said. Cover that begins at birth is the exception: no day of registration moves it; it is the
rule that says so (黑医保发〔2024〕45号 三(二)).
"""

import datetime
from collections.abc import Collection
from contextlib import suppress

from django.utils import timezone

from enrollment.services.quote import Ask, QuoteFacts, load_facts
from policy.errors import DomainError


def day_that_counts(ask: Ask) -> datetime.date:
    """Return the day a registration or quote asked for counts from: the one said, or today.

    :raises DomainError: no policy, or the documents are silent on the day said
    """
    today = timezone.localdate()
    return ask.paid_on if ask.paid_on >= today else _day_that_counts(ask, load_facts([ask]), today)


def days_that_count(asks: Collection[Ask]) -> dict[int, datetime.date]:
    """Return person → the day that counts, for people asked about once each, in as many queries as for one.

    Where the documents are silent it is the day said: whoever registers the people says why they cannot be.
    """
    today = timezone.localdate()
    late = [ask for ask in asks if ask.paid_on < today]
    days = {ask.resident_id: ask.paid_on for ask in asks}
    facts = load_facts(late) if late else None
    for ask in late:
        assert facts is not None
        with suppress(DomainError):
            days[ask.resident_id] = _day_that_counts(ask, facts, today)
    return days


def _day_that_counts(ask: Ask, facts: QuoteFacts, today: datetime.date) -> datetime.date:
    if ask.resident_id not in facts.places:  # whoever registers people says so
        return ask.paid_on
    quote = facts.quote(ask)
    is_since_birth = quote.dues.terms.start == facts.people.people[ask.resident_id].born_on
    return ask.paid_on if quote.payable or is_since_birth else today
