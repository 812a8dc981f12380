"""A list is taken back though the record of somebody on it became part of another's since."""

from decimal import Decimal

import pytest

from exchange.models import InboundBatch
from hardship.selectors import held_by
from hardship.services.lists import ListCannotBeUndone, undo_list, what_depends
from hardship.services.recognitions import end_recognitions
from registry.batch.merging import merged_since
from registry.services.merge_residents import merge_residents
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import apply, civil, day, people, plan
from tests.registry.factories import ResidentFactory, UserFactory, daoli, identity_number, shangzhi

pytestmark = pytest.mark.django_db
BORN, APRIL = day("2024-10-01"), day("2025-04-30")
NUMBER = identity_number(1, born_on=BORN)
LOW = {"subsistence_allowance"}


@pytest.fixture(autouse=True)
def _one_agrees_to_all(settings):
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal(1)


@pytest.fixture
def two_records():
    """Return a newborn's record by birth certificate and the one by the number that came later."""
    people(1)
    certificate = ResidentFactory(number="S230000001", id_kind="birth_certificate", born_on=BORN, name="小宝")
    return certificate, ResidentFactory(number=NUMBER, born_on=BORN, name="小宝")


def merged(kept, gone):
    merge_residents(kept=kept, gone=gone, reason="同一人", user=UserFactory())


def undo(batch):
    asked, agreed = UserFactory.create_batch(2)
    return undo_list(batch=batch, reason="报错", user=asked, second_user=agreed)


def test_what_the_list_began_goes_with_it(two_records):
    kept, gone = two_records
    batch = apply(plan(civil((NUMBER, "小宝", "低保"))))
    before = batch.applied_at
    merged(kept, gone)
    assert held_by(kept.pk, day=APRIL) == LOW

    assert what_depends(batch) == {}
    assert undo(batch).status == "undone"

    assert held_by(kept.pk, day=APRIL) == set()
    assert merged_since(before) == {gone.pk: kept.pk}
    assert merged_since(InboundBatch.objects.get(pk=batch.pk).undone_at) == {}


def test_what_the_list_ended_stands_again(two_records):
    kept, gone = two_records
    RecognitionFactory(resident=gone, valid_from=BORN)
    batch = apply(plan(civil((0, "人0", "低保"))))
    merged(kept, gone)
    assert held_by(kept.pk, day=APRIL) == set()

    undo(batch)

    assert held_by(kept.pk, day=APRIL) == LOW


def test_what_was_recorded_of_either_record_since_bars_it(two_records):
    kept, gone = two_records
    batch = apply(plan(civil((NUMBER, "小宝", "低保"))))
    merged(kept, gone)
    own = kept.recognitions.get()
    end_recognitions(recognition_ids=[own.pk], on=APRIL, reason="核实")

    with pytest.raises(ListCannotBeUndone) as caught:
        undo(batch)

    assert caught.value.details["depends"] == {"身份认定此后另有登记或更正": 1}


def test_a_later_list_that_names_the_kept_record_bars_it(two_records):
    kept, gone = two_records
    batch = apply(plan(civil((NUMBER, "小宝", "低保"))))
    merged(kept, gone)
    later = apply(plan(civil((NUMBER, "小宝", "低保")), as_of=APRIL))
    assert later.counts == {"unchanged": 1}

    with pytest.raises(ListCannotBeUndone) as caught:
        undo(batch)

    assert list(caught.value.details["depends"].values()) == [1]


def test_what_the_list_struck_out_of_its_day_stands_again_under_the_kept_record(two_records):
    kept, gone = two_records
    apply(plan(civil((0, "人0", "低保"), (NUMBER, "小宝", "低保"))))
    second = apply(plan(civil((0, "人0", "低保"))))
    assert not gone.recognitions.exists()
    merged(kept, gone)

    assert undo(second).status == "undone"

    assert held_by(kept.pk, day=APRIL) == LOW


def test_what_was_struck_out_does_not_come_back_beside_the_same_of_the_kept_record():
    people(1, living_area=daoli())
    places = {"living_area": shangzhi(), "hukou_area": shangzhi()}
    kept = ResidentFactory(
        number="S230000001", id_kind="birth_certificate", born_on=BORN, name="小宝", **places
    )
    gone = ResidentFactory(number=NUMBER, born_on=BORN, name="小宝", living_area=daoli())
    RecognitionFactory(resident=kept, valid_from=BORN)
    apply(plan(civil((0, "人0", "低保"), (NUMBER, "小宝", "低保")), area=daoli()))
    second = apply(plan(civil((0, "人0", "低保")), area=daoli()))
    assert not gone.recognitions.exists()
    merged(kept, gone)

    with pytest.raises(ListCannotBeUndone, match="合并后的档案另有同类身份"):
        undo(second)

    assert kept.recognitions.get().valid_from == BORN
