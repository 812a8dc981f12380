"""What waits for an answer, what is refused, and what a command shows."""

import datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from casework.models import Case
from exchange.models import InboundBatch, InboundRow
from exchange.parsers.tables import ListUnreadable
from exchange.services.batches import AsOfInFuture
from hardship.models import Recognition
from hardship.selectors import held_by
from hardship.services.lists import (
    ListAreaTooSmall,
    ListKindUnknown,
    ListOutOfDate,
    NameAlreadyKnown,
    PlanOutdated,
    SecondUserNeeded,
    apply_held,
    map_identity_name,
    plan_list,
)
from hardship.services.recognitions import end_recognitions
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import MARCH, apply, civil, day, number, people, plan, reviewer
from tests.registry.factories import ResidentFactory, UserFactory, area, daoli, harbin

pytestmark = pytest.mark.django_db
APRIL = datetime.date(2025, 4, 30)


@pytest.fixture(autouse=True)
def _one_agrees_to_all(settings):
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal(1)


def test_an_unknown_name_asks_once_and_its_rows_follow_the_answer():
    first, second, _ = people(3)
    clerk = reviewer()
    RecognitionFactory(resident=first)
    batch = plan(
        civil((0, "人0", "五保老人（农村）"), (1, "人1", "五保老人 农村"), (2, "人2", "低保")), user=clerk
    )
    apply(batch, user=clerk)

    assert [
        case.detail["name"] for case in Case.objects.filter(kind="unknown_identity_name").order_by("title")
    ] == [
        "五保老人",
        "五保老人农村",
        "农村",
    ]
    assert held_by(first.pk, day=MARCH) == {"subsistence_allowance"}  # not ended while nobody knows
    map_identity_name(
        name="五保老人（农村）",
        category="extreme_hardship",
        attributes={"residence": "rural"},
        reason="同特困",
        user=clerk,
    )

    assert held_by(first.pk, day=MARCH) == {"extreme_hardship"}
    assert held_by(second.pk, day=MARCH) == frozenset()
    assert InboundRow.objects.get(batch=batch, number=2).outcome == "changed"
    assert Case.objects.get(detail__name="五保老人农村").state == "closed"
    assert apply_held(user=clerk) == {"held": 1}
    batch.refresh_from_db()
    assert batch.counts == {"changed": 1, "held": 1, "new": 1}
    with pytest.raises(NameAlreadyKnown):
        map_identity_name(name="五保老人农村", category="orphan", reason="x", user=clerk)


def test_people_registered_later_get_what_their_rows_said():
    people(1)
    batch = plan(civil((0, "人0", "低保"), (6, "人6", "低保")))
    apply(batch)
    late = ResidentFactory(number=number(6), name="人6")

    assert apply_held(batch=batch) == {"new": 1}
    assert held_by(late.pk, day=MARCH) == {"subsistence_allowance"}


def test_a_held_row_rests_when_a_later_full_list_has_replaced_its_own():
    people(2)
    apply(plan(civil((0, "人0", "低保"), (1, "人1", "五好家庭"))))
    apply(plan(civil((0, "人0", "低保、孤儿")), as_of=APRIL))

    map_identity_name(name="五好家庭", category="orphan", reason="x", user=reviewer())

    assert not Recognition.objects.filter(category="orphan", resident__name="人1").exists()
    assert InboundRow.objects.get(outcome="kept").code == "replaced"


def test_an_older_full_list_is_refused():
    people(1)
    apply(plan(civil((0, "人0", "低保")), as_of=APRIL))

    with pytest.raises(ListOutOfDate):
        plan(civil((0, "人0", "低保、特困")))
    with pytest.raises(ListOutOfDate):
        plan(civil((0, "人0", "低保、特困")), area=daoli())
    assert plan(civil((0, "人0", "低保")), mode="supplementary").counts == {
        "conflict": 1
    }  # held from April only


def test_a_record_that_changed_since_the_plan_stops_it_and_planning_again_heals():
    gone, _ = people(2)
    record = RecognitionFactory(resident=gone)
    content = civil((1, "人1", "低保"))
    batch = plan(content)
    end_recognitions(recognition_ids=[record.pk], on=day("2025-02-01"), reason="end")

    with pytest.raises(PlanOutdated):
        apply(batch)

    assert Recognition.objects.count() == 1
    assert plan(content).counts == {"new": 1}
    RecognitionFactory(resident=ResidentFactory._meta.model.objects.get(name="人1"))
    with pytest.raises(PlanOutdated):
        apply(InboundBatch.objects.get())
    assert apply(plan(content)).counts == {"unchanged": 1}


