"""A list of an earlier day comes late: where one of a later day says otherwise, somebody is asked."""

import datetime
from decimal import Decimal

import pytest

from exchange.models import InboundRow
from exchange.parsers.writer import write_xlsx
from hardship.models import Recognition
from hardship.rules.later_lists import Later
from hardship.rules.list_scope import NOBODY, Scope
from hardship.rules.listed_identities import Change, Doing, Held, Said
from hardship.selectors import held_by
from hardship.services.lists import PlanOutdated, replan_list, resolve_row
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import MARCH, apply, civil, day, number, outcomes, people, plan
from tests.registry.factories import UserFactory, daoli, shangzhi

APRIL = datetime.date(2025, 4, 30)
CODE = "subsistence_allowance"
NEWER = "newer_list_says_otherwise"


@pytest.fixture(autouse=True)
def _one_agrees_to_all(settings):
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal(1)


def in_force(*rows, **more):
    return apply(plan(civil(*rows), **more))


def late(*rows, **more):
    return plan(civil(*rows), mode="supplementary", **more)


def later(given=None, *, speaks_of_all=False):
    scope = Scope({CODE: {}}) if speaks_of_all else NOBODY
    return Later(1, APRIL, {} if given is None else {CODE: Said(CODE, given)}, scope)


def waiting(category):
    return Later(1, APRIL, {}, NOBODY, may_give=frozenset({category}))


OPEN = Held(7, CODE, datetime.date(2024, 1, 1), None, {"residence": "rural"})
PAST = Held(7, CODE, datetime.date(2024, 1, 1), APRIL, {"residence": "rural"})


@pytest.mark.parametrize(
    ("change", "record", "newer", "expected"),
    [
        (Change(Doing.START, CODE, MARCH), None, later(speaks_of_all=True), True),
        (Change(Doing.START, CODE, MARCH), None, later(), False),
        (Change(Doing.START, CODE, MARCH, APRIL), None, later(speaks_of_all=True), False),
        (Change(Doing.START, CODE, MARCH, day("2025-05-01")), None, later(speaks_of_all=True), True),
        (Change(Doing.START, CODE, day("2025-05-01")), None, later(speaks_of_all=True), False),
        (Change(Doing.END, CODE, MARCH, recognition=7), OPEN, later({}), True),
        (Change(Doing.VOID, CODE, MARCH, recognition=7), OPEN, later({}), True),
        (Change(Doing.END, CODE, MARCH, recognition=7), PAST, later({}), False),
        (Change(Doing.END, CODE, MARCH, recognition=7), OPEN, later(speaks_of_all=True), False),
        (Change(Doing.END, CODE, MARCH, recognition=7), OPEN, waiting(CODE), True),
        (Change(Doing.END, CODE, MARCH, recognition=7), OPEN, waiting("orphan"), False),
        (Change(Doing.END, CODE, MARCH, recognition=7), PAST, waiting(CODE), False),
        (Change(Doing.START, CODE, MARCH), None, waiting(CODE), False),
        (Change(Doing.AMEND, CODE, MARCH, APRIL, OPEN.attributes, 7), OPEN, later({}), True),
        (Change(Doing.AMEND, CODE, MARCH, day("2025-05-01"), OPEN.attributes, 7), OPEN, later({}), False),
        (Change(Doing.AMEND, CODE, MARCH, None, OPEN.attributes, 7), PAST, later(speaks_of_all=True), True),
        (
            Change(Doing.SPLIT, CODE, MARCH, None, {"residence": "urban"}, 7),
            OPEN,
            later({"residence": "rural"}),
            True,
        ),
        (Change(Doing.SPLIT, CODE, MARCH, None, {"residence": "urban"}, 7), OPEN, later({}), False),
        (
            Change(Doing.SPLIT, CODE, MARCH, APRIL, {"residence": "urban"}, 7),
            PAST,
            later({"residence": "rural"}),
            False,
        ),
        (
            Change(Doing.AMEND, CODE, MARCH, None, {"residence": "rural", "level": 1}, 7),
            OPEN,
            later({"residence": "urban"}),
            False,
        ),
    ],
)
def test_a_list_of_a_later_day_says_otherwise_where_its_day_would_be_another(change, record, newer, expected):
    assert newer.says_otherwise(change, [record] if record else []) is expected


@pytest.mark.django_db
def test_an_old_supplement_does_not_bring_back_whom_a_later_full_list_leaves_out():
    _, absent = people(2)
    april = in_force((0, "人0", "低保"), as_of=APRIL)

    march = apply(late((0, "人0", "低保"), (1, "人1", "低保")))

    assert outcomes(march) == [(2, "conflict", "later_recognition"), (3, "conflict", NEWER)]
    assert InboundRow.objects.get(batch=march, number=3).message == (
        f"哈尔滨市 2025-04-30 的名单（批次{april.pk}）没有认定 低保对象，不按较早的名单办理，请核对"
    )
    assert held_by(absent.pk, day=APRIL) == set()


