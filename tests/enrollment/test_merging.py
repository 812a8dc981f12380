"""Two records of a newborn become one by two people; both numbers find the person, and nothing is lost."""

import datetime
from decimal import Decimal

import pytest

from casework.models import Case
from casework.services import SecondPersonNeeded, confirm_case
from enrollment.models import ContributionPeriod, Enrollment, Payment
from enrollment.services.enroll import enroll
from enrollment.services.lists import RESIDENTS, FileSource, import_list
from enrollment.services.merging import CONTRADICTION, EvidenceMissing, MergePending, propose_merge
from enrollment.services.payments import record_payments
from enrollment.services.replay import replay_contributions
from exchange.models import InboundRow
from exchange.parsers.writer import write_xlsx
from hardship.models import Recognition
from registry.models import Resident
from registry.selectors import resident_by_number
from registry.services.merge_residents import MergeBarred
from tests.enrollment.factories import InsuredFactory, row
from tests.enrollment.test_late_identities import held
from tests.registry.factories import (
    InsuredSpellFactory,
    ResidentFactory,
    UserFactory,
    harbin,
    identity_number,
    tangshan,
)

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
BORN, ON = DAY(2024, 10, 1), DAY(2024, 10, 20)
CERTIFICATE, NUMBER = "S230000001", identity_number(1, born_on=BORN)


def newborn(**more):
    return ResidentFactory(
        **{"number": CERTIFICATE, "id_kind": "birth_certificate", "born_on": BORN, "name": "王之女"} | more
    )


def child(**more):
    return ResidentFactory(**{"number": NUMBER, "born_on": BORN, "name": "王小样"} | more)


def paid(person, year=2025):
    enroll(resident_ids=[person.pk], coverage_year=year, on=ON)
    (outcome,) = record_payments(rows=[row(person, ON, coverage_year=year, amount=Decimal(400))])
    assert outcome.outcome == "booked"


def proposed(first, second, user=None):
    return propose_merge(
        first=first, second=second, evidence="户口簿第3页", reason="同一人", user=user or UserFactory()
    )


def merged(first, second):
    confirm_case(case=proposed(first, second), user=UserFactory())
    return Resident.objects.get()


def test_two_people_make_one_record_of_two():
    baby, first = newborn(), UserFactory()
    paid(baby)
    held(child(), DAY(2024, 10, 5))
    InsuredSpellFactory(resident=resident_by_number(NUMBER))

    case = proposed(baby, resident_by_number(NUMBER), first)
    assert Resident.objects.count() == 2
    with pytest.raises(SecondPersonNeeded):
        confirm_case(case=case, user=first)
    confirm_case(case=case, user=UserFactory())

    (kept,) = Resident.objects.all()
    assert (kept.pk, kept.name, kept.id_kind, kept.id_number) == (baby.pk, "王小样", "resident_id", NUMBER)
    assert resident_by_number(NUMBER) == resident_by_number(CERTIFICATE) == kept
    assert Recognition.objects.get().resident == kept
    assert kept.insured_spells.count() == 1
    assert (Payment.objects.get().resident, ContributionPeriod.objects.get().resident) == (kept, kept)
    handed = Recognition.objects.get().history.latest()
    assert handed.history_change_reason.startswith("merge resident")
    assert handed.history_user is not None
    assert "已合并" in case.events.get(kind="effect").text


def test_what_was_paid_stays_where_it_was_decided_and_replays():
    baby, registered = newborn(), child()
    paid(registered)
    held(baby, DAY(2024, 12, 5))

    kept = merged(baby, registered)

    assert kept.pk == registered.pk
    assert resident_by_number(CERTIFICATE) == kept
    assert kept.id_number == NUMBER
    assert [each.equal for each in replay_contributions(resident_ids=[kept.pk])] == [True]


def test_years_paid_on_both_records_come_together():
    baby, registered = newborn(), child()
    paid(baby)
    InsuredFactory(resident=registered, year=2024)

    kept = merged(baby, registered)

    assert sorted(kept.enrollments.values_list("coverage_year", flat=True)) == [2024, 2025]
    assert kept.pk == baby.pk
    assert [each.equal for each in replay_contributions(resident_ids=[kept.pk])] == [True]


