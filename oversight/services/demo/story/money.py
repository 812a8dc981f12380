"""People's money: what everybody owes, who had to register, what the tax authority collected."""

import datetime
from collections import defaultdict

from django.db.models import Count, Sum

from enrollment.models import ContributionPeriod, ContributionState, HoldReason, Payment, PaymentState
from enrollment.services.enroll import enroll
from enrollment.services.quote import quote
from enrollment.services.settle_assisted import settle_fully_assisted
from oversight.services.demo.city.city import City
from oversight.services.demo.city.people import Person
from oversight.services.demo.story.account import Account, money
from oversight.services.demo.story.book import Book
from oversight.services.demo.story.house import clerk
from policy.money import ZERO
from registry.models import Area, Resident
from registry.models.sealing import blind_index
from registry.selectors import areas_under, insured_spells_on, resident_ids_by_index

CHANNEL = "户籍地居委会（村委会）"


def registrations(account: Account, book: Book) -> None:
    """Register who has not renewed by habit, day by day; close those for whom assistance pays everything."""
    city = book.city
    area, year, user = Area.objects.get(code=city.facts.area), city.facts.coverage_year, clerk()
    ids = _ids(city)
    taken = set(ContributionPeriod.objects.filter(coverage_year=year).values_list("resident_id", flat=True))
    enrolled = closed = 0
    for day, people in sorted(_to_register(city).items()):
        new = [ids[person.id_number] for person in people if ids.get(person.id_number) not in taken | {None}]
        if new:
            enroll(resident_ids=new, coverage_year=year, on=day, place=CHANNEL, user=user)
            enrolled += len(new)
        if any(not person.payments for person in people):
            closed += len(settle_fully_assisted(area=area, coverage_year=year, on=day, user=user))
    account.line(
        f"新参保和断保后续保登记 {enrolled} 人，其中全额资助、无需缴费 {closed} 人；其余上年参保者缴费即续保"
    )


def bill(account: Account, book: Book) -> None:
    """Tell what everybody alive owes, paying on the first day; nothing is written."""
    city = book.city
    day = city.policy.enrollment.published(city.policy.enrollment.coverage_start, "coverage_start")
    first = min(window.opens.value for window in city.policy.enrollment.window.values() if window.opens)
    area = Area.objects.get(code=city.facts.area)
    alive = Resident.objects.filter(
        living_area__in=areas_under(area), died_on__isnull=True, born_on__lte=first
    ).values_list("pk", flat=True)
    employed = insured_spells_on(resident_ids=alive, day=first).values_list("resident_id", flat=True)
    ids = sorted(set(alive) - set(employed))
    quotes = quote(resident_ids=ids, coverage_year=day.value.year, paid_on=first).values()
    due = sum((each.dues.due for each in quotes), ZERO)
    assisted = sum((each.dues.assisted for each in quotes), ZERO)
    account.line(
        f"{first} 试算 {len(quotes)} 人：应缴 {money(due)}，其中资助 {money(assisted)}，个人 {money(due - assisted)}"
    )
    account.line(
        f"获资助 {sum(1 for each in quotes if each.dues.assisted)} 人；每人一份计算过程，逐步注明依据条款"
    )


def payments(account: Account, book: Book) -> None:
    """Take in the tax authority's file."""
    account.command(
        "import_payments", book.path("10-payments.csv"), "--area", book.city.facts.area, "--wet-run"
    )
    _tell_payments(account, book.city.facts.coverage_year)


def _tell_payments(account: Account, year: int) -> None:
    booked = Payment.objects.filter(coverage_year=year, state=PaymentState.BOOKED)
    held = (
        Payment.objects.filter(state=PaymentState.HELD).values_list("hold_reason").annotate(count=Count("pk"))
    )
    reasons = "；".join(f"{HoldReason(reason).label} {count}" for reason, count in held.order_by("-count"))
    account.line(f"入账 {booked.count()} 笔，净额 {money(booked.aggregate(all=Sum('amount'))['all'])}")
    account.line(f"待处理，各开一件待办：{reasons}")
    states = (
        ContributionPeriod.objects.filter(coverage_year=year).values_list("state").annotate(count=Count("pk"))
    )
    labels = dict(ContributionState.choices)
    account.line("，".join(f"{labels[state]} {count} 人" for state, count in states.order_by("-count")))


def _to_register(city: City) -> dict[datetime.date, list[Person]]:
    """Return day → who comes to register: not insured the year before, or with nothing to pay."""
    days: defaultdict[datetime.date, list[Person]] = defaultdict(list)
    for person in city.people:
        if person.registered_on is not None:
            days[person.registered_on].append(person)
    return days


def _ids(city: City) -> dict[str, int]:
    numbers = {blind_index(person.id_number): person.id_number for person in city.people}
    return {numbers[index]: pk for index, pk in resident_ids_by_index(list(numbers)).items()}
