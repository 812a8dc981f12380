"""How long a recognition holds is a matter of the area's documents: no line of Python knows the months."""

import datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from exchange.models import InboundRow
from hardship.admin.register import register_url
from hardship.models import Recognition
from hardship.services.load_categories import load_categories
from hardship.services.recognitions import NewRecognition, recognize
from policy.errors import OutOfBounds, PolicyInvalid
from policy.loader import load_file
from policy.models import PolicyStatus, PolicyVersion
from policy.services.versions import load_shipped_policies
from registry.models import Role
from tests.hardship.lists import apply, civil, plan
from tests.pages.conftest import at_desk, staff
from tests.registry.factories import ResidentFactory, area, harbin, identity_number

pytestmark = pytest.mark.django_db
INVENTED = Path(__file__).parents[1] / "policy"
YEAR = timezone.localdate().year
START = datetime.date(YEAR, 1, 1)


def text_of(name: str) -> str:
    """Return an invented file of 2027 as that of the current year."""
    text = (INVENTED / name).read_text()
    shifted = text.replace("2026", "@").replace("2027", str(YEAR)).replace("@", str(YEAR - 1))
    return shifted.replace('inherits = "third_province"', f'inherits = "990000/{YEAR}"')


@pytest.fixture
def third_city():
    load_shipped_policies()
    for code, name in (("990000", "third_province.toml"), ("990100", "third_region.toml")):
        PolicyVersion.objects.create(
            area=code,
            year=YEAR,
            number=1,
            title=name,
            text=text_of(name),
            status=PolicyStatus.APPROVED,
            approved_at=timezone.now(),
        )
    load_categories()
    return area("990100", parent=area("990000"), pooling=True)


def living_in(place, serial=0):
    number = identity_number(serial)
    return ResidentFactory(number=number, name=f"人{serial}", living_area=place, pooling_area=place)


def ends(person, category, start=START, **more):
    row = NewRecognition(resident_id=person.pk, category=category, valid_from=start, **more)
    (record,) = recognize(rows=[row], reason="test")
    return record.valid_to


def test_a_recognition_ends_by_the_documents_of_where_and_when_it_begins(third_city):
    there, elsewhere = living_in(third_city), living_in(harbin(), 1)

    assert ends(there, "forest_worker") == datetime.date(YEAR + 2, 1, 1)
    assert ends(there, "subsistence_margin") == datetime.date(YEAR, 7, 1)
    assert ends(there, "sudden_hardship") == datetime.date(YEAR + 1, 1, 1)
    assert ends(there, "extreme_hardship") is None
    assert ends(there, "severe_disability", valid_to=datetime.date(YEAR, 2, 1)) == datetime.date(YEAR, 2, 1)
    assert ends(elsewhere, "subsistence_margin") is None
    assert ends(elsewhere, "sudden_hardship", datetime.date(YEAR - 1, 1, 1)) is None


def test_the_year_before_the_document_is_not_limited_by_it(third_city):
    assert ends(living_in(third_city), "subsistence_margin", datetime.date(YEAR - 1, 12, 31)) is None


def test_many_cost_the_queries_of_one(third_city):
    def cost(first, count):
        rows = [
            NewRecognition(
                resident_id=living_in(third_city, first + at).pk, category="forest_worker", valid_from=START
            )
            for at in range(count)
        ]
        with CaptureQueriesContext(connection) as seen:
            recognize(rows=rows, reason="test")
        return len(seen)

    cost(0, 1)
    few = cost(1, 1)

    assert cost(2, 20) == few
    assert Recognition.objects.filter(valid_to=datetime.date(YEAR + 2, 1, 1)).count() == 22


def test_a_plan_says_when_what_it_begins_ends_and_why(third_city):
    living_in(third_city), living_in(third_city, 1)
    batch = plan(civil((0, "人0", "林场困难职工家属"), (1, "人1", "特困人员")), area=third_city, as_of=START)

    limited, open_ended = InboundRow.objects.filter(batch=batch).order_by("number")
    assert limited.message == (
        f"新增 林场困难职工家属（自 {START}）；林场困难职工家属至 {YEAR + 1}-12-31，"
        f"有效 24 个月（三市医保发〔{YEAR - 1}〕9号 三；自认定之日起，满24个月前复核）"
    )
    assert "有效" not in open_ended.message
    apply(batch)
    assert Recognition.objects.get(category="forest_worker").valid_to == datetime.date(YEAR + 2, 1, 1)
    assert Recognition.objects.get(category="extreme_hardship").valid_to is None


def test_the_form_says_when_it_ends_if_nobody_says_so(third_city):
    person = living_in(third_city)
    desk = at_desk(staff(Role.CLERK, third_city))

    shown = desk.get(register_url(resident=person.pk, category="subsistence_margin")).content.decode()
    unlimited = desk.get(register_url(resident=person.pk, category="extreme_hardship")).content.decode()

    assert f"不填按{YEAR}年度文件，自起始日期起有效 6 个月（三市医保发〔{YEAR - 1}〕9号 三）" in shown
    assert "不填为长期有效" in unlimited


def test_a_city_keeps_within_what_the_province_bounds(tmp_path):
    (tmp_path / "third_province.toml").write_text((INVENTED / "third_province.toml").read_text())
    city = tmp_path / "city.toml"
    text = (INVENTED / "third_region.toml").read_text()
    city.write_text(text.replace("subsistence_margin = { value = 6,", "subsistence_margin = { value = 18,"))

    with pytest.raises(OutOfBounds, match=r"低保边缘家庭成员复核期.*18，不得高于 12"):
        load_file(city)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('good_fortune = { value = 6, unit = "month", clause = "x" }', "good_fortune"),
        ('orphan = { value = 0, unit = "month", clause = "x" }', "validity_months"),
    ],
)
def test_a_limit_on_nothing_or_of_nothing_is_refused(tmp_path, wrong, said):
    city = tmp_path / "city.toml"
    city.write_text(f'area = "990200"\nyear = 2027\ntitle = "x"\n[recognition.validity_months]\n{wrong}\n')

    with pytest.raises(PolicyInvalid, match=said):
        load_file(city)
