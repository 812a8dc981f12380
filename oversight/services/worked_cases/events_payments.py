"""Events of payment: paid, paid in part, for another, taken back, a list of many."""

from decimal import Decimal

from casework.services import confirm_case
from enrollment.models import ContributionPeriod, Payment, PaymentKind, PaymentState
from enrollment.rules.refunds import REASONS
from enrollment.selectors import insured_in_year
from enrollment.services.contributions import standing_contributions
from enrollment.services.payments import PaymentOutcome, PaymentRow, record_payments
from enrollment.services.quote import quote
from enrollment.services.refunds import NewRefund, propose_refund
from enrollment.services.settle_assisted import settle_fully_assisted
from oversight.services.worked_cases.event import DONE, WHO, YEAR, Event
from oversight.services.worked_cases.events_enrollment import CHANNEL, CONFIRMED, POPULATION, enroll_as_told
from oversight.services.worked_cases.format import CaseInvalid
from oversight.services.worked_cases.inputs import DAY, FLAG, MONEY, TABLES, TEXT, Given, Input, read_inputs
from oversight.services.worked_cases.journey_world import EventRefused, Happened, World
from policy.money import ZERO
from registry.models import Resident

SERIAL = Input("serial", TEXT, "流水号；不写自动编号")
REGISTER = Input("register", FLAG, "没有参保登记的，先在缴费当日登记；false 为直接缴费", default=True)
PAYING = (WHO, YEAR, SERIAL, CHANNEL, REGISTER, POPULATION, CONFIRMED)
AMOUNT = Input("amount", MONEY, "金额")
LIST_ROW = (
    WHO,
    YEAR,
    SERIAL,
    Input("amount", MONEY, "金额", required=True),
    Input("paid_on", DAY, "到账日期；不写为事件的 on"),
)


def _pay(world: World, given: Given) -> Happened:
    resident, year = world.person(given["who"]), world.year(given["year"])
    standing = _contribution(resident, year)
    if given["register"] and standing is None and not _renews(resident, year):
        enroll_as_told(resident, year, given)
        standing = _contribution(resident, year)
    amount = given["amount"]
    if amount is None:
        amount = _owed(resident, year, given, standing)
        if not amount:
            settle_fully_assisted(area=resident.pooling_area, coverage_year=year, on=given["on"])
            return DONE
    row = PaymentRow(
        serial=world.stamped(given["serial"]),
        resident_id=resident.pk,
        coverage_year=year,
        amount=amount,
        paid_on=given["on"],
        name=given.get("by") or resident.name,
        channel=given["channel"],
    )
    return _result(record_payments(rows=[row], area=resident.pooling_area)[0])


def _take_back(world: World, given: Given, kind: str) -> Happened:
    resident, year = world.person(given["who"]), world.year(given["year"])
    booked = Payment.objects.filter(
        resident=resident, coverage_year=year, kind=PaymentKind.PAYMENT, state=PaymentState.BOOKED
    )
    if given["serial"]:
        booked = booked.filter(serial=f"{world.stamp}-{given['serial']}")
    original = booked.order_by("-pk").first()
    amount = given["amount"] or (original.amount if original else None)
    if amount is None:
        raise CaseInvalid("没有可以冲正或退费的缴费；要写 amount")
    row = PaymentRow(
        serial=world.stamped(None),
        resident_id=resident.pk,
        coverage_year=year,
        amount=amount,
        paid_on=given["on"],
        kind=kind,
        reverses_serial=original.serial if original else "",
    )
    return _result(record_payments(rows=[row], area=resident.pooling_area)[0])


def _reverse(world: World, given: Given) -> Happened:
    return _take_back(world, given, PaymentKind.REVERSAL)


def _refund(world: World, given: Given) -> Happened:
    return _take_back(world, given, PaymentKind.REFUND)


def _refund_asked(world: World, given: Given) -> Happened:
    resident, year = world.person(given["who"]), world.year(given["year"])
    contribution = _contribution(resident, year)
    if contribution is None:
        raise CaseInvalid("没有参保登记，不能提出退费")
    asked = NewRefund(reason=given["reason"], on=given["on"], evidence="用例", words="用例")
    case = propose_refund(contribution=contribution, refund=asked, user=world.clerk("proposes"))
    if given["confirm"]:
        confirm_case(case=case, user=world.clerk("confirms"))
    return DONE


