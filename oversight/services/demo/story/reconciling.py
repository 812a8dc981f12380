"""人费一致: the tax authority's own totals taken in, and the month compared in which something is wrong on purpose."""

import datetime

from django.db.models import QuerySet

from oversight.models import Reconciliation
from oversight.selectors.reconciliations import counts_by_kind
from oversight.services.demo.files.money import PLANTED_MONTH, TOTALS_FILE, tax_totals
from oversight.services.demo.story.account import Account
from oversight.services.demo.story.book import Book

# What is wrong with the payment file on purpose and came in all the same, by the class it has to be found in.
PLANTED = {"not_registered": 2, "amount_off": 1, "wrong_year": 1, "no_original": 1}


def reconcile_month(account: Account, book: Book) -> None:
    """Take the totals in, compare the month, and tell what was planted beside what was found."""
    area = book.city.facts.area
    account.command("import_tax_totals", book.path(TOTALS_FILE), "--area", area, "--wet-run")
    if not _papers().exists():  # each comparison leaves its trace
        account.command("reconcile", "--area", area, "--month", PLANTED_MONTH)
    tell_differences(account, planted=sum(planted_in(book).values()))


def planted_in(book: Book) -> dict[str, int]:
    """Return how many differences of each class were planted in the month."""
    return PLANTED | {"tax_total": len(tax_totals(book.city).planted)}


def tell_differences(account: Account, *, planted: int | None = None) -> None:
    """Tell how many differences of each class there are."""
    counts = counts_by_kind(_papers().get())
    found = sum(each.open + each.explained for each in counts)
    said = "，".join(f"{each.label} {each.open + each.explained}" for each in counts)
    told = "" if planted is None else f"有意写错 {planted} 处，"
    account.line(f"{PLANTED_MONTH} 人费核对：{told}找出 {found} 处：{said}；逐条待责任人说明后结账")


def _papers() -> QuerySet[Reconciliation]:
    return Reconciliation.objects.filter(month=datetime.date.fromisoformat(f"{PLANTED_MONTH}-01"))
