"""A certificate renewed without end (长期): the end of the record goes, and with it what would have lapsed."""

from decimal import Decimal

import pytest

from enrollment.services.quote import quote
from exchange.models import InboundRow
from exchange.parsers.writer import write_xlsx
from hardship.models import Recognition
from hardship.rules.later_lists import Later
from hardship.rules.list_comparison import compared
from hardship.rules.list_scope import NOBODY
from hardship.rules.listed_identities import Change, Doing, Held, Said
from hardship.rules.stated_identities import ListedIdentity, identity_kept
from hardship.selectors import held_by
from hardship.services.lists import undo_list
from policy.services.versions import load_shipped_policies
from tests.hardship.lists import MARCH, apply, day, number, outcomes, people, plan
from tests.registry.factories import UserFactory, harbin, tangshan

MAY, JULY = day("2025-05-31"), day("2025-07-31")
FEDERATION = ["姓名", "残疾人证号", "有效期"]
CODE = "severe_disability"
TERMED = Held(7, CODE, day("2024-01-01"), day("2025-07-01"), {"level": 2, "certificate_until": "2025-06-30"})
OPEN = Said(CODE, {"level": 2}, is_open=True)


def certificate(term, as_of, *, level=2, area=None):
    """Return a list in force of one person with a certificate."""
    content = write_xlsx(FEDERATION, [["人0", f"{number(0)}4{level}", term]])
    return apply(plan(content, kind="disabled_federation", as_of=as_of, area=area or harbin()))


def against(said, record, *, as_of=MAY):
    return compared([said], [record], as_of=as_of, own={CODE}, scope=NOBODY).changes


def terms():
    return list(Recognition.objects.order_by("valid_from").values_list("valid_from", "valid_to"))


def test_a_term_said_to_have_no_end_takes_the_end_away_and_a_blank_does_not():
    (change,) = against(OPEN, TERMED)

    assert change == Change(Doing.AMEND, CODE, MAY, None, {"level": 2}, 7, again=True)
    assert against(Said(CODE, {"level": 2}), TERMED) == ()


def test_a_term_without_end_on_record_stays_as_it_is():
    assert against(OPEN, Held(7, CODE, day("2024-01-01"), None, {"level": 2})) == ()


def test_another_level_without_end_begins_a_record_without_end():
    (change,) = against(Said(CODE, {"level": 1}, is_open=True), TERMED)

    assert (change.do, change.until, change.attributes) == (Doing.SPLIT, None, {"level": 1})
    assert not change.sooner


def test_a_category_that_holds_for_some_months_only_still_ends_by_them():
    assert against(Said(CODE, {"level": 2}, months={2025: 12}, is_open=True), TERMED) == ()


def test_a_record_followed_by_a_later_one_keeps_its_end():
    follows = Held(8, CODE, day("2025-07-01"), None, {"level": 2})

    assert compared([OPEN], [TERMED, follows], as_of=MAY, own={CODE}, scope=NOBODY).changes == ()


def test_a_row_keeps_that_a_term_has_no_end():
    stated = ListedIdentity("残疾2级", {"level": 2}, is_open=True)

    assert identity_kept(stated.as_kept()) == stated
    assert "is_open" not in ListedIdentity("残疾2级").as_kept()


@pytest.mark.parametrize(
    ("until", "record_until", "newer", "expected"),
    [
        (day("2030-01-01"), None, OPEN, True),
        (day("2030-01-01"), None, Said(CODE), False),
        (None, day("2025-07-01"), Said(CODE, until=day("2025-06-30")), True),
        (None, day("2025-07-01"), OPEN, False),
        (day("2025-07-01"), day("2025-07-01"), OPEN, False),
    ],
)
def test_a_late_list_that_ends_otherwise_than_a_newer_one_says_is_asked_about(
    until, record_until, newer, expected
):
    record = Held(7, CODE, day("2024-01-01"), record_until, {})
    change = Change(Doing.AMEND, CODE, MARCH, until, {"kind": "肢体"}, 7)

    assert Later(1, MAY, {CODE: newer}, NOBODY).says_otherwise(change, [record]) is expected


@pytest.mark.django_db
@pytest.mark.parametrize("said", ["长期", "永久有效", "无固定期限", "2020-01-01至长期", "9999-12-31"])
def test_a_list_that_says_so_is_a_change_told_with_what_stood(said):
    (person,) = people(1)
    certificate("2025-06-30", MARCH)

    renewed = certificate(said, MAY)

    (row,) = InboundRow.objects.filter(batch=renewed)
    assert row.outcome == "changed"
    assert row.message == "更新 重度残疾人（原至 2025-06-30，改为长期）"
    assert terms() == [(MARCH, None)]
    assert "certificate_until" not in Recognition.objects.get().attributes
    assert held_by(person.pk, day=day("2025-07-15")) == {CODE}


@pytest.mark.django_db
@pytest.mark.parametrize("said", ["", "/", "无"])
def test_a_list_that_says_nothing_of_the_term_changes_nothing(said):
    people(1)
    certificate("2025-06-30", MARCH)

    assert outcomes(certificate(said, MAY)) == [(2, "unchanged", "")]
    assert terms() == [(MARCH, day("2025-07-01"))]


@pytest.mark.django_db
def test_a_list_of_a_day_within_the_term_leaves_no_gap_and_one_of_a_day_after_it_begins_anew():
    people(1)
    certificate("2025-06-30", MARCH)
    undone = certificate("长期", MAY)
    one, other = UserFactory.create_batch(2)
    undo_list(batch=undone, reason="误", user=one, second_user=other)
    assert terms() == [(MARCH, day("2025-07-01"))]
    assert Recognition.objects.get().attributes["certificate_until"] == "2025-06-30"

    certificate("长期", JULY)

    assert terms() == [(MARCH, day("2025-07-01")), (JULY, None)]


@pytest.mark.django_db
def test_two_rows_of_which_one_has_an_end_and_one_has_none_contradict_each_other():
    people(1)
    rows = [["人0", f"{number(0)}42", "2030-12-31"], ["人0", f"{number(0)}42", "长期"]]

    batch = plan(write_xlsx(FEDERATION, rows), kind="disabled_federation")

    assert outcomes(batch)[0] == (2, "conflict", "days_contradict")


@pytest.mark.django_db
def test_aid_goes_on_after_the_day_the_old_certificate_would_have_run_out():
    load_shipped_policies()
    (person,) = people(1, living_area=tangshan(), hukou_area=tangshan(), pooling_area=tangshan())
    certificate("2024-10-31", day("2024-08-31"), area=tangshan())
    certificate("长期", day("2024-09-30"), area=tangshan())

    paid = (day("2024-10-20"), day("2024-11-15"))
    aid = [
        quote(resident_ids=[person.pk], coverage_year=2025, paid_on=each)[person.pk].dues.assisted
        for each in paid
    ]

    assert aid == [Decimal(390), Decimal(390)]
