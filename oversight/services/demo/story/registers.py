"""The first steps: the law, the places, the people, their past years and the identities they hold."""

from collections.abc import Sequence

from django.db.models import Count

from exchange.models import BatchStatus, InboundBatch, RowOutcome
from hardship.models import Category, Recognition
from hardship.services.recognitions import NewRecognition, recognize
from oversight.services.demo.city.city import City
from oversight.services.demo.story.account import Account
from oversight.services.demo.story.book import Book
from oversight.services.demo.story.deaths import take_in_deaths
from oversight.services.demo.story.house import clerk, furnish
from policy.models import PolicyStatus, PolicyVersion
from registry.models import Area, Household, Resident
from registry.selectors import resident_by_number

SPOILED = "07-civil-affairs-blank.xlsx"
LISTS = (
    ("civil_affairs", "04-civil-affairs.xlsx", "first"),
    ("rural_affairs", "05-rural-affairs.csv", "first"),
    ("disabled_federation", "06-disabled-federation.xlsx", "first"),
    ("civil_affairs", "07-civil-affairs-next.xlsx", "second"),
    ("civil_affairs", SPOILED, "second"),
)
OF_FAMILY_PLANNING = "special_family_planning"


def law_and_places(account: Account, book: Book) -> None:
    """Load areas, policies, categories and schedules, furnish the house."""
    account.command("load_areas")
    account.command("load_areas", book.path("01-areas.csv"))
    account.command("load_policies")
    account.command("load_categories")
    account.command("load_schedules")
    counts = furnish(book.city.policy)
    account.line(
        f"地区 {Area.objects.count()}，生效政策 {PolicyVersion.objects.filter(status=PolicyStatus.APPROVED).count()}，"
        f"困难身份类别 {Category.objects.count()}"
    )
    account.line(
        f"演示账号 {counts.staff} 个（密码由 make serve 列出），外部门 {counts.agencies} 个（各有接口客户端）；"
        f"{counts.fiscal_classes} 个区县的财政分类为假定，须由市局录入"
    )


def people(account: Account, book: Book) -> None:
    """Take in the register, the years before and the dead."""
    area = book.city.facts.area
    account.command("import_residents", book.path("02-residents.csv"), "--area", area, "--wet-run")
    account.command("import_history", book.path("03-history.csv"), "--area", area, "--wet-run")
    deaths = take_in_deaths(
        book.path("08-deaths.csv"),
        area=Area.objects.get(code=area),
        as_of=max(person.died_on for person in book.city.people if person.died_on is not None),
        user=clerk(),
    )
    account.line(
        f"居民 {Resident.objects.count()}，家庭户 {Household.objects.count()}，"
        f"登记死亡 {deaths.counts.get(RowOutcome.NEW, 0)}"
    )


def identities(account: Account, book: Book) -> None:
    """Take in the agencies' lists: shown first, applied next; the one with a blank number is refused whole."""
    city = book.city
    days = {"first": city.first_list, "second": city.second_list}
    for kind, name, which in LISTS:
        said = ["--kind", kind, "--area", city.facts.area, "--as-of", days[which], book.path(name)]
        if _is_done(name):
            account.line(f"{name} 此前已处理")
            continue
        account.command("import_identities", *said)
        if name != SPOILED:
            account.command("import_identities", *said, "--user", clerk().get_username(), "--wet-run", most=1)
    recognize(rows=_family_planning(city), user=clerk(), reason="list health commission")
    account.line(f"现有身份认定 {Recognition.objects.count()} 条：{_by_category()}")


def _is_done(name: str) -> bool:
    """Return whether the list was applied or refused by a run of the demo that did not come to its end."""
    return InboundBatch.objects.filter(file_name=name).exclude(status=BatchStatus.PLANNED).exists()


def _family_planning(city: City) -> Sequence[NewRecognition]:
    """Return what the health commission recognised, which comes on paper: those not on record yet."""
    rows = []
    for person in city.people:
        for mark in person.marks:
            resident = resident_by_number(person.id_number) if mark.category == OF_FAMILY_PLANNING else None
            if resident and not resident.recognitions.filter(category=OF_FAMILY_PLANNING).exists():
                rows.append(
                    NewRecognition(
                        resident_id=resident.pk, category=OF_FAMILY_PLANNING, valid_from=mark.since
                    )
                )
    return rows


def _by_category() -> str:
    counts = (
        Recognition.objects.filter(valid_to__isnull=True)
        .values_list("category__label")
        .annotate(held=Count("pk"))
        .order_by("-held", "category__label")
    )
    return "，".join(f"{label} {held}" for label, held in counts)
