"""A spell of two kinds whose first day a list states otherwise: somebody says which part begins then."""

import pytest

from hardship.models import Category, Recognition
from hardship.services.lists import RowNotAdoptable, SecondUserNeeded, decisions_for, undo_list
from hardship.services.lists.starts import StartNotAdoptable
from tests.hardship.lists import apply, civil, day, people, plan
from tests.hardship.starts import APRIL, MAY, RECORDED, STATED, listed, recorded, resolve, the_row
from tests.registry.factories import UserFactory

pytestmark = pytest.mark.django_db


def kinds():
    rows = Recognition.objects.order_by("valid_from").values_list("valid_from", "valid_to", "attributes")
    return [(str(since), until and str(until), attributes["residence"]) for since, until, attributes in rows]


FIRST_PART = "采用名单的日期：首段自该日起，其后不变"
THIS_PART = "采用名单的日期：现段自该日起，上段到此为止"


@pytest.fixture
def two_kinds():
    """Return a list in force by which 城市低保 became 农村低保; it states 2025-03-01."""
    recorded(attributes={"residence": "urban"})
    return apply(plan(civil((0, "人0", "农村低保", "2025-03-01"))))


@pytest.mark.parametrize("as_of", [None, APRIL])
@pytest.mark.parametrize(
    ("decision", "after", "told"),
    [
        (
            "adopt",
            [("2025-03-01", "2025-03-31", "urban"), ("2025-03-31", None, "rural")],
            "低保对象（2024-09-01 → 2025-03-01）",
        ),
        (
            "adopt_part",
            [("2024-09-01", "2025-03-01", "urban"), ("2025-03-01", None, "rural")],
            "低保对象现在这一段自 2025-03-01 起，上一段到前一日止",
        ),
    ],
)
def test_of_a_spell_of_two_kinds_somebody_says_which_begins_on_the_stated_day(
    two_kinds, as_of, decision, after, told
):
    batch = apply(plan(civil((0, "人0", "农村低保", "2025-03-01")), as_of=as_of)) if as_of else two_kinds
    before = list(Recognition.objects.order_by("pk").values())
    row = the_row(batch)
    assert (
        "登记自 2024-09-01 起（城乡属性：城市），2025-03-31 起变更为另一段（城乡属性：农村）；不作改动"
        in row.message
    )
    assert list(decisions_for(row).items()) == [
        ("adopt", FIRST_PART),
        ("adopt_part", THIS_PART),
        ("keep", "保留登记的起始日期"),
    ]

    done = resolve(row, decision)

    assert kinds() == after
    assert (done.outcome, told in done.message) == ("changed", True)
    if as_of:
        asks, agrees = UserFactory.create_batch(2)
        undo_list(batch=batch, reason="名单有误", user=asks, second_user=agrees)
        assert list(Recognition.objects.order_by("pk").values()) == before


def test_a_day_after_the_second_kind_began_can_only_be_its_own(two_kinds):
    batch = apply(plan(civil((0, "人0", "农村低保", "2025-04-10")), as_of=APRIL))
    row, user = the_row(batch), UserFactory()
    assert list(decisions_for(row)) == ["adopt_part", "keep"]
    with pytest.raises(StartNotAdoptable, match="不早于该段认定的终止日期"):
        resolve(row, "adopt")

    resolve(row, "adopt_part", user)

    assert kinds() == [("2024-09-01", "2025-04-10", "urban"), ("2025-04-10", None, "rural")]
    entries = Recognition.history.filter(history_user=user)
    assert (
        sorted(entries.values_list("history_change_reason", flat=True))
        == [f"apply identities.civil_affairs 2025-04-30 批次{batch.pk}：已核对认定文书"] * 2
    )


def test_a_part_is_taken_neither_by_the_importer_nor_of_another_question_nor_over_a_third_kind(two_kinds):
    importer = UserFactory()
    row = the_row(apply(plan(civil((0, "人0", "农村低保", "2025-03-01")), as_of=APRIL, user=importer)))

    with pytest.raises(SecondUserNeeded):
        resolve(row, "adopt_part", importer)
    odd = the_row(apply(plan(civil((0, "李四", "农村低保")), as_of=MAY)))
    with pytest.raises(RowNotAdoptable):
        resolve(odd, "adopt_part")
    apply(plan(civil((0, "人0", "城市低保")), as_of=day("2025-06-15")))
    third = the_row(apply(plan(civil((0, "人0", "城市低保", "2025-03-01")), as_of=day("2025-06-30"))))
    with pytest.raises(StartNotAdoptable, match="上一段自 2025-03-31 起，不早于名单的起始日期 2025-03-01"):
        resolve(third, "adopt_part")
    assert [since for since, *_ in kinds()] == ["2024-09-01", "2025-03-31", "2025-06-15"]


def test_a_part_that_was_kept_is_not_asked_again(two_kinds):
    said = civil((0, "人0", "农村低保", "2025-03-01"))

    assert resolve(the_row(apply(plan(said, as_of=APRIL))), "keep").code == "start_kept"

    assert the_row(apply(plan(said, as_of=MAY))).code == "decided_before"


def test_an_earlier_day_is_the_first_of_a_whole_spell_of_two_kinds():
    recorded(attributes={"residence": "urban"})

    resolve(the_row(apply(plan(civil((0, "人0", "农村低保", STATED))))), "adopt")

    assert kinds() == [(STATED, "2025-03-31", "urban"), ("2025-03-31", None, "rural")]


def a_term_of_two_kinds():
    """Record 低保 of twelve months that became another kind within them."""
    people(1)
    category = Category.objects.get(code="subsistence_allowance")
    category.months = 12
    category.save(update_fields=["months"])
    apply(plan(civil((0, "人0", "城市低保", RECORDED)), as_of=day("2024-12-31")))
    apply(plan(civil((0, "人0", "农村低保"))))
    assert kinds() == [(RECORDED, "2025-03-31", "urban"), ("2025-03-31", "2025-09-01", "rural")]


def test_a_term_that_became_another_kind_moves_with_its_first_day_and_back():
    a_term_of_two_kinds()
    before = list(Recognition.objects.order_by("pk").values())
    batch = listed(stated="2024-06-01")

    done = resolve(the_row(batch), "adopt")

    assert kinds() == [("2024-06-01", "2025-03-31", "urban"), ("2025-03-31", "2025-06-01", "rural")]
    assert "（2024-09-01 → 2024-06-01，期限随之至 2025-05-31）" in done.message
    asks, agrees = UserFactory.create_batch(2)
    undo_list(batch=batch, reason="名单有误", user=asks, second_user=agrees)
    assert list(Recognition.objects.order_by("pk").values()) == before


def test_a_term_that_became_another_kind_is_not_made_longer_than_it_is():
    a_term_of_two_kinds()

    with pytest.raises(StartNotAdoptable, match="有效期到 2024-11-30 已过"):
        resolve(the_row(listed(stated="2023-12-01")), "adopt")

    assert kinds()[0][0] == RECORDED
