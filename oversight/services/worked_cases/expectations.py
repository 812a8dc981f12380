"""What a journey may expect after an event, for any person, day and year, and how it is looked up."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q

from benefits.models import Accumulator, Alert
from benefits.selectors.laws import states_after
from casework.models import Case, CaseFigure
from enrollment.models import Payment, PaymentKind, PaymentState, SubsidyShare
from enrollment.selectors import entitlement_on
from hardship.selectors import categories_on
from oversight.services.worked_cases.journey_view import View
from policy.errors import DomainError
from policy.money import ZERO
from policy.trace import Step

SUMS = ("due", "payable", "assisted", "supported")
TOTALS = (
    "claims", "total", "eligible", "basic_paid", "basic_paid_to_cap", "critical_illness_base", "critical_illness_paid",
    "supplement_paid", "assistance_base", "assistance_paid", "own_burden", "out_of_pocket", "increase_used",
)  # fmt: skip


def _terms(name: str) -> Callable[[View], object]:
    """Return what looks up a figure: as paid, or as it would be on the day."""

    def found(view: View) -> object:
        if view.quote is None:
            assert view.contribution is not None
            return getattr(view.contribution, STORED.get(name, name))
        if name in SUMS:
            return getattr(view.quote.dues, name)
        value = getattr(view.quote.dues.terms, name)
        return getattr(value, "value", value) or None

    return found


STORED = {"start": "benefit_start", "end": "benefit_end", "group": "special_group"}


def _stored(name: str) -> Callable[[View], object]:
    return lambda view: None if view.contribution is None else getattr(view.contribution, name)


def _by_payer(view: View) -> object:
    grant = view.contribution.grant if view.contribution else None
    if view.quote is not None:
        rows = view.quote.dues.grant.payers if view.quote.dues.grant else ()
        pairs = [(row.payers, row.amount) for row in rows]
    else:
        pairs = [(row["payers"], row["amount"]) for row in (grant.payers if grant else ())]
    found: dict[str, Any] = {}
    for payers, amount in pairs:
        name = "+".join(payers)
        found[name] = found.get(name, ZERO) + Decimal(amount)
    return found


def _tier(view: View) -> object:
    if view.quote is not None:
        return view.quote.dues.grant.tier if view.quote.dues.grant else None
    grant = view.contribution.grant if view.contribution else None
    return grant.tier if grant else None


def _components(view: View) -> object:
    written = view.quote.components if view.quote else view.contribution and view.contribution.components
    return {
        name: {part: Decimal(amount) for part, amount in parts.items()}
        for name, parts in (written or {}).items()
    }


def _shares(view: View) -> object:
    found: dict[str, Any] = {}
    for share in SubsidyShare.objects.filter(contribution=view.contribution).order_by("pk"):
        found[share.level] = found.get(share.level, ZERO) + share.amount
    return found


def _warnings(view: View) -> object:
    return frozenset(each.code for each in view.quote.dues.warnings) if view.quote else frozenset()


def _refunds(view: View) -> object:
    rows = Payment.objects.filter(
        ~Q(kind=PaymentKind.PAYMENT),
        resident=view.resident,
        coverage_year=view.year,
        state=PaymentState.BOOKED,
    )
    return [
        {
            "who": view.world.people.name_of(row.resident_id),
            "amount": -row.amount,
            "kind": row.kind,
            "on": row.paid_on,
        }
        for row in rows.order_by("pk")
    ]


def _held(view: View) -> object:
    rows = Payment.objects.filter(resident=view.resident, coverage_year=view.year, state=PaymentState.HELD)
    return [{"amount": row.amount, "reason": row.hold_reason} for row in rows.order_by("pk")]


def _covered(view: View) -> object:
    return entitlement_on(resident_id=view.resident.pk, day=view.on).covered


def _why(view: View) -> object:
    return entitlement_on(resident_id=view.resident.pk, day=view.on).code


def _identities(view: View) -> object:
    held = categories_on(resident_ids=[view.resident.pk], day=view.on)[view.resident.pk]
    return [identity.category for identity in held]


def _payout(view: View) -> object:
    claim = view.settled
    if claim is None:
        return None
    return {
        "basic": claim.basic_paid,
        "critical_illness": claim.critical_illness_paid,
        "supplement": claim.supplement_paid,
        "assistance": claim.assistance_paid,
        "own_burden": claim.own_burden,
        "out_of_pocket": claim.out_of_pocket,
        "state": claim.state,
    }


def _totals(view: View) -> object:
    row = Accumulator.objects.filter(resident=view.resident, coverage_year=view.year).first()
    return {name: getattr(row or Accumulator(), name) for name in TOTALS}


def _cap(view: View) -> object:
    if view.cap is not None:
        return view.cap.value.cap
    critical = view.policy.critical_illness
    return None if critical.cap is None else critical.cap.value


def _cap_entries(view: View) -> object:
    if view.cap is None:
        return None
    entries = view.cap.value
    return {
        "increase": entries.increase,
        "decrease": entries.decrease,
        "continuous": entries.continuous_increase,
        "zero_claim": entries.zero_claim_increase,
    }


def _incentives(view: View) -> object:
    state = states_after(resident_ids=[view.resident.pk], years=[view.year]).get(
        (view.resident.pk, view.year)
    )
    return state and {
        "continuous_years": state.continuous_years,
        "continuous_steps": state.continuous_steps,
        "zero_claim_steps": state.zero_claim_steps,
        "zero_claim_pending": state.zero_claim_pending,
        "lapsed_years": state.lapsed_years,
    }


def _alerts(view: View) -> object:
    rows = Alert.objects.filter(resident=view.resident, coverage_year=view.year).select_related("event")
    return [
        {
            "rule": row.rule,
            "month": row.month,
            "amount": row.amount,
            "threshold": row.threshold,
            "state": row.state,
            "recipients": list(row.event.agency_kinds),
        }
        for row in rows.order_by("pk")
    ]


def _cases(view: View) -> object:
    """Return the cases this event opened about the person, or about nobody in particular."""
    new = Case.objects.filter(Q(resident=view.resident) | Q(resident=None), pk__gt=view.world.cases_before)
    return [
        {
            "kind": case.kind,
            "title": case.title,
            "reason": case.reason,
            "detail": case.detail,
            "state": case.state,
            "options": [option["code"] for option in case.options],
            "figures": [
                {
                    "label": row.label,
                    "old": row.old,
                    "new": row.new,
                    "verdict": row.verdict,
                    "clause": row.clause,
                }
                for row in CaseFigure.objects.filter(case=case).order_by("position")
            ],
        }
        for case in new.order_by("pk")
    ]


FIGURES: Mapping[str, tuple[str, Callable[[View], object]]] = {
    "due": ("应缴（已缴清的为核定数，未缴清的按 on 当日缴费计算；以下至 group 同）", _terms("due")),
    "payable": ("个人应缴", _terms("payable")),
    "assisted": ("资助合计", _terms("assisted")),
    "supported": ("第三方扶持", _terms("supported")),
    "assisted_by_payer": ('各出资方的资助：{ 出资方 = 金额 }；文件未分开的写 "甲+乙"', _by_payer),
    "tier": ("资助档次", _tier),
    "components": ("分项：{ basic = { due, assisted, supported, payable }, … }", _components),
    "start": ("待遇开始日；当年无待遇为 none", _terms("start")),
    "end": ("待遇结束日", _terms("end")),
    "subsidy": ("财政补助：granted、none、claim_next_year", _terms("subsidy")),
    "claim_year": ("次年申请补助的年度", _terms("claim_year")),
    "window": ("缴费期", _terms("window")),
    "group": ("特殊人群", _terms("group")),
    "warnings": ("未缴清时的提示代码（列出的都须出现）", _warnings),
    "paid": ("已缴", _stored("paid")),
    "state": ("缴费状态：quoted、partly_paid、paid、reversed；未登记为 none", _stored("state")),
    "shares": ("财政补助各级分担：{ central = …, province = … }，缴清后才有", _shares),
    "refunds": ("冲正和退费，逐笔：[{ who, amount, kind, on }]", _refunds),
    "held": ("待处理的缴费，逐笔：[{ amount, reason }]", _held),
    "covered": ("on 当日是否在待遇期内", _covered),
    "why": (
        "在或不在待遇期内的原因代码：covered、waiting、not_paid、partly_paid、not_enrolled、no_benefit_day、dead 等",
        _why,
    ),
    "identities": ("on 当日持有的身份类别，按代码排序", _identities),
    "payout": (
        (
            "结算单（最近的，或 claim 所写的）："
            "{ basic, critical_illness, supplement, assistance, own_burden, out_of_pocket, state }"
        ),
        _payout,
    ),
    "totals": ("年度累计：{ " + ", ".join(TOTALS) + " }", _totals),
    "cap": ("year 的大病封顶线（上一年年终核算之后）", _cap),
    "cap_entries": ("封顶线的构成：{ increase, decrease, continuous, zero_claim }（元）", _cap_entries),
    "incentives": (
        (
            "year 年终核算后的激励状态："
            "{ continuous_years, continuous_steps, zero_claim_steps, zero_claim_pending, lapsed_years }"
        ),
        _incentives,
    ),
    "alerts": (
        "year 内对本人发出的预警，逐条：[{ rule, month, amount, threshold, state, recipients }]",
        _alerts,
    ),
    "list": (
        "本事件的清单各行结果计数，如 { new = 1, ended = 2, held = 1 }",
        lambda view: dict(view.world.list_counts),
    ),
    "cases": (
        "本事件为本人（或不涉及个人）提出的工单，逐件：[{ kind, title, reason, detail, state, options, figures }]",
        _cases,
    ),
}


def figure(view: View, name: str) -> object:
    """Return a figure; where the documents are silent, the code of the refusal."""
    try:
        return FIGURES[name][1](view)
    except DomainError as refusal:
        view.steps.append(Step(refusal.message))
        return refusal.code
