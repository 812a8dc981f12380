"""Double enrolment: found at registration and every night, asked once, and what deciding it does."""

import datetime
import random
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casework.models import Case, CaseState
from casework.services import CaseOutdated, confirm_case, decide_case, renew_case
from enrollment.models import ContributionPeriod, Enrollment, EnrollmentStatus
from enrollment.services.doubles import DoubleEnrollment, ask_about_doubles, found_doubles
from enrollment.services.enroll import ContributionFrozen, enroll
from enrollment.services.payments import record_payments
from enrollment.tasks import find_double_enrollments
from registry.models import InsuredSpell, Scheme
from tests.enrollment.factories import EnrollmentFactory, InsuredFactory, row
from tests.registry.factories import (
    HouseholdFactory,
    InsuredSpellFactory,
    ResidentFactory,
    UserFactory,
    area,
    shangzhi,
    tangshan,
)

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
AUTUMN = DAY(2024, 10, 5)
SUMMER = DAY(2025, 6, 10)
ELSEWHERE = {
    "scheme": Scheme.RESIDENT_ELSEWHERE,
    "area_code": "230200",
    "starts_on": DAY(2025, 1, 1),
    "ends_on": DAY(2026, 1, 1),
}
EMPLOYED = {"starts_on": DAY(2023, 5, 1), "ends_on": None}


def enrolled(person, **said):
    return InsuredFactory(resident=person, year=2025, state="quoted", paid=0, paid_on=None, **said).enrollment


@pytest.fixture
def summer(monkeypatch) -> None:
    """Let it be the summer of 2025."""
    noon = datetime.datetime.combine(SUMMER, datetime.time(4), tzinfo=datetime.UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: noon)


def changed(spell: InsuredSpell, **facts) -> None:
    for name, value in facts.items():
        setattr(spell, name, value)
    spell.save()


def the_case() -> Case:
    return Case.objects.get(kind="double_enrollment")


def options(case: Case) -> dict[str, str]:
    return {option["code"]: option["label"] for option in case.options}


def test_employee_cover_of_a_year_is_kept_and_nobody_is_registered():
    person = InsuredSpellFactory(**EMPLOYED).resident

    with pytest.raises(DoubleEnrollment) as refused:
        enroll(resident_ids=[person.pk], coverage_year=2025, on=AUTUMN)

    assert "保留职工医保" in refused.value.message
    assert "国家清理重复参保要求" in refused.value.message
    assert refused.value.details["resident_ids"] == [person.pk]
    assert not Enrollment.objects.exists()
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("since", "is_refused"), [(DAY(2024, 1, 1), True), (DAY(2024, 1, 2), False), (DAY(2024, 9, 1), False)]
)
def test_twelve_months_up_to_the_first_day_decide(since, is_refused):
    person = InsuredSpellFactory(starts_on=since, ends_on=None).resident

    if is_refused:
        with pytest.raises(DoubleEnrollment):
            enroll(resident_ids=[person.pk], coverage_year=2025, on=AUTUMN)
    else:
        enroll(resident_ids=[person.pk], coverage_year=2025, on=AUTUMN)
        assert "尚未满" in the_case().reason
        assert not any("按规定" in label for label in options(the_case()).values())


def test_cover_told_year_by_year_is_unbroken():
    person = ResidentFactory()
    InsuredSpellFactory(resident=person, starts_on=DAY(2023, 7, 1), ends_on=DAY(2024, 1, 1))
    InsuredSpellFactory(resident=person, starts_on=DAY(2024, 1, 1), ends_on=DAY(2024, 12, 31))
    InsuredSpellFactory(resident=person, starts_on=DAY(2024, 12, 31), ends_on=None)

    with pytest.raises(DoubleEnrollment):
        enroll(resident_ids=[person.pk], coverage_year=2025, on=AUTUMN)


def test_cover_that_ends_before_the_year_begins_is_no_double_enrolment():
    person = InsuredSpellFactory(starts_on=DAY(2020, 1, 1), ends_on=DAY(2025, 1, 1)).resident

    enroll(resident_ids=[person.pk], coverage_year=2025, on=AUTUMN)

    assert not Case.objects.exists()


