"""Hospitals' settlements through the three layers, and the year end that moves the caps."""

from decimal import Decimal

from django.db.models import Count, Sum

from benefits.models import Claim, ClaimKind, ClaimState, IncentiveRun, IncentiveState, RunState
from oversight.services.demo.story.account import Account, money
from oversight.services.demo.story.book import Book
from oversight.services.demo.story.house import clerk
from policy.money import ZERO
from registry.models import Area

LAYERS = {"basic_paid": "基本医保", "critical_illness_paid": "大病保险", "assistance_paid": "医疗救助"}
UNCAPPED = "不设封顶线"


def claims(account: Account, book: Book) -> None:
    """Take in the hospitals and their settlement file."""
    area = book.city.facts.area
    account.command("load_facilities", book.path("09-facilities.csv"))
    account.command("import_claims", book.path("11-claims.xlsx"), "--area", area, "--wet-run")
    tell_layers(account)


def tell_layers(account: Account) -> None:
    """Tell what each layer paid, and that the parts make the whole."""
    settled = Claim.objects.filter(state=ClaimState.SETTLED)
    sums = settled.aggregate(
        claims=Count("pk"), people=Count("resident", distinct=True), total=Sum("total"),
        own=Sum("out_of_pocket"), **{name: Sum(name) for name in LAYERS},
    )  # fmt: skip
    account.line(f"已结算 {sums['claims']} 单、{sums['people']} 人，医疗总费用 {money(sums['total'])}")
    for name, label in LAYERS.items():
        account.line(f"{label}支付 {money(sums[name])}，{settled.filter(**{f'{name}__gt': 0}).count()} 单")
    parts: Decimal = sum((sums[name] or ZERO for name in LAYERS), ZERO) + (sums["own"] or ZERO)
    account.line(f"个人负担 {money(sums['own'])}；三层与个人之和 {money(parts)}")
    kinds = dict(ClaimKind.choices)
    counts = settled.values_list("kind").annotate(rows=Count("pk")).order_by("-rows")
    account.line("，".join(f"{kinds[kind]} {rows} 单" for kind, rows in counts))


def year_end(account: Account, book: Book) -> None:
    """Propose the incentives of the coverage year, and have a second person approve them."""
    said = ["--area", book.city.facts.area, "--year", book.city.facts.coverage_year]
    account.command("recalculate_incentives", *said, "--propose", "--by", clerk().get_username())
    area, year = Area.objects.get(code=book.city.facts.area), book.city.facts.coverage_year
    if IncentiveRun.objects.filter(area=area, year=year, state=RunState.PROPOSED).exists():
        account.command(
            "recalculate_incentives", *said, "--approve", "--by", "harbin-review", "--reason", "抽查无误"
        )
    tell_caps(account, book.city.facts.coverage_year)


def tell_caps(account: Account, year: int) -> None:
    """Tell how many people have which cap in the following year."""
    states = IncentiveState.objects.filter(year=year)
    caps = states.values_list("next_cap").annotate(people=Count("resident_id")).order_by("-people")
    shown = [f"{UNCAPPED if cap is None else f'{cap:,.0f} 元'} {people} 人" for cap, people in caps]
    account.line(f"{year + 1} 年封顶线：{'，'.join(shown)}")
