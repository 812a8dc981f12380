"""A school hands in a class: planned and left for a clerk to look at and confirm."""

from enrollment.services.lists import CLASSES, FileSource, import_list
from exchange.models import RowOutcome
from oversight.services.demo.city.people import Person
from oversight.services.demo.story.account import Account
from oversight.services.demo.story.book import Book
from oversight.services.demo.story.house import clerk
from policy.dates import Date
from registry.batch.history import write_missing_with_history
from registry.models import Area, School

CODE, NAME = "2330100001", "演示第一中学"
FILE_NAME = "12-class.csv"
HEADINGS = ("学校", "年级", "班级", "姓名", "证件号码", "户籍地", "监护人电话")
AGES = range(12, 18)
LARGEST = 40


def list_a_class(account: Account, book: Book) -> None:
    """Plan the class list of a school in the first pupil's county."""
    city = book.city
    pupils = [each for each in city.people if _goes_to_school(each, book)][:LARGEST]
    county = Area.objects.get(code=pupils[0].village.county_code if pupils else city.facts.area)
    write_missing_with_history([School(code=CODE, name=NAME, area=county)], key="code", reason="shipped")
    lines = [HEADINGS, *((CODE, "初一", "1班", each.name, each.id_number, each.hukou, "") for each in pupils)]
    batch = import_list(
        kind=CLASSES,
        source=FileSource(
            content="\n".join(",".join(line) for line in lines).encode(),
            file_name=FILE_NAME,
            area=Area.objects.get(code=city.facts.area),
            as_of=_day(book),
        ),
        wet_run=False,
        user=clerk(),
    )
    labels = dict(RowOutcome.choices)
    told = "，".join(f"{labels[outcome]} {count}" for outcome, count in sorted(batch.counts.items()))
    account.line(f"{NAME}初一1班 {len(pupils)} 人待核对确认：{told or '没有学生'}")


def _goes_to_school(person: Person, book: Book) -> bool:
    lives = person.died_on is None and not person.has_certificate
    return lives and person.age_on(_day(book)) in AGES and not person.employment


def _day(book: Book) -> Date:
    """Return a day of the concentrated window, when schools hand in their classes."""
    return Date(book.city.facts.coverage_year - 1, 10, 15)
