"""Recognitions are dated, never overlap per category, and every path keeps who and why."""

import datetime

import pytest

from hardship.models import Category, Recognition
from hardship.services.recognitions import (
    NewRecognition,
    ReasonMissing,
    RecognitionNotFound,
    RecognitionOverlaps,
    RecognitionPeriodEmpty,
    UnknownCategory,
    correct_recognitions,
    end_recognitions,
    recognize,
    void_recognitions,
)
from tests.hardship.factories import RecognitionFactory, category
from tests.registry.factories import ResidentFactory, UserFactory

pytestmark = pytest.mark.django_db


def day(text):
    return datetime.date.fromisoformat(text)


def new(person, valid_from="2025-01-01", valid_to=None, code="subsistence_allowance", **more):
    category("subsistence_allowance", label="低保对象")
    return NewRecognition(
        resident_id=person.pk,
        category=code,
        valid_from=day(valid_from),
        valid_to=day(valid_to) if valid_to else None,
        **more,
    )


def trail(record):
    return [
        (each.history_type, each.history_user, each.history_change_reason)
        for each in Recognition.history.filter(id=record.pk).order_by("history_id")
    ]


def test_every_write_leaves_who_and_why():
    clerk = UserFactory()
    who = {"user": clerk}

    (record,) = recognize(
        rows=[new(ResidentFactory(), attributes={"residence": "rural"})], reason="recognize 认定书", **who
    )
    end_recognitions(recognition_ids=[record.pk], on=day("2025-06-01"), reason="end 动态退出", **who)
    correct_recognitions(corrections={record.pk: {"valid_to": None}}, reason="correct 误终止", **who)
    void_recognitions(recognition_ids=[record.pk], reason="void 登错人", **who)

    assert (record.authority, record.recorded_by) == ("civil_affairs", clerk)
    assert trail(record) == [
        ("+", clerk, "recognize 认定书"),
        ("~", clerk, "end 动态退出"),
        ("~", clerk, "correct 误终止"),
        ("-", clerk, "void 登错人"),
    ]
    assert not Recognition.objects.exists()


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "fits"),
    [
        ("2023-01-01", "2024-01-01", True),
        ("2023-01-01", "2024-01-02", False),
        ("2024-06-01", "2024-07-01", False),
        ("2024-12-31", None, False),
        ("2025-01-01", None, True),
        ("2023-01-01", None, False),
    ],
)
def test_one_category_never_overlaps_itself(valid_from, valid_to, fits):
    record = RecognitionFactory(ended=True)  # 2024
    row = new(record.resident, valid_from, valid_to)

    if fits:
        assert len(recognize(rows=[row], reason="recognize")) == 1
    else:
        with pytest.raises(RecognitionOverlaps) as caught:
            recognize(rows=[row], reason="recognize")
        assert caught.value.details["resident_ids"] == [record.resident_id]
    assert Recognition.objects.count() == 1 + fits


def test_twice_in_one_call_overlaps_and_nobody_is_recognized():
    twice, once = ResidentFactory.create_batch(2)

    with pytest.raises(RecognitionOverlaps):
        recognize(rows=[new(once), new(twice), new(twice, "2025-06-01")], reason="recognize")

    assert not Recognition.objects.exists()


def test_different_categories_stand_side_by_side():
    person = ResidentFactory()
    category("severe_disability", issuer="disabled_federation")

    records = recognize(rows=[new(person), new(person, code="severe_disability")], reason="recognize")

    assert [record.authority for record in records] == ["civil_affairs", "disabled_federation"]


def test_a_category_with_a_term_ends_by_itself():
    Category.objects.create(code="sudden", label="突发严重困难户", issuer="rural_affairs", months=6)

    (record,) = recognize(rows=[new(ResidentFactory(), "2024-08-31", code="sudden")], reason="recognize")

    assert record.valid_to == day("2025-02-28")


def test_refusals_have_stable_codes():
    record = RecognitionFactory()

    for call, error in [
        (lambda: recognize(rows=[new(record.resident, code="fortune")], reason="recognize"), UnknownCategory),
        (
            lambda: recognize(rows=[new(record.resident, "2023-01-01", "2023-01-01")], reason="x"),
            RecognitionPeriodEmpty,
        ),
        (lambda: recognize(rows=[], reason=" "), ReasonMissing),
        (
            lambda: end_recognitions(recognition_ids=[10**9], on=day("2025-01-01"), reason="x"),
            RecognitionNotFound,
        ),
        (
            lambda: end_recognitions(recognition_ids=[record.pk], on=record.valid_from, reason="x"),
            RecognitionPeriodEmpty,
        ),
    ]:
        with pytest.raises(error):
            call()
    assert {error.code for error in (UnknownCategory, RecognitionOverlaps, RecognitionPeriodEmpty)} == {
        "unknown_category",
        "recognition_overlaps",
        "recognition_period_empty",
    }


def test_ending_again_or_later_changes_nothing():
    record = RecognitionFactory()

    def end(text):
        return end_recognitions(recognition_ids=[record.pk], on=day(text), reason="end")

    assert end("2025-06-01") == [record.pk]
    assert end("2025-06-01") == end("2025-07-01") == []
    assert end("2025-05-01") == [record.pk]
    assert record.history.count() == 3


def test_a_correction_may_not_run_into_a_neighbour():
    first = RecognitionFactory(ended=True)
    RecognitionFactory(resident=first.resident, valid_from=day("2025-03-01"))

    with pytest.raises(RecognitionOverlaps):
        correct_recognitions(corrections={first.pk: {"valid_to": day("2025-03-02")}}, reason="correct")
    assert correct_recognitions(
        corrections={first.pk: {"valid_to": day("2025-03-01")}}, reason="correct"
    ) == [first.pk]


def test_any_number_of_rows_cost_the_same_queries(django_assert_num_queries):
    for count in (3, 30):
        rows = [new(person) for person in ResidentFactory.create_batch(count)]
        # nested transactions (8), categories, the law (2), the people held, overlaps, keys, COPY, history
        with django_assert_num_queries(14):
            recognize(rows=rows, reason="recognize")
