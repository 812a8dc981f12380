"""What came back of some alerts: received, visited, found to need help, or not; one becomes an identity."""

import datetime

from benefits.models import WAITING, Alert, AlertAnswer
from benefits.rules.alert_answers import Words
from benefits.services.alert_answers import answer_alert
from exchange.models import Agency, BatchStatus
from hardship.models import Category
from hardship.tasks import confirm_list
from oversight.services.demo.story.account import Account
from oversight.services.demo.story.book import Book
from oversight.services.demo.story.house import clerk
from policy.dates import days_after

AGENCY = "harbin-civil-affairs"
CATEGORY = "subsistence_margin"
CHECKER = "赵敏"
DAYS = 3


def answer_some(account: Account, _book: Book) -> None:
    """Let civil affairs answer three alerts, each its own way; once they have, nothing is answered again."""
    if not AlertAnswer.objects.exists():
        agency = Agency.objects.get(code=AGENCY)
        waiting = Alert.objects.filter(state__in=WAITING, rule="fall_into_poverty").order_by("pk")[:3]
        ways = (_found_in_need, _found_well_off, _visited)
        for way, alert in zip(ways, waiting, strict=False):
            answer = answer_alert(alert=alert, agency=agency, words=way(_visit_day(alert)), user=clerk())
            if answer is not None and answer.plan is not None:
                confirm_list(batch=answer.plan, user=clerk())
    tell_answers(account)


def tell_answers(account: Account) -> None:
    """Tell what the agencies said, and what became of it."""
    labels = dict(Category.objects.values_list("code", "label"))
    for answer in AlertAnswer.objects.select_related("alert__resident", "agency", "plan").order_by("pk"):
        said = answer.get_outcome_display() or answer.get_step_display()
        named = labels.get(answer.category, "")
        account.line(f"预警 #{answer.alert_id} {answer.agency.name}：{said}{f'（{named}）' if named else ''}")
        if answer.plan is not None:
            done = "已登记身份" if answer.plan.status == BatchStatus.APPLIED else "待确认"
            account.line(f"  认定方案批次 {answer.plan_id}，{done}，自 {answer.since} 起")


def _visit_day(alert: Alert) -> datetime.date:
    return days_after(alert.measured_on, DAYS)


def _found_in_need(day: datetime.date) -> Words:
    return Words(
        outcome="recognized",
        category=CATEGORY,
        since=day.replace(day=1),
        document="哈民边缘〔2025〕12号",
        checked_by=CHECKER,
        checked_on=day,
    )


def _found_well_off(day: datetime.date) -> Words:
    return Words(outcome="not_eligible", reason_code="income", checked_by=CHECKER, checked_on=day)


def _visited(day: datetime.date) -> Words:
    return Words(step="visited", checked_by=CHECKER, checked_on=day)
