"""The tree of areas: loaded, walked, pooled."""

import pytest
from django.core.management import call_command
from django.db import connection

from registry.models import Area, AreaFiscalClass
from registry.selectors import area_chain, areas_under, fiscal_class_of, pooling_area_of
from registry.services.load_areas import AreaTableInvalid, load_areas
from tests.registry import factories

pytestmark = pytest.mark.django_db
HEADER = "code,name,level,parent,is_pooling_area\n"


def codes(areas):
    return set(areas.values_list("code", flat=True))


def test_the_shipped_areas_load_once(capsys):
    call_command("load_areas")
    call_command("load_areas")

    first, second = capsys.readouterr().out.splitlines()
    assert first == "地区：新增 322，更正 0，未变 0"
    assert second == "地区：新增 0，更正 0，未变 322"


def test_both_provinces_have_their_cities_counties_and_bureaus():
    load_areas()
    get = Area.objects.get

    assert codes(areas_under(get(code="130200"))) == {
        "130200", "130202", "130203", "130204", "130205", "130207", "130208", "130209",
        "130224", "130225", "130227", "130229", "130281", "130283", "130284",
    }  # fmt: skip
    assert areas_under(get(code="230100")).count() == 19
    assert get(code="130284").name == "滦州市"
    assert get(code="230113").name == "双城区"
    assert {"130181", "130682", "13Y001", "13Y002", "23Y001", "23Y002"} <= codes(
        Area.objects.filter(is_pooling_area=True)
    )
    assert pooling_area_of(get(code="130638")).name == "河北雄安新区"
    assert not areas_under(get(code="130600")).filter(code__in=["130682", "130638"]).exists()
    assert Area.objects.filter(level="city").exclude(is_pooling_area=True).count() == 0


def test_every_area_hangs_below_its_parent():
    load_areas()

    for each in Area.objects.select_related("parent"):
        assert each.path == f"{each.parent.path if each.parent else ''}{each.code}/"


def test_the_chain_runs_from_the_area_to_the_province(django_assert_num_queries):
    daoli = factories.daoli()

    with django_assert_num_queries(0):
        assert area_chain(daoli) == ["230102", "230100", "230000"]


def test_a_pooling_area_is_the_nearest_at_or_above():
    town = factories.area("230102001000", parent=factories.daoli())

    assert pooling_area_of(town) == factories.harbin()
    assert pooling_area_of(factories.harbin()) == factories.harbin()
    with pytest.raises(Area.DoesNotExist):
        pooling_area_of(Area.objects.get(code="230000"))


def test_a_fiscal_class_comes_from_the_nearest_area_of_the_year():
    AreaFiscalClass.objects.create(area=factories.harbin(), fiscal_year=2025, fiscal_class="city")
    AreaFiscalClass.objects.create(area=factories.shangzhi(), fiscal_year=2025, fiscal_class="county_tier_1")

    assert fiscal_class_of(factories.shangzhi(), fiscal_year=2025) == "county_tier_1"
    assert fiscal_class_of(factories.daoli(), fiscal_year=2025) == "city"
    assert fiscal_class_of(factories.daoli(), fiscal_year=2024) is None


def test_areas_under_a_path_use_its_index():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'registry_area' AND indexdef LIKE '%pattern_ops%'"
        )
        definitions = " ".join(row[0] for row in cursor.fetchall())

    assert "(path varchar_pattern_ops)" in definitions


def test_a_moved_area_takes_along_what_is_below_it(tmp_path):
    load_areas()
    town = factories.area("130638100000", parent=Area.objects.get(code="130638"))
    table = tmp_path / "areas.csv"
    table.write_text(HEADER + "130638,雄县,county,130600,0\n", encoding="utf-8")

    counts = load_areas(path=table)

    town.refresh_from_db()
    assert (counts.added, counts.changed) == (0, 1)
    assert town.path == "130000/130600/130638/130638100000/"


@pytest.mark.parametrize("row", ["230102,道里区,county,230100,0", "230102,道里区,county,230102,0"])
def test_a_table_without_the_parent_is_refused(tmp_path, row):
    table = tmp_path / "areas.csv"
    table.write_text(HEADER + row, encoding="utf-8")

    with pytest.raises(AreaTableInvalid, match="230102"):
        load_areas(path=table)

    assert not Area.objects.exists()
