"""Who is not insured yet: spoken to, reasons found out, and the rate kept month by month."""

import datetime

from enrollment.models import ContactOutcome, ContactWay, ReasonSource, WhyNot
from enrollment.rules.standing import Standing
from enrollment.selectors.standings import Narrowed, Task, people_standing, task_under
from enrollment.services.outreach import ContactSaid, ReasonSaid, record_contacts, record_reasons
from oversight.selectors.participation import lines_below, rate_of, total_of
from oversight.services.demo.story.account import Account
from oversight.services.demo.story.book import Book
from oversight.services.demo.story.house import clerk
from oversight.services.participation import keep_participation
from policy.dates import days_after, last_day_of_month
from registry.models import Area

MOST = 40
# Of those found, in turn; the proven ones name the paper that was seen.
TURNS = (
    (WhyNot.LOST, "", "邻居称外出多年"),
    (WhyNot.EMPLOYEE_ELSEWHERE, "外省参保凭证（演示）", ""),
    (WhyNot.REFUSED, "", "本人表示不参保"),
    (WhyNot.ARMY, "入伍通知书（演示）", ""),
    (WhyNot.OTHER, "", "长期住院，家属代办"),
)
OUTCOMES = (ContactOutcome.PROMISED, ContactOutcome.UNREACHED)
GROUPS = {"hardship": "困难群众", "all": "全部居民"}


def reach(account: Account, book: Book) -> None:
    """Speak to the hardship people nobody has insured by the window's end, and keep the rate of every month."""
    city = book.city
    area = Area.objects.get(code=city.facts.area)
    first = _task(book, area, min(city.facts.known_until, _last_day(book, area)))
    found = people_standing(first, Narrowed(hardship_only=True), most=10 * MOST, by_place=True)
    people = [each.resident_id for each in found if each.by_record is None][:MOST]
    _speak(first, people)
    days = _month_ends(first.since, city.facts.known_until)
    for day in days:
        keep_participation(task=_task(book, area, day))
    reasons = len(people[::2])
    account.line(f"截至 {first.day} 困难群众未参保的联系 {len(people)} 人，登记未参保原因 {reasons} 人")
    for day in (first.day, days[-1]):
        _tell(account, book, _task(book, area, day))


def _task(book: Book, area: Area, day: datetime.date) -> Task:
    city = book.city
    return task_under(city.policy, area=area, coverage_year=city.facts.coverage_year, today=day)


def _last_day(book: Book, area: Area) -> datetime.date:
    return _task(book, area, book.city.facts.known_until).windows[0].days.last


def _speak(task: Task, people: list[int]) -> None:
    """Record what came of speaking to people; said again it is the same."""
    user = clerk()
    for turn, outcome in enumerate(OUTCOMES):
        record_contacts(
            coverage_year=task.coverage_year,
            resident_ids=people[turn :: len(OUTCOMES)],
            said=ContactSaid(contacted_on=days_after(task.day, -10), way=ContactWay.PHONE, outcome=outcome),
            today=task.day,
            user=user,
        )
    rows = []
    for place, person in enumerate(people[::2]):
        reason, document, note = TURNS[place % len(TURNS)]
        rows.append(
            ReasonSaid(
                resident_id=person,
                reason=reason,
                stated_on=days_after(task.day, -5),
                source=ReasonSource.VISIT,
                document=document,
                note=note,
            )
        )
    record_reasons(task=task, rows=rows, user=user)


def _month_ends(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    """Return the last days of the months between two days."""
    ends = [last_day_of_month(first)]
    while (end := last_day_of_month(days_after(ends[-1], 1))) <= last:
        ends.append(end)
    return ends


def _tell(account: Account, book: Book, task: Task) -> None:
    lines = lines_below(task)
    for group, label in GROUPS.items():
        total = total_of(lines, group)
        rate = rate_of(book.city.policy.oversight, total.by_standing).value
        shown = "—" if rate.rate is None else f"{rate.rate:.2%}"
        account.line(
            f"{task.day} {label}：应参保 {rate.denominator}，完成 {rate.insured}，参保率 {shown}，"
            f"待动员 {total.by_standing[Standing.WAITING]}"
        )