def _list_of_payments(world: World, given: Given) -> Happened:
    """Book the rows of one list together; the event is held or refused if a row is, and `row` says which."""
    rows = []
    for number, written in enumerate(given["rows"], start=1):
        said = read_inputs(LIST_ROW, written)
        resident = world.person(said["who"])
        row = PaymentRow(
            serial=world.stamped(said["serial"]),
            resident_id=resident.pk,
            coverage_year=world.year(said["year"]),
            amount=said["amount"],
            paid_on=said["paid_on"] or given["on"],
            name=resident.name,
            number=number,
        )
        rows.append(row)
    outcomes = record_payments(rows=rows, area=world.area())
    unlike = [outcome for outcome in outcomes if outcome.outcome in ("held", "refused")]
    return _result(unlike[0]) if unlike else DONE


def _contribution(resident: Resident, year: int) -> ContributionPeriod | None:
    return standing_contributions(resident_ids=[resident.pk], coverage_years=[year]).first()


def _renews(resident: Resident, year: int) -> bool:
    """Return whether paying alone registers: insured in the same place the year before."""
    before = insured_in_year(coverage_year=year - 1, pooling_area_id=resident.pooling_area_id)
    return before.filter(resident=resident).exists()


def _owed(resident: Resident, year: int, given: Given, standing: ContributionPeriod | None) -> Decimal:
    """Return what is left to pay on the day of the payment."""
    found = quote(
        resident_ids=[resident.pk],
        coverage_year=year,
        paid_on=given["on"],
        population=standing.enrollment.population if standing else given["population"],
        bought_back_months=standing.bought_back_months if standing else 0,
    )
    return found[resident.pk].dues.payable - (standing.paid if standing else ZERO)


def _result(outcome: PaymentOutcome) -> Happened:
    if outcome.outcome == "refused":
        raise EventRefused(outcome.code, outcome.message)
    return Happened(held=outcome.code if outcome.outcome == "held" else "")


EVENTS = (
    Event(
        "pay",
        "缴费；不写 amount 为当日应缴的余额，余额为零的按全额资助办结",
        (*PAYING, AMOUNT),
        _pay,
        'who = "zhang", year = 2025',
    ),
    Event(
        "part_pay",
        "部分缴费",
        (*PAYING, Input("amount", MONEY, "金额", required=True)),
        _pay,
        'who = "zhang", amount = 100',
    ),
    Event(
        "pay_for",
        "他人代缴",
        (*PAYING, AMOUNT, Input("by", TEXT, "代缴人姓名", required=True)),
        _pay,
        'who = "zhang", by = "李四"',
    ),
    Event(
        "reverse",
        "冲正缴费",
        (WHO, YEAR, SERIAL, Input("amount", MONEY, "金额；不写为全额")),
        _reverse,
        'who = "zhang", serial = "A"',
    ),
    Event(
        "refund",
        "退费：税务退费流水到达；已缴清的须先有 refund_asked",
        (WHO, YEAR, SERIAL, Input("amount", MONEY, "金额；不写为全额")),
        _refund,
        'who = "zhang", amount = 160',
    ),
    Event(
        "refund_asked",
        "提出退费（reason："
        + "、".join(REASONS)
        + "）；confirm 为真的随即由另一人复核，待 refund 事件（税务退费流水）结清",
        (
            WHO,
            YEAR,
            Input("reason", TEXT, "退费事由的代码", required=True),
            Input("confirm", FLAG, "由另一人复核", default=True),
        ),
        _refund_asked,
        'who = "zhang", reason = "duplicate"',
    ),
    Event(
        "payment_list",
        "缴费清单到达，各行一起入账（行：who、amount、year、serial、paid_on）",
        (Input("rows", TABLES, "各行", required=True),),
        _list_of_payments,
        'rows = [{ who = "zhang", amount = 400 }, { who = "li", amount = 400, paid_on = 2024-10-09 }]',
    ),
)
