"""Money that waits (待处理缴费): how long and with whom, what to do about it, to whom it may be given."""

import datetime
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from casework.models import Case, CaseState
from enrollment.models import HoldReason, Payment, PaymentState
from enrollment.services.allocations import Part
from enrollment.services.booking.candidates import PERSON, offers
from enrollment.services.booking.store import UNMATCHED
from enrollment.services.refunds import double_answer
from policy.admin.display import NOTHING, badge, link, name_of, table
from registry.models import Resident
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import normalized
from registry.selectors import resident_ids_by_index, scope_filter

AGES = {"7": 7, "30": 30, "90": 90}
LATE_DAYS, VERY_LATE_DAYS = 30, 90
WAYS: dict[str, str] = {
    HoldReason.UNKNOWN_PERSON: "号码录错的，选定候选人或按正确号码分配；确无此人的提出退费。",
    HoldReason.DEAD: "核对死亡日期；日期有误先更正再重新入账，无误的提出退费。",
    HoldReason.NOT_ENROLLED: "先办理参保登记，再点“重新入账”；不该参保的提出退费。",
    HoldReason.YEAR_NOT_PUBLISHED: "年度写错的，按正确年度分配；年度无误的等政策复核生效后重新入账。",
    HoldReason.BEFORE_WINDOW: "早于缴费期，核对到账日和年度；年度写错的按正确年度分配，否则提出退费。",
    HoldReason.RULE_NOT_PUBLISHED: "文件没有规定，请先补录依据，再重新入账。",
    HoldReason.NO_BENEFIT_DAY: "取得书面确认的，在“缴费核定”页“登记书面确认”，再重新入账；本人不同意的提出退费。",
    HoldReason.DOUBLE: "重复缴费：替别人缴的分配给别人，多缴的提出退费。",
    HoldReason.WRONG_AMOUNT: "多缴：应缴部分分配给本人，多出部分退费；替多人缴的逐人分配。",
    HoldReason.ORIGINAL_UNKNOWN: "找不到原缴费：核对原流水号，请税务部门更正后按同一流水号再报，自动入账。",
    HoldReason.ORIGINAL_HELD: "原缴费还没有入账：先处理原缴费；全额退回的会自动结清。",
    HoldReason.NO_SUCH_BALANCE: "与应退金额不符，核对“应退应补”后请税务部门更正。",
    HoldReason.REFUND_NOT_DECIDED: "先在原缴费或核定页“提出退费”，由两人按规定决定，再点“重新入账”。",
    HoldReason.REFUND_UNDER_WAY: "该年度已决定退费：退费流水到达后，仍要参保的重新登记再“重新入账”，否则提出退费。",
    HoldReason.EXCEEDS_ORIGINAL: "退得比原缴费多，请税务部门更正。",
    HoldReason.ORIGINAL_SPLIT: "原缴费已分给多人：全部退的在工单选“按原分配逐笔冲正”，只退一人的请税务部门写明是谁。",
    HoldReason.PAYER_NUMBER: "请税务部门或缴费人提供账户持有人正确号码；不能提供的提出退费。",
    HoldReason.PAYER_AREA: "账户不在规定的省内，不能共济；提出退费。",
    HoldReason.PAYER_RELATION: "不是规定的家庭成员；关系写错的请税务部门更正后按同一流水号再报，否则提出退费。",
    HoldReason.PAYER_MEMBERS: "该账户已缴满人数，提出退费。",
    HoldReason.NAME_DIFFERS: "查清是谁的钱：姓名写错的分配给本人，号码录错的分配给正确的人；登记姓名有误的"
    "先“更改姓名”，再点“重新入账”；查不清的提出退费。",
    HoldReason.OUTSIDE_AREA: "交错了统筹地区的提出退费，由参保地收缴；替本地的人缴的分配给本人；"
    "该在本地参保的先“转移参保地”，再点“重新入账”。",
    HoldReason.TO_REFUND: "已决定退费，退费流水到达后自动结清；迟迟不到的催税务部门。",
}
LINE = re.compile(r"(?P<who>\S+)(?:\s+(?P<year>20\d\d))?\s+(?P<amount>[\d.,，]+)元?")
REFUND_WORD = "退费"


def waiting_days(payment: Payment) -> int:
    """Return how many days the money has waited since it came in."""
    return (timezone.localdate() - timezone.localdate(payment.recorded_at)).days


def age_badge(payment: Payment) -> SafeString | str:
    """Return how long held money has waited, marked where it is long."""
    if payment.state != PaymentState.HELD:
        return NOTHING
    days = waiting_days(payment)
    tone = "red" if days >= VERY_LATE_DAYS else "orange" if days >= LATE_DAYS else "grey"
    return badge(f"{days} 天", tone)


def with_questions(rows: QuerySet[Payment]) -> QuerySet[Payment]:
    """Return payments with who has the question about each, and by when."""
    asked = Case.objects.filter(dedupe_key=Concat(Value(f"{UNMATCHED}:"), OuterRef("serial")))
    return rows.annotate(
        asked_of=Subquery(asked.values("assignee__first_name")[:1]),
        asked_of_account=Subquery(asked.values("assignee__username")[:1]),
        asked_until=Subquery(asked.exclude(state=CaseState.CLOSED).values("due_on")[:1]),
    )


