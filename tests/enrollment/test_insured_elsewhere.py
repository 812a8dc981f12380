"""The national platform's check of who is insured where: spells begun and ended, double enrolments asked about."""

import datetime

import pytest

from casework.models import Case
from enrollment.services.enroll import enroll
from enrollment.services.lists import INSURED_ELSEWHERE, import_list
from exchange.models import InboundRow
from registry.models import InsuredSpell, Scheme
from tests.enrollment.test_lists import csv
from tests.registry.factories import InsuredSpellFactory, ResidentFactory, harbin, identity_number

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
NUMBER = identity_number(7)
HEAD = [
    "姓名", "身份证号", "居民医保所属区划", "职工医保所属区划", "是否参保职工", "是否参保居民", "参保年度(职工)",
    "参保年度(居民)", "居民医保参保状态", "大学生医保参保状态", "职工医保参保状态",
]  # fmt: skip


def line(**said):
    return ["王桂兰", NUMBER, *(said.get(name, "") for name in HEAD[2:])]


def taken(*lines):
    """Import the lines; return outcome and message of each."""
    harbin()
    batch = import_list(kind=INSURED_ELSEWHERE, source=csv(HEAD, *lines), wet_run=True)
    rows = InboundRow.objects.filter(batch=batch).order_by("number")
    return [(row.outcome, row.code, row.message) for row in rows]


def spells():
    return list(
        InsuredSpell.objects.order_by("starts_on").values_list("scheme", "area_code", "starts_on", "ends_on")
    )


@pytest.fixture
def person():
    return ResidentFactory(number=NUMBER)


def test_employee_cover_begins_with_its_year_and_goes_on(person):
    said = line(**{"职工医保所属区划": "230100", "职工医保参保状态": "正常参保", "参保年度(职工)": "2024"})

    ((outcome, _, message),) = taken(said)

    assert (outcome, message) == ("new", "职工基本医疗保险（230100）自 2024-01-01 起")
    assert spells() == [(Scheme.EMPLOYEE, "230100", DAY(2024, 1, 1), None)]
    assert InsuredSpell.history.get().history_batch is not None


def test_cover_on_record_stays_as_it_is(person):
    InsuredSpellFactory(resident=person, starts_on=DAY(2022, 5, 1), ends_on=None)

    assert taken(line(是否参保职工="是")) == [("unchanged", "", "")]


def test_a_gap_on_record_stays_a_gap(person):
    InsuredSpellFactory(resident=person, starts_on=DAY(2023, 1, 1), ends_on=DAY(2024, 7, 1))

    taken(line(**{"是否参保职工": "是", "参保年度(职工)": "2024"}))

    assert [row[2:] for row in spells()] == [(DAY(2023, 1, 1), DAY(2024, 7, 1)), (DAY(2024, 7, 1), None)]


def test_cover_that_the_platform_knows_no_more_ends_on_the_day_of_the_data(person):
    InsuredSpellFactory(resident=person, starts_on=DAY(2022, 5, 1), ends_on=None)

    ((outcome, _, message),) = taken(line(职工医保参保状态="终止参保", 是否参保职工="是"))

    assert outcome == "changed"
    (spell,) = spells()
    assert message == f"职工基本医疗保险至 {spell[3] - datetime.timedelta(days=1)} 止"


def test_the_resident_scheme_of_another_city_is_a_year_elsewhere_and_asks_at_once(person, monkeypatch):
    noon = datetime.datetime(2024, 12, 1, 4, tzinfo=datetime.UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: noon)
    enroll(resident_ids=[person.pk], coverage_year=2025, on=DAY(2024, 10, 8))
    said = {"居民医保所属区划": "230281", "参保年度(居民)": "2025", "大学生医保参保状态": "正常参保"}

    taken(line(**said))

    spell = InsuredSpell.objects.get()
    assert (spell.scheme, spell.as_student) == (Scheme.RESIDENT_ELSEWHERE, True)
    assert (spell.starts_on, spell.ends_on) == (DAY(2025, 1, 1), DAY(2026, 1, 1))
    assert "学校与家庭所在地重复参保" in Case.objects.get().title


def test_the_resident_scheme_of_this_city_changes_nothing(person):
    assert taken(line(居民医保所属区划="230102", 是否参保居民="是")) == [("unchanged", "", "")]
    assert spells() == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"是否参保居民": "是"}, "blank"),
        ({"是否参保居民": "是", "居民医保所属区划": "齐齐哈尔"}, "area_unknown"),
        ({"是否参保职工": "也许"}, "word_unknown"),
        ({"是否参保职工": "是", "参保年度(职工)": "2099"}, "year_unreadable"),
    ],
)
def test_what_cannot_be_read_is_named(person, said, code):
    ((outcome, found, _),) = taken(line(**said))

    assert (outcome, found) == ("refused", code)
    assert spells() == []


def test_strangers_other_names_and_second_lines_are_left_out(person):
    stranger, misnamed = line(是否参保职工="是"), line(是否参保职工="是")
    stranger[1], misnamed[0] = identity_number(8), "王贵兰"

    found = taken(stranger, misnamed)

    assert [row[:2] for row in found] == [("refused", "unknown_person"), ("refused", "name_differs")]
    again = taken(line(是否参保职工="是"), line(是否参保职工="否"))
    assert [row[:2] for row in again] == [("new", ""), ("duplicate", "repeated")]