def test_who_lives_here_is_registered_and_the_other_area_becomes_a_case():
    person, clerk = InsuredSpellFactory(**ELSEWHERE).resident, UserFactory()

    enroll(resident_ids=[person.pk], coverage_year=2025, on=AUTUMN, user=clerk)

    case = the_case()
    assert case.clause == "国家清理重复参保要求：居民医保重复参保"
    assert "应保留本地登记" in case.reason
    assert options(case)["keep_here"].endswith("【按规定】")
    assert (case.opened_by, case.needs_second, case.area) == (clerk, False, person.living_area)


def test_a_student_elsewhere_is_kept_at_school():
    person = InsuredSpellFactory(**ELSEWHERE, as_student=True).resident

    with pytest.raises(DoubleEnrollment, match="保留学校所在地参保"):
        enroll(resident_ids=[person.pk], coverage_year=2025, on=AUTUMN)


def test_a_student_here_is_registered_and_home_becomes_a_case():
    person = InsuredSpellFactory(**ELSEWHERE).resident

    enroll(resident_ids=[person.pk], coverage_year=2025, on=AUTUMN, population="student")

    assert "学校与家庭所在地重复参保" in the_case().title
    assert options(the_case())["keep_here"].endswith("【按规定】")


def test_one_child_under_two_documents_is_asked_about_and_the_silence_is_said():
    home = HouseholdFactory()
    child = {"born_on": DAY(2025, 3, 10), "sex": "1", "household": home}
    named = ResidentFactory(name="王小样", **child)
    certified = ResidentFactory(name="王桂兰之子", id_kind="birth_certificate", **child)
    ResidentFactory(name="李样例", id_kind="birth_certificate", **child | {"household": None})
    enrolled(certified)

    enroll(resident_ids=[named.pk], coverage_year=2025, on=DAY(2025, 4, 1), population="newborn")

    case = the_case()
    assert case.resident == named
    assert "没有规定“enrollment.duplicates.two_documents”" in case.reason
    assert case.clause == ""
    assert "按上级书面答复决定" in case.reason


def test_without_a_policy_of_the_year_the_silence_is_said():
    spell = InsuredSpellFactory(**ELSEWHERE | {"starts_on": DAY(2026, 1, 1), "ends_on": DAY(2027, 1, 1)})
    EnrollmentFactory(resident=spell.resident, coverage_year=2026)

    assert ask_about_doubles(day=DAY(2025, 12, 1))["opened"] == 1
    assert "没有已生效的 2026 年度政策" in the_case().reason


def test_asking_twice_asks_once_and_a_decided_question_returns_only_with_other_facts(summer):
    spell = InsuredSpellFactory(**ELSEWHERE)
    enrolled(spell.resident)

    first, second = find_double_enrollments(), find_double_enrollments()
    decide_case(case=the_case(), decision="not_double", reason="平台信息滞后", user=UserFactory())
    third = find_double_enrollments()
    changed(spell, ends_on=DAY(2025, 12, 1))

    assert first == {"found": 1, "opened": 1, "closed": 0}
    assert second == third == {"found": 1, "opened": 0, "closed": 0}
    assert find_double_enrollments()["opened"] == 1


def test_a_question_that_answered_itself_is_closed_and_may_return(summer):
    spell = InsuredSpellFactory(**ELSEWHERE)
    enrolled(spell.resident)
    find_double_enrollments()
    changed(spell, ends_on=DAY(2025, 6, 1))

    closed = find_double_enrollments()

    assert closed == {"found": 0, "opened": 0, "closed": 1}
    assert the_case().state == CaseState.CLOSED
    changed(spell, ends_on=DAY(2026, 1, 1))
    assert find_double_enrollments()["opened"] == 1


def test_keeping_this_one_ends_the_cover_elsewhere(summer):
    spell = InsuredSpellFactory(**ELSEWHERE)
    enrolled(spell.resident)
    find_double_enrollments()

    done = decide_case(case=the_case(), decision="keep_here", reason="常住本地", user=UserFactory())

    spell.refresh_from_db()
    assert spell.ends_on == SUMMER
    assert done.state == CaseState.DECIDED
    assert "重复参保" in spell.history.first().history_change_reason
    assert "国家清理重复参保要求" in spell.history.first().history_change_reason
    assert find_double_enrollments()["found"] == 0


