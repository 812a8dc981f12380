"""The first page: every count leads to the list of what it counts."""

import datetime
import re
from html import unescape

import pytest
from django.utils import timezone

from exchange.models import ExpectedList, ExpectedState, InboundRow, RowOutcome
from hardship.services.lists import ask_to_undo
from registry.models import Role
from tests.exchange.factories import ListAgreementFactory
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import apply, civil, people, plan
from tests.pages import world
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
FIGURE = re.compile(r'<a href="([^"]+)"><b>([\d,]+)</b><span>([^<]+)</span></a>')
SUMS = {"到账金额（元）", "名称已对照、待重试的行"}  # of columns of the lists they lead to


def counts_of(client) -> dict[str, tuple[int, str]]:
    """Return what the first page counts: label → figure and address."""
    found = FIGURE.findall(client.get("/admin/").content.decode())
    return {
        label: (int(figure.replace(",", "")), unescape(address))
        for address, figure, label in found
        if label not in SUMS
    }


def length_of(client, address: str) -> int:
    answer = client.get(address)
    if "cl" in answer.context:
        return answer.context["cl"].result_count
    return answer.content.decode().count(">另选<")


def much_to_do(clerk, reviewer):
    """Lists planned by both; one in force with a contradiction and an unknown name, asked back; one that is late."""
    someone, other, leaving = people(3)
    in_force = apply(
        plan(
            civil((0, "错名字", "低保"), (1, "人1", "五好家庭"), (2, "人2", "低保")),
            user=clerk,
            mode="supplementary",
        ),
        user=clerk,
    )
    ask_to_undo(batch=in_force, reason="传错了月份", user=clerk)
    plan(civil((1, "错名字", "特困")), user=clerk, mode="supplementary", file_name="我的.xlsx")
    plan(civil((1, "人1", "特困")), user=reviewer, mode="supplementary", file_name="同事的.xlsx")
    today = timezone.localdate()
    RecognitionFactory(resident=leaving, of="extreme_hardship", valid_to=today + datetime.timedelta(days=20))
    agreement = ListAgreementFactory()
    month = today.replace(day=1)
    ExpectedList.objects.create(
        agreement=agreement,
        month=month,
        due_on=month,
        last_on=month,
        state=ExpectedState.MISSING,
        days_late=3,
    )
    return someone, other


def test_every_count_leads_to_a_list_of_as_many():
    clerk = staff(Role.CLERK, factories.harbin(), username="clerk")
    reviewer = staff(Role.REVIEWER, factories.harbin(), username="reviewer")
    world.build(clerk, number=factories.identity_number(99))
    much_to_do(clerk, reviewer)

    for user in (clerk, reviewer):
        client = at_desk(user)
        counts = counts_of(client)
        assert {label: figure for label, (figure, _) in counts.items()} == {
            label: length_of(client, address) for label, (_, address) in counts.items()
        }
        figures = {label: figure for label, (figure, _) in counts.items()}
        assert figures["待同意撤销"] == figures["待处置的冲突行"] == figures["待对照名称"] == 1
        assert figures["逾期未报名单"] == figures["30 天内到期"] == 1
        assert InboundRow.objects.filter(outcome=RowOutcome.CONFLICT).count() > figures["待处置的冲突行"]


def test_what_a_colleague_brought_in_is_counted_apart():
    clerk = staff(Role.CLERK, factories.harbin(), username="clerk")
    reviewer = staff(Role.REVIEWER, factories.harbin(), username="reviewer")
    much_to_do(clerk, reviewer)

    counted = [counts_of(at_desk(user)) for user in (clerk, reviewer)]

    assert [each["待确认清单"][0] for each in counted] == [2, 2]
    assert [each["同事导入待我确认"][0] for each in counted] == [1, 1]
    assert length_of(at_desk(clerk), "/admin/exchange/inboundbatch/?by=me") == 2
