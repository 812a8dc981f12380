"""Files in: registers, past years, the tax authority's payments; planned, shown, applied, and the same again."""

import datetime
import io
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import ContributionPeriod, Enrollment, Payment
from enrollment.selectors import insured_years
from enrollment.services.lists import HISTORY, KINDS, PAYMENTS, RESIDENTS, FileSource, apply_list, import_list
from exchange.models import BatchStatus, InboundBatch, InboundRow
from exchange.parsers.writer import write_xlsx
from exchange.services.batches import BatchNotPlanned
from registry.models import Household, InsuredSpell, Resident
from registry.selectors import resident_by_number
from tests.enrollment.factories import InsuredFactory
from tests.registry.factories import ResidentFactory, UserFactory, daoli, harbin, identity_number, shangzhi

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
REGISTER = [
    "姓名",
    "证件类型",
    "证件号码",
    "户编号",
    "户主姓名",
    "与户主关系",
    "户籍地区划",
    "居住地区划",
    "联系电话",
    "退出现役日期",
    "性别",
    "出生日期",
]
PAST = ["证件号码", "参保年度", "统筹区", "缴费日期", "个人缴费金额", "险种"]
TAX = ["电子税票号码", "姓名", "证件号码", "缴费年度", "缴费金额", "缴费日期", "征收渠道", "类型", "原流水号"]


def xlsx(columns, *rows):
    return FileSource(
        content=write_xlsx(columns, rows), file_name="名单.xlsx", area=harbin(), as_of=DAY(2024, 12, 1)
    )


def csv(columns, *rows, encoding="gb18030"):
    lines = [",".join(map(str, line)) for line in (columns, *rows)]
    return FileSource(
        content="\n".join(lines).encode(encoding),
        file_name="名单.csv",
        area=harbin(),
        as_of=DAY(2024, 12, 1),
    )


def outcomes(batch):
    return [
        (row.number, row.outcome, row.code)
        for row in InboundRow.objects.filter(batch=batch).order_by("number")
    ]


def registered(number, *, name="李四", living="230102", household="H1", kind="居民身份证", **rest):
    return [
        name,
        kind,
        number,
        household,
        "李大",
        "子女",
        "230183",
        living,
        "13800001234",
        rest.get("discharged", ""),
        rest.get("sex", ""),
        rest.get("born", ""),
    ]


@pytest.fixture
def places(db):
    return daoli(), shangzhi()