def test_cover_elsewhere_that_begins_with_the_year_never_was(monkeypatch):
    spell = InsuredSpellFactory(**ELSEWHERE)
    enroll(resident_ids=[spell.resident_id], coverage_year=2025, on=AUTUMN)
    noon = datetime.datetime(2024, 11, 1, 4, tzinfo=datetime.UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: noon)

    decide_case(case=the_case(), decision="keep_here", reason="常住本地", user=UserFactory())

    assert not InsuredSpell.objects.exists()
    assert InsuredSpell.history.filter(history_type="-").count() == 1


def test_keeping_the_other_withdraws_what_is_not_paid_in_the_same_transaction(summer):
    spell = InsuredSpellFactory(**EMPLOYED)
    registered = enrolled(spell.resident)
    find_double_enrollments()
    case = the_case()
    assert options(case)["keep_there"].endswith("【按规定】")

    decide_case(case=case, decision="keep_there", reason="在职", user=UserFactory())

    registered.refresh_from_db()
    assert registered.status == EnrollmentStatus.WITHDRAWN
    assert f"工单#{case.pk}" in registered.history.first().history_change_reason
    assert find_double_enrollments()["found"] == 0


def given_up(person) -> Case:
    """Return the question about a paid registration, decided by two people for the other cover."""
    clerk, chief = UserFactory.create_batch(2)
    enroll(resident_ids=[person.pk], coverage_year=2025, on=AUTUMN)
    record_payments(rows=[row(person, AUTUMN, serial="TX1")])
    InsuredSpellFactory(resident=person, **EMPLOYED)
    find_double_enrollments()
    decide_case(case=the_case(), decision="keep_there", reason="在职", user=clerk)
    return confirm_case(case=the_case(), user=chief)


def test_a_paid_registration_goes_back_by_the_rules_of_refunds(monkeypatch):
    noon = datetime.datetime(2024, 12, 20, 4, tzinfo=datetime.UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: noon)
    person = ResidentFactory()

    decided = given_up(person)

    refund = Case.objects.get(kind="premium_refund")
    assert f"工单 #{refund.pk}" in decided.events.get(kind="effect").text
    assert refund.figures.get(label="应退本人").new == Decimal(400)
    assert refund.clause == "医保发〔2020〕33号 关于退费的规定"
    confirm_case(case=refund, user=UserFactory())
    assert Enrollment.objects.get().status == EnrollmentStatus.ACTIVE
    record_payments(rows=[row(person, SUMMER, kind="refund", reverses_serial="TX1", serial="TX2")])
    assert Enrollment.objects.get().status == EnrollmentStatus.WITHDRAWN
    assert find_double_enrollments()["found"] == 0


def test_once_benefits_began_the_premium_stays_and_the_decision_says_so(summer):
    decided = given_up(ResidentFactory())

    assert "待遇已开始" in decided.events.get(kind="effect").text
    assert not Case.objects.filter(kind="premium_refund").exists()
    assert Enrollment.objects.get().status == EnrollmentStatus.ACTIVE


def test_what_is_paid_in_part_is_refunded_like_a_premium(summer):
    person = ResidentFactory()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=AUTUMN)
    record_payments(rows=[row(person, AUTUMN, serial="TX1", amount=Decimal(100))])
    InsuredSpellFactory(resident=person, **EMPLOYED)
    find_double_enrollments()

    decide_case(case=the_case(), decision="keep_there", reason="在职", user=UserFactory())
    confirm_case(case=the_case(), user=UserFactory())

    confirm_case(case=Case.objects.get(kind="premium_refund"), user=UserFactory())
    assert Enrollment.objects.get().status == EnrollmentStatus.ACTIVE
    back = row(person, SUMMER, kind="refund", reverses_serial="TX1", serial="TX2", amount=Decimal(100))
    assert record_payments(rows=[back])[0].outcome == "booked"
    assert Enrollment.objects.get().status == EnrollmentStatus.WITHDRAWN


