"""Settlement files and the list of hospitals: planned, shown, applied, and again nothing."""

import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benefits.models import Claim, Facility
from benefits.parsers.facilities import read_facilities
from benefits.services.claim_lists import apply_claims, plan_claims
from benefits.services.facilities import FacilityRowWrong, load_facilities
from benefits.services.settle import settle_claims
from exchange.models import BatchStatus, InboundRow
from exchange.parsers.tables import ListUnreadable
from exchange.services.batches import BatchNotPlanned
from tests.benefits.factories import bill, hospital, insured, law, somebody
from tests.exchange.factories import AgencyFactory
from tests.registry.factories import daoli, harbin

pytestmark = pytest.mark.django_db
HEADER = (
    "结算单号,机构编码,姓名,证件号码,就医类别,入院日期,出院日期,结算日期,总费用,政策范围内费用,"
    "乙类先行自付,自费,基本医保支付"
)
TODAY = datetime.date(2025, 4, 1)


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    hospital()


def line(person, number, **changes):
    cells = {
        "number": number,
        "facility": "H23010000001",
        "name": person.name,
        "id_number": person.id_number,
        "kind": "住院",
        "from": "2025-3-1",
        "to": "20250310",
        "settled": "2025年3月10日",
        "total": '"¥1,500.00"',
        "eligible": "1200",
        "class_b": "100",
        "out": "200",
        "basic": "",
    }
    return ",".join((cells | changes).values())


def file_of(*lines, encoding="gb18030"):
    return "\r\n".join(["2025年3月结算明细,,,", HEADER, *lines, "合计,,,"]).encode(encoding)


def planned(*lines, **changes):
    return plan_claims(
        **({"content": file_of(*lines), "file_name": "结算.csv", "area": harbin(), "as_of": TODAY} | changes)
    )


def rows(batch):
    return [(row.number, row.outcome, row.code) for row in batch.rows.order_by("number")]


def test_plan_shows_and_apply_settles():
    person = insured()
    batch = planned(line(person, "A1"), line(person, "A2", kind="门诊慢特病", basic="80.5"))

    assert Claim.objects.count() == 0
    assert rows(batch) == [(3, "new", ""), (4, "new", "")]
    assert person.id_number not in str(batch.rows.first().payload)

    applied = apply_claims(batch=batch)

    assert applied.status == BatchStatus.APPLIED
    first, second = Claim.objects.order_by("number")
    assert (first.total, first.eligible, first.out_of_scope, first.basic_paid_given) == (
        1500,
        1200,
        200,
        None,
    )
    assert (second.kind, str(second.basic_paid)) == ("outpatient_chronic", "80.50")
    assert (first.batch_id, first.row_number) == (batch.pk, 3)
    assert first.discharged_on == datetime.date(2025, 3, 10)


def test_name_every_bad_row():
    person, uninsured = insured(), somebody(7)
    content = file_of(
        line(person, "A1"),
        line(person, "A2", facility="H00000000000"),
        line(person, "A3", id_number="230099196001010019"),
        line(person, "A4", name="张三"),
        line(person, "A5", out="201"),
        line(person, "A6", kind="美容"),
        line(person, "A7", to="2025-02-30"),
        line(person, "A8", total="很多"),
        line(person, "A9", **{"from": "2025-03-11"}),
        line(uninsured, "B1"),
        line(person, "A1"),
        line(person, "A1", eligible="1100", out="300"),
        line(person, "B2", settled=""),
    )

    batch = planned(content=content)

    assert rows(batch) == [
        (3, "new", ""),
        (4, "refused", "unknown_facility"),
        (5, "refused", "unknown_person"),
        (6, "refused", "name_differs"),
        (7, "refused", "claim_amounts_invalid"),
        (8, "refused", "unknown_kind"),
        (9, "refused", "cell_unreadable"),
        (10, "refused", "cell_unreadable"),
        (11, "refused", "dates_out_of_order"),
        (12, "refused", "not_covered"),
        (13, "duplicate", "duplicate_in_file"),
        (14, "refused", "duplicate_number_other_amounts"),
        (15, "refused", "cell_empty"),
    ]
    assert InboundRow.objects.get(number=9).field == "出院日期"
    assert all(row.message for row in InboundRow.objects.exclude(outcome="new"))

    apply_claims(batch=batch)

    assert Claim.objects.count() == 1


def test_the_same_file_again_changes_nothing():
    person = insured()
    apply_claims(batch=planned(line(person, "A1")))

    again = planned(line(person, "A1"))

    assert again.status == BatchStatus.APPLIED
    with pytest.raises(BatchNotPlanned):
        apply_claims(batch=again)
    other = planned(line(person, "A1"), line(person, "A2"))
    assert rows(other) == [(3, "unchanged", ""), (4, "new", "")]
    assert Claim.objects.count() == 1


def test_a_planned_file_is_planned_anew():
    person = insured()
    first = planned(line(person, "A1", facility="H9"))
    hospital("H9")

    second = planned(line(person, "A1", facility="H9"))

    assert second.pk == first.pk
    assert rows(second) == [(3, "new", "")]


def test_a_row_refused_meanwhile_keeps_its_reason():
    person = insured()
    batch = planned(line(person, "A1"), line(person, "A2"))
    settle_claims(claims=[bill(person, "A1", 7)], user=None)

    applied = apply_claims(batch=batch)

    assert rows(applied) == [(3, "refused", "duplicate_number_other_amounts"), (4, "new", "")]
    assert applied.counts == {"new": 1, "refused": 1}


