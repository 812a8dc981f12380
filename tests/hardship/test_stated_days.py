"""First days that cannot be as a list states them."""

import pytest

from exchange.models import Decision, InboundRow
from hardship.models import Recognition
from hardship.rules.listed_identities import Held
from hardship.rules.stated_days import doubt_about, end_moved
from hardship.services.lists import resolve_row
from tests.hardship.lists import apply, civil, day, outcomes, people, plan, reviewer
from tests.registry.factories import ResidentFactory, identity_number

AS_OF, BORN = day("2025-03-31"), day("2024-05-01")


@pytest.mark.parametrize(
    ("since", "is_held", "expected"),
    [
        (None, False, ""),
        ("2025-03-31", False, ""),
        ("2025-04-01", False, "starts_after_list"),
        ("2025-04-01", True, "starts_after_list"),
        ("2024-05-01", False, ""),
        ("2024-04-30", False, "starts_before_birth"),
        ("2024-04-30", True, ""),
    ],
)
def test_a_day_after_the_list_or_before_the_birth_cannot_be(since, is_held, expected):
    assert doubt_about(since and day(since), as_of=AS_OF, born_on=BORN, is_held=is_held) == expected


@pytest.mark.parametrize(
    ("since", "expected"), [("2024-05-01", ""), ("2024-04-01", "starts_before_birth"), ("2024-06-01", "")]
)
def test_of_a_month_alone_nobody_says_that_it_was_before_the_birth_in_it(since, expected):
    born = day("2024-05-20")

    assert doubt_about(day(since), as_of=AS_OF, born_on=born, is_held=False, is_month=True) == expected


@pytest.mark.django_db
def test_a_newborn_begins_on_the_birth_in_the_month_the_list_states():
    people(1)
    born = day("2025-03-10")
    child = ResidentFactory(number=identity_number(3, born_on=born), name="小宝", born_on=born)

    batch = apply(plan(civil((identity_number(3, born_on=born), "小宝", "低保", "2025-03"))))

    assert outcomes(batch) == [(2, "new", "")]
    assert child.recognitions.get().valid_from == born


@pytest.mark.django_db
def test_what_begins_after_the_list_waits_for_a_list_that_knows():
    people(1)

    batch = apply(plan(civil((0, "人0", "低保", "2027-05-01"))))

    assert outcomes(batch) == [(2, "conflict", "starts_after_list")]
    assert (
        InboundRow.objects.get(batch=batch).message == "起始日期 2027-05-01 晚于数据日期 2025-03-31，请核对"
    )
    assert not Recognition.objects.exists()


@pytest.mark.django_db
def test_what_began_before_the_birth_counts_from_it_once_somebody_has_said_so():
    (child,) = people(1)
    batch = apply(plan(civil((0, "人0", "低保", "1901-01-01"))))
    row = InboundRow.objects.get(batch=batch)
    before = row.code

    resolve_row(row=row, decision=Decision.ADOPT, reason="按户认定，新生儿", user=reviewer())
    again = apply(plan(civil((0, "人0", "低保", "1901-01-01")), as_of=day("2025-04-30")))

    assert before == "starts_before_birth"
    assert list(Recognition.objects.values_list("valid_from", "valid_to")) == [(child.born_on, None)]
    assert outcomes(again) == [(2, "unchanged", "")]


@pytest.mark.parametrize(
    ("valid_to", "months", "expected"),
    [
        ("2025-09-01", 12, "2024-01-01"),
        ("2025-08-01", 12, "2025-08-01"),
        (None, 12, None),
        (None, None, None),
    ],
)
def test_only_a_term_of_the_categorys_months_moves_with_the_first_day(valid_to, months, expected):
    record = Held(7, "orphan", day("2024-09-01"), valid_to and day(valid_to))

    moved = end_moved(record, day("2023-01-01"), months=lambda _start: months)

    assert moved == (expected and day(expected))
    assert end_moved(record, day("2023-01-01"), months={day("2024-09-01"): 12}.get) == record.valid_to
