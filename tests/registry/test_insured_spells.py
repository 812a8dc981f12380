"""Cover under another insurance begins and ends, and never doubles."""

import datetime

import pytest

from registry.services.change_residents import ImpossibleDate, record_discharge
from registry.services.insured_spells import (
    SpellNotFound,
    SpellOverlaps,
    begin_insured_spell,
    end_insured_spell,
)
from tests.registry.factories import ResidentFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = datetime.date


def test_a_spell_ends_the_day_after_its_last_covered_day_and_keeps_who():
    employed, clerk = ResidentFactory(), UserFactory()
    begin_insured_spell(resident=employed, starts_on=DAY(2022, 10, 1), user=clerk)

    ended = end_insured_spell(resident=employed, last_day=DAY(2025, 4, 30), user=clerk)

    ended.refresh_from_db()
    assert (ended.starts_on, ended.ends_on) == (DAY(2022, 10, 1), DAY(2025, 5, 1))
    assert [entry.history_user for entry in ended.history.all()] == [clerk, clerk]


def test_a_second_spell_over_the_first_is_refused():
    employed = ResidentFactory()
    begin_insured_spell(resident=employed, starts_on=DAY(2022, 10, 1))

    with pytest.raises(SpellOverlaps):
        begin_insured_spell(resident=employed, starts_on=DAY(2024, 1, 1))


def test_nothing_ends_that_has_not_begun():
    employed = ResidentFactory()
    begin_insured_spell(resident=employed, starts_on=DAY(2022, 10, 1))

    with pytest.raises(SpellNotFound):
        end_insured_spell(resident=employed, last_day=DAY(2022, 9, 30))


def test_a_discharge_is_kept_and_never_before_birth():
    soldier = ResidentFactory()

    record_discharge(resident=soldier, discharged_on=DAY(2025, 4, 1), reason="退役")

    soldier.refresh_from_db()
    assert soldier.discharged_on == DAY(2025, 4, 1)
    with pytest.raises(ImpossibleDate):
        record_discharge(resident=soldier, discharged_on=soldier.born_on - datetime.timedelta(1), reason="误")
