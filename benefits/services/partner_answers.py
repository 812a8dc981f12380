"""A bulk call of an agency with answers to alerts, kept as a batch with every row's outcome."""

from collections.abc import Sequence

from django.db import transaction

from benefits.services.alert_answers import Judged, Said, take_answers
from exchange.models import Agency, RowOutcome
from exchange.services.batches import RowResult
from exchange.services.bulk_calls import close_call, open_call

KIND = "alert_answers"


@transaction.atomic
def take_answers_of_agency(*, agency: Agency, key: str, said: Sequence[Said]) -> list[Judged]:
    """Take an agency's answers and return what became of each, in order; a refused one stops no other.

    :raises BatchAlreadyReceived: if the key was used for such a call and its answer is no longer kept
    """
    batch = open_call(kind=KIND, agency=agency, key=key)
    found = take_answers(said=said, batch=batch)
    close_call(batch=batch, rows=[_row(number, each) for number, each in enumerate(found, start=1)])
    return found


def outcome_of_row(judged: Judged) -> str:
    """Return what became of an answer, as rows of lists say it."""
    if judged.refusal is not None:
        return RowOutcome.REFUSED
    return RowOutcome.UNCHANGED if judged.is_known else RowOutcome.NEW


def _row(number: int, judged: Judged) -> RowResult:
    alert, refusal = judged.alert, judged.refusal
    return RowResult(
        number=number,
        outcome=outcome_of_row(judged),
        key=bytes(alert.resident.id_index) if alert else None,
        payload={"alert": judged.said.alert_id, "name": alert.resident.name if alert else ""},
        code=refusal.code if refusal else "",
        message=refusal.message if refusal else "",
        field=str(refusal.details.get("field", "")) if refusal else "",
    )
