"""Parts of case pages: facts, timeline, due day; also on a resident's file and on the first page."""

import datetime
from collections.abc import Mapping
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from casework.models import Case, CaseEvent, CaseState
from policy.admin.display import NOTHING, badge, facts, link, name_of, table, yuan_text

KINDS = {
    "unknown_identity_name": "不认识的身份名称",
    "unmatched_payment": "未匹配缴费",
    "fiscal_class_missing": "缺财政分类",
    "share_ratio_missing": "缺分担比例",
    "rule_not_published": "文件没有规定",
    "double_enrollment": "重复参保",
    "refund_and_withdraw": "退费并撤销登记",
    "alert_overdue": "预警超期",
    "late_list": "名单逾期未报",
    "assistance_choice": "缴费后身份认定的资助",
    "retroactive_change": "追溯变更",
    "recognition_correction": "身份认定更正",
    "grant_correction": "参保资助更正",
    "enrollment_of_dead": "待遇开始前死亡",
    "enrollment_after_move": "迁出后的参保登记",
    "newborn_number": "新生儿补登身份证号",
    "resident_merge": "两份档案合并",
    "resident_merge_contradiction": "两份档案矛盾",
    "tax_request_difference": "税务请款不符",
    "premium_refund": "退费",
    "payment_allocation": "待处理缴费分配",
    "serial_conflict": "税务流水号冲突",
    "tax_total_correction": "税务汇总更正",
}

DETAILS = {
    "name": "清单中的写法",
    "rows": "涉及行数",
    "serial": "税务流水号",
    "payer_name": "清单姓名",
    "masked_id_number": "清单证件号码",
    "amount": "金额（元）",
    "paid_on": "到账日期",
    "coverage_year": "参保年度",
    "fiscal_year": "财政年度",
    "identity": "困难身份",
    "since": "身份起始日",
    "aid": "按该身份应资助（元）",
    "more_aid": "应补资助（元）",
    "payers": "出资方",
    "was": "更正前",
    "becomes": "更正后",
    "evidence": "佐证材料",
    "asked_on": "申请日期",
    "agency": "报送部门",
    "month": "数据月份",
    "elsewhere": "另一处参保",
    "paid_here": "本登记已缴（元）",
    "list_due_on": "约定报送日",
    "request": "请款批次",
    "asked": "清单请款（元）",
    "owed": "结算应付（元）",
    "recorded_number": "已入账的证件号码",
    "recorded_amount": "已入账的金额（元）",
    "recorded_on": "已入账的到账日期",
}


def kind_label(case: Case) -> str:
    """Return the Chinese name of the case's kind."""
    return KINDS.get(case.kind, case.kind)


def due_text(case: Case) -> str:
    """Return the day a case is due, marked where it has passed."""
    if case.state != CaseState.CLOSED and case.due_on < timezone.localdate():
        return badge(f"{case.due_on} 已超期", "red")
    return str(case.due_on)


def minute_text(moment: datetime.datetime) -> str:
    """Return a moment to the minute, in local time."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def case_facts(case: Case) -> SafeString:
    """Return what is asked and what was decided."""
    labels = {option["code"]: option["label"] for option in case.options}
    return facts(
        [
            ("类型", kind_label(case)),
            ("状态", case.get_state_display()),
            ("地区", case.area.name),
            ("参保人", link(case.resident, case.resident and case.resident.name)),
            ("办理期限", due_text(case)),
            ("经办人", case.assignee and name_of(case.assignee)),
            ("事由", case.reason),
            ("依据条款", case.clause),
            ("可选决定", format_html_join("", "<div>{}</div>", ([label] for label in labels.values()))),
            *(
                (label, _detail(name, case.detail[name]))
                for name, label in DETAILS.items()
                if name in case.detail
            ),
            ("决定", labels.get(case.decision, case.decision)),
            ("决定理由", case.decision_reason),
            ("决定人", case.decided_by and name_of(case.decided_by)),
            ("复核", name_of(case.second_by) if case.second_by else "需要" if case.needs_second else NOTHING),
            ("执行", case.performed_at and minute_text(case.performed_at)),
        ]
    )


def waiting_text(case: Case, user: AbstractBaseUser | AnonymousUser) -> str:
    """Return for whom a decided case waits; empty = for nobody in particular."""
    if case.state != CaseState.DECIDED or not case.needs_second or case.second_by_id is not None:
        return ""
    if case.decided_by_id == user.pk:
        return (
            "等另一位复核人员点“复核通过”或“退回重办”；您是决定人，不能自己复核。复核通过之前没有任何改动。"
        )
    return (
        f"{name_of(case.decided_by)}已作决定，等复核人员点“复核通过”或“退回重办”。复核通过之前没有任何改动。"
    )


def timeline(case: Case) -> SafeString:
    """Return what happened to the case, the latest first."""
    events = CaseEvent.objects.filter(case=case).select_related("by").order_by("-at", "-pk")
    labels = {option["code"]: option["label"] for option in case.options}
    rows = [
        (
            minute_text(event.at),
            event.get_kind_display(),
            name_of(event.by),
            _told(event, labels),
        )
        for event in events
    ]
    return table(["时间", "事项", "人员", "内容"], rows)


def _detail(name: str, value: object) -> object:
    return yuan_text(Decimal(str(value))) if name == "amount" and value else value


def _told(event: CaseEvent, labels: Mapping[str, str]) -> str:
    """Return what an event says; a decision by its label."""
    code, colon, reason = event.text.partition("：")
    return f"{labels.get(code, code)}{colon}{reason}"


def case_table(cases: list[Case]) -> SafeString:
    """Return cases as a table that leads to their pages."""
    rows = [
        (
            link(case, case.title),
            kind_label(case),
            case.get_state_display(),
            name_of(case.assignee) if case.assignee else NOTHING,
            due_text(case),
        )
        for case in cases
    ]
    return table(["标题", "类型", "状态", "经办人", "办理期限"], rows, empty="没有工单")