@pytest.mark.usefixtures("places")
class TestRegister:
    def test_new_people_are_registered_with_their_household(self):
        clerk = UserFactory()
        source = xlsx(
            REGISTER,
            registered(identity_number(1), discharged="2025-04-01"),
            registered(identity_number(2), name="李五"),
            registered("P230000001", kind="出生医学证明", sex="男", born="20241101"),
        )

        planned = import_list(kind=RESIDENTS, source=source, wet_run=False)
        assert (planned.counts, Resident.objects.count()) == ({"new": 3}, 0)
        applied = apply_list(kind=RESIDENTS, batch=planned, user=clerk)

        assert applied.status == BatchStatus.APPLIED
        person = resident_by_number(identity_number(1))
        assert (person.name, person.pooling_area, person.hukou_area) == ("李四", harbin(), shangzhi())
        assert (person.discharged_on, person.relation_to_head) == (DAY(2025, 4, 1), "子女")
        assert person.history.get().history_user == clerk
        assert Household.objects.get().residents.count() == 3
        assert resident_by_number("P230000001").born_on == DAY(2024, 11, 1)

    def test_the_same_people_in_another_file_are_unchanged_or_moved(self):
        import_list(kind=RESIDENTS, source=xlsx(REGISTER, registered(identity_number(1))), wet_run=True)

        again = import_list(
            kind=RESIDENTS, source=csv(REGISTER, registered(identity_number(1))), wet_run=True
        )
        moved = import_list(
            kind=RESIDENTS,
            source=csv(REGISTER, registered(identity_number(1), living="230183")),
            wet_run=True,
        )

        assert again.counts == {"unchanged": 1}
        assert moved.counts == {"changed": 1}
        person = resident_by_number(identity_number(1))
        assert person.living_area == shangzhi()
        assert person.history.count() == 2

    def test_a_move_counts_from_the_day_the_register_tells_or_from_its_own(self):
        told = [*REGISTER, "户籍起始日", "居住起始日"]
        number = identity_number(1)
        import_list(kind=RESIDENTS, source=xlsx(told, [*registered(number), "", "2024-02-01"]), wet_run=True)
        person = resident_by_number(number)
        assert (person.hukou_since, person.living_since) == (None, DAY(2024, 2, 1))

        moved = [*registered(number, living="230183"), "2024-03-15", ""]
        import_list(kind=RESIDENTS, source=xlsx(told, moved), wet_run=True)
        person.refresh_from_db()
        assert (person.hukou_since, person.living_since) == (DAY(2024, 3, 15), DAY(2024, 12, 1))

        earlier = import_list(
            kind=RESIDENTS, source=xlsx(told, [*registered(number), "", "2024-05-01"]), wet_run=True
        )
        to_come = import_list(
            kind=RESIDENTS, source=xlsx(told, [*registered(number), "2024-12-02", ""]), wet_run=True
        )
        assert outcomes(earlier) == [(2, "conflict", "older_than_last_move")]
        assert outcomes(to_come) == [(2, "refused", "day_to_come")]
        assert person.history.count() == 2

    def test_bad_rows_are_named_and_the_others_taken(self):
        source = csv(
            REGISTER,
            registered(identity_number(1)),
            registered(identity_number(1), name="重复"),
            registered("230199196503010429"),
            registered(identity_number(3), living="999999"),
            registered(identity_number(4), name=""),
            registered("HK123456", kind="港澳居民证件"),
            registered(identity_number(5), kind="护照"),
        )

        batch = import_list(kind=RESIDENTS, source=source, wet_run=True)

        assert outcomes(batch) == [
            (2, "new", ""),
            (3, "duplicate", "repeated"),
            (4, "refused", "identity_number_invalid"),
            (5, "refused", "area_unknown"),
            (6, "refused", "blank"),
            (7, "refused", "blank"),
            (8, "refused", "word_unknown"),
        ]
        bad = InboundRow.objects.get(batch=batch, number=4)
        assert (bad.field, bad.message) == ("证件号码", "身份证号校验码不符")
        assert Resident.objects.count() == 1


