"""Cover elsewhere as clerks report it: recorded, ended, corrected, struck out, and what follows of each."""

import datetime

import pytest

from casework.models import Case, CaseState
from enrollment.services.cover_elsewhere import correct_cover, record_cover, strike_out_cover
from enrollment.services.refunds import NewRefund, RefundForbidden, RefundRefused, propose_refund
from policy.admin.reasons import reason_text
from registry.models import InsuredSpell, Scheme
from registry.services.insured_spells import Cover, Evidence, ImpossibleSpell, SpellNotFound, SpellOverlaps
from tests.enrollment.factories import InsuredFactory
from tests.enrollment.test_doubles import SUMMER
from tests.enrollment.test_refunds import paid
from tests.registry.factories import ResidentFactory, UserFactory

pytestmark = pytest.mark.usefixtures("law", "summer")
DAY = datetime.date
PAPER = Evidence("社保2025-17", "本人来窗口说明")
AT_WORK = Cover(scheme=Scheme.EMPLOYEE, area_code="230100", starts_on=DAY(2025, 3, 1))
AWAY = Cover(
    scheme=Scheme.RESIDENT_ELSEWHERE,
    area_code="230200",
    starts_on=DAY(2025, 1, 1),
    last_day=DAY(2025, 12, 31),
)


@pytest.fixture
def summer(monkeypatch) -> None:
    """Let it be the summer of 2025."""
    noon = datetime.datetime.combine(SUMMER, datetime.time(4), tzinfo=datetime.UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: noon)


@pytest.fixture
def clerk():
    return UserFactory()


@pytest.fixture
def person():
    return InsuredFactory(year=2025).resident


def waiting() -> list[Case]:
    return list(Case.objects.filter(kind="double_enrollment").exclude(state=CaseState.CLOSED))


def test_cover_is_recorded_with_who_why_and_by_which_document(person, clerk):
    spell, followed = record_cover(resident=person, cover=AT_WORK, evidence=PAPER, user=clerk)

    assert (spell.starts_on, spell.ends_on, spell.source) == (DAY(2025, 3, 1), None, "经办登记：社保2025-17")
    known = spell.history.get()
    assert known.history_user == clerk
    assert reason_text(known.history_change_reason) == "登记他处参保：本人来窗口说明（凭证：社保2025-17）"
    assert (followed.opened, followed.closed) == (1, 0)
    assert "已立工单 1 件" in followed.said
    (case,) = waiting()
    assert case.needs_second  # the year here is paid


def test_the_same_said_again_writes_nothing(person, clerk):
    first, _ = record_cover(resident=person, cover=AT_WORK, evidence=PAPER, user=clerk)
    again, followed = record_cover(resident=person, cover=AT_WORK, evidence=PAPER, user=clerk)
    correct_cover(spell=again, cover=AT_WORK, evidence=PAPER, user=clerk)

    assert again == first
    assert (followed.opened, followed.said) == (0, "")
    assert first.history.count() == 1
    assert len(waiting()) == 1


def test_cover_that_ended_closes_the_question(person, clerk):
    spell, _ = record_cover(resident=person, cover=AT_WORK, evidence=PAPER, user=clerk)

    over = Cover(**{**_said(AT_WORK), "last_day": DAY(2025, 5, 31)})
    followed = correct_cover(spell=spell, cover=over, evidence=PAPER, user=clerk)

    spell.refresh_from_db()
    assert spell.ends_on == DAY(2025, 6, 1)
    assert (followed.opened, followed.closed) == (0, 1)
    assert "原工单 1 件自动办结" in followed.said
    assert waiting() == []
    assert spell.history.latest().history_change_reason.startswith("end spell ")


def test_a_corrected_day_asks_the_question_anew(person, clerk):
    spell, _ = record_cover(resident=person, cover=AT_WORK, evidence=PAPER, user=clerk)

    right = Cover(**{**_said(AT_WORK), "starts_on": DAY(2024, 4, 1)})
    followed = correct_cover(spell=spell, cover=right, evidence=PAPER, user=clerk)

    assert (followed.opened, followed.closed) == (1, 1)
    (case,) = waiting()
    assert "2024-04-01" in case.reason
    assert spell.history.latest().history_change_reason.startswith("correct spell ")


