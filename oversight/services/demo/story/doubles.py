"""Somebody insured in two cities (重复参保): told by the national platform, asked with the rule that applies."""

from casework.models import Case
from enrollment.services.doubles import KIND, ask_about_doubles
from enrollment.services.lists import INSURED_ELSEWHERE, FileSource, import_list
from exchange.models import RowOutcome
from oversight.services.demo.story.account import Account
from oversight.services.demo.story.book import Book
from oversight.services.demo.story.house import clerk
from registry.models import Area

NAME = "13-insured-elsewhere.csv"


def find_doubles(account: Account, book: Book) -> None:
    """Take in what the platform knows, and look at who of these is insured twice, as every night does.

    The night is one of the coverage year: a year that is over asks nobody any more.
    """
    city = book.city
    batch = import_list(
        kind=INSURED_ELSEWHERE,
        source=FileSource(
            content=book.path(NAME).read_bytes(),
            file_name=NAME,
            area=Area.objects.get(code=city.facts.area),
            as_of=city.second_list,
        ),
        wet_run=True,
        user=clerk(),
    )
    told = list(batch.rows.filter(outcome=RowOutcome.NEW).values_list("payload__resident", flat=True))
    ask_about_doubles(day=city.second_list, resident_ids=told)
    account.line(f"{NAME} 核实 {batch.rows.count()} 人，另有他处参保的 {len(told)} 人")
    for case in Case.objects.filter(kind=KIND, resident__in=told).order_by("pk"):
        account.line(f"工单 #{case.pk}：{case.reason}")
        account.line(f"可选：{'；'.join(option['label'] for option in case.options)}")