def question_of(payment: Payment) -> Case | None:
    """Return the question about a held payment."""
    return Case.objects.filter(dedupe_key=f"{UNMATCHED}:{payment.serial}").first()


class AgeFilter(admin.SimpleListFilter):
    """Held money by how long it has waited."""

    title = "等待时间"
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the ages."""
        return [(code, f"{days} 天以上") for code, days in AGES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        """Leave what has waited so long."""
        days = AGES.get(self.value() or "")
        if days is None:
            return queryset
        since = timezone.now() - datetime.timedelta(days=days)
        return queryset.filter(state=PaymentState.HELD, recorded_at__lte=since)


class WorkFilter(admin.SimpleListFilter):
    """Held money by who has its question."""

    title = "经办"
    parameter_name = "work"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer mine and nobody's."""
        return [("mine", "由我办理"), ("nobody", "待分派")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        """Leave what is mine, or nobody's."""
        if self.value() not in ("mine", "nobody"):
            return queryset
        mine = {"assignee": request.user} if self.value() == "mine" else {"assignee": None}
        asked = Case.objects.filter(kind=UNMATCHED, **mine).exclude(state=CaseState.CLOSED)
        held = queryset.filter(state=PaymentState.HELD)
        return held.annotate(asked_about=Concat(Value("payment:"), F("serial"))).filter(
            asked_about__in=asked.values("subject_ref")
        )


def what_to_do(payment: Payment) -> str:
    """Return what somebody can do about held money."""
    if payment.state != PaymentState.HELD:
        return NOTHING
    way, found = WAYS.get(payment.hold_reason, NOTHING), double_answer(payment)
    if found is None:
        return way
    clause = f"（{found.rule.clause}）" if found.rule.clause else ""
    return f"{way}退费规定：{found.said}{clause}。"


def candidates_table(payment: Payment) -> SafeString | str:
    """Return whom held money of an unknown person may be meant for, the likest first."""
    case = question_of(payment)
    if payment.state != PaymentState.HELD or payment.hold_reason != HoldReason.UNKNOWN_PERSON or case is None:
        return NOTHING
    found = offers([payment], area=case.area).get(payment.serial, {})
    people = Resident.objects.in_bulk([int(code.removeprefix(f"{PERSON}:")) for code in found])
    rows = [
        (link(person, person.name), said)
        for code, said in found.items()
        for person in [people[int(code.removeprefix(f"{PERSON}:"))]]
    ]
    return table(["候选人", "说明"], rows, empty="没有同名、当年尚欠保费的人")


def question_link(payment: Payment) -> SafeString | str:
    """Lead to the question about a held payment, with who has it and by when."""
    case = question_of(payment)
    if case is None:
        return NOTHING
    who = name_of(case.assignee) if case.assignee else "待分派"
    return link(case, f"{case.title}（{case.get_state_display()}，{who}，{case.due_on} 前）")


def parts_links(payment: Payment) -> SafeString | str:
    """Lead to the parts of a payment that was split, or to the whole of a part."""
    if payment.part_of is not None:
        return link(payment.part_of, f"分自 {payment.part_of.serial}")
    parts = Payment.objects.filter(part_of=payment).select_related("resident").order_by("pk")
    shown = [
        (
            link(
                each, f"{each.serial} {each.resident.name if each.resident else REFUND_WORD} {each.amount} 元"
            ),
        )
        for each in parts
    ]
    return format_html_join("；", "{}", shown) or NOTHING


class AllocationForm(BaseDialogForm):
    """Asks to whom the money goes, line by line."""

    parts = forms.CharField(
        label="分配给",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text="一行一笔：证件号码 年度 金额，如“230199196503010428 2025 400.00”；年度不写按原流水。"
        "退费的写“退费 金额”。合计须等于到账金额。",
    )
    reason = forms.CharField(
        label="理由和依据", max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )

    def clean_parts(self) -> list[Part]:
        """Return the parts; people are looked up in the user's areas only."""
        payment = Payment.objects.get(pk=self.object_id)
        lines = [" ".join(line.split()) for line in self.cleaned_data["parts"].splitlines()]
        return list(self._read([line for line in lines if line], payment))

    def _read(self, lines: list[str], payment: Payment) -> Iterator[Part]:
        told = [LINE.fullmatch(line) for line in lines]
        numbers = {match["who"]: blind_index(normalized(match["who"])) for match in told if match}
        found = resident_ids_by_index(set(numbers.values()))
        assert isinstance(self.request.user, User)
        mine = Resident.objects.filter(scope_filter(self.request.user, area="living_area"))
        here = set(mine.filter(pk__in=found.values()).values_list("pk", flat=True))
        for number, match in enumerate(told, start=1):
            if match is None:
                raise ValidationError(f"第 {number} 行看不懂，请写成“证件号码 年度 金额”或“退费 金额”")
            who = found.get(numbers[match["who"]])
            if match["who"] != REFUND_WORD and who not in here:
                raise ValidationError(f"第 {number} 行：管辖范围内没有该证件号码的参保人")
            yield Part(
                resident_id=None if match["who"] == REFUND_WORD else who,
                coverage_year=int(match["year"] or payment.coverage_year),
                amount=_yuan(match["amount"], number),
            )


def _yuan(text: str, line: int) -> Decimal:
    try:
        return Decimal(text.replace(",", "").replace("，", ""))
    except InvalidOperation:
        raise ValidationError(f"第 {line} 行的金额“{text}”不是数字") from None