def test_more_endings_than_allowed_need_somebody_else(settings):
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal("0.05")
    for person in people(21):
        RecognitionFactory(resident=person)
    planner, approver, third = UserFactory.create_batch(3)
    allowed = plan(civil(*((serial, f"人{serial}", "低保") for serial in range(20))), user=planner)
    too_many = plan(civil(*((serial, f"人{serial}", "低保") for serial in range(19))), user=planner)

    for second in (None, planner, approver):
        with pytest.raises(SecondUserNeeded) as caught:
            apply(too_many, user=approver, second_user=second)
    assert caught.value.details == {"ending": 2, "standing": 21}
    assert apply(allowed, user=approver).counts["ended"] == 1
    assert (
        apply(plan(civil((0, "人0", "低保")), as_of=APRIL), user=approver, second_user=third).counts["ended"]
        == 19
    )


def test_refusals_before_a_batch_is_opened():
    people(1)

    with pytest.raises(ListKindUnknown):
        plan(civil((0, "人0", "低保")), kind="tax_authority")
    with pytest.raises(ListAreaTooSmall):
        plan(civil((0, "人0", "低保")), area=area("230102001", level="town", parent=daoli()))
    with pytest.raises(ListUnreadable):
        plan(b"")
    with pytest.raises(AsOfInFuture):
        plan(civil((0, "人0", "低保")), as_of=day("2052-03-31"), mode="supplementary")
    assert not InboundBatch.objects.exists()


@pytest.mark.parametrize("count", [3, 30])
def test_planning_and_applying_cost_the_same_queries(
    count, django_assert_num_queries, django_assert_max_num_queries
):
    for person in people(count + 1)[:count]:
        RecognitionFactory(resident=person, of="extreme_hardship")
    changed = [(serial, f"人{serial}", "低保") for serial in range(count)]
    content, harbin_area = civil(*changed, (count, f"人{count}", "特困")), harbin()

    with django_assert_max_num_queries(72) as planning:
        batch = plan_list(
            kind="civil_affairs", content=content, file_name="a.xlsx", area=harbin_area, as_of=MARCH
        )
    with django_assert_max_num_queries(53) as applying:
        apply(batch)

    # two may upload the same file at once: a savepoint and its release; both views ask what was decided before;
    # lists of a kind take turns; planning and applying hold what names mean and ask whether it changed; applying
    # asks whether a decision that a row follows was taken back
    assert (len(planning), len(applying)) == (62, 53)


def test_the_command_shows_a_plan_and_applies_it_when_told(tmp_path):
    (person,) = people(1)
    UserFactory(username="clerk")
    file = tmp_path / "民政.xlsx"
    file.write_bytes(civil((0, "人0", "低保"), ("123", "坏人", "低保"), (3, "人3", "五好家庭")))
    harbin()

    def run(*more):
        out = StringIO()
        call_command(
            "import_identities", str(file), "--kind=civil_affairs", "--area=230100", "--as-of=2025-03-31",
            "--user=clerk", *more, stdout=out,
        )  # fmt: skip
        return out.getvalue()

    planned, applied, again = run(), run("--wet-run"), run("--wet-run")

    assert "待确认；新增 1，待处理 1，退回 1" in planned
    assert "工作表“名单”第3行 身份证号码 退回：身份证号应为18位，现为3位" in planned
    assert "工作表“名单”第4行 身份 待处理：身份“五好家庭”没有对照，已转人工确认" in planned
    assert "将取消 0 条（现有 0 条" in planned
    assert "已生效；新增 1" in applied
    assert "此前已生效，未作变动" in again
    assert held_by(person.pk, day=MARCH) == {"subsistence_allowance"}
    with pytest.raises(CommandError, match="没有区划代码"):
        call_command("import_identities", str(file), kind="civil_affairs", area="999999", as_of=MARCH)
    with pytest.raises(CommandError, match="生效须写明由谁确认：加 --user"):
        call_command(
            "import_identities", str(file), kind="civil_affairs", area="230100", as_of=MARCH, wet_run=True
        )
    with pytest.raises(CommandError, match="没有用户"):
        run("--user=nobody")