def test_one_year_paid_twice_is_a_case_and_no_merge():
    baby, registered = newborn(), child()
    paid(baby)
    paid(registered)

    asked = proposed(baby, registered)

    assert (asked.kind, asked.title) == (CONTRADICTION, "同一人两份档案都已缴 2025 年度")
    assert proposed(baby, registered) == asked
    assert Enrollment.objects.filter(status="active").count() == 2
    assert not Case.objects.filter(kind="resident_merge").exists()


@pytest.mark.parametrize(
    ("one", "other", "word"),
    [
        ({}, {"id_kind": "birth_certificate", "number": "S230000002"}, "一份出生医学证明"),
        ({"born_on": DAY(2024, 10, 2)}, {}, "出生日期或性别不同"),
        ({"sex": "1"}, {}, "出生日期或性别不同"),
        ({}, {"died_on": DAY(2024, 11, 1)}, "死亡日期"),
    ],
)
def test_records_of_two_people_are_refused_in_words(one, other, word):
    with pytest.raises(MergeBarred, match=word):
        proposed(newborn(**one), child(**other))


def test_records_of_two_areas_wait_for_the_move():
    with pytest.raises(MergeBarred, match="两个统筹区"):
        proposed(newborn(), child(living_area=tangshan(), pooling_area=tangshan()))


def test_an_unpaid_registration_on_both_is_withdrawn_first():
    people = newborn(), child()
    enroll(resident_ids=[each.pk for each in people], coverage_year=2025, on=ON)

    with pytest.raises(MergeBarred, match="2025 年度参保登记"):
        proposed(*people)


def test_the_same_identity_or_cover_on_both_is_refused():
    people = newborn(), child()
    for each in people:
        held(each, DAY(2024, 10, 5))
        InsuredSpellFactory(resident=each)

    with pytest.raises(MergeBarred) as refused:
        proposed(*people)
    assert len(refused.value.details["why"]) == 2


def test_a_proposal_needs_evidence_and_waits_alone():
    people = newborn(), child()
    with pytest.raises(EvidenceMissing):
        propose_merge(first=people[0], second=people[1], evidence=" ", reason="同一人", user=UserFactory())
    proposed(*people)

    with pytest.raises(MergePending):
        proposed(*people)


def test_what_became_contradictory_before_the_second_look_is_refused():
    people = newborn(), child()
    case = proposed(*people)
    enroll(resident_ids=[each.pk for each in people], coverage_year=2025, on=ON)

    with pytest.raises(MergeBarred):
        confirm_case(case=case, user=UserFactory())
    assert Resident.objects.count() == 2


class TestRegisters:
    """An identity number that comes by register is joined to the birth certificate's record."""

    HEADINGS = ("姓名", "证件号码", "出生医学证明编号", "户籍地区划", "居住地区划")

    def listed(self, number=NUMBER, certificate=CERTIFICATE):
        line = ["王小样", number, certificate, "230102", "230102"]
        source = FileSource(
            content=write_xlsx(self.HEADINGS, [line]), file_name="名册.xlsx", area=harbin(), as_of=ON
        )
        batch = import_list(kind=RESIDENTS, source=source, wet_run=True)
        (found,) = InboundRow.objects.filter(batch=batch)
        return found

    def test_the_number_is_joined_to_the_same_person(self):
        baby = newborn()

        found = self.listed()

        baby.refresh_from_db()
        assert (found.outcome, found.message) == ("changed", "补登身份证号、姓名")
        assert (baby.id_number, baby.id_kind, baby.name) == (NUMBER, "resident_id", "王小样")
        assert resident_by_number(CERTIFICATE) == resident_by_number(NUMBER) == baby
        assert CERTIFICATE not in str(found.payload)
        assert self.listed(certificate="").outcome == "unchanged"

    def test_two_records_are_a_conflict_that_names_the_merge(self):
        newborn(), child()

        found = self.listed()

        assert (found.outcome, found.code) == ("conflict", "two_records")

    def test_a_number_of_another_birth_or_sex_is_a_conflict(self):
        newborn()

        found = self.listed(identity_number(2, born_on=DAY(2024, 10, 2)))

        assert (found.outcome, found.code) == ("conflict", "document_disagrees")

    def test_an_unknown_certificate_registers_somebody_new(self):
        ResidentFactory()

        assert self.listed().outcome == "new"
