"""Past years of cover elsewhere beside spells on record that hold a part of them: the rest is added, and said."""

import datetime

import pytest

from enrollment.services.lists import HISTORY, apply_list, import_list, plan_list
from registry.models import InsuredSpell, Scheme
from tests.enrollment.test_lists import PAST, csv
from tests.registry.factories import InsuredSpellFactory, ResidentFactory, identity_number, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
NUMBER = identity_number(7)


def past(area="230100", insurance="310", paid=350):
    return csv(PAST, [NUMBER, 2023, area, "2022-11-01", paid, insurance])


def spells():
    return list(InsuredSpell.objects.order_by("starts_on").values_list("starts_on", "ends_on"))


def test_the_months_before_a_spell_on_record_are_added_and_the_row_says_so():
    InsuredSpellFactory(resident=ResidentFactory(number=NUMBER), starts_on=DAY(2023, 12, 1), ends_on=None)

    batch = import_list(kind=HISTORY, source=past(), wet_run=True)

    line = batch.rows.get()
    said = "其余日子已有记录，只补记 2023-01-01 至 2023-11-30"
    assert (line.outcome, line.message) == ("new", said)
    assert spells() == [(DAY(2023, 1, 1), DAY(2023, 12, 1)), (DAY(2023, 12, 1), None)]
    again = import_list(kind=HISTORY, source=past(paid=351), wet_run=True)
    assert again.rows.get().outcome == "unchanged"
    assert len(spells()) == 2


def test_a_year_around_a_spell_of_another_place_is_added_in_two_parts():
    tangshan()
    elsewhere = {"scheme": Scheme.RESIDENT_ELSEWHERE, "area_code": "130200"}
    person = ResidentFactory(number=NUMBER)
    InsuredSpellFactory(resident=person, starts_on=DAY(2023, 3, 1), ends_on=DAY(2023, 5, 1), **elsewhere)

    batch = import_list(kind=HISTORY, source=past(area="130200", insurance="390"), wet_run=True)

    assert batch.rows.get().message == (
        "外地居民医保，记入“他处参保”；其余日子已有记录，只补记 2023-01-01 至 2023-02-28、2023-05-01 至 2023-12-31"
    )
    assert spells() == [
        (DAY(2023, 1, 1), DAY(2023, 3, 1)),
        (DAY(2023, 3, 1), DAY(2023, 5, 1)),
        (DAY(2023, 5, 1), DAY(2024, 1, 1)),
    ]


def test_parts_that_are_other_ones_since_the_preview_are_a_conflict():
    person = ResidentFactory(number=NUMBER)
    batch = plan_list(kind=HISTORY, source=past())
    InsuredSpellFactory(resident=person, starts_on=DAY(2023, 12, 1), ends_on=None)

    batch = apply_list(kind=HISTORY, batch=batch)

    assert (batch.rows.get().outcome, batch.rows.get().code) == ("conflict", "changed_since")
    assert spells() == [(DAY(2023, 12, 1), None)]
