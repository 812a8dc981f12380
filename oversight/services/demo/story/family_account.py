"""A child's premium out of a parent's employee account (家庭共济), in Tangshan, whose documents allow it."""

import datetime

from enrollment.models import ContributionPeriod, FamilyPayer
from enrollment.services.enroll import enroll
from enrollment.services.lists import PAYMENTS, FileSource, import_list
from oversight.services.demo.city.dice import Dice
from oversight.services.demo.city.numbers import FEMALE, MALE, NumberRegister
from oversight.services.demo.files.formats import columns, text_file
from oversight.services.demo.story.account import Account, money
from oversight.services.demo.story.book import Book
from oversight.services.demo.story.house import clerk
from oversight.services.demo.story.tangshan import AREAS, PAID_ON, YEAR
from policy.selectors import policy_for
from registry.models import Area, Resident
from registry.selectors import resident_by_number
from registry.services import NewResident, register_residents

COUNTY, CITY, _PROVINCE = AREAS
CHILD, PARENT = "赵小样", "赵样例"
CHILD_BORN, PARENT_BORN = datetime.date(2014, 4, 30), datetime.date(1986, 7, 9)
SERIAL, FILE_NAME = "313020241012000001", "14-family-account.csv"
HEAD = columns(
    "电子税票号码 姓名 证件号码 缴费年度 缴费金额 缴费日期 征收渠道 类型 "
    "共济账户持有人 账户持有人证件号码 参保人是持有人的 持有人参保地区划"
)


def pay_for_a_child(account: Account, book: Book) -> None:
    """Register a child, take in the tax authority's row with the holder of the account, and tell what was checked."""
    numbers = NumberRegister(Dice(book.city.seed, "family account"))
    child = numbers.new(city=CITY[:4], born_on=CHILD_BORN, sex=FEMALE)
    parent = numbers.new(city=CITY[:4], born_on=PARENT_BORN, sex=MALE)
    owed = _owed(child)
    line = (SERIAL, CHILD, child, YEAR, owed.payable, PAID_ON, "“河北智慧医保”家庭共济", "缴费")
    source = FileSource(
        content=text_file(HEAD, [(*line, PARENT, parent, "子女", CITY)]),
        file_name=FILE_NAME,
        area=Area.objects.get(code=CITY),
        as_of=PAID_ON,
    )
    import_list(kind=PAYMENTS, source=source, wet_run=True, user=clerk())
    payer = FamilyPayer.objects.select_related("payment").get(payment__serial=SERIAL)
    rules = policy_for(areas=AREAS, year=YEAR).enrollment.registration
    assert rules is not None
    assert rules.family_account_relations is not None
    relation = payer.get_relation_display()
    account.line(f"{CHILD} {YEAR} 年度个人应缴 {money(owed.payable)}，由{payer.name}的职工医保个人账户支付：")
    account.line(
        f"{payer.payment.get_state_display()}；关系“{relation}”、账户所在省、号码已核对"
        f"［{rules.family_account_relations.clause}］"
    )


def _owed(number: str) -> ContributionPeriod:
    """Return what the child owes, registered with its person if it is not yet."""
    child = resident_by_number(number) or _registered(number)
    found = ContributionPeriod.objects.filter(resident=child, coverage_year=YEAR)
    if not found.exists():
        enroll(resident_ids=[child.pk], coverage_year=YEAR, on=PAID_ON, user=clerk())
    return found.get()


def _registered(number: str) -> Resident:
    area = Area.objects.get(code=COUNTY)
    person = NewResident(name=CHILD, id_number=number, living_area_id=area.pk, hukou_area_id=area.pk)
    (child,) = register_residents(rows=[person], reason="register", user=clerk())
    return child