@pytest.mark.django_db
def test_an_old_supplement_does_not_change_the_kind_a_later_list_confirmed():
    (person,) = people(1)
    RecognitionFactory(resident=person, attributes={"residence": "rural"})
    april = in_force((0, "人0", "农村低保"), as_of=APRIL, mode="supplementary")

    march = apply(late((0, "人0", "城市低保")))

    row = InboundRow.objects.get(batch=march)
    assert (row.outcome, row.code) == ("conflict", NEWER)
    assert f"批次{april.pk}）所列 低保对象 与此不同" in row.message
    assert Recognition.objects.get().attributes == {"residence": "rural"}


@pytest.mark.django_db
@pytest.mark.parametrize(("decision", "held"), [("adopt", {CODE, "orphan"}), ("keep", {"orphan"})])
def test_somebody_decides_and_what_is_not_contradicted_takes_effect_either_way(decision, held):
    _, asked = people(2)
    in_force((0, "人0", "低保"), as_of=APRIL)
    march = apply(late((1, "人1", "低保、孤儿")))

    resolve_row(
        row=InboundRow.objects.get(batch=march), decision=decision, reason="民政来函", user=UserFactory()
    )

    assert held_by(asked.pk, day=APRIL) == held


@pytest.mark.django_db
def test_an_old_full_list_does_not_end_whom_a_later_supplement_confirms():
    _, confirmed = people(2)
    RecognitionFactory(resident=confirmed)
    in_force((1, "人1", "低保"), as_of=APRIL, mode="supplementary")

    march = in_force((0, "人0", "低保"))

    assert outcomes(march) == [(0, "conflict", NEWER), (2, "new", "")]
    assert held_by(confirmed.pk, day=APRIL) == {CODE}
    row = InboundRow.objects.get(batch=march, code=NEWER)
    assert resolve_row(row=row, decision="keep", reason="四月仍在", user=UserFactory()).outcome == "kept"
    assert held_by(confirmed.pk, day=APRIL) == {CODE}


ROWS_THAT_WAIT = {
    "a name nobody knows": (1, "人1", "新名称"),
    "a known and an unknown name": (1, "人1", "低保、新名称"),
    "another name": (1, "人一", "低保"),
    "a contradiction": (1, "人1", "农村低保、城市低保"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS_THAT_WAIT.values(), ids=ROWS_THAT_WAIT.keys())
def test_an_old_full_list_does_not_end_whom_a_row_of_a_later_supplement_may_confirm(row):
    _, waits = people(2)
    RecognitionFactory(resident=waits)
    april = in_force(row, as_of=APRIL, mode="supplementary")

    march = in_force((0, "人0", "低保"))

    asked = InboundRow.objects.get(batch=march, number=0)
    assert (asked.outcome, asked.code) == ("conflict", NEWER)
    assert asked.message == (
        f"清单中没有此人，但哈尔滨市 2025-04-30 的名单（批次{april.pk}）写到此人的行尚待处理，暂不取消，请核对"
    )
    assert held_by(waits.pk, day=day("2025-05-31")) == {CODE}


@pytest.mark.django_db
def test_a_row_that_waits_keeps_only_what_it_may_give():
    _, waits = people(2)
    RecognitionFactory(resident=waits)
    in_force((1, "人一", "孤儿"), as_of=APRIL, mode="supplementary")

    march = in_force((0, "人0", "低保"))

    assert outcomes(march)[0] == (0, "ended", "")


@pytest.mark.django_db
def test_of_a_later_list_whose_row_waits_nothing_is_said_that_it_has_not_said():
    people(2)
    april = in_force((0, "人0", "低保"), (1, "人一", "低保"), as_of=APRIL)

    row = InboundRow.objects.get(batch=late((1, "人1", "低保")))

    assert (row.outcome, row.code) == ("conflict", NEWER)
    assert f"（批次{april.pk}）写到此人的行尚待处理，不按较早的名单办理" in row.message


@pytest.mark.django_db
def test_another_agencys_full_list_wins_over_hearsay_of_an_earlier_day():
    people(2)
    exits = write_xlsx(["户编号", "姓名", "证件号码", "户类型"], [["9901", "人0", number(0), "脱贫户"]])
    apply(plan(exits, kind="poverty_exit", as_of=APRIL))

    assert outcomes(late((1, "人1", "脱贫人口"))) == [(2, "conflict", NEWER)]
    assert outcomes(late((1, "人1", "低保"))) == [(2, "new", "")]


@pytest.mark.django_db
def test_a_later_list_of_people_elsewhere_or_of_other_kinds_says_nothing():
    people(2, living_area=shangzhi(), hukou_area=shangzhi())
    in_force((0, "人0", "农村低保"), as_of=APRIL, area=daoli())
    in_force((0, "人0", "农村低保"), as_of=APRIL, area=shangzhi(), mode="supplementary")

    assert late((1, "人1", "低保")).counts == {"new": 1}


@pytest.mark.django_db
def test_a_later_list_put_in_force_after_the_plan_is_seen():
    people(2)
    march = late((1, "人1", "低保"))
    in_force((0, "人0", "低保"), as_of=APRIL)

    with pytest.raises(PlanOutdated):
        apply(march)
    assert replan_list(batch=march).counts == {"conflict": 1}
