"""Recognition of hardship identities (身份认定): how long one holds where the documents limit it."""

from typing import Annotated

from pydantic import Field

from policy.cited import Cited, Section

Months = Annotated[int, Field(ge=1)]


class RecognitionRules(Section):
    """What an area's documents say about recognitions that begin in the year.

    :param validity_months: category → months from the first day on; a recognition that names its own end keeps it
    """

    validity_months: dict[str, Cited[Months]] = {}