def test_refuse_a_file_without_its_columns():
    with pytest.raises(ListUnreadable, match="结算单号"):
        planned(content=b"a,b\n1,2\n")


def test_planning_costs_the_same_queries_for_few_and_many():
    planned(line(insured(somebody(900)), "W"))
    counts = []
    for people in (3, 30):
        lines = [line(insured(somebody(at + 10 * people)), f"{people}-{at}") for at in range(people)]
        with CaptureQueriesContext(connection) as captured:
            assert len(rows(planned(*lines))) == people
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_the_command_plans_then_settles(tmp_path):
    person = insured()
    path = tmp_path / "结算.csv"
    path.write_bytes(file_of(line(person, "A1"), line(person, "A2", facility="H0")))
    plan, done, again = StringIO(), StringIO(), StringIO()

    call_command("import_claims", path, area="230100", stdout=plan)
    assert Claim.objects.count() == 0
    call_command("import_claims", path, area="230100", wet_run=True, stdout=done)
    call_command("import_claims", path, area="230100", wet_run=True, stdout=again)

    assert "第4行 机构编码 退回：机构编码 H0 不在定点医药机构名录中" in plan.getvalue()
    assert "加 --wet-run 结算" in plan.getvalue()
    assert "已生效；新增 1，退回 1" in done.getvalue()
    assert "此前已结算，未作变动" in again.getvalue()
    assert Claim.objects.count() == 1
    for wrong in ({"area": "999999"}, {"file": tmp_path / "none"}):
        with pytest.raises(CommandError):
            call_command("import_claims", wrong.get("file", path), area=wrong.get("area", "230100"))


FACILITIES = """机构编码,机构名称,级别,所在地区划
H1,一院,三级甲等,230102
H2,二院,grade_2,230102
H3,诊所,未定级,230102
"""


def test_load_the_hospitals_and_again_change_nothing():
    daoli()

    first = load_facilities(content=FACILITIES.encode(), file_name="名录.csv")
    again = load_facilities(content=FACILITIES.encode(), file_name="名录.csv")
    moved = load_facilities(content=FACILITIES.replace("一院", "第一医院").encode(), file_name="名录.csv")

    assert (first["new"], again["unchanged"], moved["changed"]) == (3, 3, 1)
    assert dict(Facility.objects.filter(area=daoli()).values_list("code", "grade")) == {
        "H1": "grade_3",
        "H2": "grade_2",
        "H3": "any",
    }
    assert Facility.objects.get(code="H1").name == "第一医院"


def test_bills_and_hospitals_whose_codes_a_spreadsheet_rounded_are_refused_by_name():
    batch = planned(line(insured(), "2.30106202503E+17"))

    assert rows(batch) == [(3, "refused", "digits_lost")]
    assert batch.rows.get().field == "结算单号"
    rounded = FACILITIES.replace("H2", "1.23010000001E+15")
    with pytest.raises(ListUnreadable, match="第3行：“机构编码”在表格中存成了数字"):
        load_facilities(content=rounded.encode(), file_name="名录.csv")


def test_a_list_of_hospitals_may_say_whose_they_are():
    daoli()
    group, other = AgencyFactory(code="group"), AgencyFactory(code="other")
    head, *lines = FACILITIES.splitlines()

    def load(*codes):
        rows = [f"{line},{code}" for line, code in zip(lines, codes, strict=True)]
        return load_facilities(content="\n".join([f"{head},机构账号", *rows]).encode(), file_name="名录.csv")

    def owners():
        listed = Facility.objects.filter(area=daoli()).order_by("code")
        return list(listed.values_list("agency", flat=True))

    load("group", "group", "")
    assert owners() == [group.pk, group.pk, None]
    assert load("", "other", "")["changed"] == 1
    assert owners() == [group.pk, other.pk, None]
    load_facilities(content=FACILITIES.encode(), file_name="名录.csv")
    assert owners() == [group.pk, other.pk, None]
    with pytest.raises(FacilityRowWrong, match="机构账号“nobody”不存在"):
        load("other", "nobody", "")
    assert owners() == [group.pk, other.pk, None]


@pytest.mark.parametrize(
    ("row", "message"),
    [("H1,再一个,一级,230102", "重复"), ("H4,,一级,230102", "缺少"), ("H4,远院,一级,999999", "不存在")],
)
def test_refuse_a_wrong_list_of_hospitals(row, message):
    daoli()

    with pytest.raises(FacilityRowWrong, match=message):
        load_facilities(content=f"{FACILITIES}{row}\n".encode(), file_name="名录.csv")

    assert not Facility.objects.filter(code="H1").exists()


def test_the_hospital_command(tmp_path):
    daoli()
    path = tmp_path / "名录.csv"
    path.write_text(FACILITIES, encoding="utf-8-sig")
    out = StringIO()

    call_command("load_facilities", path, stdout=out)

    assert "新增 3" in out.getvalue()
    with pytest.raises(CommandError):
        call_command("load_facilities", tmp_path / "none")


def test_grades_as_lists_write_them():
    text = "机构编码,机构名称,级别,所在地区划\nA,甲,二级乙等,1\nB,乙,grade_9,1\n"

    assert [row.grade for row in read_facilities(text.encode(), "x.csv")] == ["grade_2", "grade_9"]