@pytest.mark.raw_writes("the former platform worked the year out")
def test_what_another_platform_worked_out_is_refunded_before_it_is_withdrawn(summer):
    person, (clerk, chief, second) = ResidentFactory(), UserFactory.create_batch(3)
    enroll(resident_ids=[person.pk], coverage_year=2025, on=AUTUMN)
    record_payments(rows=[row(person, AUTUMN, serial="TX1", amount=Decimal(100))])
    ContributionPeriod.objects.update(policy_key="")
    InsuredSpellFactory(resident=person, **EMPLOYED)
    find_double_enrollments()

    decide_case(case=the_case(), decision="keep_there", reason="在职", user=clerk)
    confirm_case(case=the_case(), user=chief)

    refund = Case.objects.get(kind="refund_and_withdraw")
    assert refund.figures.get().old == Decimal(100)
    assert Enrollment.objects.get().status == EnrollmentStatus.ACTIVE
    decide_case(case=refund, decision="withdraw", reason="已退", user=chief)
    with pytest.raises(ContributionFrozen, match="退费尚未到账"):
        confirm_case(case=refund, user=second)
    back = row(person, SUMMER, kind="refund", reverses_serial="TX1", serial="TX2", amount=Decimal(100))
    record_payments(rows=[back])
    confirm_case(case=refund, user=second)
    assert Enrollment.objects.get().status == EnrollmentStatus.WITHDRAWN
    assert find_double_enrollments()["found"] == 0


def test_one_of_two_documents_is_withdrawn(summer):
    child = {"name": "王小样", "born_on": DAY(2025, 3, 10), "sex": "1"}
    named, certified = ResidentFactory(**child), ResidentFactory(id_kind="birth_certificate", **child)
    kept, gone = enrolled(named), enrolled(certified)
    find_double_enrollments()

    decide_case(case=the_case(), decision="keep_here", reason="同一人", user=UserFactory())

    assert set(Enrollment.objects.values_list("pk", "status")) == {
        (kept.pk, EnrollmentStatus.ACTIVE),
        (gone.pk, EnrollmentStatus.WITHDRAWN),
    }


def test_what_changed_since_is_asked_again_before_it_is_decided(summer):
    spell = InsuredSpellFactory(**ELSEWHERE)
    enrolled(spell.resident)
    find_double_enrollments()
    case, clerk = the_case(), UserFactory()
    changed(spell, area_code="230300")

    with pytest.raises(CaseOutdated):
        decide_case(case=case, decision="keep_here", reason="常住本地", user=clerk)
    renewed = renew_case(case=case, user=clerk)

    assert "230300" in renewed.reason
    assert renewed.dedupe_key != case.dedupe_key


@pytest.mark.parametrize("seed", range(3))
def test_every_planted_pair_is_found_and_none_is_invented(seed, summer):
    dice = random.Random(seed)  # noqa: S311 - no secret
    planted = set()
    for _ in range(60):
        person = ResidentFactory(
            name=dice.choice(["王样例", "李样例", "张样例"]),
            living_area=dice.choice([shangzhi(), area("230100"), tangshan()]),
        )
        year = dice.choice([2024, 2025, 2025, 2026])
        InsuredFactory(resident=person, year=year, state="quoted", paid=0, paid_on=None)
        first = DAY(2022 + dice.randrange(5), dice.randrange(1, 13), dice.randrange(1, 29))
        end = dice.choice([None, first + datetime.timedelta(days=dice.randrange(1, 700))])
        kind = dice.choice([None, Scheme.EMPLOYEE, Scheme.RESIDENT_ELSEWHERE])
        if kind is None:
            continue
        InsuredSpellFactory(resident=person, scheme=kind, starts_on=first, ends_on=end)
        day = max(SUMMER, DAY(year, 1, 1))
        if year >= SUMMER.year and first <= day and (end is None or day < end):
            planted.add((person.pk, year, str(kind)))

    found = found_doubles(day=SUMMER)

    assert {(each.beside.here.resident_id, each.beside.here.coverage_year, each.beside.there.scheme)
            for each in found} == planted  # fmt: skip
    assert len(planted) > 3
    assert find_double_enrollments()["opened"] == len(planted)


def test_queries_do_not_grow_with_the_people(summer):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            find_double_enrollments()
        return len(seen)

    for _ in range(2):
        enrolled(InsuredSpellFactory(**ELSEWHERE).resident)
        enrolled(InsuredSpellFactory(**EMPLOYED).resident)
    queries()  # the policy is read once
    enrolled(InsuredSpellFactory(**ELSEWHERE).resident)
    few = queries()

    for _ in range(15):
        enrolled(InsuredSpellFactory(**ELSEWHERE).resident)
        enrolled(InsuredSpellFactory(**EMPLOYED).resident)

    assert queries() == few
