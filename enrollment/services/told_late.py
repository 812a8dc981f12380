"""Days said afterwards (补报): where nothing is left to pay, cover counts from the day the bureau knew of it.

Money dates a year by its arrival (缴费到账). Where none is due, the day of the registration or of the quote does
(`enrollment/services/settle_assisted.py`), and a day said afterwards would open cover for days gone by. So it is
today, whatever day was said. Cover that begins at birth is the exception: no day of registration moves it; it is the
rule that says so (黑医保发〔2024〕45号 三(二)).
"""

import datetime

from django.utils import timezone

from enrollment.services.quote import Ask, load_facts


def day_that_counts(ask: Ask) -> datetime.date:
    """Return the day a registration or quote asked for counts from: the one said, or today.

    :raises DomainError: no policy, or the documents are silent on the day said
    """
    today = timezone.localdate()
    if ask.paid_on >= today:
        return ask.paid_on
    facts = load_facts([ask])
    if ask.resident_id not in facts.places:  # whoever registers people says so
        return ask.paid_on
    quote = facts.quote(ask)
    is_since_birth = quote.dues.terms.start == facts.people.people[ask.resident_id].born_on
    return ask.paid_on if quote.payable or is_since_birth else today
