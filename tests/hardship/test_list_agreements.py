"""What agencies agreed to send: late lists are found, open a case, and close it when they come."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from casework.models import Case, CaseEvent, CaseState
from casework.services import assign_case, decide_case
from exchange.models import BatchStatus, ExpectedList, InboundBatch
from exchange.selectors import agreed_endings_share, agreed_sender
from hardship.selectors.endings import endings_limit
from hardship.services.list_agreements import follow_agreements
from hardship.tasks import follow_list_agreements, submit_list
from tests.exchange.factories import AgencyFactory, InboundBatchFactory, ListAgreementFactory
from tests.hardship.lists import civil, people
from tests.registry.factories import UserFactory, daoli, harbin, shangzhi

pytestmark = pytest.mark.django_db
DAY = datetime.date
CIVIL = "identities.civil_affairs"


def came(on, *, as_of=None, **fields):
    """Return a batch that was received on a day."""
    fields = {"kind": CIVIL, "status": BatchStatus.APPLIED, "as_of": as_of or on} | fields
    batch = InboundBatchFactory(**fields)
    at = timezone.make_aware(datetime.datetime.combine(on, datetime.time(23, 30)))
    InboundBatch.objects.filter(pk=batch.pk).update(created_at=at)
    return batch


def rows():
    found = ExpectedList.objects.order_by("agreement_id", "month")
    return [(f"{row.month:%m}", row.state, row.due_on, row.received_on, row.days_late) for row in found]


def test_months_are_expected_one_by_one_and_late_ones_open_a_case_each():
    ListAgreementFactory(starts_on=DAY(2025, 2, 10), due_number=25, grace_working_days=2)
    came(DAY(2025, 2, 25))

    counts = follow_agreements(today=DAY(2025, 4, 10))
    again = follow_agreements(today=DAY(2025, 4, 10))

    assert counts == again == {"in_force": 1, "missing": 1, "awaited": 1}
    assert rows() == [
        ("02", "in_force", DAY(2025, 2, 25), DAY(2025, 2, 25), 0),
        ("03", "missing", DAY(2025, 3, 25), None, 16),
        ("04", "awaited", DAY(2025, 4, 25), None, 0),
    ]
    case = Case.objects.get()
    assert (case.kind, case.area.code, case.title) == (
        "late_list",
        "230100",
        "哈尔滨市民政局 2025年03月 全量名单逾期未报",
    )
    assert "即 2025-03-25（宽限至 2025-03-27）" in case.reason


@pytest.mark.parametrize(("today", "state"), [(27, "awaited"), (28, "missing")])
def test_a_list_is_not_late_within_its_grace(today, state):
    ListAgreementFactory(starts_on=DAY(2025, 3, 1), due_number=25, grace_working_days=2)

    follow_agreements(today=DAY(2025, 3, today))

    assert ExpectedList.objects.get().state == state


def test_a_late_list_closes_its_case_and_says_how_late_it_was():
    ListAgreementFactory(starts_on=DAY(2025, 3, 1), due_number=25, grace_working_days=2)
    follow_agreements(today=DAY(2025, 3, 30))
    assign_case(case=Case.objects.get(), assignee=UserFactory())
    batch = came(DAY(2025, 3, 31), status=BatchStatus.PLANNED)

    follow_agreements(today=DAY(2025, 4, 1))
    follow_agreements(today=DAY(2025, 4, 2))

    row = ExpectedList.objects.get(month=DAY(2025, 3, 1))
    assert (row.state, row.batch, row.received_on, row.days_late) == ("received", batch, DAY(2025, 3, 31), 6)
    case = Case.objects.get()
    assert (case.state, case.decision, case.history.count()) == (CaseState.CLOSED, "", 3)
    closed = CaseEvent.objects.get(case=case, kind="closed")
    assert closed.text == f"名单已于 2025-03-31 收到（批次{batch.pk}），迟 6 天，自动办结"
    assert closed.by is None


def test_a_list_that_came_late_before_anybody_looked_is_on_record_once():
    ListAgreementFactory(starts_on=DAY(2025, 3, 1), due_number=25)
    batch = came(DAY(2025, 3, 28))

    follow_agreements(today=DAY(2025, 3, 28))
    follow_agreements(today=DAY(2025, 3, 29))

    case = Case.objects.get()
    assert (case.kind, case.state) == ("late_list", CaseState.CLOSED)
    assert case.reason == f"约定当月25日前报送，即 2025-03-25，2025-03-28 才收到（批次{batch.pk}）。"
    closed = CaseEvent.objects.get(case=case, kind="closed")
    assert closed.text == f"名单已于 2025-03-28 收到（批次{batch.pk}），迟 3 天，自动办结"


def test_what_was_agreed_is_looked_at_as_soon_as_a_list_is_there(django_capture_on_commit_callbacks):
    people(1)
    month = timezone.localdate().replace(day=1)
    ListAgreementFactory(starts_on=month, due_number=31)

    with django_capture_on_commit_callbacks(execute=True):
        batch = submit_list(
            kind="civil_affairs",
            content=civil((0, "人0", "低保")),
            file_name="民政.xlsx",
            area=harbin(),
            as_of=timezone.localdate(),
        )

    assert ExpectedList.objects.get(month=month).batch == batch


def test_what_somebody_decided_meanwhile_stays_decided():
    ListAgreementFactory(starts_on=DAY(2025, 3, 1))
    follow_agreements(today=DAY(2025, 3, 30))
    decide_case(case=Case.objects.get(), decision="已催报", reason="电话", user=UserFactory())
    came(DAY(2025, 3, 31))

    follow_agreements(today=DAY(2025, 4, 1))

    assert Case.objects.get(dedupe_key__endswith="2025-03").state == CaseState.DECIDED


def test_a_list_sent_back_did_not_come_and_one_taken_back_is_asked_for_again():
    ListAgreementFactory(starts_on=DAY(2025, 3, 1))
    came(DAY(2025, 3, 20), status=BatchStatus.REFUSED)
    follow_agreements(today=DAY(2025, 3, 30))
    batch = came(DAY(2025, 3, 31))
    follow_agreements(today=DAY(2025, 3, 31))
    InboundBatch.objects.filter(pk=batch.pk).update(status=BatchStatus.UNDONE)

    follow_agreements(today=DAY(2025, 4, 1))
    follow_agreements(today=DAY(2025, 4, 1))

    assert ExpectedList.objects.get(month=DAY(2025, 3, 1)).state == "missing"
    assert list(Case.objects.order_by("pk").values_list("state", flat=True)) == ["closed", "open"]


@pytest.mark.parametrize(
    "other",
    [
        {"mode": "supplementary"},
        {"kind": "identities.rural_affairs"},
        {"as_of": DAY(2025, 2, 28)},
        {"of_area": shangzhi},
        {"of_agency": True},
    ],
)
def test_another_list_does_not_count(other):
    ListAgreementFactory(starts_on=DAY(2025, 3, 1))
    fields = {name: value for name, value in other.items() if not name.startswith("of_")}
    if "of_area" in other:
        fields["area"] = other["of_area"]()
    if "of_agency" in other:
        fields["agency"] = AgencyFactory()
    came(DAY(2025, 3, 20), **fields)

    follow_agreements(today=DAY(2025, 3, 30))

    assert ExpectedList.objects.get().state == "missing"


def test_days_that_are_over_stay_as_they_were_agreed():
    agreement = ListAgreementFactory(starts_on=DAY(2025, 3, 1), due_number=25)
    follow_agreements(today=DAY(2025, 4, 20))
    agreement.due_number = 28
    agreement.save()

    follow_agreements(today=DAY(2025, 4, 21))

    assert [(month, due_on) for month, _, due_on, *_ in rows()] == [
        ("03", DAY(2025, 3, 25)),
        ("04", DAY(2025, 4, 28)),
    ]


def test_an_agreement_that_ended_expects_no_more_but_follows_what_is_missing():
    ListAgreementFactory(starts_on=DAY(2025, 2, 1), ends_on=DAY(2025, 3, 1))
    follow_agreements(today=DAY(2025, 4, 30))
    assert [(month, state) for month, state, *_ in rows()] == [("02", "missing")]
    came(DAY(2025, 5, 2), as_of=DAY(2025, 2, 28))

    follow_agreements(today=DAY(2025, 5, 3))

    assert ExpectedList.objects.get().days_late == 66
    assert Case.objects.get().state == CaseState.CLOSED


def test_a_list_of_the_month_before_is_due_in_the_next():
    ListAgreementFactory(starts_on=DAY(2025, 3, 1), due_month=1, due_number=5)

    assert follow_agreements(today=DAY(2025, 3, 31)) == {}
    assert follow_agreements(today=DAY(2025, 4, 5)) == {"awaited": 1}
    assert follow_agreements(today=DAY(2025, 4, 6)) == {"missing": 1}


@pytest.mark.parametrize("agreements", [1, 10])
def test_following_costs_the_same_queries_for_one_agreement_and_for_ten(
    agreements, django_assert_max_num_queries
):
    for _ in range(agreements):
        ListAgreementFactory(agency=AgencyFactory(), starts_on=DAY(2024, 6, 1))
        came(DAY(2025, 1, 20), agency=None)

    with django_assert_max_num_queries(36):
        follow_agreements(today=DAY(2025, 4, 10))

    assert ExpectedList.objects.count() == 11 * agreements


def test_the_task_counts_by_state():
    ListAgreementFactory(starts_on=timezone.localdate(), due_number=31)

    assert sum(follow_list_agreements().values()) == 1


def test_the_endings_share_is_that_of_the_nearest_area_or_else_the_setting(settings):
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal("0.02")
    batch = InboundBatchFactory(kind=CIVIL, area=daoli(), as_of=DAY(2025, 3, 31))
    assert endings_limit(batch) == Decimal("0.02")
    ListAgreementFactory(endings_share=Decimal("0.10"))
    ListAgreementFactory(agency=AgencyFactory(), endings_share=Decimal("0.08"))
    ListAgreementFactory(area=daoli(), endings_share=None)
    assert endings_limit(batch) == Decimal("0.08")
    ListAgreementFactory(agency=AgencyFactory(), area=daoli(), endings_share=Decimal("0.2"))

    assert endings_limit(batch) == Decimal("0.2")
    assert agreed_endings_share(kind=CIVIL, area=shangzhi(), on=DAY(2025, 3, 31)) == Decimal("0.08")
    assert agreed_endings_share(kind="identities.rural_affairs", area=daoli(), on=DAY(2025, 3, 31)) is None
    assert agreed_endings_share(kind=CIVIL, area=daoli(), on=DAY(2023, 3, 31)) is None


def test_the_sender_is_known_where_one_agency_agreed():
    agreement = ListAgreementFactory()
    asked = {"kind": CIVIL, "area": harbin(), "mode": "full", "on": DAY(2025, 3, 31)}

    assert agreed_sender(**asked) == agreement.agency
    assert agreed_sender(**asked | {"mode": "supplementary"}) is None
    ListAgreementFactory(agency=AgencyFactory())
    assert agreed_sender(**asked) is None
