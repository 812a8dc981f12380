"""A wrong recognition is corrected by two people with a document: old and new side by side, never by one alone."""

import datetime

import pytest

from casework.models import Case, CaseState
from casework.services import (
    CaseNotReady,
    CaseOutdated,
    SecondPersonNeeded,
    confirm_case,
    decide_case,
    return_case,
)
from hardship.models import Recognition
from hardship.services.corrections import (
    CorrectionEvidenceMissing,
    CorrectionPending,
    NothingToCorrect,
    propose_correction,
    propose_voiding,
)
from hardship.services.load_categories import load_categories
from hardship.services.recognitions import (
    NewRecognition,
    ReasonMissing,
    RecognitionNotFound,
    RecognitionOverlaps,
    end_recognitions,
    recognize,
)
from registry.models import Role
from tests.pages.conftest import at_desk, staff
from tests.registry.factories import ResidentFactory, UserFactory, harbin

pytestmark = pytest.mark.django_db
DAY = datetime.date
RIGHT = {"valid_from": DAY(2024, 9, 1), "attributes": {"residence": "urban"}}


@pytest.fixture
def wrong() -> Recognition:
    """A recognition from a day and with a residence that are wrong."""
    load_categories()
    new = NewRecognition(
        resident_id=ResidentFactory().pk,
        category="subsistence_allowance",
        valid_from=DAY(2024, 11, 1),
        attributes={"residence": "rural"},
        authority="civil_affairs",
    )
    (record,) = recognize(rows=[new], reason="test")
    return record


def proposed(record: Recognition, user, **changes) -> Case:
    return propose_correction(
        recognition=record,
        changes=changes or RIGHT,
        evidence="哈民〔2024〕9号",
        reason="起始日期录错",
        user=user,
    )


def test_nothing_changes_until_a_second_person_confirms(wrong):
    first, second = UserFactory.create_batch(2)

    case = proposed(wrong, first)

    wrong.refresh_from_db()
    assert wrong.valid_from == DAY(2024, 11, 1)
    assert (case.state, case.decided_by, case.needs_second) == (CaseState.DECIDED, first, True)
    assert case.detail["was"] == "2024-11-01 至今；城乡属性：农村；民政部门"
    assert case.detail["becomes"] == "2024-09-01 至今；城乡属性：城市；民政部门"
    with pytest.raises(SecondPersonNeeded):
        confirm_case(case=case, user=first)

    confirm_case(case=case, user=second)

    wrong.refresh_from_db()
    assert (wrong.valid_from, wrong.attributes) == (DAY(2024, 9, 1), {"residence": "urban"})
    latest, before = wrong.history.order_by("-history_id")
    assert (latest.history_user, latest.history_change_reason) == (second, f"correct case {case.pk}")
    assert before.valid_from == DAY(2024, 11, 1)
    assert "已更正身份认定" in case.events.get(kind="effect").text
    with pytest.raises(CaseNotReady):
        confirm_case(case=case, user=UserFactory())


def test_a_recognition_that_never_was_is_struck_out(wrong):
    first, second = UserFactory.create_batch(2)
    case = propose_voiding(recognition=wrong, evidence="哈民〔2024〕9号", reason="张冠李戴", user=first)
    assert Recognition.objects.filter(pk=wrong.pk).exists()

    confirm_case(case=case, user=second)

    assert not Recognition.objects.filter(pk=wrong.pk).exists()
    assert Recognition.history.latest().history_change_reason == f"strike out case {case.pk}"
    with pytest.raises(RecognitionNotFound):
        propose_voiding(recognition=wrong, evidence="x", reason="y", user=first)


def test_two_proposals_about_a_record_do_not_wait_together(wrong):
    first, second = UserFactory.create_batch(2)
    case = proposed(wrong, first)

    with pytest.raises(CorrectionPending):
        proposed(wrong, second)
    with pytest.raises(CorrectionPending):
        propose_voiding(recognition=wrong, evidence="x", reason="y", user=second)

    return_case(case=case, reason="证据不足", user=second)
    decide_case(case=case, decision="keep", reason="撤回", user=first)
    confirm_case(case=case, user=second)
    assert proposed(wrong, first).state == CaseState.DECIDED
    wrong.refresh_from_db()
    assert wrong.valid_from == DAY(2024, 11, 1)


def test_a_record_that_moved_meanwhile_is_not_corrected(wrong):
    first, second = UserFactory.create_batch(2)
    case = proposed(wrong, first)
    end_recognitions(recognition_ids=[wrong.pk], on=DAY(2025, 3, 1), reason="test")

    with pytest.raises(CaseOutdated):
        confirm_case(case=case, user=second)

    assert Case.objects.get(pk=case.pk).second_by is None
    wrong.refresh_from_db()
    assert (wrong.valid_from, wrong.valid_to) == (DAY(2024, 11, 1), DAY(2025, 3, 1))


def test_days_that_overlap_another_recognition_are_refused_when_confirmed(wrong):
    earlier = NewRecognition(
        resident_id=wrong.resident_id,
        category="subsistence_allowance",
        valid_from=DAY(2024, 1, 1),
        valid_to=DAY(2024, 10, 1),
    )
    recognize(rows=[earlier], reason="test")
    case = proposed(wrong, UserFactory())

    with pytest.raises(RecognitionOverlaps):
        confirm_case(case=case, user=UserFactory())


def test_a_proposal_needs_a_change_a_document_and_a_reason(wrong):
    user = UserFactory()

    with pytest.raises(NothingToCorrect):
        proposed(wrong, user, valid_from=DAY(2024, 11, 1))
    with pytest.raises(CorrectionEvidenceMissing):
        propose_voiding(recognition=wrong, evidence=" ", reason="x", user=user)
    with pytest.raises(ReasonMissing):
        propose_voiding(recognition=wrong, evidence="x", reason=" ", user=user)
    assert not Case.objects.exists()


def test_on_the_page_one_proposes_and_another_confirms(wrong):
    clerk, reviewer = staff(Role.CLERK, harbin()), staff(Role.REVIEWER, harbin())
    page = f"/admin/hardship/recognition/{wrong.pk}"
    said = {
        "_form_submitted": "True",
        "valid_from": "2024-09-01",
        "valid_to": "",
        "document": "",
        "attribute_residence": "urban",
        "evidence": "哈民〔2024〕9号",
        "reason": "起始日期录错",
    }

    asked = at_desk(clerk).get(f"{page}/correct/").content.decode()
    at_desk(clerk).post(f"{page}/correct/", said)
    case = Case.objects.get()
    shown = at_desk(reviewer).get(f"/admin/casework/case/{case.pk}/change/").content.decode()
    own = at_desk(clerk).post(f"/admin/casework/case/{case.pk}/confirm/", {"_form_submitted": "True"})
    at_desk(reviewer).post(f"/admin/casework/case/{case.pk}/confirm/", {"_form_submitted": "True"})

    assert "城乡属性" in asked
    assert "2024-09-01 至今；城乡属性：城市" in shown
    assert "哈民〔2024〕9号" in shown
    assert own.status_code in (204, 403)
    wrong.refresh_from_db()
    assert (wrong.valid_from, wrong.attributes) == (DAY(2024, 9, 1), {"residence": "urban"})
