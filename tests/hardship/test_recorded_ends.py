"""An end somebody recorded for a day after the list's: a list of an earlier day does not take it back by itself."""

import pytest
from django.utils.timezone import localdate

from casework.services import confirm_case
from exchange.models import InboundRow
from exchange.parsers.writer import write_xlsx
from hardship.models import Recognition
from hardship.selectors import held_by
from hardship.services.corrections import propose_correction
from hardship.services.lists import PlanOutdated, decisions_for, replan_list, resolve_row, undo_list
from hardship.services.recognitions import end_recognitions
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import apply, day, number, people, plan
from tests.registry.factories import UserFactory

pytestmark = pytest.mark.django_db
MAY = day("2025-05-31")
DISABLED = {"severe_disability"}
ENDED = day("2025-04-15")


def recorded(**more):
    (person,) = people(1)
    return RecognitionFactory(
        resident=person,
        of="severe_disability",
        authority="disabled_federation",
        attributes={"level": 2, "kind": "肢体"},
        **more,
    )


def by_ending(record):
    end_recognitions(recognition_ids=[record.pk], on=ENDED, reason="证件注销", user=UserFactory())


def by_two_people(record):
    case = propose_correction(
        recognition=record,
        changes={"valid_to": ENDED},
        evidence="残联函1号",
        reason="注销",
        user=UserFactory(),
    )
    confirm_case(case=case, user=UserFactory())


def certificates(term, level=2):
    return write_xlsx(["姓名", "残疾人证号", "有效期"], [["人0", f"{number(0)}4{level}", term]])


def certificate(term, *, level=2, **more):
    """Return the row of a list in force with a certificate of the person."""
    batch = apply(plan(certificates(term, level), kind="disabled_federation", **more))
    return InboundRow.objects.select_related("batch").get(batch=batch)


@pytest.mark.parametrize("end", [by_ending, by_two_people])
@pytest.mark.parametrize(
    ("term", "listed"), [("长期", "长期"), ("2030-12-31", "至 2030-12-31"), ("2025-04-30", "至 2025-04-30")]
)
def test_a_longer_term_of_an_earlier_day_is_asked_about(end, term, listed):
    record = recorded()
    end(record)

    row = certificate(term)

    assert (row.outcome, row.code) == ("conflict", "later_ending")
    assert row.message == (
        f"登记的重度残疾人另行办理至 2025-04-14 终止，晚于数据日期；清单列为{listed}，请核对"
    )
    assert not held_by(record.resident_id, day=MAY)


@pytest.mark.parametrize(("decision", "held"), [("adopt", DISABLED), ("keep", set())])
def test_somebody_decides_whose_word_counts(decision, held):
    record = recorded()
    by_ending(record)

    done = resolve_row(row=certificate("长期"), decision=decision, reason="残联来函", user=UserFactory())

    assert done.outcome == {"adopt": "changed", "keep": "kept"}[decision]
    assert held_by(record.resident_id, day=MAY) == held


def test_a_list_that_states_no_term_asks_nothing():
    record = recorded()
    by_ending(record)

    assert certificate("").outcome == "unchanged"


@pytest.mark.parametrize("is_taken_back", [False, True])
def test_a_term_known_from_the_start_or_said_by_a_list_is_renewed(is_taken_back):
    record = recorded(valid_to=day("2025-06-01"))
    if is_taken_back:
        first = certificate("2030-12-31", mode="supplementary")
        asks, agrees = UserFactory.create_batch(2)
        undo_list(batch=first.batch, reason="报错", user=asks, second_user=agrees)

    row = certificate("长期", as_of=day("2025-04-30"))

    assert (row.outcome, row.code) == ("changed", "")
    record.refresh_from_db()
    assert record.valid_to is None


@pytest.mark.parametrize("levels", [[1], [1, 2], [1, 2, 1]])
def test_what_a_list_goes_on_with_otherwise_ends_as_was_recorded(levels):
    record = recorded()
    end_recognitions(recognition_ids=[record.pk], on=day("2026-01-01"), reason="证件注销", user=UserFactory())
    for month, level in enumerate(levels, start=3):
        assert certificate("", level=level, as_of=day(f"2025-{month:02}-15")).outcome == "changed"

    row = certificate("长期", level=levels[-1], as_of=MAY)

    assert (row.outcome, row.code) == ("conflict", "later_ending")
    ends = Recognition.objects.order_by("valid_from").values_list("valid_to", flat=True)
    assert len(ends) == len(levels) + 1
    assert str(ends.last()) == "2026-01-01"


