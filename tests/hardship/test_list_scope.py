"""What a full list speaks about, and that nobody of whom it does not speak ends."""

import pytest

from exchange.models import InboundRow, RowOutcome
from exchange.parsers.writer import write_xlsx
from hardship.models import Recognition
from hardship.rules.identity_names import Meaning
from hardship.rules.list_scope import NOBODY, Scope, scope_of
from hardship.selectors import held_by
from hardship.selectors.endings import endings_guard
from hardship.services.lists import map_identity_name, replan_list, unmap_identity_name
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import MARCH, apply, civil, number, people, plan
from tests.registry.factories import UserFactory

ALLOWANCE, EXTREME = "subsistence_allowance", "extreme_hardship"
RURAL, URBAN = {"residence": "rural"}, {"residence": "urban"}
EXPORT = ("姓名", "证件号码", "户类型", "监测对象类别", "身份类别")


def scope(*meanings, ends=(ALLOWANCE, EXTREME)):
    said = [Meaning(category, attributes) for category, attributes in meanings]
    return scope_of(said, ends=frozenset(ends))


@pytest.mark.parametrize(
    ("said", "category", "record", "covered"),
    [
        ([(ALLOWANCE, {})], ALLOWANCE, URBAN, True),
        ([(ALLOWANCE, {})], ALLOWANCE, {}, True),
        ([(ALLOWANCE, {})], EXTREME, {}, False),
        ([(ALLOWANCE, RURAL)], ALLOWANCE, RURAL, True),
        ([(ALLOWANCE, RURAL)], ALLOWANCE, URBAN, False),
        ([(ALLOWANCE, RURAL)], ALLOWANCE, {}, False),
        ([(ALLOWANCE, RURAL), (ALLOWANCE, URBAN)], ALLOWANCE, {}, True),
        ([(ALLOWANCE, RURAL), (ALLOWANCE, URBAN)], ALLOWANCE, URBAN, True),
        ([(ALLOWANCE, RURAL), (ALLOWANCE, {})], ALLOWANCE, URBAN, True),
        ([("severe_disability", {"level": 1})], "severe_disability", {"level": 1}, False),
        ([], ALLOWANCE, {}, False),
    ],
)
def test_a_list_covers_the_categories_and_kinds_that_occur_in_it(said, category, record, covered):
    assert scope(*said).covers(category, record) is covered


def test_an_implied_category_is_spoken_of_and_an_empty_list_speaks_of_nobody():
    implied = Meaning(ALLOWANCE, {}, also=("exited_poverty",))

    assert scope_of([implied], ends=frozenset({"exited_poverty"})) == Scope({"exited_poverty": {}})
    assert scope() == NOBODY


@pytest.mark.django_db
def test_a_category_that_a_full_list_never_names_ends_neither_for_the_listed_nor_the_left_out():
    listed, *_ = people(2)
    RecognitionFactory(resident=listed, of=EXTREME)
    RecognitionFactory(of=EXTREME)
    gone = RecognitionFactory(of=ALLOWANCE)

    batch = plan(civil((0, "人0", "低保"), (1, "人1", "低保")))
    guard = endings_guard(batch)
    apply(batch, user=UserFactory(), second_user=UserFactory())

    gone.refresh_from_db()
    assert batch.counts == {"new": 2, "ended": 1}
    assert (guard.ending, guard.standing) == (1, 1)
    assert guard.left_alone.startswith("清单未涉及的类别：特困人员 2 条，未作取消")
    assert gone.valid_to == MARCH
    assert Recognition.objects.filter(category=EXTREME, valid_to=None).count() == 2
    assert held_by(listed.pk, day=MARCH) == {ALLOWANCE, EXTREME}


@pytest.mark.django_db
def test_a_list_of_rural_people_ends_no_urban_ones():
    moved, *_ = people(2)
    RecognitionFactory(resident=moved, attributes=URBAN)
    urban, rural, unsaid = (RecognitionFactory(attributes=each) for each in (URBAN, RURAL, {}))

    batch = plan(civil((0, "人0", "农村低保"), (1, "人1", "农村低保")))

    ended = InboundRow.objects.filter(batch=batch, outcome=RowOutcome.ENDED)
    assert [row.payload["resident"] for row in ended] == [rural.resident_id]
    guard = endings_guard(batch)
    assert guard.unmentioned == {
        "低保对象（清单所写以外的种类）": 2
    }  # `moved` is listed: that record changes
    assert (guard.ending, guard.standing) == (1, 1)
    both = plan(civil((0, "人0", "城市低保"), (1, "人1", "农村低保")))
    assert both.counts == {"unchanged": 1, "new": 1, "ended": 3}
    assert not endings_guard(both).left_alone
    assert {urban.resident_id, unsaid.resident_id} <= set(
        InboundRow.objects.filter(batch=both, outcome="ended").values_list("payload__resident", flat=True)
    )


@pytest.mark.django_db
@pytest.mark.parametrize("kind_of_household", ["一般农户", "脱贫户"])
def test_the_monitoring_export_never_ends_an_exit_from_poverty_and_the_register_does(kind_of_household):
    listed, *_ = people(2)
    RecognitionFactory(resident=listed, of="exited_poverty")
    for category in ("exited_poverty", "unstable_exit", "at_risk_of_poverty"):
        RecognitionFactory(of=category)
    rows = [["人0", number(0), "一般农户", "脱贫不稳定户", ""], ["人1", number(1), kind_of_household, "", ""]]

    batch = plan(write_xlsx(EXPORT, rows), kind="rural_affairs", file_name="监测.xlsx")
    apply(batch, second_user=UserFactory())

    assert batch.counts["ended"] == 1
    assert endings_guard(batch).unmentioned == {"边缘易致贫户": 1}
    standing = Recognition.objects.filter(valid_to=None).values_list("category", flat=True)
    began = ["exited_poverty"] if kind_of_household == "脱贫户" else []
    assert sorted(standing) == sorted(
        ["at_risk_of_poverty", "exited_poverty", "exited_poverty", "unstable_exit", *began]
    )
    register = [["99001", "人1", number(1), "脱贫户"]]
    later = plan(
        write_xlsx(("户编号", "姓名", "证件号码", "户类型"), register),
        kind="poverty_exit",
        file_name="名册.xlsx",
    )
    assert later.counts["ended"] == 2


@pytest.mark.django_db
def test_a_list_of_light_disabilities_ends_no_severe_one():
    people(1)
    RecognitionFactory(of="severe_disability", attributes={"level": 1})
    rows = [["人0", f"{number(0)}43"]]

    batch = plan(write_xlsx(("姓名", "残疾人证号"), rows), kind="disabled_federation", file_name="残联.xlsx")

    assert batch.counts == {"unchanged": 1}
    assert "重度残疾人 1 条，未作取消" in endings_guard(batch).left_alone


@pytest.mark.django_db
def test_a_name_mapped_later_widens_a_planned_list_and_unmapping_narrows_it():
    people(2)
    RecognitionFactory(of=EXTREME)
    clerk = UserFactory()
    batch = plan(civil((0, "人0", "低保"), (1, "人1", "五保老人")))

    alias = map_identity_name(name="五保老人", category=EXTREME, reason="民政的写法", user=clerk)
    batch.refresh_from_db()
    mapped = dict(batch.counts)
    again = dict(replan_list(batch=batch).counts)
    unmap_identity_name(alias=alias, reason="误填", user=clerk)
    batch.refresh_from_db()

    assert mapped == again == {"new": 2, "ended": 1}
    assert batch.counts == {"new": 1, "held": 1}