class TestHistory:
    def test_past_years_become_paid_contributions_and_employee_spells(self):
        person = ResidentFactory(number=identity_number(7))
        source = csv(
            PAST,
            [identity_number(7), 2022, "230100", "2021-10-01", 320, "390"],
            [identity_number(7), 2023, "230100", "2023-03-05", 350, "城乡居民基本医疗保险"],
            [identity_number(7), 2021, "230100", "", "", "310"],
        )

        batch = import_list(kind=HISTORY, source=source, wet_run=True)

        assert batch.counts == {"new": 3}
        assert insured_years(resident_ids=[person.pk]) == {person.pk: frozenset({2022, 2023})}
        first, second = ContributionPeriod.objects.order_by("coverage_year")
        assert (first.paid, first.payable, first.policy_key) == (320, 320, "")
        assert (first.benefit_start, first.benefit_end) == (DAY(2022, 1, 1), DAY(2022, 12, 31))
        assert second.benefit_start == DAY(2023, 3, 5)
        assert first.history.get().history_change_reason == f"list {batch.pk}"
        assert first.enrollment.history.count() == 1
        spell = InsuredSpell.objects.get()
        assert (spell.starts_on, spell.ends_on) == (DAY(2021, 1, 1), DAY(2022, 1, 1))

    def test_years_on_record_are_unchanged_or_in_conflict(self):
        person = ResidentFactory(number=identity_number(7))
        InsuredFactory(resident=person, year=2024)
        line = [identity_number(7), 2022, "230100", "2021-10-01", 320, "390"]
        import_list(kind=HISTORY, source=csv(PAST, line), wet_run=True)

        again = import_list(
            kind=HISTORY,
            source=csv(
                PAST,
                line,
                [identity_number(7), 2024, "230100", "2023-10-01", 999, "390"],
                [identity_number(7), 2023, "230100", "2022-10-01", 350, "390"],
                [identity_number(7), 2023, "230100", "2022-10-01", 350, "390"],
                [identity_number(7), 2023, "230100", "2022-10-01", 351, "390"],
                [identity_number(8), 2023, "230100", "2022-10-01", 350, "390"],
                [identity_number(7), 2020, "no", "2019-10-01", 280, "390"],
                [identity_number(7), 2020, "230100", "", 280, "390"],
            ),
            wet_run=True,
        )

        assert [(outcome, code) for _, outcome, code in outcomes(again)] == [
            ("unchanged", ""),
            ("conflict", "year_conflict"),
            ("new", ""),
            ("duplicate", "repeated"),
            ("conflict", "year_conflict"),
            ("refused", "unknown_person"),
            ("refused", "area_unknown"),
            ("refused", "blank"),
        ]
        assert Enrollment.objects.filter(resident=person).count() == 3


class TestPayments:
    def lines(self):
        renewed = ResidentFactory(number=identity_number(11))
        InsuredFactory(resident=renewed)
        return [
            ["T1", "王桂兰", identity_number(11), 2025, "￥400.00", "2024/10/5", "微信", "缴费", ""],
            ["T2", "无此人", identity_number(12), 2025, 400, "20241006", "支付宝", "缴费", ""],
            ["T3", "王桂兰", identity_number(11), 2025, 400, "2024-10-07", "微信", "缴费", ""],
            ["T1", "王桂兰", identity_number(11), 2025, 400, "2024-10-05", "微信", "缴费", ""],
            ["T4", "王桂兰", identity_number(11), 2025, "四百", "2024-10-07", "微信", "缴费", ""],
            ["T5", "王桂兰", identity_number(11), 2025, 400, "2024-10-08", "微信", "冲正", "T1"],
        ]

    def test_the_plan_is_what_happens_and_writes_nothing(self):
        source = csv(TAX, *self.lines())

        planned = import_list(kind=PAYMENTS, source=source, wet_run=False)

        before = outcomes(planned)
        assert [(outcome, code) for _, outcome, code in before] == [
            ("new", ""),
            ("held", "unknown_person"),
            ("held", "double"),
            ("duplicate", "repeated"),
            ("refused", "amount_unreadable"),
            ("new", ""),
        ]
        assert not Payment.objects.exists()
        assert not Enrollment.objects.filter(coverage_year=2025).exists()

        applied = apply_list(kind=PAYMENTS, batch=planned)

        assert outcomes(applied) == before
        assert Payment.objects.count() == 4
        assert ContributionPeriod.objects.get(coverage_year=2025).state == "reversed"
        assert Payment.objects.get(serial="T2").batch == planned
        assert set(Payment.objects.filter(serial="T2").values_list("row_number", "payer_name")) == {
            (3, "无此人")
        }

    def test_applying_twice_is_refused_and_the_same_content_is_unchanged(self):
        lines = self.lines()[:2]
        applied = import_list(kind=PAYMENTS, source=csv(TAX, *lines), wet_run=True)

        with pytest.raises(BatchNotPlanned):
            apply_list(kind=PAYMENTS, batch=applied)
        again = import_list(kind=PAYMENTS, source=xlsx(TAX, *lines), wet_run=True)

        assert again.counts == {"unchanged": 2}
        assert Payment.objects.count() == 2

    def test_full_numbers_are_nowhere_in_the_rows(self):
        batch = import_list(kind=PAYMENTS, source=csv(TAX, *self.lines()), wet_run=True)

        kept = str(list(InboundRow.objects.filter(batch=batch).values_list("payload", "message")))
        assert identity_number(11) not in kept
        assert "230199********" in kept


