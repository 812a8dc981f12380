"""A list in force is taken back as a whole: the records stand as before it, unless something stands on it."""

import datetime
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from benefits.services.settle import settle_claims
from enrollment.models import Payment
from exchange.models import InboundRow
from exchange.parsers.writer import write_xlsx
from exchange.services.batches import BatchNotPlanned
from hardship.models import AssistanceGrant, Recognition
from hardship.selectors import categories_on, held_by
from hardship.services import dependents
from hardship.services.lists import (
    ListCannotBeUndone,
    SecondUserNeeded,
    apply_held,
    ask_to_undo,
    resolve_row,
    undo_list,
    what_depends,
)
from hardship.services.recognitions import ReasonMissing, correct_recognitions
from registry.services import change_id_number
from tests.benefits.factories import bill, hospital, insured, law
from tests.hardship.factories import RecognitionFactory, category
from tests.hardship.lists import MARCH, apply, civil, day, number, people, plan
from tests.registry.factories import ResidentFactory, UserFactory

pytestmark = pytest.mark.django_db
APRIL = datetime.date(2025, 4, 30)


@pytest.fixture(autouse=True)
def _one_agrees_to_all(settings):
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal(1)


def undo(batch, **more):
    clerk, colleague = UserFactory.create_batch(2)
    return undo_list(**{"batch": batch, "reason": "报错月份", "user": clerk, "second_user": colleague} | more)


def register():
    """Return all recognitions field by field."""
    return list(Recognition.objects.order_by("pk").values())


def test_everything_a_list_did_is_taken_back_with_who_and_why():
    risen, moved, kept, gone, _ = people(5)
    RecognitionFactory(resident=risen, of="extreme_hardship")
    RecognitionFactory(resident=moved, attributes={"residence": "rural"})
    RecognitionFactory(resident=kept, of="severe_disability", valid_to=day("2025-06-01"))
    RecognitionFactory(resident=gone)
    rows = ((0, "人0", "低保"), (1, "人1", "城市低保"), (2, "人2", "低保"), (4, "人4", "特困"))
    content = civil(*rows)
    before, planned = register(), plan(content)
    shown = list(InboundRow.objects.filter(batch=planned).order_by("pk").values_list("payload", "message"))
    batch = apply(planned)
    assert register() != before
    clerk, colleague = UserFactory.create_batch(2)

    undone = undo(batch, user=clerk, second_user=colleague)

    assert register() == before
    assert (undone.status, undone.undo_reason) == ("undone", "报错月份")
    assert (undone.undo_asked_by, undone.undone_by) == (clerk, colleague)
    reason = f"undo identities.civil_affairs 2025-03-31 批次{batch.pk}：报错月份"
    written = Recognition.history.filter(history_change_reason=reason, history_user=clerk)
    assert sorted(written.values_list("history_type", flat=True)) == ["-", "-", "-", "-", "~", "~", "~"]
    in_force = undone.applied_at + (undone.undone_at - undone.applied_at) / 2
    assert categories_on(resident_ids=[kept.pk], day=MARCH, known_at=in_force)[kept.pk]
    assert held_by(kept.pk, day=MARCH) == {"severe_disability"}
    again = plan(content)
    assert again.pk != batch.pk
    rows = InboundRow.objects.filter(batch=again).order_by("pk")
    assert list(rows.values_list("payload", "message")) == shown
    assert apply(again).status == "applied"


