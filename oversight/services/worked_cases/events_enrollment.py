"""Events of registration: registered, quoted anew, bought back, supported, taken back."""

from enrollment.models import BillingScope, BillingState
from enrollment.services.billing.runs import confirm_billing, open_billing, run_billing_chunks
from enrollment.services.enroll import buy_back, enroll, requote, withdraw
from enrollment.services.settle_assisted import settle_fully_assisted
from enrollment.services.supports import Offer, give_support
from oversight.services.worked_cases.event import DONE, WHO, YEAR, Event
from oversight.services.worked_cases.inputs import FLAG, MONEY, TEXT, WHOLE, Given, Input
from oversight.services.worked_cases.journey_world import EventRefused, Happened, World
from registry.models import Resident
from registry.selectors import pooling_area_of

POPULATION = Input("population", TEXT, "人员类别；不写为 resident")
CONFIRMED = Input("confirm_no_benefit", FLAG, "已书面确认当年无待遇", default=False)
CHANNEL = Input("channel", TEXT, "渠道", default="")


def _register(world: World, given: Given) -> Happened:
    resident = world.person(given["who"])
    enroll_as_told(resident, world.year(given["year"]), given)
    return DONE


def _student(world: World, given: Given) -> Happened:
    resident = world.person(given["who"])
    enroll_as_told(
        resident, world.year(given["year"]), {**given, "population": given["population"] or "student"}
    )
    return DONE


def enroll_as_told(resident: Resident, year: int, given: Given) -> None:
    """Register a person for a year as an event says."""
    enroll(
        resident_ids=[resident.pk],
        coverage_year=year,
        on=given["on"],
        channel=given["channel"],
        place=given.get("place", ""),
        population=given["population"],
        reason="worked case",
        confirm_no_benefit=given["confirm_no_benefit"],
    )


def _buy_back(world: World, given: Given) -> Happened:
    buy_back(
        resident_id=world.person(given["who"]).pk,
        coverage_year=world.year(given["year"]),
        months=given["months"],
        day=given["on"],
    )
    return DONE


def _requote(world: World, given: Given) -> Happened:
    requote(
        resident_ids=[world.person(given["who"]).pk], coverage_year=world.year(given["year"]), day=given["on"]
    )
    return DONE


def _withdraw(world: World, given: Given) -> Happened:
    withdraw(
        resident_ids=[world.person(given["who"]).pk],
        coverage_year=world.year(given["year"]),
        reason="worked case",
    )
    return DONE


def _support(world: World, given: Given) -> Happened:
    offer = Offer(giver=given["giver"], offered=given["amount"], given_on=given["on"])
    give_support(resident=world.person(given["who"]), coverage_year=world.year(given["year"]), offer=offer)
    return DONE


def _settle_assisted(world: World, given: Given) -> Happened:
    settle_fully_assisted(area=world.area(), coverage_year=world.year(given["year"]), on=given["on"])
    return DONE


def _year_billed(world: World, given: Given) -> Happened:
    run = open_billing(
        area=pooling_area_of(world.area(given["area"])),
        coverage_year=world.year(given["year"]),
        today=given["on"],
        scope=BillingScope.EVERYONE if given["everyone"] else BillingScope.RENEWALS,
    )
    run_billing_chunks(run_id=run.pk)
    confirm_billing(run_id=run.pk)
    if run_billing_chunks(run_id=run.pk).state != BillingState.DONE:
        raise EventRefused("billing_failed", f"{run.coverage_year} 年度集中开单未完成")
    return DONE


EVENTS = (
    Event(
        "register",
        "参保登记",
        (WHO, YEAR, CHANNEL, POPULATION, CONFIRMED),
        _register,
        'who = "zhang", year = 2025',
    ),
    Event(
        "school",
        "在学校参保登记（人员类别 student）",
        (WHO, YEAR, CHANNEL, POPULATION, CONFIRMED, Input("place", TEXT, "登记地点", default="school")),
        _student,
        'who = "zhang", place = "school"',
    ),
    Event(
        "buy_back",
        "缴费修复（补缴变动等待期）",
        (WHO, YEAR, Input("months", WHOLE, "修复月数", required=True)),
        _buy_back,
        'who = "zhang", months = 1',
    ),
    Event(
        "requote",
        "重新核定",
        (WHO, YEAR),
        _requote,
        'who = "zhang"',
    ),
    Event(
        "withdraw",
        "撤销参保登记",
        (WHO, YEAR),
        _withdraw,
        'who = "zhang"',
    ),
    Event(
        "support",
        "乡镇、村集体等资金扶持",
        (
            WHO,
            YEAR,
            Input("amount", MONEY, "拟支持金额", required=True),
            Input("giver", TEXT, "出资方", default="村集体"),
        ),
        _support,
        'who = "zhang", amount = 100, giver = "某村"',
    ),
    Event(
        "settle_assisted",
        "对个人应缴为零的人集中办结",
        (YEAR,),
        _settle_assisted,
        "year = 2025",
    ),
    Event(
        "year_billed",
        "年度集中开单：统筹地区内的续保人员登记并核定；早于首个缴费期的按首日核定",
        (
            YEAR,
            Input("area", TEXT, "所在的统筹地区；不写为本用例的 area 所属的"),
            Input("everyone", FLAG, "新参保和断保人员也直接登记", default=False),
        ),
        _year_billed,
        "year = 2025",
    ),
)
