"""Cover elsewhere as agencies report it: each row begun, ended, put right or struck out, and what follows of it."""

import datetime
import importlib

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casework.models import Case
from enrollment.models import ContributionPeriod
from enrollment.services.cover_elsewhere import correct_cover, strike_out_cover
from enrollment.services.enroll import enroll
from enrollment.services.partner_cover import CoverRow, report_cover_of_agency
from exchange.models import InboundBatch
from policy.admin.reasons import reason_text
from registry.models import AccessLog, InsuredSpell, Scheme
from registry.rules.identity_numbers import masked
from registry.services.insured_spells import Cover, Evidence
from tests.enrollment.factories import InsuredFactory
from tests.exchange.factories import AgencyFactory
from tests.registry.factories import (
    InsuredSpellFactory,
    ResidentFactory,
    UserFactory,
    daoli,
    identity_number,
    shangzhi,
)

pytestmark = pytest.mark.usefixtures("law", "autumn")
DAY = datetime.date
NUMBER = identity_number(7)


@pytest.fixture
def autumn(monkeypatch) -> None:
    """Let it be the autumn of 2024."""
    noon = datetime.datetime(2024, 11, 20, 4, tzinfo=datetime.UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: noon)


@pytest.fixture
def agency():
    return AgencyFactory(area=daoli(), name="道里区社保局")


@pytest.fixture
def person():
    return ResidentFactory(number=NUMBER)


def told(**said):
    return CoverRow(
        **({"id_number": NUMBER, "scheme": "employee_scheme", "starts_on": DAY(2024, 3, 1)} | said)
    )


def sent(agency, *rows, key="k"):
    """Report rows; return outcome, code and field of each."""
    found = report_cover_of_agency(agency=agency, key=key, rows=rows)
    return [(each.outcome, each.code, each.field) for each in found]


def spells():
    return list(InsuredSpell.objects.order_by("starts_on").values_list("scheme", "starts_on", "ends_on"))


def test_a_spell_begins_ends_and_is_struck_out_with_its_history(agency, person):
    ending = told(last_day=DAY(2024, 8, 31), area="230100")

    assert sent(agency, told(document="职参12号"), key="1") == [("recorded", "", "")]
    assert sent(agency, ending, key="2") == [("changed", "", "")]
    assert sent(agency, ending, key="3") == [("unchanged", "", "")]
    spell = InsuredSpell.objects.get()
    assert (spell.ends_on, spell.area_code, spell.source) == (
        DAY(2024, 9, 1),
        "230100",
        "接口 道里区社保局：职参12号",
    )
    assert sent(agency, told(struck_out=True, document="作废3号"), key="4") == [("struck_out", "", "")]
    assert sent(agency, told(struck_out=True), key="5") == [("unchanged", "", "")]

    assert spells() == []
    history = InsuredSpell.history.order_by("history_id")
    assert [reason_text(each.history_change_reason) for each in history] == [
        "登记他处参保：接口 道里区社保局（凭证：职参12号）",
        "更正他处参保：接口 道里区社保局",
        "作废他处参保：接口 道里区社保局（凭证：作废3号）",
    ]
    assert all(each.history_batch is not None for each in history)
    assert InboundBatch.objects.order_by("pk").first().rows.get().payload["id_number"] == masked(NUMBER)
    assert AccessLog.objects.filter(agency_code=agency.code, purpose="接口报送他处参保").count() == 5


def test_rows_of_one_call_build_on_one_another(agency, person):
    rows = [
        told(),
        told(last_day=DAY(2024, 5, 31)),
        told(starts_on=DAY(2024, 5, 1)),
        told(starts_on=DAY(2024, 6, 1)),
        told(struck_out=True),
        told(starts_on=DAY(2024, 2, 1), last_day=DAY(2024, 2, 29)),
    ]

    assert sent(agency, *rows) == [
        ("recorded", "", ""),
        ("changed", "", ""),
        ("refused", "insured_spell_overlaps", "starts_on"),
        ("recorded", "", ""),
        ("struck_out", "", ""),
        ("recorded", "", ""),
    ]
    employed = Scheme.EMPLOYEE
    assert spells() == [(employed, DAY(2024, 2, 1), DAY(2024, 3, 1)), (employed, DAY(2024, 6, 1), None)]
    assert InboundBatch.objects.get().counts == {"new": 3, "changed": 1, "ended": 1, "refused": 1}


