"""Cover elsewhere (他处参保) as agencies' programs report it: other bureaus, the employee scheme; one row or many."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from enrollment.services.cover_elsewhere import follow_cover
from enrollment.services.lists.misfits import OnRecord, misfit
from exchange.models import Agency, RowOutcome
from exchange.services.batches import RowResult
from exchange.services.bulk_calls import close_call, open_call
from exchange.services.people import People, look_up
from policy.errors import DomainError
from registry.models import Resident
from registry.models.history import caused_by
from registry.rules.identity_numbers import masked, normalized
from registry.services import lock_residents
from registry.services.insured_spells import Cover
from registry.services.reported_spells import SpellResult, Teller, Told, take_told_spells

KIND = "insured_elsewhere"
REFUSED = "refused"
KEPT = {
    SpellResult.RECORDED: RowOutcome.NEW,
    SpellResult.CHANGED: RowOutcome.CHANGED,
    SpellResult.STRUCK_OUT: RowOutcome.ENDED,
    SpellResult.UNCHANGED: RowOutcome.UNCHANGED,
    REFUSED: RowOutcome.REFUSED,
}
HEADINGS = {
    "id_number": "证件号码",
    "name": "姓名",
    "area": "参保地区划",
    "starts_on": "起始日",
    "last_day": "最后一天",
    "as_student": "以学生身份参保",
}
FIELDS = {"area_code": "area"}  # name a service gives the field → field of the call


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverRow:
    """One spell as an agency reports it.

    :param name: has to be the one on record; empty = it is not said
    :param document: what it rests on, may be empty
    :param struck_out: it never was
    """

    id_number: str
    scheme: str
    starts_on: datetime.date
    last_day: datetime.date | None = None
    area: str = ""
    as_student: bool = False
    name: str = ""
    document: str = ""
    struck_out: bool = False

    @property
    def cover(self) -> Cover:
        """What it says."""
        return Cover(
            scheme=self.scheme,
            starts_on=self.starts_on,
            last_day=self.last_day,
            area_code=self.area,
            as_student=self.as_student,
        )


@dataclass(frozen=True, slots=True)
class CoverOutcome:
    """What became of one row; `field` is the field of the call to look at."""

    outcome: str
    code: str = ""
    message: str = ""
    field: str = ""


STRANGER = CoverOutcome(REFUSED, "resident_not_found", "本部门地区范围内没有该证件号码的参保人", "id_number")


@transaction.atomic
def report_cover_of_agency(*, agency: Agency, key: str, rows: Sequence[CoverRow]) -> list[CoverOutcome]:
    """Write what an agency tells of cover elsewhere and return what became of each row, in order.

    The call and its rows are kept as a batch. What stands beside a registration here becomes a question, what is not
    paid yet is quoted anew, as after a list. The queries do not grow with the rows.

    :param key: the call's idempotency key
    """
    people = look_up(agency=agency, id_numbers={row.id_number for row in rows}, purpose="接口报送他处参保")
    batch = open_call(kind=KIND, agency=agency, key=key)
    lock_residents(people.own.values())
    meant = _meant(people)
    outcomes: list[CoverOutcome | None] = [_unfit(row, meant, agency) for row in rows]
    fit = [row for row, unfit in zip(rows, outcomes, strict=True) if unfit is None]
    with caused_by(batch.pk):
        results = take_told_spells(
            told=[_told(row, meant[row.id_number]) for row in fit], teller=Teller(agency.code, agency.name)
        )
        follow_cover(_concerned(fit, results, meant), user=None)
    became = iter(results)
    told = [unfit or _outcome(next(became)) for unfit in outcomes]
    kept = [_kept(n, *pair) for n, pair in enumerate(zip(rows, told, strict=True), start=1)]
    close_call(batch=batch, rows=kept)
    return told


def _meant(people: People) -> dict[str, Resident]:
    """Return number → the resident it means, with their places."""
    found = Resident.objects.select_related("pooling_area", "living_area").in_bulk(set(people.own.values()))
    return {number: found[pk] for number, pk in people.own.items()}


def _unfit(row: CoverRow, meant: dict[str, Resident], agency: Agency) -> CoverOutcome | None:
    """Return why the agency may not say the row; null = it may."""
    person = meant.get(row.id_number)
    if person is None:
        return STRANGER
    objection = misfit(OnRecord(person.name, person.living_area.path), said=row.name, area=agency.area)
    if objection is None:
        return None
    if objection.code == "name_differs":  # without the name on record: a call is no way to learn it
        return CoverOutcome(REFUSED, objection.code, "该证件号码登记的姓名与所报不同，请核对", "name")
    return STRANGER  # moved away since they were looked up


def _told(row: CoverRow, person: Resident) -> Told:
    return Told(resident=person, cover=row.cover, document=row.document, is_void=row.struck_out)


def _concerned(
    rows: Sequence[CoverRow], results: Sequence[SpellResult | DomainError], meant: dict[str, Resident]
) -> set[int]:
    """Return whose cover elsewhere is another now."""
    moved = (SpellResult.RECORDED, SpellResult.CHANGED, SpellResult.STRUCK_OUT)
    return {meant[row.id_number].pk for row, each in zip(rows, results, strict=True) if each in moved}


def _outcome(result: SpellResult | DomainError) -> CoverOutcome:
    if isinstance(result, SpellResult):
        return CoverOutcome(result.value)
    named = str(result.details.get("field", ""))
    return CoverOutcome(REFUSED, result.code, result.message, FIELDS.get(named, named))


def _kept(number: int, row: CoverRow, outcome: CoverOutcome) -> RowResult:
    return RowResult(
        number=number,
        outcome=KEPT[outcome.outcome],
        payload={
            "id_number": masked(normalized(row.id_number))[:30],
            "name": row.name,
            "scheme": row.scheme,
            "area": row.area,
            "starts_on": row.starts_on.isoformat(),
            "last_day": row.last_day.isoformat() if row.last_day else None,
            "as_student": row.as_student,
            "struck_out": row.struck_out,
            "document": row.document,
        },
        code=outcome.code,
        message=outcome.message,
        field=HEADINGS.get(outcome.field, ""),
    )
