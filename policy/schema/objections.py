"""What somebody may do who disagrees with a decision (异议): where, and until when."""

from policy.cited import Cited, Section
from policy.schema.figures import Count


class Objections(Section):
    """Words and time limits that notices print; what is None is not printed.

    :param office: who answers questions and reviews; None = the bureau of the pooling area
    :param review_days: from the day the notice was received
    :param reconsideration_days / lawsuit_months: from the day the decision was known
    """

    office: Cited[str] | None = None
    review_days: Cited[Count] | None = None
    reconsideration_days: Cited[Count] | None = None
    lawsuit_months: Cited[Count] | None = None