def test_a_wrong_first_day_is_struck_out_and_told_anew_in_one_call(agency, person):
    sent(agency, told(), key="1")

    found = sent(agency, told(struck_out=True), told(starts_on=DAY(2024, 4, 1)), key="2")

    assert [outcome for outcome, _, _ in found] == ["struck_out", "recorded"]
    assert spells() == [(Scheme.EMPLOYEE, DAY(2024, 4, 1), None)]


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"last_day": DAY(2024, 2, 1)}, "insured_spell_impossible", "last_day"),
        ({"starts_on": DAY(2024, 12, 1)}, "insured_spell_impossible", "starts_on"),
        ({"starts_on": DAY(1960, 1, 1)}, "insured_spell_impossible", "starts_on"),
        ({"as_student": True}, "insured_spell_impossible", "as_student"),
        ({"scheme": "resident_scheme_elsewhere"}, "insured_spell_impossible", "area"),
        ({"scheme": "resident_scheme_elsewhere", "area": "230102"}, "insured_spell_impossible", "area"),
        ({"struck_out": True}, "insured_spell_not_found", "starts_on"),
        ({"name": "赵铁柱"}, "name_differs", "name"),
        ({"id_number": identity_number(8)}, "resident_not_found", "id_number"),
        ({"id_number": identity_number(9)}, "resident_not_found", "id_number"),
    ],
)
def test_what_cannot_be_is_refused_row_by_row(agency, person, said, code, field):
    ResidentFactory(number=identity_number(9), living_area=shangzhi())

    found = sent(
        agency, told(**said), told(starts_on=DAY(2023, 1, 1), last_day=DAY(2023, 6, 30), name="王 桂兰")
    )

    assert found == [("refused", code, field), ("recorded", "", "")]
    assert "王桂兰" not in InboundBatch.objects.get().rows.get(number=1).message


def test_what_stands_beside_it_becomes_a_case_and_what_is_not_paid_is_quoted_anew(agency, person):
    insured = InsuredFactory(resident=ResidentFactory(number=identity_number(8)), year=2024).resident
    enroll(resident_ids=[person.pk], coverage_year=2025, on=DAY(2024, 10, 8))

    sent(agency, told(), told(id_number=identity_number(8)))

    case = Case.objects.get(kind="double_enrollment", resident=insured)
    assert "职工" in case.reason
    assert ContributionPeriod.objects.get(resident=person).quoted_on == DAY(2024, 11, 20)


def test_many_rows_cost_the_queries_of_three(agency):
    costs = []
    for number, count in enumerate((1, 3, 30)):
        rows = []
        for serial in range(count):
            someone = ResidentFactory(number=identity_number(100 * (number + 1) + serial))
            theirs = {"resident": someone, "ends_on": None, "reported_by": agency.code}
            InsuredSpellFactory(starts_on=DAY(2023, 1, 1), **theirs)
            InsuredSpellFactory(starts_on=DAY(2020, 1, 1), **theirs | {"ends_on": DAY(2020, 6, 1)})
            InsuredSpellFactory(resident=someone, starts_on=DAY(2021, 1, 1), ends_on=DAY(2021, 6, 1))
            who = {
                "id_number": identity_number(100 * (number + 1) + serial),
                "document": f"职参{serial}号",  # every row has a document, and a reason, of its own
            }
            rows += [
                told(**who, starts_on=DAY(2023, 1, 1), last_day=DAY(2023, 12, 31)),
                told(**who, starts_on=DAY(2020, 1, 1), struck_out=True),
                told(**who, starts_on=DAY(2021, 1, 1), struck_out=True),
                told(**who),
            ]
        with CaptureQueriesContext(connection) as queries:
            became = [outcome for outcome, _, _ in sent(agency, *rows, key=str(number))]
        assert became == ["changed", "struck_out", "refused", "recorded"] * count
        costs.append(len(queries))

    assert costs[1] == costs[2]


