"""Premiums out of somebody's employee account: whom the documents let it pay for, by list and by program (TS-R4)."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casework.models import Case
from enrollment.models import ContributionPeriod, FamilyPayer, Payment
from enrollment.rules.family_account import AccountPayer, account_misfit, lies_in
from enrollment.services.booking import desk
from enrollment.services.booking.family import account_payer
from enrollment.services.enroll import enroll
from enrollment.services.lists import PAYMENTS, FileSource, import_list
from enrollment.services.payments import record_payments, retry_held_payments
from exchange.models import InboundRow
from exchange.parsers.writer import write_xlsx
from policy.cited import Cited
from policy.loader import load_shipped
from tests.contract.city import client
from tests.enrollment.factories import row
from tests.enrollment.test_lists import TAX
from tests.exchange.factories import AgencyFactory
from tests.registry.factories import ResidentFactory, harbin, identity_number, tangshan

DAY = datetime.date(2024, 10, 20)
BORN = datetime.date(1970, 3, 1)
HOLDER, STRANGER = (identity_number(n, born_on=BORN) for n in (1, 2))
CLAUSE = "唐医保函〔2024〕45号 三(四)"
INSURED_IN = ("130200", "130000", "CN")


def payer(**said) -> AccountPayer:
    facts = {"name": "王建国", "number": HOLDER, "relation": "parent", "area_code": "130283"}
    return account_payer(**(facts | said))


def rules(**changes):
    """Return the registration rules of Tangshan with some leaves others, null = not published."""
    found = load_shipped("130200/2025").data.enrollment.registration
    leaves = {
        name: value and Cited(value=value, unit="rule", clause="甲〔2026〕1号 一")
        for name, value in changes.items()
    }
    return found.model_copy(update=leaves)


class TestRule:
    @pytest.mark.parametrize(
        "relation", ["spouse", "parent", "child", "sibling", "grandparent", "grandchild"]
    )
    def test_near_relatives_of_a_holder_in_the_province_fit(self, relation):
        assert account_misfit(rules(), payer(relation=relation), insured_in=INSURED_IN, members=99) is None

    @pytest.mark.parametrize(
        ("said", "kind", "words"),
        [
            ({"relation": "other"}, "relation", f"与账户持有人的关系不在规定范围内（{CLAUSE}）"),
            ({"relation": "self"}, "relation", f"账户持有人与参保人是同一人（{CLAUSE}）"),
            ({"relation": ""}, "relation", f"没有写与账户持有人的关系（{CLAUSE}）"),
            ({"area_code": "230100"}, "area", f"账户持有人参保地“230100”不在 130000 范围内（{CLAUSE}）"),
            ({"area_code": ""}, "area", f"账户持有人参保地“未填”不在 130000 范围内（{CLAUSE}）"),
            ({"number": HOLDER[:-1] + "?"}, "number", "有误"),
            ({"number": ""}, "number", "账户持有人证件号码“未填”有误"),
        ],
    )
    def test_what_does_not_fit_is_said_with_its_clause(self, said, kind, words):
        found = account_misfit(rules(), payer(**said), insured_in=INSURED_IN, members=1)

        assert found.kind == kind
        assert words in found.said

    def test_a_person_insured_in_another_province_is_outside(self):
        found = account_misfit(rules(), payer(), insured_in=("230100", "230000"), members=1)

        assert (found.kind, "参保人不在 130000 范围内参保" in found.said) == ("area", True)

    @pytest.mark.parametrize(("members", "fits"), [(1, True), (8, True), (9, False)])
    def test_a_limit_of_members_includes_its_number(self, members, fits):
        found = account_misfit(
            rules(family_account_most_members=8), payer(), insured_in=INSURED_IN, members=members
        )

        assert (found is None) == fits
        assert fits or found.said == "该账户本年度已缴 8 人，最多 8 人（甲〔2026〕1号 一）"

    def test_where_the_documents_are_silent_nothing_fits(self):
        for silent in (None, rules(family_account_province=None), rules(family_account_relations=None)):
            assert account_misfit(silent, payer(), insured_in=INSURED_IN, members=1).kind == "no_rule"

    @pytest.mark.parametrize(
        ("code", "division", "inside"),
        [
            ("130283", "130000", True),
            ("130200", "130200", True),
            ("130300", "130200", False),
            ("", "130000", False),
        ],
    )
    def test_a_code_lies_in_its_divisions(self, code, division, inside):
        assert lies_in(code, division) == inside


@pytest.fixture
def family(law):
    """Two people of Tangshan who owe 430 each."""
    people = [
        ResidentFactory(
            number=identity_number(n), living_area=tangshan(), pooling_area=tangshan(), hukou_area=tangshan()
        )
        for n in (1, 2)
    ]
    enroll(resident_ids=[each.pk for each in people], coverage_year=2025, on=DAY)
    return people


def pay(person, **said):
    line = row(person, DAY, amount=Decimal(430), payer=payer(**said))
    (outcome,) = record_payments(rows=[line], area=tangshan())
    return outcome


def test_money_that_fits_is_booked_with_its_holder_kept_without_the_number(family):
    assert pay(family[0]).outcome == "booked"

    kept = FamilyPayer.objects.get()
    assert (kept.payment, kept.name, kept.relation) == (Payment.objects.get(), "王建国", "parent")
    assert kept.masked_id_number == f"{HOLDER[:6]}********{HOLDER[-4:]}"
    assert kept.history.get().history_change_reason == "receive payment"
    assert ContributionPeriod.objects.get(resident=family[0]).paid == 430
    assert HOLDER not in str(FamilyPayer.objects.values())


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"relation": "other"}, "payer_relation"),
        ({"area_code": "230100"}, "payer_area"),
        ({"number": "13029919530707013"}, "payer_number"),
    ],
)
def test_money_that_does_not_fit_is_held_with_a_question_and_its_holder(family, said, code):
    outcome = pay(family[0], **said)

    assert (outcome.outcome, outcome.code) == ("held", code)
    assert FamilyPayer.objects.get().payment == Payment.objects.get(state="held")
    assert Case.objects.get().reason == outcome.message
    (again,) = retry_held_payments(payment_ids=[Payment.objects.get().pk])
    assert (again.outcome, again.code) == ("held", code)


def test_where_no_document_speaks_of_family_accounts_the_money_is_held(law):
    person = ResidentFactory()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=DAY)

    (outcome,) = record_payments(rows=[row(person, DAY, payer=payer())], area=harbin())

    assert (outcome.code, outcome.message) == (
        "rule_not_published",
        "已生效的文件没有规定个人账户家庭共济缴费",
    )


def test_the_same_serial_out_of_another_account_is_refused(family):
    line = row(family[0], DAY, amount=Decimal(430), payer=payer())
    record_payments(rows=[line])

    again, other = [
        record_payments(rows=[line._replace(payer=payer(number=number))])[0] for number in (HOLDER, STRANGER)
    ]

    assert (again.outcome, other.code) == ("unchanged", "serial_conflict")
    assert FamilyPayer.objects.count() == 1


class TestMembers:
    @pytest.fixture(autouse=True)
    def _one_member(self, monkeypatch):
        most = rules(family_account_most_members=1)
        fit = desk.account_misfit
        monkeypatch.setattr(desk, "account_misfit", lambda _, *args, **said: fit(most, *args, **said))

    def test_one_account_pays_for_no_more_people_than_the_limit(self, family):
        first, second = family

        assert pay(first).outcome == "booked"
        assert (pay(second).code, pay(second, number=STRANGER).outcome) == ("payer_members", "booked")

    def test_rows_of_one_file_count(self, family):
        rows = [row(each, DAY, amount=Decimal(430), payer=payer()) for each in family]

        assert [each.code for each in record_payments(rows=rows)] == ["", "payer_members"]

    def test_who_was_paid_for_and_taken_back_counts_no_more(self, family):
        first, second = family
        pay(first)
        paid = Payment.objects.get()
        record_payments(
            rows=[row(first, DAY, kind="reversal", amount=Decimal(430), reverses_serial=paid.serial)]
        )

        assert pay(second).outcome == "booked"


HEAD = [*TAX, "账户持有人姓名", "账户持有人证件号码", "与账户持有人关系", "持有人参保地"]


def test_a_list_names_the_holders_and_says_row_and_column_of_what_does_not_fit(family):
    def line(serial, person, *holder):
        number = identity_number(person)
        return [serial, "王桂兰", number, 2025, 430, "2024-10-20", "河北智慧医保", "缴费", "", *holder]

    lines = [
        line("T1", 1, "王建国", HOLDER, "母亲", "130200"),
        line("T2", 2, "王建国", HOLDER, "邻居", "130200"),
        line("T3", 2, "王建国", "13029919530707", "子女", "130200"),
    ]
    source = FileSource(
        content=write_xlsx(HEAD, lines),
        file_name="缴费.xlsx",
        area=tangshan(),
        as_of=datetime.date(2024, 12, 1),
    )

    batch = import_list(kind=PAYMENTS, source=source, wet_run=True)

    rows = InboundRow.objects.filter(batch=batch).order_by("number")
    assert list(rows.values_list("number", "outcome", "code", "field")) == [
        (2, "new", "", ""),
        (3, "held", "payer_relation", "参保人是持有人的"),
        (4, "held", "payer_number", "账户持有人证件号码"),
    ]
    assert set(FamilyPayer.objects.values_list("payment__serial", "relation")) == {
        ("T1", "parent"),
        ("T2", "other"),
        ("T3", "child"),
    }
    assert HOLDER not in str(list(rows.values_list("payload", "message")))


def test_a_program_names_the_holder(family):
    caller = client(AgencyFactory(with_client=True, kind="tax", area=tangshan()), "payments:write")
    said = {"serial": "A", "id_number": identity_number(1), "coverage_year": 2025, "amount": "430.00"}
    holder = {"id_number": HOLDER, "name": "王建国", "relation": "parent", "area": "130283"}

    def report(key, **more):
        rows = [said | {"paid_on": "2024-10-20", "serial": key, "payer": holder | more}]
        return caller.post("/api/v1/payments/", {"rows": rows}, headers={"Idempotency-Key": key})

    assert report("A", relation="neighbour").json()["errors"].keys() == {"rows.0.payer.relation"}
    (held,) = report("B", area="110000").json()["outcomes"]
    (booked,) = report("C").json()["outcomes"]
    assert ((held["outcome"], held["code"]), booked["outcome"]) == (("held", "payer_area"), "booked")
    assert HOLDER not in str(list(InboundRow.objects.values_list("payload", flat=True)))


def test_sixty_family_payments_ask_no_more_than_twenty(law):
    def queries(first, count):
        people = [
            ResidentFactory(living_area=tangshan(), pooling_area=tangshan(), hukou_area=tangshan())
            for _ in range(count)
        ]
        enroll(resident_ids=[each.pk for each in people], coverage_year=2025, on=DAY)
        rows = [
            row(each, DAY, amount=Decimal(430), payer=payer(number=identity_number(first + n, born_on=BORN)))
            for n, each in enumerate(people)
        ]
        with CaptureQueriesContext(connection) as asked:
            assert {each.outcome for each in record_payments(rows=rows)} == {"booked"}
        return len(asked)

    queries(10, 3)
    assert queries(20, 20) == queries(50, 60)
