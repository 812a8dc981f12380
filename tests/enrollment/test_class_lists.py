"""Class lists: whole classes enrolled at school; who cannot be is held or in conflict, in words, and never lost."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import ContributionPeriod, Enrollment
from enrollment.rules.student_places import student_place
from enrollment.services.enroll import enroll
from enrollment.services.lists import CLASSES, FileSource, apply_list, import_list, plan_list
from exchange.admin.rows import payload_text
from exchange.models import InboundRow
from exchange.parsers.writer import write_xlsx
from policy.errors import RuleNotPublished
from policy.loader import load_shipped
from registry.models import Resident, School
from registry.selectors import resident_by_number
from registry.services import record_death
from registry.services.insured_spells import begin_insured_spell
from tests.enrollment.test_late_identities import held
from tests.hardship.factories import RecognitionFactory
from tests.registry.factories import (
    ResidentFactory,
    UserFactory,
    daoli,
    harbin,
    identity_number,
    shangzhi,
    tangshan,
)

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
BORN = DAY(2010, 5, 1)
ON = DAY(2024, 10, 8)
HEADINGS = ["学校", "班级", "姓名", "证件号码", "户籍地", "监护人", "监护人电话", "在校办理理由"]


def number(serial):
    return identity_number(serial, born_on=BORN)


@pytest.fixture
def school(law):
    shangzhi()
    return School.objects.create(code="2330100001", name="哈尔滨市第一中学", area=daoli())


def pupil(serial, *, name="学生", hukou="230102", document=None, why="", where="2330100001"):
    said = number(serial) if document is None else document
    return [where, "高一3班", name, said, hukou, "家长", "13800001234", why]


def listed(*rows, area=None, on=ON, wet_run=True, user=None):
    source = FileSource(
        content=write_xlsx(HEADINGS, rows), file_name="班级.xlsx", area=area or harbin(), as_of=on
    )
    return import_list(kind=CLASSES, source=source, wet_run=wet_run, user=user)


def outcomes(batch):
    rows = InboundRow.objects.filter(batch=batch).order_by("number")
    return [(row.outcome, row.code) for row in rows]


def known(serial, **more):
    return ResidentFactory(**{"number": number(serial), "born_on": BORN, "name": "学生"} | more)


def test_a_class_is_registered_and_enrolled_at_school(school):
    clerk, at_home = UserFactory(), known(1)

    planned = listed(pupil(1), pupil(2, hukou="道里区"), wet_run=False)
    assert (planned.counts, Enrollment.objects.count()) == ({"new": 2}, 0)
    apply_list(kind=CLASSES, batch=planned, user=clerk)

    newcomer = resident_by_number(number(2))
    at_home.refresh_from_db()
    assert (newcomer.name, newcomer.living_area, newcomer.pooling_area) == ("学生", daoli(), harbin())
    assert [(each.school, each.school_since, each.phone) for each in (at_home, newcomer)] == [
        (school, ON, "13800001234")
    ] * 2
    for each in Enrollment.objects.all():
        assert (each.coverage_year, each.channel, each.place, each.population, each.registered_on) == (
            2025, "school", "school", "student", ON,
        )  # fmt: skip
        assert each.history.get().history_batch == planned.pk
    assert [(each.due, each.payable) for each in ContributionPeriod.objects.all()] == [(400, 400)] * 2


def test_a_row_shows_no_sealed_number(school):
    (row,) = InboundRow.objects.filter(batch=listed(pupil(1), wet_run=False))

    assert row.payload["sealed"]
    assert row.payload["sealed"] not in payload_text(row.payload)


def test_the_list_again_changes_nothing(school):
    listed(pupil(1), pupil(2))

    again = listed(pupil(2), pupil(1))

    assert again.counts == {"unchanged": 2}
    assert (Enrollment.objects.count(), Resident.objects.count()) == (2, 2)


@pytest.mark.raw_writes("an enrollment of another bureau")
def test_whoever_cannot_be_taken_is_told_apart(school):
    dead, employed, enrolled = known(1), known(3), known(4)
    known(2, name="别名")
    record_death(resident=dead, died_on=DAY(2024, 9, 1), reason="卫健名单")
    begin_insured_spell(resident=employed, starts_on=DAY(2023, 1, 1))
    known(5, living_area=tangshan(), pooling_area=tangshan())
    enroll(resident_ids=[enrolled.pk], coverage_year=2025, on=ON)
    Enrollment.objects.filter(resident=enrolled).update(pooling_area=tangshan())

    batch = listed(
        *(pupil(serial) for serial in (1, 2, 3, 4, 5)),
        pupil(6, document="230199201005010999"),
        pupil(7, hukou="某地"),
        pupil(8, where="无此校"),
        pupil(9, document=""),
        pupil(10),
        pupil(10),
    )

    assert outcomes(batch) == [
        ("conflict", "resident_dead"),
        ("conflict", "name_differs"),
        ("conflict", "double_enrollment"),
        ("conflict", "enrolled_at_home"),
        ("held", "lives_elsewhere"),
        ("held", "document_invalid"),
        ("held", "hukou_unknown"),
        ("refused", "school_unknown"),
        ("held", "document_missing"),
        ("new", "newcomer"),
        ("duplicate", "repeated"),
    ]
    assert Resident.objects.count() == 6
    assert Enrollment.objects.exclude(resident=enrolled).count() == 1


def test_somebody_enrolled_here_already_only_gets_the_school(school):
    pupil_at_home = known(1)
    enroll(resident_ids=[pupil_at_home.pk], coverage_year=2025, on=ON)

    batch = listed(pupil(1))

    pupil_at_home.refresh_from_db()
    assert (batch.counts, pupil_at_home.school) == ({"changed": 1}, school)
    assert Enrollment.objects.get().channel == ""


class TestAssistedStudents:
    """唐医保函〔2024〕45号 三(三): registered where their hukou is, unless a reason is given."""

    @pytest.fixture
    def there(self, law):
        return School.objects.create(code="1302000001", name="唐山一中", area=tangshan())

    def assisted(self, serial, hukou):
        person = known(serial, living_area=tangshan(), pooling_area=tangshan(), hukou_area=hukou)
        held(person, DAY(2024, 9, 1))
        return person

    def test_with_local_hukou_at_the_committee_with_aid(self, there):
        self.assisted(1, tangshan())

        batch = listed(pupil(1, where="唐山一中"), area=tangshan())

        assert outcomes(batch) == [("new", "at_hukou")]
        assert Enrollment.objects.get().place == "hukou_committee"
        assert ContributionPeriod.objects.get().assisted == 390

    def test_with_hukou_elsewhere_held_until_a_reason_is_given(self, there):
        self.assisted(1, daoli())

        waits = listed(pupil(1, where="唐山一中"), area=tangshan())
        assert outcomes(waits) == [("held", "assisted_hukou_elsewhere")]
        assert "唐医保函〔2024〕45号" in InboundRow.objects.get().message
        assert not Enrollment.objects.exists()
        taken = listed(pupil(1, where="唐山一中", why="孤儿院学籍"), area=tangshan())

        assert outcomes(taken) == [("new", "")]
        assert Enrollment.objects.get().place == "school"

    def test_where_the_documents_do_not_tell_them_apart_at_school(self, school):
        held(known(1), DAY(2024, 9, 1))

        assert outcomes(listed(pupil(1))) == [("new", "")]
        assert Enrollment.objects.get().place == "school"


def test_the_place_is_the_rule_of_the_documents():
    rules = load_shipped("130200/2025").enrollment

    at_home = student_place(rules, is_assisted=True)
    assert (at_home.value, at_home.steps[0].clause) == ("hukou_committee", "唐医保函〔2024〕45号 三(三)")
    assert student_place(rules, is_assisted=False).value == "school"
    at_school = student_place(rules, is_assisted=True, override="住校")
    assert (at_school.value, [step.figure for step in at_school.steps]) == (
        "school",
        ["hukou_committee", "住校"],
    )
    with pytest.raises(RuleNotPublished):
        student_place(rules.model_copy(update={"registration": None}), is_assisted=False)


def test_a_day_without_an_open_window_asks_for_the_year(school):
    assert outcomes(listed(pupil(1), on=DAY(2024, 8, 1))) == [("held", "no_policy")]


def test_who_died_between_plan_and_confirmation_is_not_enrolled(school):
    person = known(1)
    planned = listed(pupil(1), pupil(2), wet_run=False)
    record_death(resident=person, died_on=DAY(2024, 10, 1), reason="卫健名单")

    apply_list(kind=CLASSES, batch=planned)

    assert outcomes(planned) == [("conflict", "resident_dead"), ("new", "newcomer")]
    assert Enrollment.objects.count() == 1


def test_the_queries_of_a_slice_do_not_grow(school):
    def cost(serials):
        for serial in serials[::2]:
            known(serial)
        rows = [pupil(serial) for serial in serials]
        source = FileSource(
            content=write_xlsx(HEADINGS, rows), file_name="班级.xlsx", area=harbin(), as_of=ON
        )
        with CaptureQueriesContext(connection) as planning:
            batch = plan_list(kind=CLASSES, source=source)
        with CaptureQueriesContext(connection) as applying:
            apply_list(kind=CLASSES, batch=batch)
        assert batch.counts == {"new": len(serials)}
        return len(planning), len(applying)

    cost(range(50, 54))  # policies are read once
    few, many = cost(range(4)), cost(range(10, 40))
    assert few == many
    assert sum(many) <= 170


def test_a_pupil_with_nothing_to_pay_is_covered_by_the_day_the_list_came(school, monkeypatch):
    came = DAY(2025, 4, 10)
    noon = datetime.datetime.combine(came, datetime.time(4), tzinfo=datetime.UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: noon)
    RecognitionFactory(resident=known(1), of="extreme_hardship", valid_from=DAY(2024, 1, 1))
    known(2)

    listed(pupil(1), pupil(2), on=DAY(2024, 12, 20))

    figures = ContributionPeriod.objects.order_by("payable")
    assert [(each.payable, each.quoted_on, each.benefit_start) for each in figures] == [
        (0, came, DAY(2025, 7, 10)),
        (400, DAY(2024, 12, 20), DAY(2025, 1, 1)),
    ]


def test_a_newcomer_whose_name_lost_a_character_is_held(school):
    listed(pupil(1, name="?飞"), pupil(2, name="𠮷飞"))

    row = InboundRow.objects.get(code="name_garbled")
    assert (row.outcome, row.field) == ("held", "姓名")
    assert list(Resident.objects.values_list("name", flat=True)) == ["𠮷飞"]