CATEGORIES = ("subsistence_allowance", "extreme_hardship", "severe_disability")
NAMES = ("低保", "城市低保", "农村低保", "特困", "一级残疾", "二级残疾", "低保、特困", "孤儿", "五好家庭")
MONTHS = [datetime.date(2024 + month // 12, month % 12 + 1, 1) for month in range(0, 24, 3)]
SPELL = st.tuples(
    st.integers(0, 3),
    st.sampled_from(CATEGORIES),
    st.sampled_from(MONTHS),
    st.sampled_from([None, 3, 6]),
    st.sampled_from([{}, {"residence": "rural"}, {"level": 2}, {"risk_eliminated": True}]),
)
LINE = st.tuples(st.integers(0, 4), st.sampled_from(NAMES), st.sampled_from(["", "2025-02-01", "2025-05-01"]))


def record(spells, persons):
    taken = set()
    for who, code, since, months, attributes in spells:
        if (who, code, since) in taken or (months is None and any(each[:2] == (who, code) for each in taken)):
            continue
        until = None if months is None else since + datetime.timedelta(days=30 * months - 10)
        clashes = Recognition.objects.filter(resident=persons[who], category=code).exclude(
            valid_to__lte=since
        )
        if until is not None:
            clashes = clashes.filter(valid_from__lt=until)
        if not clashes.exists():
            taken.add((who, code, since))
            RecognitionFactory(
                resident=persons[who], of=code, valid_from=since, valid_to=until, attributes=attributes
            )


def test_applying_and_undoing_leaves_every_field_as_it_was():
    persons = people(4)
    for code in CATEGORIES:
        category(code)
    clerk, colleague = UserFactory.create_batch(2)

    @settings(max_examples=60)
    @given(
        spells=st.lists(SPELL, max_size=8),
        lines=st.lists(LINE, max_size=6),
        mode=st.sampled_from(["full", "supplementary"]),
    )
    def holds(spells, lines, mode):
        with transaction.atomic():
            record(spells, persons)
            before = register()
            content = civil(*((who, f"人{who}", name, since) for who, name, since in lines))
            batch = apply(plan(content, mode=mode), user=clerk)
            counts = batch.counts
            with pytest.raises(BatchNotPlanned):
                apply(batch)

            undo(batch, user=clerk, second_user=colleague)

            assert register() == before
            with pytest.raises(BatchNotPlanned):
                undo(batch, user=clerk, second_user=colleague)
            assert plan(content, mode=mode).counts == counts
            transaction.set_rollback(True)

    holds()


def test_rows_applied_later_are_taken_back_too():
    people(1)
    batch = apply(plan(civil((0, "人0", "低保"), (6, "人6", "低保"))))
    late = ResidentFactory(number=number(6), name="人6")
    apply_held(batch=batch)
    assert held_by(late.pk, day=MARCH) == {"subsistence_allowance"}

    undo(batch)

    assert register() == []
    assert apply_held() == {}


def by_two_numbers(*rows):
    """Record a certificate of somebody who changed their number; return the list that names them by both, in force."""
    (person,) = people(1)
    RecognitionFactory(resident=person, of="severe_disability", attributes={"level": 1})
    change_id_number(resident=person, id_number=number(9), reason="correct 换证")
    before = register()
    content = write_xlsx(
        ["姓名", "残疾人证号", "有效期至"], [[name, f"{number(who)}41", day] for name, who, day in rows]
    )
    batch = apply(plan(content, kind="disabled_federation", file_name="残联.xlsx"))
    row = InboundRow.objects.select_related("batch").get(batch=batch, code="name_differs")
    resolve_row(row=row, decision="adopt", reason="同一人", user=UserFactory())
    return before, batch


NEW_NUMBER, OLD_NUMBER = ("人0", 9, "2030-12-31"), ("错名", 0, "2028-12-31")


@pytest.mark.parametrize("rows", [(NEW_NUMBER, OLD_NUMBER), (OLD_NUMBER, NEW_NUMBER)])
def test_what_two_rows_changed_stands_as_before_the_first(rows, monkeypatch):
    monkeypatch.setattr("hardship.services.lists.resolving.set_aside_twice_done", lambda batch, rows: None)
    before, batch = by_two_numbers(*rows)  # as put in force before such rows were set aside
    assert batch.rows.filter(outcome="changed").count() == 2

    undo(batch)

    assert register() == before


def test_whom_the_list_names_by_another_number_too_is_not_adopted_on_top_of_that():
    before, batch = by_two_numbers(NEW_NUMBER, OLD_NUMBER)

    row = batch.rows.get(number=3)
    assert (row.outcome, row.code) == ("conflict", "same_person_two_numbers")
    assert row.message == "第2、3行是同一人的新旧证件号码，请合并为一行后重新报送"
    assert Recognition.objects.get().valid_to == day("2031-01-01")
    undo(batch)
    assert register() == before


def test_somebody_found_later_by_a_second_number_is_set_aside_too():
    (person,) = people(1)
    batch = apply(plan(civil((0, "人0", "低保", "2025-01-01"), (9, "人0", "特困", "2025-02-01"))))
    change_id_number(resident=person, id_number=number(9), reason="correct 换证")

    assert apply_held(batch=batch) == {"conflict": 1}

    assert held_by(person.pk, day=MARCH) == {"subsistence_allowance"}


def test_undoing_takes_a_reason_and_two_people():
    people(1)
    clerk, colleague = UserFactory.create_batch(2)
    batch = apply(plan(civil((0, "人0", "低保"))))

    for second in (None, clerk):
        with pytest.raises(SecondUserNeeded):
            undo(batch, user=clerk, second_user=second)
    with pytest.raises(ReasonMissing):
        undo(batch, reason=" ")
    asked = ask_to_undo(batch=batch, reason="报错月份", user=clerk)
    assert (asked.status, asked.undo_asked_by) == ("applied", clerk)

    undone = undo_list(batch=asked, reason=asked.undo_reason, user=asked.undo_asked_by, second_user=colleague)

    assert (undone.status, undone.undone_by) == ("undone", colleague)


def test_a_list_only_planned_cannot_be_undone():
    people(1)

    with pytest.raises(BatchNotPlanned):
        undo(plan(civil((0, "人0", "低保"))))


def pay(resident, serial, **more):
    """Return a booked payment of a resident insured for 2025."""
    contribution = resident.contributions.get()
    return Payment.objects.create(
        **{"serial": serial, "amount": 400} | more,
        resident=resident,
        contribution=contribution,
        coverage_year=2025,
        paid_on=MARCH,
        state="booked",
    )


def refused(batch):
    with pytest.raises(ListCannotBeUndone) as caught:
        undo(batch)
    assert Recognition.objects.filter(batch=batch).exists()
    return caught.value.details["depends"]


def test_a_correction_since_stands_in_the_way():
    people(2)
    batch = apply(plan(civil((0, "人0", "低保"), (1, "人1", "低保"))))
    first = Recognition.objects.order_by("pk").first()
    correct_recognitions(corrections={first.pk: {"document": "哈民字1号"}}, reason="correct 补文书")

    assert refused(batch) == {"身份认定此后另有登记或更正": 1}


def test_another_record_of_the_category_since_stands_in_the_way_but_not_one_of_another():
    (gone, _) = people(2)
    RecognitionFactory(resident=gone)
    batch = apply(plan(civil((1, "人1", "低保"))))
    RecognitionFactory(resident=gone, of="orphan", valid_from=APRIL)
    assert what_depends(batch) == {}
    RecognitionFactory(resident=gone, valid_from=APRIL)

    assert refused(batch) == {"身份认定此后另有登记或更正": 1}


def test_a_later_list_held_against_it_stands_in_the_way_until_that_is_undone():
    people(2)
    first = apply(plan(civil((0, "人0", "低保"), (1, "人1", "低保"))))
    later = apply(plan(civil((0, "人0", "低保"), (1, "人1", "低保")), as_of=APRIL))
    assert later.counts == {"unchanged": 2}

    assert refused(first) == {f"已按此后生效的哈尔滨市民政困难身份名单（2025-04-30，批次{later.pk}）核对": 2}
    undo(later)
    undo(first)

    assert register() == []


@pytest.mark.parametrize("later_day", [MARCH, APRIL])
def test_a_later_list_that_was_itself_undone_stands_in_no_way(later_day):
    people(2)
    first = apply(plan(civil((0, "人0", "低保"), (1, "人1", "低保"))))
    later = apply(plan(civil((0, "人0", "低保")), as_of=later_day))
    assert later.counts == {"unchanged": 1, "ended": 1}
    assert refused(first)

    undo(later)

    assert what_depends(first) == {}
    undo(first)
    assert register() == []


def test_a_correction_between_two_lists_stands_in_the_way_of_the_first_only():
    people(2)
    first = apply(plan(civil((0, "人0", "低保"), (1, "人1", "低保"))))
    second = Recognition.objects.order_by("pk").last()
    correct_recognitions(corrections={second.pk: {"document": "哈民字1号"}}, reason="correct 补文书")
    undo(apply(plan(civil((0, "人0", "低保")), as_of=APRIL)))

    assert refused(first) == {"身份认定此后另有登记或更正": 1}


def test_what_another_agency_has_confirmed_since_stands_in_the_way_and_what_it_did_not_does_not():
    people(3)
    first = apply(plan(civil((0, "人0", "低保、脱贫人口"), (1, "人1", "低保"), (2, "人2", "脱贫人口"))))
    register_of_exits = write_xlsx(
        ["户编号", "姓名", "证件号码", "户类型"],
        [[f"990{serial}", f"人{serial}", number(serial), "脱贫户"] for serial in (0, 1)],
    )
    later = plan(register_of_exits, kind="poverty_exit", as_of=APRIL, mode="supplementary")
    assert later.counts == {"unchanged": 1, "new": 1}
    apply(later)

    assert refused(first) == {
        f"已按此后生效的哈尔滨市农业农村脱贫人口名册（2025-04-30，批次{later.pk}）核对": 1
    }
    undo(later)
    undo(first)

    assert register() == []


def test_whom_a_later_full_list_leaves_out_too_is_not_brought_back():
    kept, gone = people(2)
    for person in (kept, gone):
        RecognitionFactory(resident=person)
    first = apply(plan(civil((0, "人0", "低保"))))
    later = apply(plan(civil((0, "人0", "低保")), as_of=APRIL))
    assert (first.counts, later.counts) == ({"unchanged": 1, "ended": 1}, {"unchanged": 1})

    with pytest.raises(ListCannotBeUndone, match="1 人已按此后生效的哈尔滨市民政困难身份名单"):
        undo(first)

    undo(later)
    undo(first)
    assert held_by(gone.pk, day=APRIL) == {"subsistence_allowance"}


def test_assistance_frozen_payments_booked_and_claims_settled_since_stand_in_the_way():
    paid, settled = (insured(person) for person in people(2))
    law()
    hospital()
    batch = apply(plan(civil((0, "人0", "低保"), (1, "人1", "低保"))))
    AssistanceGrant.objects.create(
        resident=paid, coverage_year=2025, tier="full", tier_label="全额", total=400,
        decided_on=MARCH, policy_key="230100/2025", frozen_at=timezone.now(),
    )  # fmt: skip
    payment = pay(paid, "S1")
    (outcome,) = settle_claims(claims=[bill(settled, "B1", 30_000)], user=None)
    assert outcome.claim is not None

    assert refused(batch) == {"参保资助已锁定": 1, "缴费已入账": 1, "费用已结算": 1}
    pay(paid, "S2", kind="reversal", amount=-400, reverses=payment)
    assert set(refused(batch)) == {"参保资助已锁定", "费用已结算"}


def test_what_was_decided_before_it_or_for_others_does_not_stand_in_the_way():
    listed, other = (insured(person) for person in people(2))
    pay(listed, "S1")
    batch = apply(plan(civil((0, "人0", "低保"))))
    pay(other, "S2")

    assert undo(batch).status == "undone"


@pytest.mark.parametrize("count", [3, 30])
def test_undoing_costs_the_same_queries(count, django_assert_max_num_queries):
    for person in people(count + 1)[:count]:
        RecognitionFactory(resident=person, of="extreme_hardship")
    changed = [(serial, f"人{serial}", "低保") for serial in range(count)]
    batch = apply(plan(civil(*changed, (count, f"人{count}", "特困"))))
    clerk, colleague = UserFactory.create_batch(2)

    with django_assert_max_num_queries(60) as undoing:
        undo(batch, user=clerk, second_user=colleague)

    # one query a check that an app has hung in; names are held, turns taken, rows resting on the list asked for before
    # and after that, and three times whose records became part of others since
    assert len(undoing) == 48 + len(dependents._checks)
    assert Recognition.history.filter(history_batch=batch.pk).count() == 4 * count + 2
