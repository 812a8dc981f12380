from decimal import Decimal

import pytest

from exchange.rules.endings import AreaEndings, EndingsGuard

FIVE_IN_A_HUNDRED = Decimal("0.05")


@pytest.mark.parametrize(
    ("ending", "standing", "share", "needs_second"),
    [
        (0, 0, "0", False),
        (0, 100, "0", False),
        (5, 100, "0.05", False),  # exactly the limit
        (6, 100, "0.06", True),
        (1, 1, "1", True),
        (1, 19, str(Decimal(1) / 19), True),
        (1, 20, "0.05", False),
    ],
)
def test_more_than_the_limit_needs_a_second_person(ending, standing, share, needs_second):
    guard = EndingsGuard(ending, standing, FIVE_IN_A_HUNDRED)

    assert guard.share == Decimal(share)
    assert guard.needs_second is needs_second


def test_an_area_whose_own_limit_is_passed_needs_a_second_person_and_is_named():
    here = AreaEndings("道里区", 2, 20, FIVE_IN_A_HUNDRED)
    there = AreaEndings("尚志市", 1, 20, FIVE_IN_A_HUNDRED)

    guard = EndingsGuard(3, 1000, FIVE_IN_A_HUNDRED, areas=[here, there])

    assert (guard.is_passed, guard.needs_second) == (False, True)
    assert guard.passed_in == "道里区 2 条，超过该地区现有 20 条的 5%"
    assert not EndingsGuard(1, 1000, FIVE_IN_A_HUNDRED, areas=[there]).needs_second


def test_of_many_areas_a_few_are_named_and_all_counted():
    areas = [AreaEndings(f"{serial}县", 1, 1, FIVE_IN_A_HUNDRED) for serial in range(7)]

    words = EndingsGuard(7, 1000, FIVE_IN_A_HUNDRED, areas=areas).passed_in

    assert (words.count("超过该地区"), words.endswith("；等 7 个地区")) == (5, True)