def test_what_never_was_is_struck_out_and_kept_in_the_history(person, clerk):
    spell, _ = record_cover(resident=person, cover=AWAY, evidence=PAPER, user=clerk)

    followed = strike_out_cover(spell=spell, evidence=PAPER, user=clerk)

    assert not InsuredSpell.objects.exists()
    assert InsuredSpell.history.latest().history_type == "-"
    assert InsuredSpell.history.latest().history_user == clerk
    assert followed.closed == 1
    with pytest.raises(SpellNotFound):
        strike_out_cover(spell=spell, evidence=PAPER, user=clerk)
    with pytest.raises(SpellNotFound):
        correct_cover(spell=spell, cover=AWAY, evidence=PAPER, user=clerk)


def test_a_refund_for_employee_cover_asks_for_the_record_first(clerk):
    owed = paid()
    asked = NewRefund(reason="employee_cover", on=SUMMER, evidence="申1", words="已参加职工医保")
    with pytest.raises(RefundRefused, match="没有 2025 年度的他处参保记录"):
        propose_refund(contribution=owed, refund=asked, user=clerk)

    record_cover(resident=owed.resident, cover=AT_WORK, evidence=PAPER, user=clerk)

    with pytest.raises(RefundForbidden, match="待遇已开始"):  # by the rule, no longer for want of a record
        propose_refund(contribution=owed, refund=asked, user=clerk)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"last_day": DAY(2025, 2, 28)}, "last_day"),
        ({"starts_on": DAY(1965, 2, 28)}, "starts_on"),
        ({"starts_on": DAY(2025, 6, 11)}, "starts_on"),
        ({"as_student": True}, "as_student"),
        ({"scheme": Scheme.RESIDENT_ELSEWHERE, "area_code": ""}, "area_code"),
        ({"scheme": Scheme.RESIDENT_ELSEWHERE, "area_code": "230183"}, "area_code"),
    ],
)
def test_what_cannot_be_is_refused_and_names_the_field(wrong, field, person, clerk):
    cover = Cover(**_said(AT_WORK) | wrong)

    with pytest.raises(ImpossibleSpell) as refused:
        record_cover(resident=person, cover=cover, evidence=PAPER, user=clerk)

    assert refused.value.details["field"] == field
    assert not InsuredSpell.objects.exists()


def test_next_years_cover_elsewhere_may_be_recorded_now_and_nobody_is_covered_after_death(clerk):
    dead = ResidentFactory(died_on=DAY(2025, 2, 1))
    person = ResidentFactory()
    coming = Cover(**_said(AWAY) | {"starts_on": DAY(2026, 1, 1), "last_day": DAY(2026, 12, 31)})

    record_cover(resident=person, cover=coming, evidence=PAPER, user=clerk)

    with pytest.raises(ImpossibleSpell, match="死亡日期"):
        record_cover(resident=dead, cover=AT_WORK, evidence=PAPER, user=clerk)


def test_days_of_one_scheme_do_not_overlap(person, clerk):
    record_cover(resident=person, cover=AT_WORK, evidence=PAPER, user=clerk)
    early = Cover(scheme=Scheme.EMPLOYEE, starts_on=DAY(2025, 1, 1), last_day=DAY(2025, 2, 28))
    before, _ = record_cover(resident=person, cover=early, evidence=PAPER, user=clerk)

    with pytest.raises(SpellOverlaps) as refused:
        correct_cover(
            spell=before,
            cover=Cover(**_said(early) | {"last_day": DAY(2025, 3, 1)}),
            evidence=PAPER,
            user=clerk,
        )

    assert refused.value.details["field"] == "starts_on"
    before.refresh_from_db()
    assert before.ends_on == DAY(2025, 3, 1)


def _said(cover: Cover) -> dict[str, object]:
    return {name: getattr(cover, name) for name in Cover.__slots__}
