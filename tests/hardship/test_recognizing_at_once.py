"""Two connections record identities at once: whoever comes second is told in words, and nothing is there twice."""

import datetime

import pytest

from hardship.models import Recognition
from hardship.services.recognitions import (
    NewRecognition,
    RecognitionOverlaps,
    correct_recognitions,
    recognize,
)
from tests.enrollment.test_concurrency import DAY
from tests.hardship.factories import RecognitionFactory, category
from tests.registry.factories import ResidentFactory
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def rows(people, valid_from=DAY):
    category("subsistence_allowance", label="低保对象")
    return [
        NewRecognition(resident_id=person.pk, category="subsistence_allowance", valid_from=valid_from)
        for person in people
    ]


def one_refusal(results):
    (refusal,) = (result for result in results if isinstance(result, Exception))
    assert isinstance(refusal, RecognitionOverlaps), refusal
    return refusal.message


@pytest.mark.parametrize("count", [1, 200])
def test_of_two_writers_one_wins_whatever_their_order(count):
    wanted = rows(ResidentFactory.create_batch(count))

    results = at_once(
        lambda: recognize(rows=wanted, reason="recognize 甲"),
        lambda: recognize(rows=wanted[::-1], reason="recognize 乙"),
    )

    said = f"{count} 条认定与已有的“低保对象”在日期上重叠，请先终止或更正原认定"
    assert one_refusal(results) == said
    assert Recognition.objects.count() == Recognition.history.count() == count
    assert len(set(Recognition.history.values_list("history_change_reason", flat=True))) == 1


def test_a_correction_that_meets_a_new_recognition_on_its_days_is_refused_or_refuses_it():
    ended = RecognitionFactory(ended=True)
    wanted = rows([ended.resident], valid_from=datetime.date(2025, 2, 1))

    results = at_once(
        lambda: correct_recognitions(corrections={ended.pk: {"valid_to": None}}, reason="correct"),
        lambda: recognize(rows=wanted, reason="recognize"),
    )

    assert "重叠" in one_refusal(results)
    assert Recognition.objects.filter(valid_to__isnull=True).count() == 1
