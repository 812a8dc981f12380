"""What edits changed: the days that differ, and whether it was an error or a change of circumstance."""

import datetime

import pytest
from django.utils import timezone

from hardship.selectors import change_of, identity_changes
from hardship.services.recognitions import (
    NewRecognition,
    correct_recognitions,
    end_recognitions,
    recognize,
    void_recognitions,
)
from tests.hardship.factories import RecognitionFactory, category
from tests.registry.factories import ResidentFactory

pytestmark = pytest.mark.django_db
DAY = datetime.date
FEBRUARY, JUNE = DAY(2025, 2, 1), DAY(2025, 6, 1)
CORRECTION = "correct case 7"
LOW = "subsistence_allowance"


def changed(person, since: datetime.datetime):
    found = identity_changes(resident_ids=[person.pk], since=since, until=timezone.now())
    return found[0] if found else None


def test_a_late_recognition_differs_from_its_first_day_on():
    person, _ = ResidentFactory(), category(LOW)
    since = timezone.now()
    recognize(rows=[NewRecognition(resident_id=person.pk, category=LOW, valid_from=FEBRUARY)], reason="test")

    change = changed(person, since)

    assert change.on(DAY(2025, 1, 31)) == {}
    (difference,) = change.on(FEBRUARY).values()
    assert (difference.before, difference.now.category, difference.is_error) == (None, LOW, False)
    assert change.first_day(before=JUNE) == FEBRUARY
    assert change.first_day(before=FEBRUARY) is None
    assert change.first_day(before=JUNE, since=DAY(2025, 3, 1)) is None


@pytest.mark.parametrize(
    ("edit", "is_error"),
    [
        (lambda pk: void_recognitions(recognition_ids=[pk], reason="误登"), True),
        (lambda pk: end_recognitions(recognition_ids=[pk], on=FEBRUARY, reason="退出"), False),
        (lambda pk: correct_recognitions(corrections={pk: {"valid_from": JUNE}}, reason="日期"), True),
        (lambda pk: correct_recognitions(corrections={pk: {"valid_to": FEBRUARY}}, reason=CORRECTION), True),
        (lambda pk: correct_recognitions(corrections={pk: {"attributes": {"level": 3}}}, reason=CORRECTION), True),
    ],
    ids=["struck out", "ended", "begins later", "never lasted so long", "was another level"],
)  # fmt: skip
def test_an_error_is_told_from_a_change_of_circumstance(edit, is_error):
    held = RecognitionFactory()
    since = timezone.now()

    edit(held.pk)

    (difference,) = changed(held.resident, since).on(DAY(2025, 3, 1)).values()
    assert difference.is_error is is_error


def test_only_what_is_not_dealt_with_counts_and_an_open_question_goes_along():
    person, _, _ = ResidentFactory(), category(LOW), category("extreme_hardship")
    since = timezone.now()
    for code in (LOW, "extreme_hardship"):
        recognize(
            rows=[NewRecognition(resident_id=person.pk, category=code, valid_from=FEBRUARY)], reason="test"
        )
    whole = changed(person, since)
    given = {"resident_ids": [person.pk], "since": since, "until": timezone.now()}

    (rest,) = identity_changes(**given, after={person.pk: whole.first_row})
    (both,) = identity_changes(
        **given, after={person.pk: whole.first_row}, along_with={person.pk: whole.first_row}
    )

    assert set(rest.on(FEBRUARY)) == {"extreme_hardship"}
    assert set(both.on(FEBRUARY)) == {LOW, "extreme_hardship"}
    assert identity_changes(**given, after={person.pk: whole.last_row}) == []
    kept = change_of(resident_id=person.pk, first_row=rest.first_row, last_row=rest.last_row)
    assert kept == rest
    assert change_of(resident_id=person.pk, first_row=0, last_row=0) is None