def test_what_a_list_goes_on_with_otherwise_ends_as_a_list_said():
    recorded(valid_to=day("2026-01-01"))
    assert certificate("", level=1).outcome == "changed"

    assert certificate("长期", level=1, as_of=MAY).outcome == "changed"


JUNE = day("2025-06-30")
WORDS = (
    "清单所列重度残疾人的有效期晚于登记的终止日期，已于 {:%Y-%m-%d} 决定保留登记（批次{}工作表“名单”第2行）"
)


@pytest.fixture
def kept():
    """A row of March whose 长期 does not count against an end somebody recorded for the day after next."""
    record = recorded()
    end_recognitions(recognition_ids=[record.pk], on=day("2026-01-01"), reason="证件注销", user=UserFactory())
    return resolve_row(row=certificate("长期"), decision="keep", reason="残联来函", user=UserFactory())


def test_an_end_that_was_kept_is_not_asked_about_while_lists_say_the_same(kept):
    april, may = certificate("长期", as_of=day("2025-04-30")), certificate("长期", as_of=MAY)

    words = WORDS.format(localdate(), kept.batch_id)
    for row in (april, may):
        assert (row.outcome, row.code, row.message) == ("unchanged", "decided_before", words)
        assert row.payload["decided_rows"] == [kept.pk]
    assert str(Recognition.objects.get().valid_to) == "2026-01-01"


AFTER = day("2026-02-28")


def test_an_end_that_was_kept_stays_kept_once_it_has_passed(kept):
    certificate("长期", as_of=MAY)

    row = certificate("长期", as_of=AFTER)

    words = WORDS.format(localdate(), kept.batch_id)
    assert (row.outcome, row.code, row.message) == ("unchanged", "decided_before", words)
    assert not held_by(row.payload["resident"], day=AFTER)
    done = resolve_row(row=row, decision="adopt", reason="残联更正", user=UserFactory())
    assert done.outcome == "changed"
    assert held_by(row.payload["resident"], day=AFTER) == DISABLED


def test_who_is_given_another_term_after_a_kept_end_has_passed_holds_it_again(kept):
    row = certificate("2030-12-31", as_of=AFTER)

    assert (row.outcome, row.code) == ("changed", "reappeared")


@pytest.mark.parametrize("term", ["2030-12-31", "2027-12-31"])
def test_another_term_is_asked_about_and_the_same_again_is_not(kept, term):
    other = certificate(term, as_of=day("2025-04-30"))

    assert (other.outcome, other.code) == ("conflict", "later_ending")
    resolve_row(row=other, decision="keep", reason="残联来函", user=UserFactory())
    for say, of, as_of in ((term, other, MAY), ("长期", kept, JUNE)):
        row = certificate(say, as_of=as_of)
        assert (row.code, row.payload["decided_rows"]) == ("decided_before", [of.pk])


def test_an_end_recorded_anew_is_asked_about_again(kept):
    record = Recognition.objects.get()
    end_recognitions(recognition_ids=[record.pk], on=day("2025-12-01"), reason="更正", user=UserFactory())

    row = certificate("长期", as_of=day("2025-04-30"))

    assert (row.outcome, row.code) == ("conflict", "later_ending")


def test_a_decision_of_a_list_taken_back_holds_no_more(kept):
    april = plan(certificates("长期"), kind="disabled_federation", as_of=day("2025-04-30"))
    asks, agrees = UserFactory.create_batch(2)
    undo_list(batch=kept.batch, reason="报错", user=asks, second_user=agrees)

    with pytest.raises(PlanOutdated):
        apply(april)

    apply(replan_list(batch=april))
    row = InboundRow.objects.get(batch=april)
    assert (row.outcome, row.code) == ("conflict", "later_ending")


def test_a_row_that_follows_the_decision_may_take_the_lists_term_after_all(kept):
    row = certificate("长期", as_of=day("2025-04-30"))
    assert decisions_for(row) == {"adopt": "改为采用名单"}

    done = resolve_row(row=row, decision="adopt", reason="残联更正", user=UserFactory())

    assert (done.outcome, Recognition.objects.get().valid_to) == ("changed", None)
    assert certificate("长期", as_of=MAY).outcome == "unchanged"