def test_the_command_shows_first_and_applies_on_a_wet_run(tmp_path):
    file = tmp_path / "缴费.csv"
    file.write_bytes(csv(TAX, *TestPayments().lines()).content)

    def said(*options):
        out = io.StringIO()
        call_command("import_payments", str(file), "--area", "230100", *options, stdout=out)
        return out.getvalue()

    shown = said()
    assert "待确认：重复 1，待处理 2，新增 2，退回 1" in shown
    assert "第3行“证件号码”待处理：查无此人" in shown
    assert "第6行“缴费金额”退回：金额“四百”不是数字" in shown
    assert "尚未生效" in shown
    assert "已生效" in said("--wet-run")
    assert "已生效" in said("--wet-run")
    assert Payment.objects.count() == 4


def test_commands_refuse_unknown_areas_and_files(tmp_path):
    with pytest.raises(CommandError, match="没有代码"):
        call_command("import_history", str(tmp_path / "no.csv"), "--area", "1")
    harbin()
    with pytest.raises(CommandError, match="找不到文件"):
        call_command("import_residents", str(tmp_path / "no.csv"), "--area", "230100")
    (tmp_path / "bad.csv").write_text("甲,乙\n1,2\n")
    with pytest.raises(CommandError, match="缺少"):
        call_command("import_residents", str(tmp_path / "bad.csv"), "--area", "230100")


@pytest.mark.parametrize("kind", ["residents", "insured_history", "payments"])  # the others count their own
def test_two_hundred_rows_ask_no_more_than_twenty(kind):
    daoli(), shangzhi()

    def queries(first: int, count: int) -> int:
        numbers = [identity_number(n) for n in range(first, first + count)]
        match kind:
            case "residents":
                source = csv(REGISTER, *[registered(number) for number in numbers])
            case "insured_history":
                source = csv(
                    PAST, *[[number, 2023, "230100", "2022-10-01", 350, "390"] for number in numbers]
                )
            case "insured_elsewhere":
                source = csv(
                    ["姓名", "身份证号", "职工医保所属区划", "职工医保参保状态"],
                    *[["王桂兰", number, "230100", "正常参保"] for number in numbers],
                )
            case _:
                source = csv(
                    TAX,
                    *[
                        [f"T{number}", "王桂兰", number, 2025, 400, "2024-10-05", "", "", ""]
                        for number in numbers
                    ],
                )
        if kind != "residents":
            for number in numbers:
                person = ResidentFactory(number=number)
                if kind == "payments":
                    InsuredFactory(resident=person)
        with CaptureQueriesContext(connection) as asked:
            batch = import_list(kind=KINDS[kind], source=source, wet_run=True)
        assert batch.counts == {"new": count}
        return len(asked)

    queries(0, 5)
    assert queries(10, 20) == queries(100, 200)


def test_amounts_stay_exact():
    ResidentFactory(number=identity_number(7))
    line = [identity_number(7), 2022, "230100", "2021-10-01", "320.05", "390"]

    import_list(kind=HISTORY, source=csv(PAST, line), wet_run=True)

    assert ContributionPeriod.objects.get().paid == Decimal("320.05")


def test_the_day_of_a_file_is_the_day_in_beijing(tmp_path, monkeypatch):
    harbin(), daoli(), shangzhi()
    file = tmp_path / "名册.csv"
    file.write_bytes(csv(REGISTER, registered(identity_number(1))).content)
    late = datetime.datetime(2024, 12, 31, 16, 0, tzinfo=datetime.UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: late)

    call_command("import_residents", str(file), "--area", "230100", stdout=io.StringIO())

    assert InboundBatch.objects.get().as_of == DAY(2025, 1, 1)