def test_what_another_told_is_not_this_agencys_to_change(agency, person):
    other = AgencyFactory(area=daoli(), name="市社保局")
    sent(other, told(document="市参5号"), key="1")
    InsuredSpellFactory(
        resident=person, starts_on=DAY(2020, 1, 1), ends_on=DAY(2020, 6, 1), source="经办登记"
    )

    found = report_cover_of_agency(
        agency=agency,
        key="2",
        rows=[
            told(last_day=DAY(2024, 8, 31)),
            told(struck_out=True),
            told(),
            told(starts_on=DAY(2020, 1, 1), last_day=DAY(2020, 12, 31)),
            told(starts_on=DAY(2024, 5, 1)),
        ],
    )

    anothers = "insured_spell_told_by_another"
    assert [(each.outcome, each.code, each.field) for each in found] == [
        ("refused", anothers, "starts_on"),
        ("refused", anothers, "starts_on"),
        ("unchanged", "", ""),
        ("refused", anothers, "starts_on"),
        ("refused", "insured_spell_overlaps", "starts_on"),
    ]
    assert "由其他部门报送" in found[0].message
    assert "医保局登记或更正" in found[3].message
    assert InsuredSpell.history.count() == 2
    kept = InsuredSpell.objects.get(ends_on=None)
    assert (kept.reported_by, kept.source) == (other.code, "接口 市社保局：市参5号")
    assert sent(other, told(last_day=DAY(2024, 8, 31), document="市停9号"), key="3") == [("changed", "", "")]
    kept.refresh_from_db()
    assert kept.source == "接口 市社保局：市停9号"


def test_what_the_bureau_put_right_is_the_bureaus(agency, person):
    clerk, paper = UserFactory(), Evidence("社保2025-17", "本人来窗口说明")
    told_first = [told(), told(starts_on=DAY(2020, 1, 1), last_day=DAY(2020, 5, 31))]
    sent(agency, *told_first, key="1")
    early, late = InsuredSpell.objects.order_by("starts_on")

    strike_out_cover(spell=early, evidence=paper, user=clerk)
    ended = Cover(scheme=Scheme.EMPLOYEE, starts_on=DAY(2024, 3, 1), last_day=DAY(2024, 8, 31))
    correct_cover(spell=late, cover=ended, evidence=paper, user=clerk)

    refused = report_cover_of_agency(agency=agency, key="2", rows=told_first)
    assert [each.code for each in refused] == ["insured_spell_told_by_another"] * 2
    assert ["更正" in refused[0].message, "作废" in refused[1].message] == [True, True]
    assert sent(agency, told(last_day=DAY(2024, 8, 31)), key="3") == [("unchanged", "", "")]
    assert spells() == [(Scheme.EMPLOYEE, DAY(2024, 3, 1), DAY(2024, 9, 1))]
    late.refresh_from_db()
    assert late.reported_by == ""


def test_a_long_name_gives_way_to_the_document(person):
    agency = AgencyFactory(area=daoli(), name="某" * 100)
    document = "据" * 60

    sent(agency, told(document=document), key="1")
    sent(agency, told(struck_out=True, document=document), key="2")

    first, last = InsuredSpell.history.order_by("history_id")
    assert first.source.endswith(f"：{document}")
    for each in (first, last):
        assert each.history_change_reason.endswith(f"某（凭证：{document}）")
        assert len(each.history_change_reason) <= 100


@pytest.mark.raw_writes("spells as they stood before anybody noted who told them")
def test_spells_told_before_are_known_by_their_call(agency, person):
    sent(agency, told(), told(starts_on=DAY(2020, 1, 1), last_day=DAY(2020, 5, 31)), key="1")
    put_right = InsuredSpell.objects.get(ends_on__isnull=False)
    shorter = Cover(scheme=Scheme.EMPLOYEE, starts_on=DAY(2020, 1, 1), last_day=DAY(2020, 4, 30))
    paper = Evidence("社保2025-17", "本人来窗口说明")
    correct_cover(spell=put_right, cover=shorter, evidence=paper, user=UserFactory())
    InsuredSpell.objects.update(reported_by="")
    InsuredSpell.history.update(reported_by="")
    (change,) = importlib.import_module(
        "enrollment.migrations.0025_who_told_cover_elsewhere"
    ).Migration.operations

    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(change.sql)

    found = InsuredSpell.objects.order_by("starts_on").values_list("reported_by", flat=True)
    assert list(found) == ["", agency.code]
